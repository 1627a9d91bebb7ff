/*
 * litmus_exec.h: one execution of a litmus test on its way: what is issued,
 * what each load read, what memory holds.
 *
 *	litmus_run.c	which executions there are
 *	litmus_issue.c	an instruction issued, by the engine of order.h
 *	litmus_rules.c	what may be issued when: Armv8
 *	litmus_exec.c	this, and the engine's memory
 *
 * All but the engine's own part is bytes of one block, to be copied and to be
 * compared.  The numbers of stores are kept in memory beside the bytes that
 * they wrote: byte n of the test is bytes 2n (the value) and 2n + 1 (the store)
 * of the engine.  So each load tells which stores it read from, and executions
 * can be told apart as herd does.
 *
 * i and j are instructions on the way of their thread, i before j.
 */
#ifndef VIOTAPE_LITMUS_EXEC_H
#define VIOTAPE_LITMUS_EXEC_H

#include "litmus_var.h"
#include "state.h"

#define LITMUS_PICKS_MAX	16u	/* choices of the engine in one step */

/*
 * READ: what memory has of a load is read; what its own thread stores of it is
 * not known yet.  Those bytes are UNREAD.
 */
enum { LITMUS_DONE = 1, LITMUS_ADDRESSED = 2, LITMUS_READ = 4 };
#define LITMUS_UNREAD		255u

struct litmus_exec {
	struct order *order;
	uint8_t *block;
	int dead;			/* a guess was wrong, or coherence */
};

struct litmus_set {
	struct state *list;
	size_t n, max;
};

struct litmus_run {
	const struct litmus *t;
	const struct litmus_how *how;
	struct error *err;
	struct litmus_result *result;
	struct litmus_ways ways[LITMUS_THREADS_MAX];
	const struct litmus_way *way[LITMUS_THREADS_MAX];
	size_t chosen[LITMUS_THREADS_MAX];
	unsigned program;		/* what the model keeps */
	/* Of this combination: instructions and accesses of all threads. */
	unsigned inst_at[LITMUS_THREADS_MAX + 1];
	unsigned access_at[LITMUS_THREADS_MAX + 1];
	unsigned nstores, ncells;
	struct {
		unsigned thread, inst;
	} stores[LITMUS_STORES_MAX + 1];	/* from 1; 0 is the beginning */
	/* Offsets into the block; values are at its beginning. */
	size_t address, flags, writers, performed, memory, co_n, co, size;
	struct litmus_exec *now;	/* what the engine is working on */
	int failed;
	/* The engine's choices in this step. */
	unsigned picks[LITMUS_PICKS_MAX], among[LITMUS_PICKS_MAX];
	unsigned npicks, picks_given;
	int may_be_old;			/* the load that is being issued */
	struct litmus_set visited, finished;
	size_t states;
};

/* --- litmus_exec.c --- */

struct litmus_exec *exec_create(struct litmus_run *r);
struct litmus_exec *exec_copy(const struct litmus_run *r,
    const struct litmus_exec *x);
void exec_destroy(struct litmus_exec *x);

size_t exec_no(const struct litmus_run *r, unsigned thread, unsigned i);
uint64_t exec_u64(const struct litmus_exec *x, size_t offset, size_t n);
void exec_u64_set(struct litmus_exec *x, size_t offset, size_t n, uint64_t v);
uint8_t *exec_flags(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i);
/* 1 for -1, too. */
int exec_is_done(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, int i);
void exec_finish(const struct litmus_run *r, struct litmus_exec *x,
    unsigned thread, unsigned i, uint64_t value);
/* What instruction from made, or otherwise for -1. */
uint64_t exec_value(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, int from, uint64_t otherwise);
/* The stores that an access's bytes were read from, 8 of them. */
uint8_t *exec_writers(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, const struct litmus_inst *in);
uint64_t exec_address(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i);
int exec_has_address(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i);
/* A location is there, and it is aligned. */
int exec_good_address(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i);
/* The first byte of an address, as memory numbers them. */
uint64_t exec_cell(uint64_t address);
int exec_overlaps(uint64_t x, unsigned nx, uint64_t y, unsigned ny);
int exec_same_bytes(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i, unsigned j);
unsigned exec_store_no(const struct litmus_run *r, unsigned thread, unsigned i);
int exec_is_performed(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned i);
/* Threads issue in program order: the model keeps it, or native. */
int exec_in_order(const struct litmus_run *r);
/* What memory holds; self is the run, as the engine calls it. */
void exec_memory(void *self, uint64_t pa, void *dst, size_t n);

/* --- litmus_rules.c --- */

int rules_may_issue(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j);
int rules_fence(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j);
int rules_isb(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j);
unsigned rules_fence_bits(const struct litmus_run *r,
    const struct litmus_inst *fence);
int rules_eager(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j);
int rules_may_be_old(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j);
int rules_acquire(const struct litmus_inst *in);
int rules_acquire_release(const struct litmus_inst *list,
    const struct litmus_inst *in);
int rules_own_store(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j, unsigned b);
int rules_unknown(const struct litmus_run *r, const struct litmus_exec *x,
    unsigned thread, unsigned j, unsigned b);
unsigned rules_unknown_bytes(const struct litmus_run *r,
    const struct litmus_exec *x, unsigned thread, unsigned j);

/* --- litmus_issue.c --- */

void issue_load(struct litmus_run *r, struct litmus_exec *x, unsigned thread,
    unsigned i);
void issue_store(struct litmus_run *r, struct litmus_exec *x, unsigned thread,
    unsigned i);
/* All that needs no choice. */
void issue_settle(struct litmus_run *r, struct litmus_exec *x);

#endif
