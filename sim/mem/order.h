/*
 * order.h: the order models: when a store becomes visible, how old a load may
 * be.
 *
 * All models are multi-copy atomic: there is one memory, and a store is
 * performed in it for everybody at once.  What differs is which of a CPU's
 * accesses are performed in program order: a set of ORDER_* bits, those that
 * program order alone keeps and those that a barrier adds (MODEL.md, rules O1
 * to O9).  The machine that runs them:
 *
 *	store ──► buffer of its agent ──perform──► memory ──► other agents
 *	load  ◄── own buffer, else memory, or memory as it was not long ago
 *
 * A store stays in the buffer until somebody could tell: a drain at a barrier
 * that orders it before later loads, or an agent that looks at its bytes.  At a
 * look it is a choice how many of the buffered stores to these bytes are
 * performed, and with each all that is ordered before it.  A load may get what
 * the bytes were at any time since the last barrier that orders it after
 * earlier loads, as far as coherence allows.  So nothing is decided before it
 * matters (decisions/0019).
 *
 * Accesses are issued in program order here.  That a load is overtaken by a
 * later store (load buffering) is for who issues them: litmus tests, whose
 * dependencies are known, issue out of order; native code cannot.
 *
 * An agent is a CPU or a device.  Addresses are bytes of one memory; pieces are
 * cut at multiples of ORDER_PIECE.
 */
#ifndef VIOTAPE_ORDER_H
#define VIOTAPE_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "state.h"

/*
 * Of certificates.  Raised whenever a rule of MODEL.md says something else, or
 * what is explored or told apart changes: proofs of other versions are not
 * compared.
 */
#define ORDER_MODEL_VERSION	14u

enum order_model { ORDER_SC, ORDER_TSO, ORDER_ARM, ORDER_RVWMO };
#define ORDER_MODELS	4

/* Earlier accesses of the first kind before later ones of the second. */
#define ORDER_RR	0x01u
#define ORDER_RW	0x02u
#define ORDER_WR	0x04u
#define ORDER_WW	0x08u
#define ORDER_WIO	0x10u	/* stores before later writes of registers */
#define ORDER_ALL	0x1fu

/* The CPU's barriers as kernels name them, membar_sync(9). */
enum order_barrier {
	ORDER_BARRIER_SYNC, ORDER_BARRIER_PRODUCER, ORDER_BARRIER_CONSUMER,
	ORDER_BARRIER_ENTER, ORDER_BARRIER_EXIT,
	ORDER_BARRIER_LOCK, ORDER_BARRIER_UNLOCK,	/* mutex(9) */
	ORDER_BARRIERS
};

#define ORDER_PIECE	4096u
#define ORDER_BUFFER_MAX 4096u		/* stores that a buffer holds */

/* Where stores go when they are performed, and what a load finds there. */
struct order_memory {
	void (*load)(void *self, uint64_t pa, void *dst, size_t n);
	void (*store)(void *self, uint64_t pa, const void *src, size_t n,
	    int uncached);
	/*
	 * A choice among n, 0 being the plain one: how a look or a load of
	 * another agent's bytes [pa, pa + size) comes out.
	 */
	unsigned (*pick)(void *self, int is_load, uint64_t pa, size_t size,
	    unsigned n);
	void *self;
};

struct order;

/* *memory is copied.  agents is 1 to 255.  By buckets, one at least, stores are
   found again: as many as there may be lines with stores that wait. */
struct order *order_create(enum order_model model, unsigned agents,
    unsigned buckets, const struct order_memory *memory);
void order_destroy(struct order *o);
/* Another one in the same state, over the same memory; to be destroyed, too. */
struct order *order_copy(const struct order *o);
/* The agent sees memory as it is, never as it was, from now on or no longer: a
   device, whose own order is its own affair, or a CPU that loads nothing. */
void order_never_old(struct order *o, unsigned agent, int never);

