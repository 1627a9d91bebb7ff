/*
 * test_scenario.c: a scenario's text: every word, every way to write it wrong,
 * and that a step printed is the step read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "check.h"
#include "scenario.h"

static void
parse(struct scenario *s, const char *text)
{
	struct error err;

	error_clear(&err);
	if (scenario_parse(s, "test", text, strlen(text), &err) != 0)
		fail_msg("%s", err.text);
}

static void
every_word_is_read(void **state)
{
	static const enum scenario_op ops[] = { SCENARIO_TEXT, SCENARIO_TEXT,
	    SCENARIO_TEXT, SCENARIO_SCREEN, SCENARIO_GRAPHICS, SCENARIO_MAP,
	    SCENARIO_FILL, SCENARIO_PATTERN, SCENARIO_COPY, SCENARIO_UNMAP,
	    SCENARIO_TEXTMODE, SCENARIO_WAIT, SCENARIO_EXPECT,
	    SCENARIO_RAISE, SCENARIO_DETACH, SCENARIO_ATTACH, SCENARIO_RESIZE,
	    SCENARIO_NEEDS_RESET };
	struct scenario s;

	(void)state;
	parse(&s, "# a comment\n"
	    "title  two words\n"
	    "display 800 600\n"
	    "\n"
	    "text hello\\n\\t\\r\\b\\e[1m\\\\\n"
	    "  lines 9 10 line %d of %d\n"
	    "screen 3\n"
	    "graphics\n"
	    "map\n"
	    "fill 1 2 3 4 fF0080\n"
	    "pattern 5 6 7 8 9\n"
	    "copy 1 2 3 4 5 6\n"
	    "unmap\n"
	    "textmode   \n"
	    "wait 60000\n"
	    "\texpect\n"
	    "raise 4294967295\n"
	    "detach\n"
	    "attach\n"
	    "resize 0 8192\n"
	    "needs-reset");
	assert_string_equal(s.name, "test");
	assert_string_equal(s.title, " two words");
	assert_int_equal(s.width, 800);
	assert_int_equal(s.height, 600);
	assert_int_equal(s.n, sizeof ops / sizeof ops[0]);
	for (size_t i = 0; i < s.n; i++)
		assert_int_equal(s.steps[i].op, ops[i]);
	assert_string_equal(s.steps[0].text, "hello\n\t\r\b\033[1m\\");
	assert_string_equal(s.steps[1].text, "line 9 of %d");
	assert_string_equal(s.steps[2].text, "line 10 of %d");
	assert_int_equal(s.steps[2].line, 6);
	assert_int_equal(s.steps[6].args[4], 0xff0080);
	assert_int_equal(s.steps[8].args[5], 6);
	assert_int_equal(s.steps[13].args[0], 0xffffffff);
	assert_int_equal(s.steps[16].args[1], 8192);
	scenario_free(&s);
	assert_int_equal(s.n, 0);
}

static void
what_is_not_said_has_a_default(void **state)
{
	struct scenario s;

	(void)state;
	parse(&s, "");
	assert_int_equal(s.n, 0);
	assert_int_equal(s.width, 640);
	assert_int_equal(s.height, 480);
	assert_string_equal(s.title, "");
	assert_string_equal(s.source, "");
	scenario_free(&s);
}

/* Each sentence names the scenario, the line, and what is wrong with it. */
static void
each_fault_has_its_sentence(void **state)
{
	static const struct {
		const char *text, *wanted;
	} faults[] = {
		{ "explode", "not a step" },
		{ "Map", "not a step" },
		{ "screen", "a number is missing" },
		{ "screen x", "a number is missing" },
		{ "screen -1", "a number is missing" },
		{ "screen 4", "screens are 0 to 3" },
		{ "screen 1 2", "more than is wanted" },
		{ "screen 1x", "not a number" },
		{ "screen 1a", "not a number" },
		{ "map now", "more than is wanted" },
		{ "fill 1 2 3 4", "a number is missing" },
		{ "fill 1 2 3 4 red", "a number is missing" },
		{ "fill 1 2 3 4 ff00zz", "not a number" },
		{ "fill 1 2 3 4 100000000", "not a number below 2^32" },
		{ "pattern 1 2 3 4 4294967296", "not a number below 2^32" },
		{ "pattern 1 2 3 4 99999999999999999999999",
		    "not a number below 2^32" },
		{ "copy 1 2 3 4 5", "a number is missing" },
		{ "wait 60001", "60000 milliseconds" },
		{ "wait", "a number is missing" },
		{ "raise", "a number is missing" },
		{ "detach now", "more than is wanted" },
		{ "attach virtio0", "more than is wanted" },
		{ "resize 800", "a number is missing" },
		{ "resize 8193 600", "at most 8192" },
		{ "resize 800 8193", "at most 8192" },
		{ "needs-reset 1", "more than is wanted" },
		{ "text bad \\q", "must be followed by" },
		{ "text bad \\", "must be followed by" },
		{ "lines 1", "a number is missing" },
		{ "lines 2 1 x", "a first and a last" },
		{ "lines 1 2000 x", "at most 1000 lines" },
		{ "lines 1 2 \\q", "must be followed by" },
		{ "display 640", "a number is missing" },
		{ "display 15 480", "16 to 8192" },
		{ "display 640 8193", "16 to 8192" },
		{ "display 640 480 2", "16 to 8192" },
	};
	char text[256];
	struct scenario s;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		snprintf(text, sizeof text, "map\n# x\n%s\nmap\n",
		    faults[i].text);
		error_clear(&err);
		assert_int_equal(scenario_parse(&s, "some.scn", text,
		    strlen(text), &err), -1);
		assert_int_equal(err.code, ERROR_INPUT);
		if (strstr(err.text, faults[i].wanted) == NULL ||
		    strstr(err.text, "some.scn, line 3:") == NULL)
			fail_msg("\"%s\" gives: %s", faults[i].text, err.text);
		assert_null(s.steps);		/* nothing is left behind */
		assert_null(s.source);
	}
}

