/*
 * bench_edit.c: from a line edited in a driver to the verdict, as a developer
 * has it: a process of "viotape check", on every trace and on one, with nothing
 * in the cache and with what the last one left there; and "viotape watch",
 * which is there already.  Of our viogpu.c, by --driver, and of a driver of an
 * OpenBSD source tree, by --sys.
 *
 * The tree is VIOTAPE_SYS, a directory; with VIOTAPE_SYS_REV, a git repository
 * and the revision of it (the first, if there are several).  Its drivers are
 * copied, so that nobody's tree is edited.  The cache is our own.
 *
 * The time begins when the file has its name, so that what the disk takes is
 * not in it, and ends with the last line of the report.
 */
#include "bench.h"

#include "check.h"
#include "guest_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define DRIVER_SIZE_MAX	(1u << 20)	/* bytes */
#define WHERE		"\n{\n"		/* the first function's body */
#define AIM_S		2.0		/* every trace */
#define AIM_ONE_S	1.0		/* one of them: well under a second */
#define MACHINE		"arm64-qemu"
#define WATCH_WAIT_S	600		/* for a round, at most */

struct edit {
	char *viotape, *dir, *cache;
	const char *option, *given;	/* "--driver FILE", "--sys DIR" */
	char *file;			/* that is edited */
	const char *trace;		/* one of traces/ */
	struct bytes source;
	size_t at;			/* where a line is put in */
	unsigned edits;
};

/* --- what is edited ------------------------------------------------------- */

static void
edit_open(struct edit *e)
{
	struct error err;
	char *self;

	memset(e, 0, sizeof *e);
	error_clear(&err);
	self = host_executable_path(&err);
	e->dir = host_temp_dir_create(NULL, "viotape-bench", &err);
	if (self == NULL || e->dir == NULL)
		bench_fail(&err);
	self[host_path_base(self) - self] = '\0';
	e->viotape = host_path_join(self, "viotape");
	e->cache = host_path_join(e->dir, "cache");
	setenv("VIOTAPE_CACHE", e->cache, 1);
	check_free(self);
}

static void
edit_close(struct edit *e)
{
	(void)host_tree_remove(e->dir, NULL);
	check_free(e->viotape);
	check_free(e->cache);
	check_free(e->file);
	check_free(e->dir);
	bytes_free(&e->source);
}

/* The text of e->file, as it was. */
static void
edit_read(struct edit *e, const char *from)
{
	struct error err;
	const char *found;

	error_clear(&err);
	if (host_file_read(from, &e->source, DRIVER_SIZE_MAX, &err) != 0)
		bench_fail(&err);
	bytes_add(&e->source, "", 1);
	found = strstr((const char *)e->source.data, WHERE);
	if (found == NULL)
		bench_fail_words("no function in %s", from);
	e->at = (size_t)(found - (const char *)e->source.data) + strlen(WHERE);
}

/*
 * One line more in the body of the first function than the last time: every
 * line behind it moves, so that the guest is another one each time.
 */
static void
edit_write(struct edit *e)
{
	struct bytes text = { 0 };
	struct error err;

	error_clear(&err);
	e->edits++;
	bytes_add(&text, e->source.data, e->at);
	for (unsigned i = 0; i < e->edits; i++)
		bytes_printf(&text, "\t/* edit */\n");
	bytes_add(&text, e->source.data + e->at, e->source.len - 1 - e->at);
	if (host_file_write_atomic(e->file, text.data, text.len, &err) != 0)
		bench_fail(&err);
	bytes_free(&text);
}

/* Our viogpu.c, beside the rest of our drivers. */
static void
edit_ours(struct edit *e)
{
	struct error err;
	char *data, *driver;

	error_clear(&err);
	data = host_data_dir(&err);
	if (data == NULL)
		bench_fail(&err);
	driver = host_path_join(data, "drivers/viogpu.c");
	e->file = host_path_join(e->dir, "viogpu.c");
	e->option = "--driver";
	e->given = e->file;
	e->trace = "viogpu-console";
	edit_read(e, driver);
	check_free(driver);
	check_free(data);
}

