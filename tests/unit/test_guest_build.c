/*
 * test_guest_build.c: sources become a guest, and whatever is wrong with them
 * is said with its name.  The sources here are a small tree of the test's own,
 * so that nothing depends on what drivers/ holds today.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "check.h"
#include "guest_build.h"
#include "guest_cache.h"
#include "guest_compiler.h"
#include "guest_messages.h"
#include "symbolize.h"

static const char header_text[] =
    "int kern_double(int);\n";

static const char kern_text[] =
    "#include <sys/tiny.h>\n"
    "int kern_double(int n)\n"
    "{ static int last; last = n; return last * 2; }\n";

/* The line of the function's brace, 5, is looked for below. */
static const char driver_text[] =
    "#include <sys/tiny.h>\n"
    "int kept;\n"
    "__attribute__((visibility(\"default\"))) int *\n"
    "tiny_attach(int n)\n"
    "{\n"
    "\tkept = kern_double(n);\n"
    "\treturn &kept;\n"
    "}\n";

static const char fault_text[] =
    "The number is one too large.\n"
    "--- a/drivers/tiny.c\n"
    "+++ b/drivers/tiny.c\n"
    "@@ -3,6 +3,6 @@ int kept;\n"
    " __attribute__((visibility(\"default\"))) int *\n"
    " tiny_attach(int n)\n"
    " {\n"
    "-\tkept = kern_double(n);\n"
    "+\tkept = kern_double(n) + 1;\n"
    " \treturn &kept;\n"
    " }\n";

static const char stale_text[] =
    "Of a driver that has long changed.\n"
    "--- a/drivers/tiny.c\n"
    "+++ b/drivers/tiny.c\n"
    "@@ -3,3 +3,3 @@\n"
    " never\n"
    "-been\n"
    "+there\n"
    " before\n";

static char *scratch;

static void
file_put(const char *dir, const char *name, const char *text)
{
	char *path = host_path_join(dir, name), *slash = strrchr(path, '/');

	*slash = '\0';
	assert_int_equal(host_mkdir_p(path, NULL), 0);
	*slash = '/';
	assert_int_equal(host_file_write_atomic(path, text, strlen(text),
	    NULL), 0);
	check_free(path);
}

/* A tree of data called name, made the one in use. */
static char *
tree_create(const char *name)
{
	char *dir = host_path_join(scratch, name);

	file_put(dir, "sim/shim/include/sys/tiny.h", header_text);
	file_put(dir, "sim/shim/kern_tiny.c", kern_text);
	file_put(dir, "sim/shim/host_side.c", "#error not a guest's\n");
	file_put(dir, "drivers/tiny.c", driver_text);
	file_put(dir, "drivers/faults/tiny-more.diff", fault_text);
	file_put(dir, "drivers/faults/stale.diff", stale_text);
	setenv("VIOTAPE_DATA", dir, 1);
	return dir;
}

static void
cache_use(const char *name)
{
	char *dir = host_path_join(scratch, name);

	setenv("VIOTAPE_CACHE", dir, 1);
	check_free(dir);
}

static int
set_up(void **state)
{
	(void)state;
	scratch = host_temp_dir_create(NULL, "viotape-test", NULL);
	return scratch != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	int ret = host_tree_remove(scratch, NULL);

	(void)state;
	check_free(scratch);
	return ret;
}

/* Every test begins with a fresh tree and an empty cache. */
static int
fresh(void **state)
{
	static int number;
	char name[32];

	snprintf(name, sizeof name, "cache%d", number);
	cache_use(name);
	snprintf(name, sizeof name, "tree%d", number++);
	*state = tree_create(name);
	return 0;
}

static int
done(void **state)
{
	check_free(*state);
	return 0;
}

static void
build_ok(const struct guest_spec *spec, struct guest_built *built)
{
	struct error err = {0};

	if (guest_build(spec, built, &err) != 0)
		fail_msg("%s", err.text);
}

