/*
 * test_intent.c: the intended picture against a second, small renderer, which
 * knows the rules of hypercall.h and nothing of intent.c: it draws each
 * character into pixels as it comes, keeps no cells, and scrolls pixels.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "intent.h"
#include "prng.h"

#define COLS	11
#define ROWS	4
#define FW	9			/* a glyph's row has two bytes */
#define FH	3
#define X0	5
#define Y0	7
#define WIDTH	(X0 + COLS * FW + 6)
#define HEIGHT	(Y0 + ROWS * FH + 4)

static unsigned char glyphs[95 * FH * 2];
static const struct hc_font font = { FW, FH, ' ', 95, glyphs };
static const hc_u32 palette[16] = { 0x000000, 0x800001, 0x008002, 0x808003,
    0x000084, 0x800085, 0x008086, 0xc0c0c7, 0x404048, 0xff0009, 0x00ff0a,
    0xffff0b, 0x0c00ff, 0xff0dff, 0x0effff, 0xfffff0 };

/* --- the other renderer ------------------------------------------------------ */

struct toy_screen {
	uint32_t pix[ROWS * FH][COLS * FW];
	int row, col, fg, bg, made;
};

static struct toy_screen screens[4];
static uint32_t canvas[HEIGHT][WIDTH];
static int shown, graphics;

/* Pixels of n rows of cells from row on, left of column col, become bg. */
static void
toy_clear(struct toy_screen *s, int row, int col)
{
	for (int y = row * FH; y < ROWS * FH; y++)
		for (int x = y < (row + 1) * FH ? col * FW : 0; x < COLS * FW;
		    x++)
			s->pix[y][x] = palette[s->bg];
}

static void
toy_show(int n)
{
	shown = n;
	if (screens[n].made)
		return;
	memset(&screens[n], 0, sizeof screens[n]);
	screens[n].made = 1;
	screens[n].fg = 7;
}

static void
toy_down(struct toy_screen *s)
{
	s->col = 0;
	if (++s->row < ROWS)
		return;
	s->row = ROWS - 1;
	memmove(s->pix[0], s->pix[FH], sizeof s->pix[0] * (ROWS - 1) * FH);
	toy_clear(s, ROWS - 1, 0);
}

static void
toy_glyph(struct toy_screen *s, char ch)
{
	const unsigned char *g = glyphs + (ch - ' ') * FH * 2;

	if (s->col == COLS)
		toy_down(s);
	for (int y = 0; y < FH; y++)
		for (int x = 0; x < FW; x++) {
			unsigned bits = (unsigned)g[2 * y] << 8 | g[2 * y + 1];

			s->pix[s->row * FH + y][s->col * FW + x] =
			    palette[bits & 0x8000u >> x ? s->fg : s->bg];
		}
	s->col++;
}

static void
toy_colour(struct toy_screen *s, int n)
{
	int fg = s->fg;

	if (n == 0)
		s->fg = 7, s->bg = 0;
	else if (n == 1)
		s->fg |= 8;
	else if (n == 7)
		s->fg = s->bg, s->bg = fg;
	else if (n / 10 == 3 && n % 10 < 8)
		s->fg = n % 10;
	else if (n / 10 == 4 && n % 10 < 8)
		s->bg = n % 10;
}

/* After ESC [; returns what follows the sequence. */
static const char *
toy_escape(struct toy_screen *s, const char *p)
{
	int n[8] = { 0 }, count = 0;

	while (strchr("0123456789;", *p) != NULL && *p != '\0') {
		if (*p == ';')
			count++;
		else
			n[count] = 10 * n[count] + *p - '0';
		p++;
	}
	if (*p == 'm')
		for (int i = 0; i <= count; i++)
			toy_colour(s, n[i]);
	else if (*p == 'H')
		s->row = s->col = 0;
	else if (*p == 'J' && n[0] == 2)
		toy_clear(s, 0, 0);
	else if (*p == 'J')
		toy_clear(s, s->row, s->col);
	return *p != '\0' ? p + 1 : p;	/* or cut short */
}