/* A copy of the drivers of a tree, in e->dir; 0: there is none. */
static int
tree_copy(const struct edit *e)
{
	const char *sys = getenv("VIOTAPE_SYS");
	const char *revs = getenv("VIOTAPE_SYS_REV");
	struct guest_spec spec = { 0 };
	struct guest_tree tree;
	struct host_names names;
	struct error err;
	char rev[128];

	error_clear(&err);
	if (sys == NULL || sys[0] == '\0')
		return 0;
	if (revs != NULL && revs[strspn(revs, " ")] != '\0') {
		revs += strspn(revs, " ");
		snprintf(rev, sizeof rev, "%.*s", (int)strcspn(revs, " "),
		    revs);
		spec.repo = sys;
		spec.rev = rev;
	} else {
		spec.sys = sys;
	}
	if (guest_tree_take(&spec, &tree, &err) != 0 ||
	    host_tree_list(tree.stage, 1, &names, &err) != 0)
		bench_fail(&err);
	for (size_t i = 0; i < names.n; i++) {
		char *from = host_path_join(tree.stage, names.names[i]);
		char *to = host_path_join(e->dir, names.names[i]);
		char *slash = strrchr(to, '/');
		int ret;

		*slash = '\0';
		ret = host_mkdir_p(to, &err);
		*slash = '/';
		if (ret != 0 || host_file_copy(from, to, DRIVER_SIZE_MAX,
		    &err) != 0)
			bench_fail(&err);
		check_free(to);
		check_free(from);
	}
	host_names_free(&names);
	guest_tree_free(&tree);
	return 1;
}

/* One of its drivers, vio(4) if it has that; 0: there is no tree. */
static int
edit_tree(struct edit *e)
{
	if (!tree_copy(e))
		return 0;
	e->option = "--sys";
	e->given = e->dir;
	e->trace = "vio-dhcp";
	e->file = host_path_join(e->dir, "dev/pv/if_vio.c");
	if (!host_is_file(e->file)) {
		check_free(e->file);
		e->file = host_path_join(e->dir, "dev/pv/viogpu.c");
		e->trace = "viogpu-console";
	}
	edit_read(e, e->file);
	return 1;
}

/* --- check ------------------------------------------------------------------ */

