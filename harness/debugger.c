/* debugger.c: replay --gdb; see debugger.h. */
#include "debugger.h"
#include "aside.h"
#include "counterexample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEBUGGER_WORDS_MAX	16	/* of $VIOTAPE_DEBUGGER */

/* --- where ----------------------------------------------------------------- */

/* The finding that is meant, by its number in result and report; or -1. */
static int
finding_choose(const struct aside *a, const struct trace_way *of,
    size_t *which)
{
	const struct report *r = &a->report;
	const struct report_finding *f = of != NULL ?
	    counterexample_find(of, r) : NULL;

	for (int counted = 1; counted >= 0 && f == NULL; counted--)
		for (size_t i = 0; i < r->nfaults && f == NULL; i++)
			if ((r->faults[i].counted != 0) == counted)
				f = report_fault_shown(r, &r->faults[i]);
	if (f == NULL)
		return -1;
	*which = (size_t)(f - r->findings);
	return 0;
}

static void
place_words(struct debugger_place *p, const char *before, const char *file,
    unsigned line, const char *function, int returned)
{
	struct bytes text = { 0 };

	bytes_printf(&text, "%s%s:%u in %s%s", before, host_path_base(file),
	    line, function, returned ? " has answered" : "");
	p->function = returned ? NULL : check_strdup(function);
	p->words = check_strdup((const char *)text.data);
	bytes_free(&text);
}

/* The guest's function of a store is the innermost, whoever's it is. */
static void
place_describe(struct debugger_place *p, const struct report_finding *f)
{
	const struct report_path *path = &f->notes[f->f.store_note].path;

	if (p->stop.store != 0 && path->n > 0)
		place_words(p, "before the store at ", path->frames[0].file,
		    path->frames[0].line, path->frames[0].function, 0);
	else	/* a frame alone is no stack: who it is of has returned */
		place_words(p, p->stop.path.n == 1 ? "when " : "at ", f->file,
		    f->line, f->function, p->stop.path.n == 1);
}

int
debugger_place_find(struct debugger_place *place, const struct options *o,
    const struct guest_built *built, const struct loaded_trace *trace,
    const struct run_config *config, const struct explore_way *way,
    const struct trace_way *of, struct error *err)
{
	struct run_config counting = *config;
	struct aside a;
	size_t which;
	int ret = 0;

	memset(place, 0, sizeof *place);
	if (aside_run(&a, o, built, trace, config, way, err) != 0)
		return -1;
	if (finding_choose(&a, of, &which) != 0)
		ret = error_set(err, ERROR_USAGE, "nothing is found in this "
		    "run of %s, so there is nowhere to stop", trace->name);
	else if (run_stop_at(&place->stop, &a.result.findings.list[which],
	    a.result.paths) != 0)
		ret = error_set(err, ERROR_USAGE, "%s is found nowhere in the "
		    "guest, so there is nowhere to stop",
		    a.result.findings.list[which].kind->id);
	else
		place_describe(place, &a.report.findings[which]);
	aside_free(&a);
	if (ret != 0 || place->stop.store != 0)
		return ret;
	counting.stop = &place->stop;
	if (aside_run(&a, o, built, trace, &counting, way, err) != 0)
		ret = -1;
	else
		aside_free(&a);
	if (ret == 0 && run_stop_counted(&place->stop) != 0)
		ret = error_set(err, ERROR_USAGE, "the run never comes there, %s, "
		    "so there is nowhere to stop", place->words);
	if (ret != 0)
		debugger_place_free(place);
	return ret;
}

void
debugger_place_free(struct debugger_place *place)
{
	check_free(place->function);
	check_free(place->words);
	memset(place, 0, sizeof *place);
}

/* --- the debugger ---------------------------------------------------------- */

/* A command line; the words are its own. */
struct line {
	char **word;
	size_t n;
};

static void
line_add(struct line *l, const char *word)
{
	l->word = check_realloc(l->word, (l->n + 2) * sizeof l->word[0]);
	l->word[l->n++] = check_strdup(word);
	l->word[l->n] = NULL;
}

static void
line_printf(struct line *l, const char *option, const char *fmt,
    const char *a, const char *b)
{
	struct bytes text = { 0 };

	bytes_printf(&text, fmt, a, b);
	line_add(l, option);
	line_add(l, (const char *)text.data);
	bytes_free(&text);
}

static void
line_free(struct line *l)
{
	for (size_t i = 0; i < l->n; i++)
		check_free(l->word[i]);
	check_free(l->word);
	memset(l, 0, sizeof *l);
}