static void
lines_and_steps_have_a_limit(void **state)
{
	static char text[8 * (SCENARIO_STEPS_MAX + 1)];
	struct scenario s;
	struct error err;

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text, "text ", 5);
	error_clear(&err);
	assert_int_equal(scenario_parse(&s, "t", text, SCENARIO_LINE_MAX - 1,
	    &err), 0);
	assert_int_equal(strlen(s.steps[0].text), SCENARIO_LINE_MAX - 6);
	scenario_free(&s);
	assert_int_equal(scenario_parse(&s, "t", text, SCENARIO_LINE_MAX,
	    &err), -1);
	assert_non_null(strstr(err.text, "1023 bytes"));
	assert_int_equal(scenario_parse(&s, "t", "ma\0p", 4, &err), -1);
	assert_non_null(strstr(err.text, "zero byte"));
	for (unsigned i = 0; i <= SCENARIO_STEPS_MAX; i++)
		memcpy(text + 4 * i, "map\n", 4);
	assert_int_equal(scenario_parse(&s, "t", text, 4 * SCENARIO_STEPS_MAX,
	    &err), 0);
	assert_int_equal(s.n, SCENARIO_STEPS_MAX);
	scenario_free(&s);
	assert_int_equal(scenario_parse(&s, "t", text,
	    4 * (SCENARIO_STEPS_MAX + 1), &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
}

static void
a_printed_step_reads_as_the_same_step(void **state)
{
	static const char text[] = "text a\\n\\t\\r\\b\\e[31m\\\\n%d end \n"
	    "text \n"
	    "text  two blanks first\n"
	    "lines 1 3 %d\n"
	    "screen 2\ngraphics\nmap\nfill 0 1 2 3 00ff0a\n"
	    "pattern 4294967295 1 2 3 4\ncopy 1 2 3 4 5 6\nunmap\n"
	    "textmode\nwait 17\nexpect\nraise 5\n"
	    "detach\nattach\nresize 800 600\nneeds-reset\n";
	char line[SCENARIO_LINE_MAX + 64];
	struct scenario s, again;

	(void)state;
	parse(&s, text);
	assert_int_equal(s.n, 21);
	for (size_t i = 0; i < s.n; i++) {
		scenario_step_line(&s.steps[i], line, sizeof line);
		parse(&again, line);
		assert_int_equal(again.n, 1);
		assert_int_equal(again.steps[0].op, s.steps[i].op);
		assert_memory_equal(again.steps[0].args, s.steps[i].args,
		    sizeof s.steps[i].args);
		if (s.steps[i].op == SCENARIO_TEXT)
			assert_string_equal(again.steps[0].text,
			    s.steps[i].text);
		scenario_free(&again);
	}
	scenario_step_line(&s.steps[8], line, sizeof line);
	assert_string_equal(line, "map");
	scenario_step_line(&s.steps[9], line, sizeof line);
	assert_string_equal(line, "fill 0 1 2 3 00ff0a");
	scenario_free(&s);
}

/* A line that does not fit is cut, and nothing is written beyond. */
static void
a_printed_step_is_cut_to_its_room(void **state)
{
	struct scenario s;
	char line[64];

	(void)state;
	parse(&s, "text \\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\ncopy 4294967295 "
	    "4294967295 4294967295 4294967295 4294967295 4294967295\n");
	for (size_t size = 8; size < 40; size++)
		for (size_t i = 0; i < s.n; i++) {
			memset(line, 'z', sizeof line);
			scenario_step_line(&s.steps[i], line, size);
			assert_true(strlen(line) < size);
			assert_int_equal(line[size], 'z');
		}
	scenario_free(&s);
}

/* The text itself is kept, for the trace that will hold it. */
static void
the_source_is_kept(void **state)
{
	static const char text[] = "# why\nmap\n\nexpect";
	struct scenario s;

	(void)state;
	parse(&s, text);
	assert_string_equal(s.source, text);
	scenario_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_is_read),
		cmocka_unit_test(what_is_not_said_has_a_default),
		cmocka_unit_test(each_fault_has_its_sentence),
		cmocka_unit_test(lines_and_steps_have_a_limit),
		cmocka_unit_test(a_printed_step_reads_as_the_same_step),
		cmocka_unit_test(a_printed_step_is_cut_to_its_room),
		cmocka_unit_test(the_source_is_kept),
	};

	return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}
