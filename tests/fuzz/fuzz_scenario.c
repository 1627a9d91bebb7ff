/*
 * fuzz_scenario.c: the text of a scenario; of what is accepted the picture that
 * it intends, and its own lines once more.
 */
#include "fuzz.h"

#include "check.h"
#include "intent.h"
#include "scenario.h"

#define GLYPHS		256
#define GLYPH_W		8
#define GLYPH_H		16
#define SIDE_MAX	256u		/* pixels: a larger one only takes time */
#define STEPS_MAX	64u

/* Text says what it means: its line is accepted, and is its own line. */
static void
check_line(const struct scenario_step *step)
{
	char line[SCENARIO_LINE_MAX + 64], again[SCENARIO_LINE_MAX + 64];
	struct scenario s;
	struct error err;

	scenario_step_line(step, line, sizeof line);
	CHECK(line[0] != '\0');
	error_clear(&err);
	/* "raise" and the like may need what is not in one line. */
	if (scenario_parse(&s, "line", line, strlen(line), &err) != 0)
		return;
	CHECK(s.n == 1 && s.steps[0].op == step->op);
	scenario_step_line(&s.steps[0], again, sizeof again);
	CHECK(strcmp(line, again) == 0);
	scenario_free(&s);
}

static void
intend(const struct scenario *s)
{
	static uint8_t glyphs[GLYPHS * GLYPH_H];
	static hc_u32 palette[256];
	struct hc_font font;
	struct intent *t;

	memset(&font, 0, sizeof font);
	font.width = GLYPH_W;
	font.height = GLYPH_H;
	font.first = 0;
	font.count = GLYPHS;
	font.glyphs = glyphs;
	t = intent_create(s->width, s->height, &font, palette);
	intent_geometry(t, s->height / GLYPH_H, s->width / GLYPH_W, 0, 0);
	for (size_t i = 0; i < s->n && i < STEPS_MAX; i++)
		intent_step(t, &s->steps[i]);
	CHECK(intent_picture(t) != NULL);
	CHECK(intent_width(t) == s->width && intent_height(t) == s->height);
	intent_destroy(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario s;
	struct error err;

	error_clear(&err);
	if (scenario_parse(&s, "fuzz", (const char *)data, size, &err) != 0) {
		CHECK(err.code != ERROR_NONE && err.text[0] != '\0');
		return 0;
	}
	for (size_t i = 0; i < s.n; i++)
		check_line(&s.steps[i]);
	if (s.width <= SIDE_MAX && s.height <= SIDE_MAX)
		intend(&s);
	scenario_free(&s);
	return 0;
}
