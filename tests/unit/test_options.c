/* test_options.c: the command line: what is read, what is refused, and how. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "options.h"

#define ARGV_MAX	16

/* Parses words that end in NULL; the first is the command. */
static int
parse(struct options *o, struct error *err, const char *const *words)
{
	char *argv[ARGV_MAX];
	int argc = 0;

	error_clear(err);
	argv[argc++] = (char *)(uintptr_t)"viotape";
	for (; *words != NULL; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	return options_parse(argc, argv, o, err);
}

#define WORDS(...)	((const char *const []){ __VA_ARGS__, NULL })

static void
assert_refused(const char *const *words, const char *sentence)
{
	struct options o;
	struct error err;

	assert_int_equal(parse(&o, &err, words), -1);
	assert_int_equal(err.code, ERROR_USAGE);
	if (strstr(err.text, sentence) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", sentence, err.text);
	options_free(&o);
}

static void
test_options_stand_anywhere(void **state)
{
	struct options o;
	struct error err;

	(void)state;
	assert_int_equal(parse(&o, &err, WORDS("check", "a.vtr", "-m", "x",
	    "--fault=f1", "b.vtr", "-my", "--strict", "--fault", "f2",
	    "--json", "-", "--machine=z")), 0);
	assert_string_equal(o.command->name, "check");
	assert_int_equal(o.args.n, 2);
	assert_string_equal(o.args.list[0], "a.vtr");
	assert_string_equal(o.args.list[1], "b.vtr");
	assert_int_equal(o.machines.n, 3);
	assert_string_equal(o.machines.list[0], "x");
	assert_string_equal(o.machines.list[1], "y");
	assert_string_equal(o.machines.list[2], "z");
	assert_int_equal(o.faults.n, 2);
	assert_string_equal(o.faults.list[1], "f2");
	assert_string_equal(o.json, "-");
	assert_true(o.strict);
	options_free(&o);
}

/* For replay of a trace that names faults: with none of them. */
static void
test_the_fault_none_is_no_fault(void **state)
{
	struct options o;
	struct error err;

	(void)state;
	assert_int_equal(parse(&o, &err, WORDS("replay", "--fault", "none",
	    "t")), 0);
	assert_int_equal(o.faults.n, 0);
	assert_true(o.no_faults);
	options_free(&o);
	assert_int_equal(parse(&o, &err, WORDS("replay", "t")), 0);
	assert_false(o.no_faults);
	options_free(&o);
	assert_refused(WORDS("replay", "--fault", "x", "--fault", "none", "t"),
	    "stands alone");
}

static void
test_two_dashes_end_the_options(void **state)
{
	struct options o;
	struct error err;

	(void)state;
	assert_int_equal(parse(&o, &err, WORDS("check", "--", "--strict",
	    "-m")), 0);
	assert_false(o.strict);
	assert_int_equal(o.args.n, 2);
	assert_string_equal(o.args.list[1], "-m");
	options_free(&o);
}

static void
test_unknown_words_get_a_near_match(void **state)
{
	(void)state;
	assert_refused(WORDS("chekc"), "did you mean check?");
	assert_refused(WORDS("check", "--strcit"), "did you mean --strict?");
	assert_refused(WORDS("check", "--jso", "x"), "did you mean --json?");
	assert_refused(WORDS("check", "--baselin=x"), "did you mean "
	    "--baseline?");
	assert_refused(WORDS("check", "-q"), "no option -q");
	assert_refused(WORDS("check", "--xyzzyxyzzy"), "--help lists");
	/* Options of another command are not this one's. */
	assert_refused(WORDS("show", "x", "--strict"), "no option --strict");
}

static void
test_nothing_far_away_is_called_near(void **state)
{
	static const char *const names[] = { "check", "replay", "show" };

	(void)state;
	assert_string_equal(options_near("rplay", names, 3), "replay");
	assert_string_equal(options_near("repaly", names, 3), "replay");
	assert_string_equal(options_near("rep", names, 3), "replay");
	assert_null(options_near("banana", names, 3));
	assert_null(options_near("", names, 3));
}

static void
test_values_are_wanted_where_they_belong(void **state)
{
	(void)state;
	assert_refused(WORDS("check", "--json"), "wants a value");
	assert_refused(WORDS("check", "-m"), "-m wants a value");
	assert_refused(WORDS("check", "--json="), "given nothing");
	assert_refused(WORDS("check", "--strict=1"), "takes no value");
	assert_refused(WORDS("check", "--json", "a", "--json", "b"),
	    "given twice");
	assert_refused(WORDS("replay", "--until", "ten", "t"),
	    "wants a number");
	assert_refused(WORDS("replay", "--until", "-1", "t"),
	    "wants a number");
	assert_refused(WORDS("show", "t", "--from", "9", "--to", "8"),
	    "behind");
	assert_refused(WORDS("check", "--json", "-", "--junit", "-"),
	    "cannot both");
}

static void
test_the_number_of_arguments_is_checked(void **state)
{
	(void)state;
	assert_refused(WORDS("replay"), "one argument more");
	assert_refused(WORDS("replay", "a", "b"), "\"b\" is one too many");
	assert_refused(WORDS("machines", "x"), "takes no argument");
}

static void
test_two_reports_have_no_file_in_common(void **state)
{
	(void)state;
	assert_refused(WORDS("check", "--json", "-", "--junit=-"),
	    "--json - and --junit - cannot both");
	assert_refused(WORDS("check", "--html", "-", "--sarif", "-"),
	    "--sarif - and --html - cannot both");
	assert_refused(WORDS("check", "--write-baseline=-", "--html=-"),
	    "--html - and --write-baseline - cannot both");
	assert_refused(WORDS("prove", "--certificate", "-", "--sarif", "-"),
	    "--sarif - and --certificate - cannot both");
	assert_refused(WORDS("check", "--html", "x", "--sarif", "x"),
	    "--sarif and --html would both write x; give each");
}

static void
test_a_name_is_another_option_with_another_command(void **state)
{
	struct options o;
	struct error err;

	(void)state;
	assert_int_equal(parse(&o, &err, WORDS("bisect", "--host", "--good", "a", "--bad=b", "x")), 0);
	assert_true(o.by_host);
	assert_null(o.host);
	assert_string_equal(o.good, "a");
	assert_int_equal(o.args.n, 1);
	options_free(&o);
	assert_int_equal(parse(&o, &err, WORDS("record", "--host", "builtin", "--scenario", "x")), 0);
	assert_false(o.by_host);
	assert_string_equal(o.host, "builtin");
	options_free(&o);
	assert_refused(WORDS("check", "--host", "x"), "no option --host");
	assert_refused(WORDS("bisect", "--rev", "x", "y"), "no option --rev");
}

static void
test_a_repository_alone_is_a_history(void **state)
{
	struct options o;
	struct error err;

	(void)state;
	assert_int_equal(parse(&o, &err, WORDS("bisect", "--repo", "x", "y")), 0);
	assert_string_equal(o.repo, "x");
	options_free(&o);
}

static void
test_a_tree_is_one_and_whole(void **state)
{
	(void)state;
	assert_refused(WORDS("check", "--sys", "x", "--repo", "y", "--rev",
	    "z"), "two trees");
	assert_refused(WORDS("check", "--repo", "x"), "--repo wants --rev");
	assert_refused(WORDS("check", "--rev=x"), "--rev wants --repo");
	assert_refused(WORDS("check", "--sys", "x", "--fault", "y"),
	    "into our own drivers, and --sys");
	assert_refused(WORDS("check", "--repo=x", "--rev=y", "--fault=z"),
	    "into our own drivers, and --repo");
	assert_refused(WORDS("stat", "--sys", "x", "y"), "no option --sys");
}

static void
test_help_needs_no_arguments(void **state)
{
	struct options o;
	struct error err;

	(void)state;
	assert_int_equal(parse(&o, &err, WORDS("replay", "--help")), 0);
	assert_true(o.help);
	options_free(&o);
	assert_int_equal(parse(&o, &err, WORDS("--version")), 0);
	assert_true(o.version);
	options_free(&o);
}

static void
test_every_command_has_help(void **state)
{
	struct bytes out = {0};

	(void)state;
	for (size_t i = 0; command_at(i) != NULL; i++) {
		bytes_clear(&out);
		options_help(command_at(i), &out);
		assert_non_null(strstr((const char *)out.data,
		    command_at(i)->name));
		assert_ptr_equal(command_find(command_at(i)->name),
		    command_at(i));
	}
	bytes_free(&out);
}

static void
test_git_bisect_maps_statuses(void **state)
{
	(void)state;
	assert_int_equal(options_bisect_status(EXIT_HOLDS), 0);
	assert_int_equal(options_bisect_status(EXIT_FAILS), 1);
	assert_int_equal(options_bisect_status(EXIT_INPUT), 125);
	assert_int_equal(options_bisect_status(EXIT_BUILD), 125);
	assert_int_equal(options_bisect_status(EXIT_OWN_FAULT), 128);
	assert_int_equal(options_bisect_status(EXIT_UNKNOWN), 125);
}

static void
test_against_begins_another_guest(void **state)
{
	struct options o;
	struct error err;

	(void)state;
	assert_int_equal(parse(&o, &err, WORDS("diff", "--fault", "f1",
	    "--driver", "a.c", "--against", "--fault", "f2", "-mx",
	    "--driver=b.c", "t")), 0);
	assert_non_null(o.against);
	assert_int_equal(o.faults.n, 1);
	assert_string_equal(o.faults.list[0], "f1");
	assert_string_equal(o.driver, "a.c");
	assert_int_equal(o.against->faults.n, 1);
	assert_string_equal(o.against->faults.list[0], "f2");
	assert_string_equal(o.against->driver, "b.c");
	/* What is not the guest's belongs to both. */
	assert_int_equal(o.machines.n, 1);
	assert_int_equal(o.against->machines.n, 0);
	assert_int_equal(o.args.n, 1);
	options_free(&o);
	assert_int_equal(parse(&o, &err, WORDS("diff", "a", "b")), 0);
	assert_null(o.against);
	assert_false(o.guest_given);
	options_free(&o);
	assert_refused(WORDS("diff", "--against", "--against", "t"),
	    "given twice");
	assert_refused(WORDS("diff", "--against=x", "t"), "takes no value");
	assert_refused(WORDS("check", "--against", "t"), "no option");
	assert_refused(WORDS("diff", "a", "b", "c"), "two arguments");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_stand_anywhere),
		cmocka_unit_test(test_the_fault_none_is_no_fault),
		cmocka_unit_test(test_two_dashes_end_the_options),
		cmocka_unit_test(test_unknown_words_get_a_near_match),
		cmocka_unit_test(test_nothing_far_away_is_called_near),
		cmocka_unit_test(test_values_are_wanted_where_they_belong),
		cmocka_unit_test(test_the_number_of_arguments_is_checked),
		cmocka_unit_test(test_two_reports_have_no_file_in_common),
		cmocka_unit_test(
		    test_a_name_is_another_option_with_another_command),
		cmocka_unit_test(test_a_repository_alone_is_a_history),
		cmocka_unit_test(test_a_tree_is_one_and_whole),
		cmocka_unit_test(test_help_needs_no_arguments),
		cmocka_unit_test(test_every_command_has_help),
		cmocka_unit_test(test_git_bisect_maps_statuses),
		cmocka_unit_test(test_against_begins_another_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