/* Builds, expects it to fail with code and with each text in its sentence. */
static void
build_fails(const struct guest_spec *spec, enum error_code code,
    const char *text, const char *also)
{
	struct guest_built built;
	struct error err = {0};

	assert_int_equal(guest_build(spec, &built, &err), -1);
	assert_int_equal(err.code, code);
	if (strstr(err.text, text) == NULL || strstr(err.text, also) == NULL)
		fail_msg("\"%s\" or \"%s\" is not in: %s", text, also,
		    err.text);
	guest_built_free(&built);
}

static int
file_holds(const char *path, const char *text)
{
	struct bytes b = {0};
	size_t n = strlen(text);
	int found = 0;

	assert_int_equal(host_file_read(path, &b, 1u << 24, NULL), 0);
	for (size_t i = 0; i + n <= b.len && !found; i++)
		found = memcmp(b.data + i, text, n) == 0;
	bytes_free(&b);
	return found;
}

/* --- what is built --- */

static void
a_guest_is_built_once_and_then_found(void **state)
{
	struct guest_spec spec = {0};
	struct guest_built a, b;

	(void)state;
	build_ok(&spec, &a);
	build_ok(&spec, &b);
	assert_int_equal(a.was_cached, 0);
	assert_int_equal(b.was_cached, 1);
	assert_string_equal(a.path, b.path);
	assert_true(host_is_file(a.path));
	assert_int_equal(a.drivers.n, 1);
	assert_string_equal(a.drivers.names[0], "drivers/tiny.c");
	assert_int_equal(a.nobjects, 2);
	guest_built_free(&a);
	guest_built_free(&b);
}

/* Its loads and stores are seen: the object asks for the hooks. */
static void
a_guest_is_instrumented(void **state)
{
	struct guest_spec spec = {0};
	struct guest_built built;

	(void)state;
	build_ok(&spec, &built);
	assert_true(file_holds(built.path, "__tsan_write4"));
	guest_built_free(&built);
}

static void
a_change_of_a_header_or_a_source_is_noticed(void **state)
{
	struct guest_spec spec = {0};
	struct guest_built a, b, c;

	build_ok(&spec, &a);
	file_put(*state, "sim/shim/include/sys/tiny.h",
	    "int kern_double(int);\n#define NEW 1\n");
	build_ok(&spec, &b);
	assert_int_equal(b.was_cached, 0);
	assert_string_not_equal(a.digest, b.digest);
	assert_string_not_equal(a.source_digest, b.source_digest);
	assert_string_equal(a.driver_digest, b.driver_digest);
	file_put(*state, "drivers/tiny.c", "int other;\n");
	build_ok(&spec, &c);
	assert_string_not_equal(b.driver_digest, c.driver_digest);
	guest_built_free(&a);
	guest_built_free(&b);
	guest_built_free(&c);
}

/* Another directory of data, another cache: the same bytes. */
static void
a_guest_is_the_same_wherever_it_is_built(void **state)
{
	struct guest_spec spec = {0};
	struct guest_built a, b;
	struct bytes x = {0}, y = {0};
	char *other;

	(void)state;
	build_ok(&spec, &a);
	cache_use("cache-elsewhere");
	other = tree_create("tree-elsewhere");
	build_ok(&spec, &b);
	assert_int_equal(b.was_cached, 0);
	assert_string_equal(a.digest, b.digest);
	assert_int_equal(host_file_read(a.path, &x, 1u << 24, NULL), 0);
	assert_int_equal(host_file_read(b.path, &y, 1u << 24, NULL), 0);
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.data, y.data, x.len);
	assert_false(file_holds(a.path, scratch));
	bytes_free(&x);
	bytes_free(&y);
	guest_built_free(&a);
	guest_built_free(&b);
	check_free(other);
}

/* --- lines --- */

