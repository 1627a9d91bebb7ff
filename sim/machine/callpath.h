/*
 * callpath.h: who called: paths through the guest's code, each kept once.
 *
 * The guest is compiled with frame pointers; a path is walked from the present
 * host frame up the running fiber's stack and holds the return addresses that
 * lie in the guest's module, innermost first, as offsets in it.
 */
#ifndef VIOTAPE_CALLPATH_H
#define VIOTAPE_CALLPATH_H

#include <stddef.h>
#include <stdint.h>

#define CALLPATH_DEPTH_MAX	24u
#define CALLPATH_NONE		0u

typedef uint32_t callpath_id;

struct callpath {
	uint32_t n;
	uint32_t at[CALLPATH_DEPTH_MAX];	/* offsets of return addresses */
};

struct callpaths;

/*
 * base and size of the guest's module in memory; stack tells the bounds of the
 * stack that runs, [*low, *high), low == high when it is not a guest's.
 */
struct callpaths *callpaths_create(uint64_t base, uint64_t size,
    void (*stack)(void *self, uint64_t *low, uint64_t *high), void *self);
void callpaths_destroy(struct callpaths *c);
/* Another teller of bounds; NULL: no stack runs any more. */
void callpaths_stack_set(struct callpaths *c,
    void (*stack)(void *self, uint64_t *low, uint64_t *high), void *self);
/*
 * The path of the caller.  pc, if not NULL, is put in front: the place of an
 * access rather than of a call.
 */
/*
 * A handler of a fault runs, on another stack: until this is told (0, 0), the
 * path is that of pc and of the frame that was interrupted.
 */
void callpaths_interrupted(struct callpaths *c, uint64_t pc, uint64_t frame);

callpath_id callpath_here(struct callpaths *c, const void *pc);
/*
 * Calls hit whenever callpath_here() or callpath_of() gives this path, while the
 * stack is as it is then; NULL: nobody waits.
 */
void callpaths_watch(struct callpaths *c, const struct callpath *path,
    void (*hit)(void *self), void *self);
/* The path of a program counter alone; CALLPATH_NONE outside the module. */
callpath_id callpath_of(struct callpaths *c, uint64_t pc);
/* A path as it is; the same id for the same path. */
callpath_id callpath_put(struct callpaths *c, const struct callpath *p);
/* What lies at an address: the stack that runs, the guest's module, neither. */
enum callpath_place { CALLPATH_ELSEWHERE, CALLPATH_STACK, CALLPATH_MODULE };
enum callpath_place callpath_place(const struct callpaths *c, uint64_t addr);
/* Ids are 0 to callpaths_count() - 1, in the order in which paths came. */
uint32_t callpaths_count(const struct callpaths *c);
/* Never NULL; CALLPATH_NONE is a path of no frames. */
const struct callpath *callpath_get(const struct callpaths *c, callpath_id id);

#endif
