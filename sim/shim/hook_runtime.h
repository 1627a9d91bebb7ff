/*
 * hook_runtime.h: what the instrumented guest calls at every load and store.
 *
 * The compilers' -fsanitize=thread puts a call of __tsan_* before each access;
 * libtsan is never linked.  hook_runtime.c defines those functions; it is a
 * shared library of its own because a Mach-O executable does not export them
 * to the modules it opens.  A hook looks first whether the address lies in the
 * guest's window and in a page that somebody cares about.
 *
 * Atomic operations are performed by their hooks, between two calls of access.
 */
#ifndef VIOTAPE_HOOK_RUNTIME_H
#define VIOTAPE_HOOK_RUNTIME_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#define HOOK_PAGE_SHIFT	12
#define HOOK_RECENT	16u

/* Kinds, a bit set; the numbers are those of MEM_* in mem.h. */
#define HOOK_READ	0x0u
#define HOOK_WRITE	0x1u
#define HOOK_VOLATILE	0x2u
#define HOOK_ATOMIC	0x4u

#define HOOK_BEFORE		0
#define HOOK_AFTER_ATOMIC	1
#define HOOK_AFTER_FENCE	2

struct hook_window {
	uint64_t base, size;		/* size 0: hooks do nothing */
	const uint8_t *page_flags;	/* of each page; 0: nobody cares */
	/* One access, before it happens; pc is the instruction's. */
	void (*access)(void *self, uint64_t va, size_t size, unsigned kind,
	    const void *pc);
	/* An atomic operation or a fence is about to happen, or has: HOOK_*. */
	void (*fence)(void *self, int after);
	void *self;
	/*
	 * Where capture is set: the guest's registers and the low end of its
	 * stack at the latest access that access() was told of, or where
	 * hook_capture() was called.  At an access to a page that has the flag
	 * quiet, and not the flag asks, they are not looked at, which costs more
	 * than all the rest, and low is 0.
	 */
	int capture;
	unsigned quiet, asks;
	sigjmp_buf registers;
	uint64_t low;
	/* Where the latest access was, as a frame address; 0: the simulator was
	   here since, and may have changed to another stack. */
	uint64_t deepest;
	/* Program counters of the latest accesses of any kind, a ring. */
	const void *recent[HOOK_RECENT];
	uint32_t recent_next;
	/* The latest access of any kind, for when it faults. */
	uint64_t last;
	uint32_t last_size, last_kind;
};

/* There is one window; the simulator fills it before it runs a guest. */
extern struct hook_window hook_window;

/* As at an access, from where it is called: what the simulator has on the stack
   is then part of it. */
void hook_capture(void);

#endif
