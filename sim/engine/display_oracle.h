/*
 * display_oracle.h: does the host show what the scenario intended?
 *
 * The host's picture is what the 2D commands of this run mean, computed from
 * the device's view of memory at each transfer; the intended one is intent.h's.
 * The display's size is what the host answered to GET_DISPLAY_INFO.
 */
#ifndef VIOTAPE_DISPLAY_ORACLE_H
#define VIOTAPE_DISPLAY_ORACLE_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "hypercall.h"
#include "scenario.h"
#include "state.h"

struct display_oracle;

struct display_oracle *display_oracle_create(const struct hc_font *font,
    const hc_u32 *palette);
void display_oracle_destroy(struct display_oracle *o);

/* From the boundary: a request and its answer; a flush. */
void display_oracle_request(struct display_oracle *o, const uint8_t *read,
    size_t len);
void display_oracle_answer(struct display_oracle *o, const uint8_t *written,
    size_t len);
void display_oracle_picture(struct display_oracle *o, unsigned scanout,
    unsigned width, unsigned height, const uint8_t *bgrx);
/* From the guest and the scenario. */
void display_oracle_geometry(struct display_oracle *o, unsigned rows,
    unsigned columns, unsigned x, unsigned y);
void display_oracle_step(struct display_oracle *o,
    const struct scenario_step *step);

/* Adds what is shown and what is intended; remembers the pixels' state. */
void display_oracle_state(struct display_oracle *o, struct state *s);

struct display_compare {
	unsigned width, height;		/* of both; 0: nothing to compare */
	const uint8_t *intended;	/* BGRX, or NULL: no display is known */
	const uint8_t *shown;		/* BGRX, or NULL: nothing was shown */
	uint64_t differ;		/* pixels */
	unsigned x, y;			/* the first that differs */
	int black;			/* shown is black all over */
};

/* What scanout 0 shows now against what it should; valid until more comes. */
void display_oracle_compare(struct display_oracle *o,
    struct display_compare *c);

#endif
