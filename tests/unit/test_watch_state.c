/*
 * test_watch_state.c: which finding of a round is one of the round before, and
 * how verdicts that are others are told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "watch_state.h"

#define TEXT(s)	((char *)(uintptr_t)(s))
#define COUNT(a) (sizeof (a) / sizeof (a)[0])

/* Of one function; head names it in what is printed. */
#define FAULT(l, words, h, w) { .id = TEXT("leak"), .file = TEXT("a.c"), \
	.function = TEXT("f"), .line = (l), .sentence = TEXT(words), \
	.head = TEXT(h), .where = TEXT(w) }

#define CELL(t, m, v, y) { TEXT(t), TEXT(m), v, TEXT(y) }

/* Nothing is new, so that no report is looked at. */
static void
assert_changes(struct watch_state *before, struct watch_state *now,
    const char *wanted)
{
	struct bytes out = { 0 };

	watch_state_print_changes(before, now, NULL, 0, &out);
	bytes_add(&out, "", 1);
	assert_string_equal((const char *)out.data, wanted);
	bytes_free(&out);
}

static void
faults_that_only_moved_are_not_told(void **state)
{
	struct watch_fault a[] = { FAULT(10, "x", "one", "fatal on m"),
	    FAULT(20, "x", "two", "fatal on m") };
	struct watch_fault b[] = { FAULT(13, "x", "one", "fatal on m"),
	    FAULT(23, "x", "two", "fatal on m") };
	struct watch_state before = { .faults = a, .nfaults = COUNT(a) };
	struct watch_state now = { .faults = b, .nfaults = COUNT(b) };

	(void)state;
	assert_changes(&before, &now, "");
	/* And once more, from what the first time left marked. */
	assert_changes(&before, &now, "");
}

static void
of_two_of_a_function_the_one_of_the_line_or_the_words_stays(void **state)
{
	struct watch_fault a[] = { FAULT(10, "x", "one", "fatal on m"),
	    FAULT(20, "x", "two", "fatal on m") };
	struct watch_fault c[] = { FAULT(10, "x", "one", "fatal on m"),
	    FAULT(20, "y", "two", "fatal on m") };
	struct watch_fault line[] = { FAULT(20, "x", "now", "fatal on m") };
	struct watch_fault words[] = { FAULT(12, "y", "now", "fatal on m") };
	struct watch_state before = { .faults = a, .nfaults = COUNT(a) };
	struct watch_state told = { .faults = c, .nfaults = COUNT(c) };
	struct watch_state by_line = { .faults = line, .nfaults = 1 };
	struct watch_state by_words = { .faults = words, .nfaults = 1 };
	struct watch_state none = { 0 };

	(void)state;
	assert_changes(&before, &by_line, "gone: one\n");
	assert_changes(&told, &by_words, "gone: one\n");
	assert_changes(&before, &none, "gone: one\ngone: two\n");
}

static void
a_fault_that_got_worse_is_told_with_its_place(void **state)
{
	struct watch_fault a[] = { FAULT(10, "x", "one", "latent on m") };
	struct watch_fault b[] = { FAULT(11, "z", "one", "fatal on m") };
	struct watch_state before = { .faults = a, .nfaults = 1 };
	struct watch_state now = { .faults = b, .nfaults = 1 };

	(void)state;
	assert_changes(&before, &now,
	    "a.c:11: leak: now fatal on m (was latent on m)\n");
}

static void
verdicts_are_told_once_for_machines_that_changed_alike(void **state)
{
	struct watch_cell a[] = { CELL("t", "m", "HOLDS", ""),
	    CELL("t", "n", "HOLDS", ""), CELL("t", "o", "FAILS", ""),
	    CELL("u", "m", "HOLDS", "") };
	struct watch_cell b[] = { CELL("t", "m", "FAILS", ""),
	    CELL("t", "n", "FAILS", ""), CELL("t", "o", "FAILS", ""),
	    CELL("u", "m", "UNKNOWN", "no end"), CELL("v", "m", "HOLDS", "") };
	struct watch_state before = { .cells = a, .ncells = COUNT(a) };
	struct watch_state now = { .cells = b, .ncells = COUNT(b) };

	(void)state;
	assert_changes(&before, &now, "t on m, n: FAILS, was HOLDS\n"
	    "u on m: UNKNOWN, was HOLDS: no end\nv on m: HOLDS, was new\n");
	assert_changes(&now, &now, "");
}

static void
divergences_come_and_go(void **state)
{
	char *a[] = { TEXT("first"), TEXT("second") };
	char *b[] = { TEXT("second"), TEXT("third") };
	struct watch_state before = { .notes = a, .nnotes = COUNT(a) };
	struct watch_state now = { .notes = b, .nnotes = COUNT(b) };

	(void)state;
	assert_changes(&before, &now, "gone: first\nthird\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_that_only_moved_are_not_told),
		cmocka_unit_test(
		    of_two_of_a_function_the_one_of_the_line_or_the_words_stays),
		cmocka_unit_test(a_fault_that_got_worse_is_told_with_its_place),
		cmocka_unit_test(
		    verdicts_are_told_once_for_machines_that_changed_alike),
		cmocka_unit_test(divergences_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
