/* intent.c: the picture that a scenario intends. */
#include "intent.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "state_memo.h"

#define SCREENS	4u
#define WHITE	7
#define BLACK	0
#define PARAMS	8u

struct cell {
	uint8_t ch, fg, bg;
};

enum escape { PLAIN, ESCAPE, BRACKET };

struct screen {
	struct cell *cells;		/* NULL: not made yet */
	unsigned row, col;
	uint8_t fg, bg;
	enum escape escape;
	unsigned params[PARAMS], nparams;
};

struct intent {
	unsigned width, height;
	struct hc_font font;
	const hc_u32 *palette;
	unsigned rows, columns, x, y;
	struct screen screens[SCREENS];
	unsigned shown;
	int graphics;
	uint32_t *canvas;		/* 0xRRGGBB, what the client drew */
	struct state_memo memo;		/* of the canvas */
	uint8_t *picture;
};

static void
screen_make(struct intent *t, unsigned n)
{
	struct screen *s = &t->screens[n];

	if (s->cells != NULL)
		return;
	s->cells = check_calloc((size_t)t->rows * t->columns,
	    sizeof s->cells[0]);
	s->fg = WHITE;
	s->bg = BLACK;
	for (unsigned i = 0; i < t->rows * t->columns; i++)
		s->cells[i] = (struct cell){ ' ', WHITE, BLACK };
}

struct intent *
intent_create(unsigned width, unsigned height, const struct hc_font *font,
    const hc_u32 *palette)
{
	struct intent *t = check_calloc(1, sizeof *t);

	t->width = width;
	t->height = height;
	t->font = *font;
	t->palette = palette;
	t->canvas = check_calloc((size_t)width * height, sizeof t->canvas[0]);
	t->picture = check_calloc((size_t)width * height, 4);
	return t;
}

void
intent_destroy(struct intent *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < SCREENS; i++)
		check_free(t->screens[i].cells);
	check_free(t->canvas);
	check_free(t->picture);
	check_free(t);
}

void
intent_geometry(struct intent *t, unsigned rows, unsigned columns, unsigned x,
    unsigned y)
{
	if (t->rows != 0)
		return;
	t->rows = rows;
	t->columns = columns;
	t->x = x;
	t->y = y;
	screen_make(t, 0);
}

unsigned
intent_width(const struct intent *t)
{
	return t->width;
}

unsigned
intent_height(const struct intent *t)
{
	return t->height;
}

/* --- text --- */

static void
erase(struct intent *t, struct screen *s, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to && i < t->rows * t->columns; i++)
		s->cells[i] = (struct cell){ ' ', s->fg, s->bg };
}

static void
next_row(struct intent *t, struct screen *s)
{
	s->col = 0;
	if (s->row + 1 < t->rows) {
		s->row++;
		return;
	}
	memmove(s->cells, s->cells + t->columns,
	    (size_t)(t->rows - 1) * t->columns * sizeof s->cells[0]);
	erase(t, s, (t->rows - 1) * t->columns, t->rows * t->columns);
}

static void
colour(struct screen *s, unsigned n)
{
	uint8_t old = s->fg;

	if (n == 0) {
		s->fg = WHITE;
		s->bg = BLACK;
	} else if (n == 1) {
		s->fg |= 8;
	} else if (n == 7) {
		s->fg = s->bg;
		s->bg = old;
	} else if (n >= 30 && n <= 37) {
		s->fg = (uint8_t)(n - 30);
	} else if (n >= 40 && n <= 47) {
		s->bg = (uint8_t)(n - 40);
	}
}

static void
control_end(struct intent *t, struct screen *s, char ch)
{
	s->escape = PLAIN;
	if (ch == 'm') {
		for (unsigned i = 0; i <= s->nparams && i < PARAMS; i++)
			colour(s, s->params[i]);
	} else if (ch == 'H') {
		s->row = s->col = 0;
	} else if (ch == 'J' && s->params[0] == 2) {
		erase(t, s, 0, t->rows * t->columns);
	} else if (ch == 'J') {
		erase(t, s, s->row * t->columns + s->col,
		    t->rows * t->columns);
	}
}

