/* display_oracle.c: does the host show what the scenario intended? */
#include "display_oracle.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gpu_spec.h"
#include "intent.h"
#include "state_memo.h"

#define SIDE_MAX	8192u

/* VIRTIO 1.2, 5.7.6.7 and 5.7.6.8: header of 24 bytes, then rectangles. */
#define HEADER_SIZE	24u
#define MODE_SIZE	24u

struct display_oracle {
	struct hc_font font;
	const hc_u32 *palette;
	struct intent *intent;
	unsigned geometry[4];
	int has_geometry;
	uint32_t asked;			/* type of the latest request */
	struct bytes shown;
	struct state_memo memo;		/* of shown */
	unsigned width, height;		/* of shown */
};

struct display_oracle *
display_oracle_create(const struct hc_font *font, const hc_u32 *palette)
{
	struct display_oracle *o = check_calloc(1, sizeof *o);

	o->font = *font;
	o->palette = palette;
	return o;
}

void
display_oracle_destroy(struct display_oracle *o)
{
	if (o == NULL)
		return;
	intent_destroy(o->intent);
	bytes_free(&o->shown);
	check_free(o);
}

void
display_oracle_request(struct display_oracle *o, const uint8_t *read,
    size_t len)
{
	o->asked = len >= 4 ? (uint32_t)bytes_le(read, 4) : 0;
}

/*
 * The size in an answer, 0 if it is none: GET_DISPLAY_INFO's mode, or the
 * detailed timing of an EDID (VESA E-EDID 1.4, 3.10.2) where that is all that
 * the host has to say.
 */
static void
answer_size(uint32_t asked, const uint8_t *written, size_t len,
    unsigned *width, unsigned *height)
{
	const uint8_t *timing = written + GPU_RESP_EDID_DATA + 54;
	uint32_t type = len >= HEADER_SIZE ? (uint32_t)bytes_le(written, 4) : 0;

	*width = *height = 0;
	if (asked == GPU_GET_DISPLAY_INFO && type == GPU_OK_DISPLAY_INFO &&
	    len >= HEADER_SIZE + MODE_SIZE) {
		*width = (unsigned)bytes_le(written + HEADER_SIZE + 8, 4);
		*height = (unsigned)bytes_le(written + HEADER_SIZE + 12, 4);
	} else if (asked == GPU_GET_EDID && type == GPU_OK_EDID &&
	    len >= GPU_RESP_EDID_SIZE) {
		*width = timing[2] | (timing[4] & 0xf0u) << 4;
		*height = timing[5] | (timing[7] & 0xf0u) << 4;
	}
}

void
display_oracle_answer(struct display_oracle *o, const uint8_t *written,
    size_t len)
{
	unsigned width, height;

	if (o->intent != NULL)
		return;
	answer_size(o->asked, written, len, &width, &height);
	if (width == 0 || height == 0 || width > SIDE_MAX || height > SIDE_MAX)
		return;
	o->intent = intent_create(width, height, &o->font, o->palette);
	if (o->has_geometry)
		intent_geometry(o->intent, o->geometry[0], o->geometry[1],
		    o->geometry[2], o->geometry[3]);
}

void
display_oracle_picture(struct display_oracle *o, unsigned scanout,
    unsigned width, unsigned height, const uint8_t *bgrx)
{
	size_t n = (size_t)width * height * 4;

	if (scanout != 0)
		return;
	if (o->shown.len != n) {
		bytes_clear(&o->shown);
		bytes_add(&o->shown, bgrx, n);
		o->memo.fresh = 0;
	} else if (bytes_renew(o->shown.data, bgrx, n)) {
		o->memo.fresh = 0;
	}
	o->width = width;
	o->height = height;
}

void
display_oracle_geometry(struct display_oracle *o, unsigned rows,
    unsigned columns, unsigned x, unsigned y)
{
	unsigned w, h;

	if (rows == 0 || columns == 0)
		return;
	if (o->intent != NULL) {
		w = x + columns * o->font.width;
		h = y + rows * o->font.height;
		if (w > intent_width(o->intent) || h > intent_height(o->intent))
			return;
		intent_geometry(o->intent, rows, columns, x, y);
	}
	o->has_geometry = 1;
	o->geometry[0] = rows;
	o->geometry[1] = columns;
	o->geometry[2] = x;
	o->geometry[3] = y;
}

void
display_oracle_step(struct display_oracle *o, const struct scenario_step *step)
{
	/* What comes with the next attach is another display, and blank. */
	if (step->op == SCENARIO_DETACH) {
		intent_destroy(o->intent);
		o->intent = NULL;
		o->has_geometry = 0;
		bytes_clear(&o->shown);
		o->memo.fresh = 0;
	}
	if (o->intent != NULL)
		intent_step(o->intent, step);
}

/* Rule J8: what the steps intend; the framebuffer is not asked. */
void
display_oracle_compare(struct display_oracle *o, struct display_compare *c)
{
	size_t n;

	memset(c, 0, sizeof *c);
	if (o->intent == NULL)
		return;
	c->width = intent_width(o->intent);
	c->height = intent_height(o->intent);
	c->intended = intent_picture(o->intent);
	n = (size_t)c->width * c->height;
	if (o->shown.len != n * 4 || o->width != c->width) {
		c->differ = n;
		return;
	}
	c->shown = o->shown.data;
	c->black = 1;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *a = c->intended + 4 * i, *b = c->shown + 4 * i;

		c->black &= (b[0] | b[1] | b[2]) == 0;
		if (memcmp(a, b, 3) == 0)
			continue;
		if (c->differ++ == 0) {
			c->x = (unsigned)(i % c->width);
			c->y = (unsigned)(i / c->width);
		}
	}
}

void
display_oracle_state(struct display_oracle *o, struct state *s)
{
	state_add_u64(s, o->asked);
	state_add_u64(s, (uint64_t)o->width << 32 | o->height);
	state_memo_add(&o->memo, s, o->shown.data, o->shown.len);
	state_add_u64(s, (uint64_t)(o->has_geometry != 0) << 1 |
	    (o->intent != NULL));
	for (int i = 0; i < 4 && o->has_geometry; i++)
		state_add_u64(s, o->geometry[i]);
	if (o->intent != NULL)
		intent_state(o->intent, s);
}
