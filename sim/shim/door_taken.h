/*
 * door_taken.h: what guest code took from the hardware and has to give back:
 * interrupt handlers, timeouts, mapped registers.  Memory has lists of its own
 * (door.h for malloc(9), bus_dma.h).
 */
#ifndef VIOTAPE_DOOR_TAKEN_H
#define VIOTAPE_DOOR_TAKEN_H

#include <stddef.h>
#include <stdint.h>

#include "callpath.h"
#include "state.h"

enum door_taken_kind {
	DOOR_HANDLER,			/* key: its token */
	DOOR_TIMER,			/* key: its token; may have fired */
	DOOR_REGISTERS			/* key: physical address, and size */
};

struct door_taken {
	enum door_taken_kind kind;
	uint64_t key, size;
	uint32_t owner;			/* see door_owner() */
	callpath_id path;		/* who took it */
};

/* {0} before the first use; what list points to is freed by the owner. */
struct door_takings {
	struct door_taken *list;
	size_t n, max;
};

/* A timer that is there is taken anew. */
void door_taken_add(struct door_takings *t, const struct door_taken *what);
/* 0; 1: it was there with another size, and is gone now; -1: it was not. */
int door_taken_del(struct door_takings *t, enum door_taken_kind kind,
    uint64_t key, uint64_t size);
/* Adds what is there, in the order in which it would be told. */
void door_takings_state(const struct door_takings *t, struct state *s);

#endif