static void
escape(struct intent *t, struct screen *s, char ch)
{
	if (s->escape == ESCAPE) {
		s->escape = ch == '[' ? BRACKET : PLAIN;
		s->nparams = 0;
		memset(s->params, 0, sizeof s->params);
	} else if (ch >= '0' && ch <= '9') {
		if (s->nparams < PARAMS && s->params[s->nparams] < 10000)
			s->params[s->nparams] = s->params[s->nparams] * 10 +
			    (unsigned)(ch - '0');
	} else if (ch == ';') {
		if (s->nparams + 1 < PARAMS)
			s->nparams++;
	} else {
		control_end(t, s, ch);
	}
}

static void
text(struct intent *t, const char *p)
{
	struct screen *s = &t->screens[t->shown];

	for (; *p != '\0'; p++) {
		if (s->escape != PLAIN) {
			escape(t, s, *p);
		} else if (*p == '\033') {
			s->escape = ESCAPE;
		} else if (*p == '\n') {
			next_row(t, s);
		} else if (*p == '\r') {
			s->col = 0;
		} else if (*p == '\b') {
			if (s->col > 0)
				s->col--;
		} else if (*p == '\t') {
			s->col = s->col / 8 * 8 + 8;
			if (s->col >= t->columns)
				s->col = t->columns - 1;
		} else if (*p >= ' ' && *p <= '~') {
			if (s->col >= t->columns)
				next_row(t, s);
			s->cells[s->row * t->columns + s->col++] =
			    (struct cell){ (uint8_t)*p, s->fg, s->bg };
		}
	}
}

/* --- pixels --- */

static void
draw_cell(const struct intent *t, uint32_t *pixels, unsigned row, unsigned col,
    struct cell c, int inverted)
{
	unsigned stride = (t->font.width + 7) / 8;
	const unsigned char *glyph = NULL;

	if (c.ch >= t->font.first && c.ch - t->font.first < t->font.count)
		glyph = t->font.glyphs + (size_t)(c.ch - t->font.first) *
		    t->font.height * stride;
	for (unsigned j = 0; j < t->font.height; j++)
		for (unsigned i = 0; i < t->font.width; i++) {
			int set = glyph != NULL && (glyph[j * stride + i / 8] >>
			    (7 - i % 8) & 1) != 0;
			uint32_t v = t->palette[set ? c.fg : c.bg];

			if (inverted)
				v ^= 0xffffff;
			pixels[(size_t)(t->y + row * t->font.height + j) *
			    t->width + t->x + col * t->font.width + i] = v;
		}
}

static void
draw_text(struct intent *t, uint32_t *pixels, int cursor)
{
	const struct screen *s = &t->screens[t->shown];
	unsigned col = s->col < t->columns ? s->col : t->columns - 1;

	memset(pixels, 0, (size_t)t->width * t->height * sizeof pixels[0]);
	if (s->cells == NULL)
		return;
	for (unsigned r = 0; r < t->rows; r++)
		for (unsigned c = 0; c < t->columns; c++)
			draw_cell(t, pixels, r, c,
			    s->cells[r * t->columns + c],
			    cursor && r == s->row && c == col);
}

static uint32_t
pattern(uint32_t seed, uint32_t i, uint32_t j)
{
	uint32_t h = seed * 2654435761u + j * (40503u * 65537u) +
	    i * 2246822519u;

	h ^= h >> 15;
	h *= 2246822519u;
	h ^= h >> 13;
	return h & 0xffffff;
}

