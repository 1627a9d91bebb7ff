/*
 * hook_runtime.c: the functions that -fsanitize=thread makes the guest call.
 * The names and types are the compilers' interface; see hook_runtime.h.
 */
#include "hook_runtime.h"
#include "stack_wipe.h"

#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_extract_return_addr(__builtin_return_address(0))

EXPORT struct hook_window hook_window;

/* A function of its own: its frame lies below all that the guest has. */
static __attribute__((noinline)) void
capture(struct hook_window *w)
{
	memset(w->registers, 0, sizeof w->registers);
	(void)sigsetjmp(w->registers, 0);
	w->low = (uint64_t)(uintptr_t)__builtin_frame_address(0);
}

/*
 * Frames have holes, and in them lies what returned calls left.  As a state it
 * would part ways that nothing else tells apart, so it is wiped where the stack
 * has become shorter.  A wipe reaches as far as frames are likely to come; one
 * that does not reach costs executions, no behaviour.
 */
#define NEAR	512u			/* bytes */
#define FAR	4096u

static __attribute__((noinline, no_sanitize("address"))) void
wipe_near(void)
{
	STACK_WIPE(2 * NEAR);
}

static __attribute__((noinline, no_sanitize("address"))) void
wipe_far(void)
{
	STACK_WIPE_DOWN(FAR);
}

EXPORT void
hook_capture(void)
{
	capture(&hook_window);
}

/*
 * An access that somebody cares about, or the stack is shorter.  It ends with a
 * wipe, which runs in its place and so takes what it has left, too.
 */
static __attribute__((noinline)) void
hook_rest(const void *p, size_t size, unsigned kind, const void *pc,
    uint64_t here, unsigned flags)
{
	struct hook_window *w = &hook_window;
	int far = here > w->deepest && here - w->deepest > NEAR;

	w->deepest = here;
	if (flags != 0) {
		if (w->capture && (flags & (w->quiet | w->asks)) != w->quiet)
			capture(w);
		else
			w->low = 0;
		w->access(w->self, (uint64_t)(uintptr_t)p, size, kind, pc);
	}
	if (!w->capture)
		return;
	if (far)
		wipe_far();
	else
		wipe_near();
}

/* It calls nobody but in its last place: its frame has no register to save. */
static inline void
hook(const void *p, size_t size, unsigned kind, const void *pc)
{
	struct hook_window *w = &hook_window;
	uint64_t here = (uint64_t)(uintptr_t)__builtin_frame_address(0);
	uint64_t at = (uint64_t)(uintptr_t)p - w->base;
	unsigned flags = 0;		/* of its page; 0: nobody cares */

	if (at < w->size)
		flags = w->page_flags[at >> HOOK_PAGE_SHIFT];
	w->recent[w->recent_next++ % HOOK_RECENT] = pc;
	w->last = (uint64_t)(uintptr_t)p;
	w->last_size = (uint32_t)size;
	w->last_kind = kind;
	if (flags != 0 || (w->capture && here > w->deepest))
		hook_rest(p, size, kind, pc, here, flags);
	else
		w->deepest = here;
}

#define ACCESS(n)							\
EXPORT void __tsan_read##n(void *);					\
EXPORT void __tsan_write##n(void *);					\
EXPORT void __tsan_unaligned_read##n(void *);				\
EXPORT void __tsan_unaligned_write##n(void *);				\
EXPORT void __tsan_volatile_read##n(void *);				\
EXPORT void __tsan_volatile_write##n(void *);				\
EXPORT void __tsan_unaligned_volatile_read##n(void *);			\
EXPORT void __tsan_unaligned_volatile_write##n(void *);			\
EXPORT void __tsan_read_write##n(void *);				\
EXPORT void __tsan_unaligned_read_write##n(void *);			\
void __tsan_read##n(void *p)						\
{ hook(p, n, HOOK_READ, CALLER); }					\
void __tsan_write##n(void *p)						\
{ hook(p, n, HOOK_WRITE, CALLER); }					\
void __tsan_unaligned_read##n(void *p)					\
{ hook(p, n, HOOK_READ, CALLER); }					\
void __tsan_unaligned_write##n(void *p)					\
{ hook(p, n, HOOK_WRITE, CALLER); }					\
void __tsan_volatile_read##n(void *p)					\
{ hook(p, n, HOOK_READ | HOOK_VOLATILE, CALLER); }			\
void __tsan_volatile_write##n(void *p)					\
{ hook(p, n, HOOK_WRITE | HOOK_VOLATILE, CALLER); }			\
void __tsan_unaligned_volatile_read##n(void *p)				\
{ hook(p, n, HOOK_READ | HOOK_VOLATILE, CALLER); }			\
void __tsan_unaligned_volatile_write##n(void *p)			\
{ hook(p, n, HOOK_WRITE | HOOK_VOLATILE, CALLER); }			\
void __tsan_read_write##n(void *p)					\
{ hook(p, n, HOOK_READ, CALLER); hook(p, n, HOOK_WRITE, CALLER); }	\
void __tsan_unaligned_read_write##n(void *p)				\
{ hook(p, n, HOOK_READ, CALLER); hook(p, n, HOOK_WRITE, CALLER); }

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

EXPORT void __tsan_init(void);
EXPORT void __tsan_func_entry(void *);
EXPORT void __tsan_func_exit(void);
EXPORT void __tsan_read_range(void *, unsigned long);
EXPORT void __tsan_write_range(void *, unsigned long);
EXPORT void __tsan_vptr_read(void **);
EXPORT void __tsan_vptr_update(void **, void *);
EXPORT void *__tsan_memcpy(void *, const void *, size_t);
EXPORT void *__tsan_memmove(void *, const void *, size_t);
EXPORT void *__tsan_memset(void *, int, size_t);
EXPORT void __tsan_atomic_thread_fence(int);
EXPORT void __tsan_atomic_signal_fence(int);

