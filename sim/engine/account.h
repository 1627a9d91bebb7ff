/*
 * account.h: what crossed the boundary in one run or recording, as a list of
 * items that can be compared with another's: by meaning, not by address.
 *
 *	a = account_create();
 *	for each event: account_event(a, &e, number, path);
 *	of a run also, at each bus_dmamap_sync(9): account_sync(a, ...);
 *	... compare.h
 *	account_free(a);
 *
 * An item says what it is ("queue 0 SET_SCANOUT scanout 0 ...") apart from
 * what it had (sizes, a register's value, bytes of an answer): two items with
 * the same name are the same thing, perhaps with another content.  Left out
 * are what the guest or the machine may choose: addresses of rings, BARs and
 * messages, the interrupt line, fences, the bus address of the device, and
 * accesses to all that is not the device.
 */
#ifndef VIOTAPE_ACCOUNT_H
#define VIOTAPE_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "bus_dma.h"
#include "callpath.h"
#include "event.h"
#include "finding.h"
#include "virtio_transport.h"

enum account_sort {
	ACCOUNT_STEP,		/* of the scenario */
	ACCOUNT_REQUEST,	/* a chain that the host took */
	ACCOUNT_ANSWER,		/* ... and gave back */
	ACCOUNT_PACKET,		/* that the host gave, once it is whole */
	ACCOUNT_PICTURE,
	ACCOUNT_REGISTER,	/* read or written */
	ACCOUNT_INTERRUPT,
	ACCOUNT_SYNC,		/* runs only */
	ACCOUNT_READY,		/* the driver set DRIVER_OK, with features */
	ACCOUNT_HOST_END,
	ACCOUNT_FINDING,	/* runs only; behind all others */
	ACCOUNT_SORTS
};

#define ACCOUNT_CONTENT_MAX	2048u	/* bytes of an answer that are kept */

struct account_item {
	enum account_sort sort;
	uint64_t event;		/* its number; a sync: of the one before */
	uint64_t name;		/* digest of what it is */
	uint64_t content;	/* digest of what it had */
	uint64_t request;	/* an answer: the name of what it answers */
	callpath_id at;		/* who caused it, or CALLPATH_NONE */
	callpath_id made;	/* a sync: who created the map */
	size_t text, detail;	/* use account_text(), account_detail() */
	size_t bytes, nbytes;	/* use account_bytes() */
};

struct account;

struct account *account_create(void);
void account_free(struct account *a);	/* NULL is allowed */

/* at: who caused it, as far as it is known. */
void account_event(struct account *a, const struct event *e, uint64_t number,
    callpath_id at);
/* A bus_dmamap_sync(9) of this map, behind event number. */
void account_sync(struct account *a, const struct bus_map *map,
    uint64_t offset, uint64_t len, uint32_t ops, uint64_t number,
    callpath_id at);
/* What was found in the run. */
void account_findings(struct account *a, const struct findings *f);

size_t account_count(const struct account *a);
const struct account_item *account_at(const struct account *a, size_t n);
/* In words, one line without newline; detail may be "". */
const char *account_text(const struct account *a,
    const struct account_item *i);
const char *account_detail(const struct account *a,
    const struct account_item *i);
/* The first i->nbytes of what an answer or packet held. */
const uint8_t *account_bytes(const struct account *a,
    const struct account_item *i);

/* The device: VIRTIO's number, 0 if there was none; how it is reached. */
uint16_t account_device(const struct account *a);
enum virtio_transport account_transport(const struct account *a);
/* The virtual clock at the end. */
uint64_t account_time_ns(const struct account *a);

#endif