/* Where tiny_attach() begins in a guest, as its file numbers addresses. */
static uint64_t
attach_offset(const char *path)
{
	const char *argv[] = { "nm", path, NULL };
	struct bytes out = {0};
	uint64_t offset;
	char *line;
	int status;

	assert_int_equal(host_spawn_wait(argv, &out, &status, NULL), 0);
	bytes_add(&out, "", 1);
	line = strstr((char *)out.data, "tiny_attach");
	assert_non_null(line);
	while (line > (char *)out.data && line[-1] != '\n')
		line--;
	offset = strtoull(line, NULL, 16);
	bytes_free(&out);
	return offset;
}

static void
place_expect(const char *path, const char *file, unsigned line)
{
	struct symbolizer *s = symbolize_open(path);
	struct symbol_place place[2];
	uint64_t offsets[2] = { attach_offset(path), 0x7fffffff };

	assert_null(symbolize_note(s));
	assert_int_equal(symbolize_places(s, offsets, 2, place, NULL), 0);
	assert_string_equal(place[0].frame[0].file, file);
	assert_string_equal(place[0].frame[0].function, "tiny_attach");
	assert_int_equal(place[0].frame[0].line, line);
	assert_string_equal(place[1].frame[0].file, "??");
	assert_int_equal(place[1].frame[0].line, 0);
	symbolize_places_free(place, 2);
	symbolize_close(s);
}

static void
an_address_has_its_line_by_every_tool_there_is(void **state)
{
	static const char *const tools[] = { "addr2line", "llvm-symbolizer",
	    "atos" };
	struct guest_spec spec = {0};
	struct guest_built built;
	int tried = 0;

	(void)state;
	build_ok(&spec, &built);
	for (size_t i = 0; i < 3; i++) {
		char *file = host_program_find(tools[i]);

		if (file == NULL)
			continue;
		check_free(file);
		setenv("VIOTAPE_SYMBOLIZER", tools[i], 1);
		place_expect(built.path, "drivers/tiny.c", 5);
		unsetenv("VIOTAPE_SYMBOLIZER");
		tried++;
	}
	assert_true(tried > 0);
	guest_built_free(&built);
}

static void
without_a_tool_places_are_unknown_and_a_note_says_why(void **state)
{
	struct symbolizer *s;
	struct symbol_place place;
	uint64_t offset = 1;

	(void)state;
	setenv("VIOTAPE_SYMBOLIZER", "none", 1);
	s = symbolize_open("/nonexistent");
	unsetenv("VIOTAPE_SYMBOLIZER");
	assert_non_null(strstr(symbolize_note(s), "binutils"));
	assert_int_equal(symbolize_places(s, &offset, 1, &place, NULL), 0);
	assert_string_equal(place.frame[0].function, "??");
	symbolize_places_free(&place, 1);
	symbolize_close(s);
}

/* --- faults --- */

static void
a_fault_is_put_back_and_the_driver_keeps_its_name(void **state)
{
	const char *names[] = { "tiny-more" };
	struct guest_spec spec = {0}, fault = { .faults = names, .nfaults = 1 };
	struct guest_built a, b;

	(void)state;
	build_ok(&spec, &a);
	build_ok(&fault, &b);
	assert_string_not_equal(a.driver_digest, b.driver_digest);
	assert_string_equal(b.drivers.names[0], "drivers/tiny.c");
	place_expect(b.path, "drivers/tiny.c", 5);
	guest_built_free(&a);
	guest_built_free(&b);
}

/* Some compilers then apply the wrong one of two prefixes. */
static void
a_fault_is_named_well_with_the_cache_inside_the_data(void **state)
{
	const char *names[] = { "tiny-more" };
	struct guest_spec fault = { .faults = names, .nfaults = 1 };
	struct guest_built built;
	char *cache = host_path_join(*state, "build/cache");

	setenv("VIOTAPE_CACHE", cache, 1);
	build_ok(&fault, &built);
	place_expect(built.path, "drivers/tiny.c", 5);
	guest_built_free(&built);
	check_free(cache);
}