/* The debugger's own words: what the user says, or the first there is. */
static int
debugger_words(struct line *l, struct error *err)
{
	static const char *const names[] = { "gdb", "lldb" };
	const char *env = getenv("VIOTAPE_DEBUGGER");
	char *found = NULL;

	if (env != NULL && env[strspn(env, " \t")] != '\0') {
		for (env += strspn(env, " \t"); *env != '\0';
		    env += strspn(env, " \t")) {
			size_t n = strcspn(env, " \t");
			char *word = check_calloc(n + 1, 1);

			memcpy(word, env, n);
			env += n;
			if (l->n < DEBUGGER_WORDS_MAX)
				line_add(l, word);
			check_free(word);
		}
		found = host_program_find(l->word[0]);
		if (found == NULL)
			return error_set(err, ERROR_USAGE, "VIOTAPE_DEBUGGER "
			    "names the debugger %s, which is not there; set "
			    "it right or unset it", l->word[0]);
	}
	for (size_t i = 0; i < 2 && found == NULL; i++) {
		found = host_program_find(names[i]);
		if (found != NULL)
			line_add(l, names[i]);
	}
	check_free(found);
	return l->n != 0 ? 0 : error_set(err, ERROR_USAGE, "no debugger was "
	    "found (gdb, lldb); install one, or name one in VIOTAPE_DEBUGGER");
}

/* Where the names in the guest's debugging information are. */
static void
sources_add(struct line *l, int is_lldb, const char *drivers,
    const char *data)
{
	if (is_lldb) {
		line_printf(l, "-o", "settings set target.source-map "
		    GUEST_SOURCE_MARK "drivers \"%s\"%s", drivers, "");
		line_printf(l, "-o", "settings append target.source-map "
		    GUEST_SOURCE_MARK " \"%s/\"%s", data, "");
		return;
	}
	line_printf(l, "-ex", "set substitute-path " GUEST_SOURCE_MARK
	    "drivers %s%s", drivers, "");
	line_printf(l, "-ex", "set substitute-path " GUEST_SOURCE_MARK
	    " %s%s", data, "/");
}

static void
commands_add(struct line *l, int is_lldb, const char *function)
{
	const char *option = is_lldb ? "-o" : "-ex";

	line_add(l, option);
	line_add(l, is_lldb ? "breakpoint set -n sim_stopped_here" :
	    "break sim_stopped_here");
	line_add(l, option);
	line_add(l, "run");
	if (function == NULL) {
		line_add(l, option);
		line_add(l, "bt 16");
		return;
	}
	if (is_lldb)
		line_printf(l, option, "script next((lldb.thread."
		    "SetSelectedFrame(f.idx) and None for f in lldb.thread "
		    "if f.GetFunctionName() == '%s'), None)%s", function, "");
	else
		line_printf(l, option, "frame function %s%s", function, "");
	if (is_lldb) {
		line_add(l, option);
		line_add(l, "frame select");
	}
}

/* This replay once more, as it was asked for. */
static void
replay_add(struct line *l, const char *self, const struct options *o)
{
	line_add(l, self);
	line_add(l, "replay");
	line_add(l, "--stop");
	if (o->no_faults)
		line_printf(l, "--fault", "%s%s", "none", "");
	for (size_t i = 0; i < o->faults.n; i++)
		line_printf(l, "--fault", "%s%s", o->faults.list[i], "");
	if (o->driver != NULL)
		line_printf(l, "--driver", "%s%s", o->driver, "");
	if (o->sys != NULL)
		line_printf(l, "--sys", "%s%s", o->sys, "");
	if (o->repo != NULL)
		line_printf(l, "--repo", "%s%s", o->repo, "");
	if (o->rev != NULL)
		line_printf(l, "--rev", "%s%s", o->rev, "");
	for (size_t i = 0; i < o->machines.n; i++)
		line_printf(l, "-m", "%s%s", o->machines.list[i], "");
	if (o->choices != NULL)
		line_printf(l, "--choices", "%s%s", o->choices, "");
	line_printf(l, "--", "%s%s", o->args.list[0], "");
}

int
debugger_become(const struct debugger_place *place, const struct options *o,
    const struct guest_built *built, struct error *err)
{
	char *self = host_executable_path(err), *data = host_data_dir(err);
	struct line l = { 0 };
	int ret = self != NULL && data != NULL ? debugger_words(&l, err) : -1;

	if (ret == 0) {
		int is_lldb = strstr(host_path_base(l.word[0]), "lldb") !=
		    NULL;

		if (!is_lldb)
			line_add(&l, "-q");
		sources_add(&l, is_lldb, built->drivers_dir, data);
		commands_add(&l, is_lldb, place->function);
		line_add(&l, is_lldb ? "--" : "--args");
		replay_add(&l, self, o);
		/* No questions, and nothing of the network: it is all here. */
		(void)setenv("DEBUGINFOD_URLS", "", 1);
		printf("%s stops %s\n", host_path_base(l.word[0]),
		    place->words);
		fflush(stdout);
		execvp(l.word[0], l.word);
		ret = error_set(err, ERROR_SYSTEM, "cannot start the debugger "
		    "%s: %s", l.word[0], strerror(errno));
	}
	line_free(&l);
	check_free(self);
	check_free(data);
	return ret;
}
