/*
 * intent.h: the picture that a scenario intends, computed from its steps alone:
 * never from the framebuffer, and by other code than the guest's rasops.
 *
 * Console text becomes cells and the cells become pixels; what the client
 * draws is drawn here too.  The rules are those of hypercall.h (enum hc_op);
 * the font and the palette are the guest's, as facts.
 */
#ifndef VIOTAPE_INTENT_H
#define VIOTAPE_INTENT_H

#include <stdint.h>

#include "hypercall.h"
#include "scenario.h"
#include "state.h"

struct intent;

struct intent *intent_create(unsigned width, unsigned height,
    const struct hc_font *font, const hc_u32 *palette);
void intent_destroy(struct intent *t);
/* Where the console's cells are, as the guest's rasops lays them out. */
void intent_geometry(struct intent *t, unsigned rows, unsigned columns,
    unsigned x, unsigned y);
void intent_step(struct intent *t, const struct scenario_step *step);
/* width x height pixels B, G, R, X; valid until the next call. */
const uint8_t *intent_picture(struct intent *t);
/* Adds what is intended so far; remembers the state of what a client drew. */
void intent_state(struct intent *t, struct state *s);
unsigned intent_width(const struct intent *t);
unsigned intent_height(const struct intent *t);

#endif