static void
an_unknown_fault_lists_those_there_are(void **state)
{
	const char *names[] = { "tiny-moar" };
	struct guest_spec spec = { .faults = names, .nfaults = 1 };

	(void)state;
	build_fails(&spec, ERROR_USAGE, "no fault tiny-moar",
	    "there are tiny-more, stale");
}

static void
a_fault_that_does_not_apply_is_an_error_every_time(void **state)
{
	const char *names[] = { "stale" };
	struct guest_spec spec = { .faults = names, .nfaults = 1 };

	(void)state;
	build_fails(&spec, ERROR_BUILD, "stale does not apply", "tiny.c");
	build_fails(&spec, ERROR_BUILD, "stale does not apply", "tiny.c");
}

static void
a_fault_is_described_by_the_head_of_its_diff(void **state)
{
	struct host_names names;
	struct bytes text = {0};

	(void)state;
	assert_int_equal(guest_faults_list(&names, NULL), 0);
	assert_int_equal(names.n, 2);
	assert_string_equal(names.names[1], "tiny-more");
	assert_int_equal(guest_fault_describe("tiny-more", &text, NULL), 0);
	assert_string_equal((char *)text.data,
	    "The number is one too large.\n");
	host_names_free(&names);
	bytes_free(&text);
}

/* Trees of old drivers do not pile up: beyond the limit the older half goes. */
static void
trees_with_faults_are_limited(void **state)
{
	const char *names[] = { "tiny-more" };
	struct guest_spec fault = { .faults = names, .nfaults = 1 };
	struct guest_built built;
	struct host_names left;
	char *trees, name[64];

	(void)state;
	trees = host_path_join(getenv("VIOTAPE_CACHE"), GUEST_FAULT_TREES);
	assert_int_equal(host_mkdir_p(trees, NULL), 0);
	for (int i = 0; i <= GUEST_FAULT_FILES_MAX; i++) {
		char *path;
		FILE *f;

		snprintf(name, sizeof name, "old%d", i);
		path = host_path_join(trees, name);
		f = fopen(path, "w");
		assert_non_null(f);
		fclose(f);
		check_free(path);
	}
	build_ok(&fault, &built);
	assert_int_equal(host_tree_list(trees, 1, &left, NULL), 0);
	assert_true(left.n < GUEST_FAULT_FILES_MAX / 2 + 10);
	host_names_free(&left);
	guest_built_free(&built);
	check_free(trees);
}