/* Bits that program order alone keeps, and those that a barrier adds. */
unsigned order_program(enum order_model model);
unsigned order_barrier_bits(enum order_model model, enum order_barrier barrier);

/*
 * A store: to the agent's buffer, or performed at once where the model keeps
 * ORDER_WR.  uncached is handed on to memory.  release: after all that the agent did before (stores; a load is
 * done when it is issued).
 */
void order_store(struct order *o, unsigned agent, uint64_t pa,
    const void *bytes, size_t size, int uncached, int release);
/*
 * What the agent finds: its own buffered stores over base, which is what memory
 * holds there.  bytes has base already; it is laid over.
 */
void order_forward(const struct order *o, unsigned agent, uint64_t pa,
    uint8_t *bytes, size_t size);
/*
 * A load: bytes has what memory holds now; what comes out is picked among that
 * and what it was, with the agent's own stores over it.  1: it was older.
 */
int order_load(struct order *o, unsigned agent, uint64_t pa, uint8_t *bytes,
    size_t size);
/*
 * The same, and all loads from now on come after it: not after now, but after
 * the time since when what came out has been there.
 */
int order_load_acquire(struct order *o, unsigned agent, uint64_t pa,
    uint8_t *bytes, size_t size);
/* For order_load_acquire(): from the beginning on; states differ by it. */
void order_keep_times(struct order *o, unsigned agent);
/* The loads so far come before all loads from now on (ORDER_RR). */
void order_acquire(struct order *o, unsigned agent);
/* A barrier with these bits, from order_barrier_bits() or of one's own. */
void order_barrier(struct order *o, unsigned agent, unsigned bits);
/* The agent writes a register: what comes before it is performed. */
void order_register_write(struct order *o, unsigned agent);
/*
 * For locks: a number for the stores that the agent has made so far; all of
 * those are performed, since somebody has seen what it stored after them (rule
 * O10); how many of them are still buffered.
 */
uint64_t order_mark(const struct order *o, unsigned agent);
void order_drain_to(struct order *o, unsigned agent, uint64_t mark);
uint64_t order_left_to(const struct order *o, unsigned agent, uint64_t mark);
/* All buffered stores of the agent are performed. */
void order_drain(struct order *o, unsigned agent);
/* ... and of those that are releases, with what comes before them. */
void order_drain_releases(struct order *o, unsigned agent);
/*
 * The agent is about to read these bytes where others may have buffered stores:
 * picks how many are performed.  Order is as if each byte were read now.
 */
void order_look(struct order *o, unsigned agent, uint64_t pa, size_t size);
/* The same, and all of them are performed: nothing is picked. */
void order_look_surely(struct order *o, unsigned agent, uint64_t pa,
    size_t size);
/* Nothing older than what memory holds now is seen of these bytes any more. */
void order_seen(struct order *o, unsigned agent, uint64_t pa, size_t size);
/*
 * The agent is about to store at memory itself, past its buffer (a device, an
 * atomic operation): the others keep what was there, for loads that are old.
 */
void order_stores(struct order *o, unsigned agent, uint64_t pa, size_t size);

/* 1: a look or a load had more ways to come out than were offered. */
int order_capped(const struct order *o);
/* Buffered stores of an agent, oldest first; for who picks them one by one. */
size_t order_pending(const struct order *o, unsigned agent);
/* 1: all that is ordered before the i-th is performed. */
int order_may_perform(const struct order *o, unsigned agent, size_t i);
void order_perform(struct order *o, unsigned agent, size_t i);
/* Whether any buffered store of the agent touches these bytes. */
int order_is_pending(const struct order *o, unsigned agent, uint64_t pa,
    size_t size);

/* Buffers and ages, without numbers of history. */
void order_state(const struct order *o, struct state *s);

const char *order_name(enum order_model model);
/* By name; -1 if there is none. */
int order_find(const char *name);

#endif
