/*
 * bench_edit.c: from a line edited in viogpu.c to the verdict, as a developer
 * has it: "viotape check --driver viogpu.c", a process, all traces, on one
 * machine and on all.  A cache of its own, so that nothing is there before.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRIVER_SIZE_MAX	(1u << 20)	/* bytes */
#define WHERE		"\n{\n"		/* the first function's body */
#define AIM_S		2.0

struct edit {
	char *viotape, *dir, *file;
	struct bytes source;
	size_t at;			/* where a line is put in */
	unsigned edits;
};

static void
edit_open(struct edit *e)
{
	char *self, *data, *driver, *cache;
	struct error err;
	const char *found;

	error_clear(&err);
	self = host_executable_path(&err);
	data = host_data_dir(&err);
	e->dir = host_temp_dir_create(NULL, "viotape-bench", &err);
	if (self == NULL || data == NULL || e->dir == NULL)
		bench_fail(&err);
	self[host_path_base(self) - self] = '\0';
	e->viotape = host_path_join(self, "viotape");
	driver = host_path_join(data, "drivers/viogpu.c");
	e->file = host_path_join(e->dir, "viogpu.c");
	cache = host_path_join(e->dir, "cache");
	if (host_file_read(driver, &e->source, DRIVER_SIZE_MAX, &err) != 0)
		bench_fail(&err);
	bytes_add(&e->source, "", 1);
	found = strstr((const char *)e->source.data, WHERE);
	if (found == NULL)
		bench_fail_words("no function in %s", driver);
	e->at = (size_t)(found - (const char *)e->source.data) + strlen(WHERE);
	setenv("VIOTAPE_CACHE", cache, 1);
	free(cache);
	free(driver);
	free(data);
	free(self);
}

static void
edit_close(struct edit *e)
{
	(void)host_tree_remove(e->dir, NULL);
	free(e->viotape);
	free(e->file);
	free(e->dir);
	bytes_free(&e->source);
}

/* One line more in the body of the first function, another each time. */
static void
edit_write(struct edit *e)
{
	struct bytes text = { 0 };
	struct error err;

	error_clear(&err);
	bytes_add(&text, e->source.data, e->at);
	bytes_printf(&text, "\t/* edit %u */\n", ++e->edits);
	bytes_add(&text, e->source.data + e->at, e->source.len - 1 - e->at);
	if (host_file_write_atomic(e->file, text.data, text.len, &err) != 0)
		bench_fail(&err);
	bytes_free(&text);
}

static uint64_t
edit_check(const struct edit *e, const char *machine)
{
	const char *argv[] = { e->viotape, "check", "--driver", e->file, "-m",
	    machine, NULL };
	struct bytes output = { 0 };
	struct error err;
	uint64_t begin = host_monotonic_ns(), end;
	int status;

	error_clear(&err);
	if (host_spawn_wait(argv, &output, &status, &err) != 0)
		bench_fail(&err);
	end = host_monotonic_ns();
	if (status != 0)
		bench_fail_words("viotape check: status %d: %.*s", status,
		    (int)output.len, (const char *)output.data);
	bytes_free(&output);
	return end - begin;
}

static void
edit_machine(struct edit *e, const char *machine, const char *words)
{
	struct bench_times edited = { .n = 0 }, warm = { .n = 0 };
	char what[160];

	for (unsigned i = 0; i < BENCH_REPEATS; i++) {
		edit_write(e);
		bench_times_add(&edited, edit_check(e, machine));
		bench_times_add(&warm, edit_check(e, machine));
	}
	snprintf(what, sizeof what, "a line edited to the verdict, %s", words);
	bench_row(what, bench_median_ns(&edited) / 1e9, "s", 2, -AIM_S);
	snprintf(what, sizeof what, "nothing edited to the verdict, %s",
	    words);
	bench_row(what, bench_median_ns(&warm) / 1e9, "s", 2, 0);
	snprintf(what, sizeof what, "edited / not edited, %s", words);
	bench_row(what, bench_median_ns(&edited) / bench_median_ns(&warm),
	    "x", 2, 0);
}

void
bench_edit(void)
{
	struct edit e = { .edits = 0 };

	edit_open(&e);
	bench_head("viogpu.c to the verdict, every trace of traces/");
	edit_write(&e);
	bench_row("with an empty cache, on one machine",
	    (double)edit_check(&e, "arm64-qemu") / 1e9, "s", 2, 0);
	edit_machine(&e, "arm64-qemu", "on one machine");
	edit_machine(&e, "all", "on all machines");
	edit_close(&e);
}
