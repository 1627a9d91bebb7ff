/*
 * test_guest_symbols.c: the drivers, as they are compiled into a guest, need
 * nothing but what sim/shim/symbols.allow lists: neither a C library, nor a
 * part of the shim that is no driver's business.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fnmatch.h>

#include <cmocka.h>

#include "check.h"
#include "guest_build.h"

#define WORDS_MAX 8192

/* Words of a text that is kept; more than WORDS_MAX fail the test. */
struct words {
	char *text;
	char *word[WORDS_MAX];
	size_t n;
};

static void
words_free(struct words *w)
{
	check_free(w->text);
	check_free(w);
}

/* The lines of the list, without comments. */
static struct words *
allow_read(void)
{
	struct words *w = check_calloc(1, sizeof *w);
	struct bytes b = {0};

	assert_int_equal(host_file_read(VIOTAPE_SOURCE_DIR
	    "/sim/shim/symbols.allow", &b, 1u << 20, NULL), 0);
	bytes_add(&b, "", 1);
	w->text = (char *)b.data;
	for (char *p = w->text; *p != '\0';) {
		char *line = p;

		p += strcspn(p, "\n");
		if (*p != '\0')
			*p++ = '\0';
		if (*line == '#' || *line == '\0')
			continue;
		assert_true(w->n < WORDS_MAX);
		w->word[w->n++] = line;
	}
	return w;
}

/* The symbols that nm prints of the objects: with -u or -g (all global). */
static struct words *
nm_read(const char *option, char *const *objects, size_t n)
{
	struct words *w = check_calloc(1, sizeof *w);
	const char *argv[GUEST_SOURCES_MAX + 4] = { "nm", option };
	struct bytes out = {0};
	int status;

	assert_true(n <= GUEST_SOURCES_MAX);
	for (size_t i = 0; i < n; i++)
		argv[2 + i] = objects[i];
	assert_int_equal(host_spawn_wait(argv, &out, &status, NULL), 0);
	assert_int_equal(status, 0);
	bytes_add(&out, "", 1);
	w->text = (char *)out.data;
	for (char *line = strtok(w->text, "\n"); line != NULL;
	    line = strtok(NULL, "\n")) {
		char *name = strrchr(line, ' ');

		if (line[strlen(line) - 1] == ':')
			continue;	/* the name of an object */
		if (strcmp(option, "-g") == 0 && strstr(line, " U ") != NULL)
			continue;
		name = name != NULL ? name + 1 : line;
		if (strcmp(host_module_suffix(), "dylib") == 0 && *name == '_')
			name++;
		assert_true(w->n < WORDS_MAX);
		w->word[w->n++] = name;
	}
	return w;
}

static int
is_allowed(const struct words *allow, const char *symbol)
{
	for (size_t i = 0; i < allow->n; i++)
		if (fnmatch(allow->word[i], symbol, 0) == 0)
			return 1;
	return 0;
}

static int
holds(const struct words *w, const char *symbol)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->word[i], symbol) == 0)
			return 1;
	return 0;
}

/* How many undefined symbols of the drivers are not allowed; prints each. */
static size_t
drivers_judge(const struct guest_built *built, const struct words *allow,
    struct bytes *offenders)
{
	struct words *undefined;
	size_t bad = 0;

	assert_true(built->drivers.n > 0);
	undefined = nm_read("-u", built->object_paths, built->drivers.n);
	assert_true(undefined->n > 0);
	for (size_t i = 0; i < undefined->n; i++) {
		if (is_allowed(allow, undefined->word[i]))
			continue;
		bytes_printf(offenders, "%s\n", undefined->word[i]);
		bad++;
	}
	words_free(undefined);
	return bad;
}

static int
build(void **state)
{
	static struct guest_built built;
	struct guest_spec spec = {0};
	struct error err = {0};

	if (guest_build(&spec, &built, &err) != 0) {
		print_error("%s\n", err.text);
		return -1;
	}
	*state = &built;
	return 0;
}

static int
forget(void **state)
{
	guest_built_free(*state);
	return 0;
}

static void
our_drivers_need_only_what_is_allowed(void **state)
{
	struct words *allow = allow_read();
	struct bytes offenders = {0};

	if (drivers_judge(*state, allow, &offenders) != 0)
		fail_msg("drivers need symbols that sim/shim/symbols.allow "
		    "does not list:\n%s", (char *)offenders.data);
	words_free(allow);
}

/* The check can fail: with a symbol taken off the list, it is missed. */
static void
a_symbol_taken_off_the_list_is_missed(void **state)
{
	struct words *allow = allow_read();
	struct bytes offenders = {0};

	for (size_t i = 0; i < allow->n; i++)
		if (strcmp(allow->word[i], "bus_dmamap_sync") == 0)
			allow->word[i] = allow->word[--allow->n];
	assert_true(drivers_judge(*state, allow, &offenders) > 0);
	assert_non_null(strstr((char *)offenders.data, "bus_dmamap_sync\n"));
	bytes_free(&offenders);
	words_free(allow);
}

/* The shim's own parts, and libc, are not a driver's business. */
static void
what_is_inside_the_shim_is_not_allowed(void **state)
{
	static const char *const inside[] = {
		"hc", "kern_palette", "kern_rule_broken", "guest_entry_get",
		"write", "fopen", "pthread_create"
	};
	struct words *allow = allow_read();

	(void)state;
	for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++)
		assert_int_equal(is_allowed(allow, inside[i]), 0);
	words_free(allow);
}

/* A name that nothing defines any more is taken off the list. */
static void
what_is_allowed_is_there(void **state)
{
	const struct guest_built *built = *state;
	struct words *allow = allow_read(), *defined;
	struct bytes stale = {0};

	defined = nm_read("-g", built->object_paths, built->nobjects);
	for (size_t i = 0; i < allow->n; i++)
		if (strchr(allow->word[i], '*') == NULL &&
		    !holds(defined, allow->word[i]) &&
		    strcmp(allow->word[i], "_GLOBAL_OFFSET_TABLE_") != 0)
			bytes_printf(&stale, "%s\n", allow->word[i]);
	if (stale.len > 0)
		fail_msg("sim/shim/symbols.allow lists what no part of the "
		    "guest defines:\n%s", (char *)stale.data);
	words_free(defined);
	words_free(allow);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_drivers_need_only_what_is_allowed),
		cmocka_unit_test(a_symbol_taken_off_the_list_is_missed),
		cmocka_unit_test(what_is_inside_the_shim_is_not_allowed),
		cmocka_unit_test(what_is_allowed_is_there),
	};

	return cmocka_run_group_tests(tests, build, forget);
}