static void
draw(struct intent *t, const struct scenario_step *step)
{
	const uint64_t *a = step->args;
	uint32_t *copy = NULL;

	t->memo.fresh = 0;
	if (step->op == SCENARIO_COPY) {
		size_t size = (size_t)t->width * t->height * 4;

		copy = memcpy(check_malloc(size), t->canvas, size);
	}
	for (uint64_t j = 0; j < a[3] && j < t->height; j++)
		for (uint64_t i = 0; i < a[2] && i < t->width; i++) {
			uint64_t x = a[0] + i, y = a[1] + j;
			uint32_t v = (uint32_t)a[4];

			if (step->op == SCENARIO_PATTERN)
				v = pattern((uint32_t)a[4], (uint32_t)i,
				    (uint32_t)j);
			if (copy != NULL) {
				if (x >= t->width || y >= t->height)
					continue;
				v = copy[y * t->width + x];
				x = a[4] + i;
				y = a[5] + j;
			}
			if (x < t->width && y < t->height)
				t->canvas[y * t->width + x] = v & 0xffffff;
		}
	check_free(copy);
}

void
intent_step(struct intent *t, const struct scenario_step *step)
{
	if (t->rows == 0 && step->op <= SCENARIO_TEXTMODE)
		return;			/* there is no console */
	switch (step->op) {
	case SCENARIO_TEXT:
		text(t, step->text);
		break;
	case SCENARIO_SCREEN:
		t->shown = (unsigned)step->args[0];
		screen_make(t, t->shown);
		break;
	case SCENARIO_GRAPHICS:
		if (!t->graphics)
			draw_text(t, t->canvas, 0);
		t->memo.fresh = 0;
		t->graphics = 1;
		break;
	case SCENARIO_TEXTMODE:
		t->graphics = 0;
		break;
	case SCENARIO_FILL:
	case SCENARIO_PATTERN:
	case SCENARIO_COPY:
		draw(t, step);
		break;
	default:
		break;
	}
}

const uint8_t *
intent_picture(struct intent *t)
{
	size_t n = (size_t)t->width * t->height;

	if (!t->graphics)
		draw_text(t, t->canvas, 1);
	for (size_t i = 0; i < n; i++) {
		t->picture[4 * i] = (uint8_t)t->canvas[i];
		t->picture[4 * i + 1] = (uint8_t)(t->canvas[i] >> 8);
		t->picture[4 * i + 2] = (uint8_t)(t->canvas[i] >> 16);
		t->picture[4 * i + 3] = 0;
	}
	return t->picture;
}

_Static_assert(sizeof(struct cell) == 3, "a cell has no padding");

static void
add_screen(const struct intent *t, const struct screen *sc, struct state *s)
{
	state_add_u64(s, sc->cells != NULL);
	if (sc->cells == NULL)
		return;
	state_add(s, sc->cells, (size_t)t->rows * t->columns *
	    sizeof sc->cells[0]);
	state_add_u64(s, (uint64_t)sc->row << 32 | sc->col);
	state_add_u64(s, (uint64_t)sc->fg << 16 | (uint64_t)sc->bg << 8 |
	    (uint64_t)sc->escape);
	if (sc->escape == PLAIN)
		return;
	state_add_u64(s, sc->nparams);
	for (unsigned i = 0; i < PARAMS; i++)
		state_add_u64(s, sc->params[i]);
}

/* In text mode the canvas is drawn anew before anybody looks at it. */
void
intent_state(struct intent *t, struct state *s)
{
	state_add_u64(s, (uint64_t)t->width << 32 | t->height);
	state_add_u64(s, (uint64_t)t->rows << 32 | t->columns);
	state_add_u64(s, (uint64_t)t->x << 32 | t->y);
	state_add_u64(s, (uint64_t)t->shown << 1 | (t->graphics != 0));
	for (unsigned i = 0; i < SCREENS; i++)
		add_screen(t, &t->screens[i], s);
	if (t->graphics)
		state_memo_add(&t->memo, s, t->canvas,
		    (size_t)t->width * t->height * sizeof t->canvas[0]);
}