void __tsan_init(void) { }
void __tsan_func_entry(void *pc) { (void)pc; }
void __tsan_func_exit(void) { }

void
__tsan_read_range(void *p, unsigned long n)
{
	hook(p, n, HOOK_READ, CALLER);
}

void
__tsan_write_range(void *p, unsigned long n)
{
	hook(p, n, HOOK_WRITE, CALLER);
}

void __tsan_vptr_read(void **p) { hook(p, sizeof *p, HOOK_READ, CALLER); }

void
__tsan_vptr_update(void **p, void *v)
{
	(void)v;
	hook(p, sizeof *p, HOOK_WRITE, CALLER);
}

/* Pieces of at most 8 bytes, so that no more becomes visible as one. */
static void
copy(uint8_t *d, const uint8_t *s, size_t n, int backwards, const void *pc)
{
	for (size_t done = 0; done < n;) {
		size_t size = n - done < 8 ? n - done : 8;
		size_t at = backwards ? n - done - size : done;
		uint8_t piece[8];

		hook(s + at, size, HOOK_READ, pc);
		memcpy(piece, s + at, size);
		hook(d + at, size, HOOK_WRITE, pc);
		memcpy(d + at, piece, size);
		done += size;
	}
}

void *
__tsan_memcpy(void *d, const void *s, size_t n)
{
	copy(d, s, n, 0, CALLER);
	return d;
}

void *
__tsan_memmove(void *d, const void *s, size_t n)
{
	copy(d, s, n, (uintptr_t)d > (uintptr_t)s, CALLER);
	return d;
}

void *
__tsan_memset(void *d, int c, size_t n)
{
	for (size_t done = 0; done < n;) {
		size_t size = n - done < 8 ? n - done : 8;

		hook((uint8_t *)d + done, size, HOOK_WRITE, CALLER);
		memset((uint8_t *)d + done, c, size);
		done += size;
	}
	return d;
}

static void
fence(int after)
{
	if (hook_window.fence != NULL)
		hook_window.fence(hook_window.self, after);
	if (hook_window.capture)
		wipe_far();
}

void
__tsan_atomic_thread_fence(int order)
{
	(void)order;
	fence(HOOK_BEFORE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	fence(HOOK_AFTER_FENCE);
}

void __tsan_atomic_signal_fence(int order) { (void)order; }

/*
 * An atomic operation reads, then writes.  The read hook gives it the view's
 * value; the write hook comes before the write, which is settled at the next
 * event like any store.
 */
#define BEFORE(p, n, kind) \
	(fence(HOOK_BEFORE), hook((const void *)(p), n, (kind) | HOOK_ATOMIC, CALLER))

#define FETCH(bits, type, name, op)					\
EXPORT type __tsan_atomic##bits##_##name(volatile type *, type, int);	\
type									\
__tsan_atomic##bits##_##name(volatile type *p, type v, int order)	\
{									\
	type old;							\
	(void)order;							\
	BEFORE(p, bits / 8, HOOK_READ);					\
	old = *p;							\
	BEFORE(p, bits / 8, HOOK_WRITE);				\
	*p = op;							\
	fence(HOOK_AFTER_ATOMIC);							\
	return old;							\
}

#define COMPARE(bits, type, name)					\
EXPORT int __tsan_atomic##bits##_compare_exchange_##name(		\
    volatile type *, type *, type, int, int);				\
int									\
__tsan_atomic##bits##_compare_exchange_##name(volatile type *p,	\
    type *expected, type v, int success, int failure)			\
{									\
	(void)success;							\
	(void)failure;							\
	BEFORE(p, bits / 8, HOOK_READ);					\
	if (*p != *expected) {						\
		*expected = *p;						\
		return 0;						\
	}								\
	BEFORE(p, bits / 8, HOOK_WRITE);				\
	*p = v;								\
	fence(HOOK_AFTER_ATOMIC);							\
	return 1;							\
}

#define ATOMICS(bits, type)						\
EXPORT type __tsan_atomic##bits##_load(const volatile type *, int);	\
EXPORT void __tsan_atomic##bits##_store(volatile type *, type, int);	\
EXPORT type __tsan_atomic##bits##_compare_exchange_val(			\
    volatile type *, type, type, int, int);				\
type									\
__tsan_atomic##bits##_load(const volatile type *p, int order)		\
{									\
	(void)order;							\
	BEFORE(p, bits / 8, HOOK_READ);					\
	return *p;							\
}									\
void									\
__tsan_atomic##bits##_store(volatile type *p, type v, int order)	\
{									\
	(void)order;							\
	BEFORE(p, bits / 8, HOOK_WRITE);				\
	*p = v;								\
	fence(HOOK_AFTER_ATOMIC);							\
}									\
FETCH(bits, type, exchange, v)						\
FETCH(bits, type, fetch_add, (type)(old + v))				\
FETCH(bits, type, fetch_sub, (type)(old - v))				\
FETCH(bits, type, fetch_and, (type)(old & v))				\
FETCH(bits, type, fetch_or, (type)(old | v))				\
FETCH(bits, type, fetch_xor, (type)(old ^ v))				\
FETCH(bits, type, fetch_nand, (type)~(old & v))				\
COMPARE(bits, type, strong)						\
COMPARE(bits, type, weak)						\
type									\
__tsan_atomic##bits##_compare_exchange_val(volatile type *p,		\
    type expected, type v, int success, int failure)			\
{									\
	(void)__tsan_atomic##bits##_compare_exchange_strong(p,		\
	    &expected, v, success, failure);				\
	return expected;						\
}

ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)
