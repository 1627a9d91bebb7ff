/*
 * cmd_bisect.c: viotape bisect: which commit between a good and a bad revision
 * changed the verdict, a finding, or what the host sees.
 *
 * The search halves what is left.  A revision that cannot be judged is left
 * out, and one farther away is tried each time (decisions/0025).
 */
#include "bisect.h"
#include "check_run.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTHING		0		/* no commit between two is the first */

/* --- the search -------------------------------------------------------------- */

static int
is_free(const struct bisect *b, size_t low, size_t high, size_t but, size_t i)
{
	return i > low && i < high && i != but &&
	    b->tries[i].what == BISECT_UNTRIED;
}

/*
 * The next to be tried between two, as if but had been tried: in the middle,
 * or where that is taken ever farther away from it, so that it does not take
 * long to leave a stretch that does not build.
 */
static size_t
next_between(const struct bisect *b, size_t low, size_t high, size_t but)
{
	size_t middle = low + (high - low) / 2;

	if (is_free(b, low, high, but, middle))
		return middle;
	for (size_t step = 1; step < high - low; step *= 2) {
		if (is_free(b, low, high, but, middle + step))
			return middle + step;
		if (middle > step && is_free(b, low, high, but, middle - step))
			return middle - step;
	}
	for (size_t i = low + 1; i < high; i++)
		if (is_free(b, low, high, but, i))
			return i;
	return NOTHING;
}

static void
begin(struct bisect *b, size_t i)
{
	if (i != NOTHING)
		ahead_begin(b->ahead, i);
}

/* What may be asked next, whatever comes of i. */
static void
begin_next(struct bisect *b, size_t i)
{
	size_t last = b->history.n - 1;

	if (i == 0 || i == last) {
		begin(b, next_between(b, 0, last, NOTHING));
		return;
	}
	begin(b, next_between(b, b->low, i, i));
	begin(b, next_between(b, i, b->high, i));
}

static int
printing(const struct bisect *b)
{
	return b->o->json == NULL || strcmp(b->o->json, "-") != 0;
}

static int
print(void (*make)(const struct bisect *, struct bytes *),
    const struct bisect *b, struct error *err)
{
	struct bytes text = { 0 };
	int ret = 0;

	if (printing(b)) {
		make(b, &text);
		ret = check_write("-", &text, err);
	}
	bytes_free(&text);
	return ret;
}

static int
line_print(const struct bisect *b, size_t i, struct error *err)
{
	struct bytes text = { 0 };
	int ret = 0;

	if (printing(b)) {
		bisect_line(b, i, &text);
		ret = check_write("-", &text, err);
	}
	bytes_free(&text);
	return ret;
}

/* What makes a build fail is a matter of this revision, or of all. */
static int
build_skips(const struct error *err)
{
	return err->code == ERROR_BUILD || err->code == ERROR_INPUT ||
	    err->code == ERROR_LIMIT;
}

/* The first clause of an error, for a line. */
static void
build_skip(struct bisect_try *t, const struct error *err)
{
	t->what = BISECT_SKIPPED;
	t->status = err->code == ERROR_BUILD ? EXIT_BUILD : EXIT_INPUT;
	t->says = check_strdup(err->text);
	t->says[strcspn(t->says, ";\n")] = '\0';
}

/* -1: as bisect_judge(). */
static int
try_one(struct bisect *b, size_t i, struct error *err)
{
	struct bisect_try *t = &b->tries[i];
	int ret = ahead_build(b->ahead, i, err);

	if (ret == 0) {
		begin_next(b, i);
		ret = bisect_judge(b, i, err);
	} else if (build_skips(err)) {
		build_skip(t, err);
		ret = 0;
	}
	if (ret != 0)
		return -1;
	t->nth = ++b->ntried;
	return line_print(b, i, err);
}

/* --- the ends ---------------------------------------------------------------- */

static size_t
good_end(const struct bisect *b)
{
	return b->history.mended ? b->history.n - 1 : 0;
}

/* One end: is it what it is said to be? */
static int
end_check(struct bisect *b, size_t i, enum bisect_class wanted,
    struct error *err)
{
	const char *option = wanted == BISECT_GOOD ? "--good" : "--bad";
	const char *given = wanted == BISECT_GOOD ? b->o->good : b->o->bad;
	size_t other = b->history.n - 1 - i;
	struct bisect_try *t = &b->tries[i];

	if (t->what == wanted)
		return 0;
	if (t->what == BISECT_SKIPPED) {
		b->status = t->status;
		return error_set(err, ERROR_INPUT, "%s %s cannot be judged: "
		    "%s; give another revision", option, given, t->says);
	}
	if (wanted == BISECT_BAD)
		return error_set(err, ERROR_INPUT, "%s %s is not bad: %s%s",
		    option, given, t->says, b->o->by_host ? " as at --good" :
		    "");
	return error_set(err, ERROR_INPUT, "%s %s is not good: %s%s", option,
	    given, t->says, b->tries[other].what == BISECT_GOOD ? "; --bad is: "
	    "exchange them, and the commit that mended it is looked for" :
	    b->o->finding != NULL ? "" : "; give one where it holds, or by "
	    "--finding what you look for");
}

static int
ends_try(struct bisect *b, struct error *err)
{
	size_t good = good_end(b), bad = b->history.n - 1 - good;

	ahead_begin(b->ahead, bad);
	if (try_one(b, good, err) != 0 ||
	    (b->tries[good].what == BISECT_SKIPPED && end_check(b, good,
	    BISECT_GOOD, err) != 0) || try_one(b, bad, err) != 0)
		return -1;
	return end_check(b, good, BISECT_GOOD, err) != 0 ||
	    end_check(b, bad, BISECT_BAD, err) != 0 ? -1 : 0;
}