static void
toy_text(const char *p)
{
	struct toy_screen *s = &screens[shown];

	while (*p != '\0') {
		char ch = *p++;

		if (ch == '\033')
			p = toy_escape(s, p + 1);
		else if (ch == '\n')
			toy_down(s);
		else if (ch == '\r')
			s->col = 0;
		else if (ch == '\b')
			s->col -= s->col > 0;
		else if (ch == '\t')
			s->col = (s->col / 8 + 1) * 8 < COLS ?
			    (s->col / 8 + 1) * 8 : COLS - 1;
		else
			toy_glyph(s, ch);
	}
}

static void
toy_console(int cursor)
{
	const struct toy_screen *s = &screens[shown];
	int col = s->col < COLS ? s->col : COLS - 1;

	memset(canvas, 0, sizeof canvas);
	for (int y = 0; y < ROWS * FH; y++)
		for (int x = 0; x < COLS * FW; x++) {
			int here = cursor && y / FH == s->row && x / FW == col;

			canvas[Y0 + y][X0 + x] = s->pix[y][x] ^
			    (here ? 0xffffffu : 0);
		}
}

static uint32_t
toy_pattern(uint64_t seed, uint64_t i, uint64_t j)
{
	uint64_t h = seed * 2654435761u + j * 40503u * 65537u +
	    i * 2246822519u;

	h &= UINT32_MAX;
	h ^= h >> 15;
	h = h * 2246822519u & UINT32_MAX;
	h ^= h >> 13;
	return (uint32_t)h & 0xffffff;
}

static void
toy_draw(const struct scenario_step *step)
{
	static uint32_t old[HEIGHT][WIDTH];
	const uint64_t *a = step->args;

	memcpy(old, canvas, sizeof old);
	for (uint64_t j = 0; j < a[3]; j++)
		for (uint64_t i = 0; i < a[2]; i++)
			if (step->op == SCENARIO_COPY)
				canvas[a[5] + j][a[4] + i] =
				    old[a[1] + j][a[0] + i];
			else
				canvas[a[1] + j][a[0] + i] = step->op ==
				    SCENARIO_FILL ? (uint32_t)a[4] :
				    toy_pattern(a[4], i, j);
}

static void
toy_step(const struct scenario_step *step)
{
	switch (step->op) {
	case SCENARIO_TEXT:
		toy_text(step->text);
		break;
	case SCENARIO_SCREEN:
		toy_show((int)step->args[0]);
		break;
	case SCENARIO_GRAPHICS:
		if (!graphics)
			toy_console(0);
		graphics = 1;
		break;
	case SCENARIO_TEXTMODE:
		graphics = 0;
		break;
	case SCENARIO_FILL:
	case SCENARIO_PATTERN:
	case SCENARIO_COPY:
		toy_draw(step);
		break;
	default:
		break;
	}
	if (!graphics)
		toy_console(1);
}

/* --- both ------------------------------------------------------------------------ */

static struct intent *intent;