/* trace NULL is all of them.  A tree's driver may well fail. */
static uint64_t
edit_check(const struct edit *e, const char *trace, const char *machine)
{
	const char *argv[] = { e->viotape, "check", e->option, e->given, "-m",
	    machine, trace, NULL };
	struct bytes output = { 0 };
	struct error err;
	uint64_t begin = host_monotonic_ns(), end;
	int status;

	error_clear(&err);
	if (host_spawn_wait(argv, &output, &status, &err) != 0)
		bench_fail(&err);
	end = host_monotonic_ns();
	if (status != EXIT_HOLDS && status != EXIT_FAILS)
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
		bench_times_add(&edited, edit_check(e, NULL, machine));
		bench_times_add(&warm, edit_check(e, NULL, machine));
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

/* --- watch -------------------------------------------------------------------- */

/* viotape watch, to the end of its rounds; what it prints is to be read. */
static FILE *
watch_start(const struct edit *e, unsigned rounds, pid_t *pid)
{
	char times[16];
	int fds[2];
	FILE *out;

	snprintf(times, sizeof times, "%u", rounds);
	fflush(stdout);
	if (pipe(fds) != 0 || (*pid = fork()) == -1)
		bench_fail_words("no process for viotape watch");
	if (*pid == 0) {
		(void)dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		alarm(WATCH_WAIT_S);
		execl(e->viotape, e->viotape, "watch", "--times", times,
		    e->option, e->given, "-m", MACHINE, e->trace,
		    (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	out = fdopen(fds[0], "r");
	if (out == NULL)
		bench_fail_words("no stream for viotape watch");
	return out;
}

/* To the last line of a round, which is check's. */
static void
watch_round(FILE *out)
{
	char line[4096];

	while (fgets(line, sizeof line, out) != NULL) {
		if (strncmp(line, "UNKNOWN: ", 9) == 0)
			bench_fail_words("viotape watch: %s", line);
		if (strncmp(line, "HOLDS", 5) == 0 ||
		    strncmp(line, "FAILS: ", 7) == 0)
			return;
	}
	bench_fail_words("viotape watch ended before its time");
}

static void
edit_watch(struct edit *e, struct bench_times *times)
{
	pid_t pid;
	FILE *out = watch_start(e, BENCH_REPEATS + 1, &pid);
	int status;

	watch_round(out);
	for (unsigned i = 0; i < BENCH_REPEATS; i++) {
		uint64_t begin;

		edit_write(e);
		begin = host_monotonic_ns();
		watch_round(out);
		bench_times_add(times, host_monotonic_ns() - begin);
	}
	fclose(out);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		bench_fail_words("viotape watch did not end");
}

/* --- one trace on one machine ---------------------------------------------------- */

static void
edit_one(struct edit *e)
{
	struct bench_times cold = { .n = 0 }, warm = { .n = 0 };
	struct bench_times same = { .n = 0 }, watch = { .n = 0 };

	for (unsigned i = 0; i < BENCH_REPEATS; i++) {
		edit_write(e);
		(void)host_tree_remove(e->cache, NULL);
		bench_times_add(&cold, edit_check(e, e->trace, MACHINE));
		edit_write(e);
		bench_times_add(&warm, edit_check(e, e->trace, MACHINE));
		bench_times_add(&same, edit_check(e, e->trace, MACHINE));
	}
	edit_watch(e, &watch);
	bench_row("a line edited to the verdict, cold cache",
	    bench_median_ns(&cold) / 1e9, "s", 2, 0);
	bench_row("the same, warm cache", bench_median_ns(&warm) / 1e9, "s",
	    2, -AIM_ONE_S);
	bench_row("the same, by watch: save to verdict",
	    bench_median_ns(&watch) / 1e9, "s", 2, -AIM_ONE_S);
	bench_row("nothing edited to the verdict, warm cache",
	    bench_median_ns(&same) / 1e9, "s", 2, 0);
	bench_row("cold / warm cache", bench_median_ns(&cold) /
	    bench_median_ns(&warm), "x", 2, 0);
	bench_row("watch / check, both with a warm cache",
	    bench_median_ns(&watch) / bench_median_ns(&warm), "x", 2, 0);
}

/* The same of a tree, if there is one. */
static void
edit_one_tree(void)
{
	char head[160];
	struct edit e;

	edit_open(&e);
	if (edit_tree(&e)) {
		snprintf(head, sizeof head, "%s of the tree VIOTAPE_SYS, by "
		    "--sys, to the verdict: %s on " MACHINE,
		    host_path_base(e.file), e.trace);
		bench_head(head);
		edit_one(&e);
	} else {
		bench_head("a driver of an OpenBSD source tree, by --sys, to "
		    "the verdict");
		bench_skip("a line edited to the verdict",
		    "VIOTAPE_SYS names no tree");
	}
	edit_close(&e);
}

void
bench_edit(void)
{
	struct edit e;

	edit_open(&e);
	edit_ours(&e);
	bench_head("viogpu.c to the verdict, every trace of traces/");
	edit_write(&e);
	bench_row("with an empty cache, on one machine",
	    (double)edit_check(&e, NULL, MACHINE) / 1e9, "s", 2, 0);
	edit_machine(&e, MACHINE, "on one machine");
	edit_machine(&e, "all", "on all machines");
	edit_close(&e);
}

void
bench_save(void)
{
	struct edit e;

	edit_open(&e);
	edit_ours(&e);
	bench_head("viogpu.c, by --driver, to the verdict: viogpu-console on "
	    MACHINE);
	edit_one(&e);
	edit_close(&e);
	edit_one_tree();
}
