/*
 * Atomic operations and memory barriers, atomic_add_int(9), membar_sync(9).
 *
 * The operations promise atomicity only, no order.
 */
#ifndef _SYS_ATOMIC_H_
#define _SYS_ATOMIC_H_

#include <sys/types.h>

#define _ATOMIC_DEFINE(sfx, type)					\
static inline void							\
atomic_add_##sfx(volatile type *p, type v)				\
{									\
	(void)__atomic_fetch_add(p, v, __ATOMIC_RELAXED);		\
}									\
static inline void							\
atomic_sub_##sfx(volatile type *p, type v)				\
{									\
	(void)__atomic_fetch_sub(p, v, __ATOMIC_RELAXED);		\
}									\
static inline void							\
atomic_inc_##sfx(volatile type *p)					\
{									\
	(void)__atomic_fetch_add(p, 1, __ATOMIC_RELAXED);		\
}									\
static inline void							\
atomic_dec_##sfx(volatile type *p)					\
{									\
	(void)__atomic_fetch_sub(p, 1, __ATOMIC_RELAXED);		\
}									\
static inline type							\
atomic_add_##sfx##_nv(volatile type *p, type v)				\
{									\
	return __atomic_fetch_add(p, v, __ATOMIC_RELAXED) + v;		\
}									\
static inline type							\
atomic_sub_##sfx##_nv(volatile type *p, type v)				\
{									\
	return __atomic_fetch_sub(p, v, __ATOMIC_RELAXED) - v;		\
}									\
static inline type							\
atomic_inc_##sfx##_nv(volatile type *p)					\
{									\
	return __atomic_fetch_add(p, 1, __ATOMIC_RELAXED) + 1;		\
}									\
static inline type							\
atomic_dec_##sfx##_nv(volatile type *p)					\
{									\
	return __atomic_fetch_sub(p, 1, __ATOMIC_RELAXED) - 1;		\
}									\
static inline void							\
atomic_setbits_##sfx(volatile type *p, type v)				\
{									\
	(void)__atomic_fetch_or(p, v, __ATOMIC_RELAXED);		\
}									\
static inline void							\
atomic_clearbits_##sfx(volatile type *p, type v)			\
{									\
	(void)__atomic_fetch_and(p, ~v, __ATOMIC_RELAXED);		\
}

_ATOMIC_DEFINE(int, unsigned int)
_ATOMIC_DEFINE(long, unsigned long)

#undef _ATOMIC_DEFINE

/* Compare and swap, swap: return what was there before. */
static inline unsigned int
atomic_cas_uint(volatile unsigned int *p, unsigned int want, unsigned int v)
{
	(void)__atomic_compare_exchange_n(p, &want, v, 0, __ATOMIC_RELAXED,
	    __ATOMIC_RELAXED);
	return want;
}

static inline unsigned long
atomic_cas_ulong(volatile unsigned long *p, unsigned long want,
    unsigned long v)
{
	(void)__atomic_compare_exchange_n(p, &want, v, 0, __ATOMIC_RELAXED,
	    __ATOMIC_RELAXED);
	return want;
}

static inline void *
atomic_cas_ptr(volatile void *p, void *want, void *v)
{
	(void)__atomic_compare_exchange_n((void *volatile *)p, &want, v, 0,
	    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	return want;
}

static inline unsigned int
atomic_swap_uint(volatile unsigned int *p, unsigned int v)
{
	return __atomic_exchange_n(p, v, __ATOMIC_RELAXED);
}

static inline unsigned long
atomic_swap_ulong(volatile unsigned long *p, unsigned long v)
{
	return __atomic_exchange_n(p, v, __ATOMIC_RELAXED);
}

static inline void *
atomic_swap_ptr(volatile void *p, void *v)
{
	return __atomic_exchange_n((void *volatile *)p, v, __ATOMIC_RELAXED);
}

/* One load, one store, neither torn nor repeated. */
static inline unsigned int
atomic_load_int(volatile unsigned int *p)
{
	return *p;
}

static inline void
atomic_store_int(volatile unsigned int *p, unsigned int v)
{
	*p = v;
}

static inline unsigned long
atomic_load_long(volatile unsigned long *p)
{
	return *p;
}

static inline void
atomic_store_long(volatile unsigned long *p, unsigned long v)
{
	*p = v;
}

#define READ_ONCE(x)	(*(volatile __typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof(x) *)&(x) = (v))

/* Barriers of the CPU. */
void membar_sync(void);
void membar_producer(void);
void membar_consumer(void);
void membar_enter(void);
void membar_exit(void);
#define membar_enter_after_atomic()	membar_enter()
#define membar_exit_before_atomic()	membar_exit()

/* The same towards a device, on a uniprocessor too. */
#define virtio_membar_sync()		membar_sync()
#define virtio_membar_producer()	membar_producer()
#define virtio_membar_consumer()	membar_consumer()

#endif