static int
set_up(void **state)
{
	struct prng r = { 99 };

	(void)state;
	/* A blank is blank; the last bits of a row belong to nobody. */
	for (size_t i = FH * 2; i < sizeof glyphs; i++)
		glyphs[i] = (unsigned char)prng_next(&r);
	memset(screens, 0, sizeof screens);
	graphics = 0;
	toy_show(0);
	toy_console(1);
	intent = intent_create(WIDTH, HEIGHT, &font, palette);
	intent_geometry(intent, ROWS, COLS, X0, Y0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	intent_destroy(intent);
	return 0;
}

static void
same_picture(const char *what)
{
	const uint8_t *p = intent_picture(intent);

	assert_int_equal(intent_width(intent), WIDTH);
	assert_int_equal(intent_height(intent), HEIGHT);
	for (unsigned y = 0; y < HEIGHT; y++)
		for (unsigned x = 0; x < WIDTH; x++, p += 4) {
			uint32_t v = p[0] | (uint32_t)p[1] << 8 |
			    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

			if (v != canvas[y][x])
				fail_msg("after \"%s\": %06x at %u,%u, wanted "
				    "%06x", what, v, x, y, canvas[y][x]);
		}
}

/* Each step of the text, by both; the pictures are compared after each. */
static void
play(const char *text)
{
	struct scenario s;
	struct error err;
	char line[SCENARIO_LINE_MAX + 64];

	error_clear(&err);
	if (scenario_parse(&s, "intent", text, strlen(text), &err) != 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < s.n; i++) {
		intent_step(intent, &s.steps[i]);
		toy_step(&s.steps[i]);
		scenario_step_line(&s.steps[i], line, sizeof line);
		same_picture(line);
	}
	scenario_free(&s);
}

static void
nothing_written_is_a_cursor(void **state)
{
	const uint8_t *p;
	unsigned white = 0;

	(void)state;
	same_picture("nothing");
	p = intent_picture(intent);
	for (unsigned i = 0; i < WIDTH * HEIGHT; i++)
		white += p[4 * i] == 0xff && p[4 * i + 3] == 0;
	assert_int_equal(white, FW * FH);	/* black, inverted */
}

static void
text_wraps_scrolls_and_moves(void **state)
{
	(void)state;
	play("text hello\n"
	    "text , world: wraps\n"
	    "text \\n2\\n3\\n4\\n5 scrolled\n"
	    "text \\rX\\b\\b\\bY\n"
	    "text \\n12345678901\n"		/* beyond the last column */
	    "text \\b!\n"
	    "text \\n12345678901\\n-\n"
	    "text \\ta\\tb\\tc\n"
	    "text \\n12345678901\\t.\n");
}

static void
colours_and_erasing(void **state)
{
	(void)state;
	play("text \\e[31mred\\e[1mbright\\e[32mgreen\n"
	    "text \\e[44m\\non blue\\e[7mswap\\e[7mback\n"
	    "text \\e[0mplain\\e[1;33;45mthree\\e[mnone\n"
	    "text \\e[41m\\n\\n\\n\\n\n"		/* rows scrolled in are red */
	    "text \\e[Htop\\e[J\n"
	    "text \\e[42m\\e[2Jafter\n"
	    "text \\e[99mno such\\e[1;2;3;4;5;6;7mmany\n"
	    "text \\e[3\n");			/* cut short */
}

static void
screens_are_apart(void **state)
{
	(void)state;
	play("text on zero\n"
	    "screen 2\n"
	    "text \\e[36mtwo\n"
	    "screen 0\n"
	    "text  again\n"
	    "screen 2\n"
	    "text !\n"
	    "screen 3\nscreen 1\nscreen 2\n");
}

static void
drawing_and_text_do_not_mix(void **state)
{
	(void)state;
	play("text under\n"
	    "graphics\n"
	    "fill 0 0 20 10 ff8001\n"
	    "pattern 10 5 60 12 7\n"
	    "pattern 0 0 1 1 4294967295\n"
	    "copy 0 0 30 15 1 1\n"		/* overlaps, down and right */
	    "copy 20 5 40 10 15 2\n"		/* overlaps, up and left */
	    "copy 0 0 0 0 5 5\n"
	    "graphics\n"
	    "textmode\n"
	    "text more\n"
	    "graphics\n"
	    "fill 3 3 3 3 00ff00\n"
	    "textmode\n");
}

/* Where a client draws beyond the display, what is on it is drawn. */
static void
drawing_is_clipped(void **state)
{
	struct scenario_step in = { .op = SCENARIO_FILL,
	    .args = { WIDTH - 2, HEIGHT - 1, 2, 1, 0xabcdef } };
	struct scenario_step out = { .op = SCENARIO_FILL,
	    .args = { WIDTH - 2, HEIGHT - 1, 5000, UINT32_MAX, 0xabcdef } };
	struct scenario_step far = { .op = SCENARIO_COPY,
	    .args = { WIDTH, HEIGHT, 10, 10, 0, 0 } };

	(void)state;
	play("graphics\n");
	intent_step(intent, &out);
	toy_step(&in);
	same_picture("a fill over the edge");
	intent_step(intent, &far);
	same_picture("a copy from beyond");
}

static void
without_a_console_nothing_is_written(void **state)
{
	struct intent *none = intent_create(WIDTH, HEIGHT, &font, palette);
	struct scenario_step text = { .op = SCENARIO_TEXT };
	struct scenario_step other = { .op = SCENARIO_SCREEN, .args = { 3 } };
	static char words[] = "never seen";
	const uint8_t *p;

	(void)state;
	text.text = words;
	intent_step(none, &text);
	intent_step(none, &other);
	p = intent_picture(none);
	for (unsigned i = 0; i < WIDTH * HEIGHT * 4; i++)
		assert_int_equal(p[i], 0);
	intent_destroy(none);
}

/* --- at random --------------------------------------------------------------------- */

static void
random_text(struct prng *r, char *buf)
{
	static const char *const words[] = { "\\n", "\\r", "\\b", "\\t",
	    "\\e[H", "\\e[J", "\\e[2J", "\\e[m", "\\e[1m", "\\e[7m",
	    "\\e[3%um", "\\e[4%um", "\\e[1;3%u;40m" };
	size_t at = (size_t)sprintf(buf, "text ");

	for (unsigned n = 1 + (unsigned)prng_below(r, 12); n > 0; n--) {
		unsigned w = (unsigned)prng_below(r, 40);

		if (w < sizeof words / sizeof words[0]) {
			char word[32];

			snprintf(word, sizeof word, "%s", words[w]);
			for (char *p = strstr(word, "%u"); p != NULL; p = NULL) {
				p[0] = (char)('0' + prng_below(r, 8));
				memmove(p + 1, p + 2, strlen(p + 2) + 1);
			}
			at += (size_t)sprintf(buf + at, "%s", word);
		} else {
			char ch = (char)(' ' + prng_below(r, 95));

			at += (size_t)sprintf(buf + at, ch == '\\' ? "\\\\" :
			    "%c", ch);
		}
	}
	strcat(buf, "\n");
}

static void
random_drawing(struct prng *r, char *buf)
{
	unsigned w = (unsigned)prng_below(r, WIDTH / 2);
	unsigned h = (unsigned)prng_below(r, HEIGHT / 2);
	unsigned x = (unsigned)prng_below(r, WIDTH - w);
	unsigned y = (unsigned)prng_below(r, HEIGHT - h);

	switch (prng_below(r, 3)) {
	case 0:
		sprintf(buf, "fill %u %u %u %u %06x\n", x, y, w, h,
		    (unsigned)prng_below(r, 0x1000000));
		break;
	case 1:
		sprintf(buf, "pattern %u %u %u %u %u\n", x, y, w, h,
		    (unsigned)prng_next(r));
		break;
	default:
		sprintf(buf, "copy %u %u %u %u %u %u\n", x, y, w, h,
		    (unsigned)prng_below(r, WIDTH - w),
		    (unsigned)prng_below(r, HEIGHT - h));
		break;
	}
}

static void
whatever_is_done_both_agree(void **state)
{
	struct prng r = { 20260112 };
	char buf[256];

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		unsigned n = (unsigned)prng_below(&r, 20);

		if (n == 0)
			sprintf(buf, "screen %u\n",
			    (unsigned)prng_below(&r, 4));
		else if (n == 1)
			sprintf(buf, "%s\n", graphics ? "textmode" :
			    "graphics");
		else if (graphics && n < 12)
			random_drawing(&r, buf);
		else
			random_text(&r, buf);
		play(buf);
	}
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_written_is_a_cursor),
		TEST(text_wraps_scrolls_and_moves),
		TEST(colours_and_erasing),
		TEST(screens_are_apart),
		TEST(drawing_and_text_do_not_mix),
		TEST(drawing_is_clipped),
		TEST(without_a_console_nothing_is_written),
		TEST(whatever_is_done_both_agree),
	};

	return cmocka_run_group_tests_name("intent", tests, NULL, NULL);
}