static void
made(const char *dir, const char *name, long when)
{
	char *path = host_path_join(dir, name);
	struct timespec times[2] = { { when, 0 }, { when, 0 } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	check_free(path);
}

/* What somebody compiles from now is not taken away from him. */
static void
the_oldest_trees_go_first(void **state)
{
	char *dir = host_path_join(scratch, "heaps");
	char *a = host_path_join(dir, "a");
	struct host_names left;

	(void)state;
	file_put(dir, "b/old/1.c", "");
	file_put(dir, "b/old/2.c", "");
	file_put(dir, "a/young/1.c", "");
	file_put(dir, "a/young/2.c", "");
	file_put(dir, "bb/oldest.c", "");
	file_put(dir, "c", "");
	made(dir, "bb", 1000);
	made(dir, "b", 2000);
	made(dir, "c", 3000);
	made(dir, "a", 4000);
	guest_cache_thin(dir, 6);
	assert_int_equal(host_tree_list(dir, 1, &left, NULL), 0);
	assert_int_equal(left.n, 6);
	host_names_free(&left);
	guest_cache_thin(dir, 5);
	assert_int_equal(host_tree_list(dir, 1, &left, NULL), 0);
	assert_int_equal(left.n, 2);
	assert_string_equal(left.names[0], "a/young/1.c");
	host_names_free(&left);
	/* One that is used once more is the youngest. */
	for (int i = 1; i <= 3; i++)
		file_put(dir, i == 1 ? "d/1.c" : i == 2 ? "d/2.c" : "d/3.c",
		    "");
	made(dir, "d", 5000);
	guest_cache_touch(a);
	guest_cache_thin(dir, 4);
	assert_int_equal(host_tree_list(dir, 1, &left, NULL), 0);
	assert_int_equal(left.n, 2);
	assert_string_equal(left.names[0], "a/young/1.c");
	host_names_free(&left);
	check_free(a);
	check_free(dir);
}

/* --- a driver of the user's own --- */

static void
a_file_replaces_the_driver_that_it_is_named_after(void **state)
{
	char *file = host_path_join(scratch, "own/tiny-1.12.c");
	struct guest_spec spec = { .driver = file };
	struct guest_built a, b;

	(void)state;
	file_put(scratch, "own/tiny-1.12.c", "#include \"beside.h\"\n"
	    "#include <sys/tiny.h>\nint kept;\n"
	    "__attribute__((visibility(\"default\"))) int *\n"
	    "tiny_attach(int n)\n{\n\tkept = kern_double(n + BESIDE);\n"
	    "\treturn &kept;\n}\n");
	file_put(scratch, "own/beside.h", "#define BESIDE 1\n");
	build_ok(&spec, &a);
	assert_int_equal(a.drivers.n, 1);
	assert_string_equal(a.drivers.names[0], file);
	place_expect(a.path, file, 6);
	/* What it includes of its own is watched too. */
	file_put(scratch, "own/beside.h", "#define BESIDE 2\n");
	build_ok(&spec, &b);
	assert_int_equal(b.was_cached, 0);
	guest_built_free(&a);
	guest_built_free(&b);
	check_free(file);
}

static void
a_file_named_after_no_driver_lists_the_drivers(void **state)
{
	struct guest_spec spec = { .driver = "tinymore.c" };

	(void)state;
	build_fails(&spec, ERROR_USAGE, "tinymore.c replaces no driver",
	    "tiny.c");
	spec.driver = "tiny_mmio.c";
	build_fails(&spec, ERROR_USAGE, "replaces no driver", "tiny.c");
	spec.driver = "/nonexistent/tiny.c";
	build_fails(&spec, ERROR_INPUT, "/nonexistent/tiny.c", "No such");
}

/* --- what does not build --- */

static void
what_does_not_compile_shows_the_compilers_words(void **state)
{
	struct guest_spec spec = {0};

	file_put(*state, "drivers/tiny.c", "int broken(\n");
	build_fails(&spec, ERROR_BUILD, "drivers/tiny.c does not compile",
	    "error:");
}

/* What comes of a slip is no name that is missed; in another file it is. */
static void
a_slip_is_told_by_the_compiler(void **state)
{
	static const char slip[] = "struct tiny {\n\tint a\n\tint b;\n};\n"
	    "int f(struct tiny *t)\n{\n\treturn t->b;\n}\n";
	struct guest_spec spec = {0};
	struct guest_built built;
	struct error err;

	file_put(*state, "drivers/tiny.c", slip);
	build_fails(&spec, ERROR_BUILD, "drivers/tiny.c does not compile",
	    "error:");
	file_put(*state, "sim/shim/kern_tiny.c", "int a = TINY_FLAG;\n");
	error_clear(&err);
	assert_int_equal(guest_build(&spec, &built, &err), -1);
	assert_non_null(strstr(err.text, "kern_tiny.c:1 needs TINY_FLAG, "));
	assert_null(strstr(err.text, " needs b,"));
	assert_null(strstr(err.text, "drivers/tiny.c needs"));
	guest_built_free(&built);
}

static void
a_function_without_a_declaration_is_named(void **state)
{
	struct guest_spec spec = {0};

	file_put(*state, "drivers/tiny.c",
	    "int f(void)\n{\n\treturn mtx_foo();\n}\n");
	build_fails(&spec, ERROR_BUILD,
	    "drivers/tiny.c:3 needs mtx_foo, " GUEST_NEEDS_NONE,
	    "CONTRIBUTING.md");
}

static void
whatever_is_missing_is_named_with_its_place(void **state)
{
	struct guest_spec spec = {0};

	file_put(*state, "drivers/tiny.c", "struct tiny { int t; } tiny;\n"
	    "int a = TINY_FLAG;\ntiny_t b;\n"
	    "int f(void)\n{\n\treturn tiny.no;\n}\n");
	build_fails(&spec, ERROR_BUILD, "drivers/tiny.c:2 needs TINY_FLAG, "
	    GUEST_NEEDS_NONE "; ", "drivers/tiny.c:3 needs tiny_t");
	build_fails(&spec, ERROR_BUILD, "drivers/tiny.c:6 needs no,", "error:");
	file_put(*state, "drivers/tiny.c", "#include <sys/none.h>\n");
	build_fails(&spec, ERROR_BUILD, "drivers/tiny.c:1 needs sys/none.h, "
	    GUEST_NEEDS_NONE, "sim/shim/include");
}

static void
a_function_that_is_declared_but_nowhere_is_named(void **state)
{
	struct guest_spec spec = {0};

	file_put(*state, "drivers/tiny.c",
	    "int mtx_foo(void);\nint f(void)\n{\n\treturn mtx_foo();\n}\n");
	build_fails(&spec, ERROR_BUILD,
	    "drivers/tiny.c needs mtx_foo, " GUEST_NEEDS_NONE,
	    "kern_");
	/* And again: nothing half made was kept. */
	build_fails(&spec, ERROR_BUILD, "needs mtx_foo", "kern_");
}

/* --- the compiler --- */

static void
a_compiler_that_is_not_there_is_named(void **state)
{
	const char *old = getenv("VIOTAPE_CC");
	char *keep = old != NULL ? check_strdup(old) : NULL;
	struct guest_spec spec = {0};

	(void)state;
	setenv("VIOTAPE_CC", "viotape-no-cc", 1);
	build_fails(&spec, ERROR_BUILD, "VIOTAPE_CC", "viotape-no-cc");
	setenv("VIOTAPE_CC", "true", 1);
	build_fails(&spec, ERROR_BUILD, "neither gcc nor clang", "true");
	if (keep != NULL)
		setenv("VIOTAPE_CC", keep, 1);
	else
		unsetenv("VIOTAPE_CC");
	check_free(keep);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, fresh, done)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(a_guest_is_built_once_and_then_found),
		EACH(a_guest_is_instrumented),
		EACH(a_change_of_a_header_or_a_source_is_noticed),
		EACH(a_guest_is_the_same_wherever_it_is_built),
		EACH(an_address_has_its_line_by_every_tool_there_is),
		EACH(without_a_tool_places_are_unknown_and_a_note_says_why),
		EACH(a_fault_is_put_back_and_the_driver_keeps_its_name),
		EACH(a_fault_is_named_well_with_the_cache_inside_the_data),
		EACH(an_unknown_fault_lists_those_there_are),
		EACH(a_fault_that_does_not_apply_is_an_error_every_time),
		EACH(a_fault_is_described_by_the_head_of_its_diff),
		EACH(trees_with_faults_are_limited),
		EACH(the_oldest_trees_go_first),
		EACH(a_file_replaces_the_driver_that_it_is_named_after),
		EACH(a_file_named_after_no_driver_lists_the_drivers),
		EACH(what_does_not_compile_shows_the_compilers_words),
		EACH(whatever_is_missing_is_named_with_its_place),
		EACH(a_slip_is_told_by_the_compiler),
		EACH(a_function_without_a_declaration_is_named),
		EACH(a_function_that_is_declared_but_nowhere_is_named),
		EACH(a_compiler_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