static int
search(struct bisect *b, struct error *err)
{
	size_t i;

	b->low = 0;
	b->high = b->history.n - 1;
	if (ends_try(b, err) != 0)
		return -1;
	while ((i = next_between(b, b->low, b->high, NOTHING)) != NOTHING) {
		if (try_one(b, i, err) != 0)
			return -1;
		if (b->tries[i].what == b->tries[b->low].what)
			b->low = i;
		else if (b->tries[i].what == b->tries[b->high].what)
			b->high = i;
	}
	return 0;
}

/* --- the command -------------------------------------------------------------- */

static int
finding_check(const char *id, struct error *err)
{
	const char **names = NULL, *near;
	size_t n = 0;

	if (id == NULL || finding_kind_find(id) != NULL)
		return 0;
	for (; finding_kind_at(n) != NULL; n++) {
		names = check_realloc(names, (n + 1) * sizeof names[0]);
		names[n] = finding_kind_at(n)->id;
	}
	near = options_near(id, names, n);
	error_set(err, ERROR_USAGE, near != NULL ? "there is no finding %s; "
	    "did you mean %s?" : "there is no finding %s; viotape findings "
	    "lists them", id, near);
	check_free(names);
	return -1;
}

static int
load(struct bisect *b, struct error *err)
{
	const struct options *o = b->o;
	unsigned jobs = o->jobs != 0 ? (unsigned)o->jobs : host_cpu_count();
	struct loaded_traces traces = { 0 };
	struct machines machines = { 0 };
	int ret = 0;

	if (o->good == NULL || o->bad == NULL)
		return error_set(err, ERROR_USAGE, "bisect wants a revision "
		    "for --good and one for --bad");
	if (o->finding != NULL && o->by_host)
		return error_set(err, ERROR_USAGE, "--finding and --host are "
		    "two ways to tell good from bad; give one");
	if (o->at != NULL && (o->finding == NULL || strchr(o->at, ':') !=
	    NULL))
		return error_set(err, ERROR_USAGE, o->finding == NULL ?
		    "--at is the place of a --finding" : "--at wants a "
		    "FUNCTION or a FILE; lines move with each commit");
	if (finding_check(o->finding, err) != 0 ||
	    bisect_judge_load(b, err) != 0)
		return -1;
	/* All that can be refused is read before anything is built. */
	if (!o->by_host)
		ret = load_traces(o->args.list, o->args.n, &traces, err);
	if (ret == 0 && !o->by_host)
		ret = load_machines(o->machines.list, o->machines.n, &machines,
		    err);
	loaded_traces_free(&traces);
	machines_free(&machines);
	if (ret != 0 || history_read(b->repo, o->good, o->bad, &b->history,
	    err) != 0)
		return -1;
	b->tries = check_calloc(b->history.n, sizeof b->tries[0]);
	b->specs = check_calloc(b->history.n, sizeof b->specs[0]);
	for (size_t i = 0; i < b->history.n; i++) {
		struct options of = bisect_options(b, i);

		b->specs[i] = options_guest(&of);
	}
	b->ahead = ahead_create(b->specs, b->history.n, jobs);
	return 0;
}

static int
tell(struct bisect *b, struct error *err)
{
	struct bytes json = { 0 };
	int ret = 0;

	b->files = check_calloc(b->high - b->low, sizeof b->files[0]);
	for (size_t i = b->low + 1; ret == 0 && i <= b->high; i++)
		ret = history_files(b->repo, &b->history.list[i],
		    &b->files[i - b->low - 1], err);
	if (ret == 0)
		ret = bisect_diff(b, err);
	if (ret == 0)
		ret = print(bisect_text, b, err);
	if (ret == 0 && b->o->json != NULL) {
		bisect_json(b, &json);
		ret = check_write(b->o->json, &json, err);
	}
	bytes_free(&json);
	return ret;
}

static void
bisect_free(struct bisect *b)
{
	ahead_free(b->ahead);
	for (size_t i = 0; i < b->history.n && b->tries != NULL; i++) {
		struct bisect_try *t = &b->tries[i];

		for (size_t k = 0; k < t->nfindings; k++) {
			check_free(t->findings[k].file);
			check_free(t->findings[k].function);
			check_free(t->findings[k].text);
			check_free(t->findings[k].where);
		}
		check_free(t->findings);
		check_free(t->says);
	}
	for (size_t i = 0; b->files != NULL && i < b->high - b->low; i++)
		host_names_free(&b->files[i]);
	check_free(b->files);
	check_free(b->tries);
	check_free(b->specs);
	check_free(b->diff_trace);
	check_free(b->diff_machine);
	diff_free(&b->diff);
	diff_side_free(&b->good);
	machine_desc_free(&b->machine);
	loaded_trace_free(&b->trace);
	history_free(&b->history);
}

int
cmd_bisect(const struct options *o)
{
	struct bisect b = { .o = o, .repo = o->repo != NULL ? o->repo : "." };
	struct error err;
	int status;

	error_clear(&err);
	if (load(&b, &err) != 0 || print(bisect_head, &b, &err) != 0 ||
	    search(&b, &err) != 0 || tell(&b, &err) != 0) {
		status = err.code != ERROR_NONE ? options_fail(&err) :
		    EXIT_INPUT;
		if (b.status != 0)
			status = b.status;
	} else {
		status = b.high - b.low > 1 ? EXIT_UNKNOWN : EXIT_HOLDS;
	}
	bisect_free(&b);
	return status;
}
