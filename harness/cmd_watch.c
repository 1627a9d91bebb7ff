/*
 * cmd_watch.c: viotape watch: check again at each save, and only what is
 * other than before.
 *
 *	watching our drivers: 187 files, 1 traces, 2 machines
 *	HOLDS-BOUNDED: 1 traces, 2 machines, 0 findings
 *
 *	changed: drivers/viogpu.c
 *	viogpu-console on amd64-sev: FAILS, was HOLDS-BOUNDED
 *	drivers/viogpu.c:797: sync-missing-prewrite: the host reads ...
 *	  by ...
 *	FAILS: 1 traces, 2 machines, 1 findings
 *
 * A round is a whole check in this process; what it costs is what changed: the
 * objects are in the cache, the runs in a memo by guest, trace and machine.
 * Between rounds there is stat(2), and once a second a look at which files there
 * are, and for --repo which commit --rev is.  All goes to the standard output,
 * whose last line of a round is check's, or UNKNOWN where nothing ran.
 */
#include "check_all.h"
#include "check_run.h"
#include "cmd_check.h"
#include "run_memo.h"
#include "watch_files.h"
#include "watch_state.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS		40	/* between two looks at the stamps */
#define LIST_POLLS	25	/* looks between two at which files there are */
/* HFS+ and FAT keep time in one and two seconds. */
#define REREAD_POLLS	60	/* looks until what changed is read again */

static volatile sig_atomic_t stop;

static void
stop_set(int sig)
{
	(void)sig;
	stop = 1;
}

/*
 * Ctrl-C and its like end a watch between two runs, and a second one at once.
 * What a shell has told us to ignore stays so, but for SIGINT: a script's "&"
 * ignores that, and would have no other way.
 */
static void
stop_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction act, old;

	memset(&act, 0, sizeof act);
	act.sa_handler = stop_set;
	act.sa_flags = SA_RESETHAND;
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		if (sigaction(signals[i], NULL, &old) == 0 &&
		    (old.sa_handler != SIG_IGN || signals[i] == SIGINT))
			(void)sigaction(signals[i], &act, NULL);
}

struct watch {
	const struct options *o;
	struct run_memo *memo;
	struct watch_files files;
	struct host_names included;	/* of the last build that told */
	struct bytes messages;		/* of the last build's compiler */
	struct bytes out;		/* of this round */
	struct watch_state last;	/* of the last round that ran */
	int has_last;			/* there was one */
	size_t traces, machines;	/* of the last round that ran */
	char guest[DIGEST_HEX_SIZE];	/* run_memo_guest_hex() then */
	char *failure;			/* why the last round did not run */
	enum error_code code;		/* of it */
	uint64_t rounds;
};

/* --- one round ----------------------------------------------------------------- */

/* check_kind.built: what it includes, as far as it is known. */
static void
round_built(void *self, const struct guest_built *built)
{
	struct watch *w = self;

	bytes_clear(&w->messages);
	bytes_add(&w->messages, built->messages.data, built->messages.len);
	if (built->included.n == 0)
		return;
	host_names_free(&w->included);
	w->included.names = check_calloc(built->included.n, sizeof(char *));
	for (size_t i = 0; i < built->included.n; i++)
		w->included.names[w->included.n++] =
		    check_strdup(built->included.names[i]);
}

/* The first round says what is watched. */
static void
head_print(struct watch *w, size_t traces, size_t machines)
{
	bytes_printf(&w->out, "watching ");
	check_guest_words(w->o, &w->out);
	bytes_printf(&w->out, ": %zu files", w->files.n);
	if (machines > 0)
		bytes_printf(&w->out, ", %zu traces, %zu machines", traces,
		    machines);
	bytes_printf(&w->out, "\n");
}

static void
round_print(struct watch *w, struct watch_state *now, const struct report *r)
{
	size_t fresh = run_memo_new(w->memo);
	int colours = check_colours();

	if (w->failure != NULL)
		bytes_printf(&w->out, "%s again\n", w->code == ERROR_BUILD ?
		    "builds" : "can be run");
	if (w->has_last) {
		if (strcmp(w->guest, run_memo_guest_hex(w->memo)) == 0 &&
		    fresh == 0)
			bytes_printf(&w->out, "the guest is the same to the "
			    "byte: nothing to run\n");
		watch_state_print_changes(&w->last, now, r, colours, &w->out);
	} else if (w->o->verbose) {
		report_text(r, colours, &w->out);
		return;			/* it has the last line */
	} else {
		watch_state_print(now, &w->out);
	}
	report_verdict_line(r, colours, &w->out);
}

/* check_kind.done. */
static int
round_done(void *self, const struct report *r, struct error *err)
{
	struct watch *w = self;
	struct watch_state now;

	(void)err;
	if (w->rounds == 0)
		head_print(w, r->ntraces, r->nmachines);
	watch_state_take(&now, r);
	round_print(w, &now, r);
	watch_state_free(&w->last);
	w->last = now;
	w->has_last = 1;
	w->traces = r->ntraces;
	w->machines = r->nmachines;
	snprintf(w->guest, sizeof w->guest, "%s", run_memo_guest_hex(w->memo));
	check_free(w->failure);
	w->failure = NULL;
	return r->status;
}

/* All that the compiler said, where the sentence was too short for it. */
static char *
failure_words(const struct watch *w, const struct error *err)
{
	const char *rest = strchr(err->text, '\n');
	struct bytes text = { 0 };
	char *words;

	if (rest != NULL && err->code == ERROR_BUILD &&
	    w->messages.len > strlen(rest + 1) &&
	    strncmp((const char *)w->messages.data, rest + 1,
	    strlen(rest + 1)) == 0)
		bytes_printf(&text, "%.*s\n%s", (int)(rest - err->text),
		    err->text, (const char *)w->messages.data);
	else
		bytes_printf(&text, "%s", err->text);
	while (text.len > 0 && text.data[text.len - 1] == '\n')
		text.len--;
	words = check_calloc(text.len + 1, 1);
	memcpy(words, text.data, text.len);
	bytes_free(&text);
	return words;
}

/* check_kind.failed. */
static int
round_failed(void *self, const struct error *err)
{
	struct watch *w = self;
	char *words;

	if (stop)
		return EXIT_HOLDS;
	/* Nothing to wait for: what was asked cannot be. */
	if (w->rounds == 0 && err->code != ERROR_BUILD)
		return options_fail(err);
	if (w->rounds == 0)
		head_print(w, 0, 0);
	words = failure_words(w, err);
	if (w->failure != NULL && strcmp(w->failure, words) == 0)
		bytes_printf(&w->out, "still: %.*s\n",
		    (int)strcspn(words, "\n"), words);
	else
		bytes_printf(&w->out, "%s\n", words);
	report_summary_line(RUN_UNKNOWN, w->traces, w->machines, 0, 0,
	    &w->out);
	bytes_printf(&w->out, "\n");
	check_free(w->failure);
	w->failure = words;
	w->code = err->code;
	return err->code == ERROR_BUILD ? EXIT_BUILD : EXIT_INPUT;
}

/* check_kind.take: between two runs is where a watch can be ended. */
static int
round_take(void *self, struct report *r, size_t trace, size_t machine,
    struct bytes_reader *in, struct error *err)
{
	if (stop)
		return error_set(err, ERROR_SYSTEM, "interrupted");
	return check_take(self, r, trace, machine, in, err);
}

/* Everything that was said at once, and no sooner: rounds do not mix. */
static int
out_flush(struct watch *w)
{
	int ret = 0;

	if (w->out.len > 0 && (fwrite(w->out.data, 1, w->out.len, stdout) !=
	    w->out.len || fflush(stdout) != 0))
		ret = -1;
	bytes_clear(&w->out);
	return ret;
}

static int
round_run(struct watch *w)
{
	struct check_kind kind = { .command = "check", .run = check_pair,
	    .take = round_take, .done = round_done,
	    .built = round_built, .failed = round_failed, .self = w,
	    .memo = w->memo };
	int status = check_all(w->o, &kind);

	w->rounds++;
	return status;
}

/* --- between rounds -------------------------------------------------------------- */

/* Waits for other contents; 0: it was ended. */
static int
change_await(struct watch *w)
{
	struct bytes words = { 0 }, touched = { 0 };
	size_t changed = 0;

	for (unsigned polls = 1; changed == 0 && !stop; polls++) {
		host_sleep_ms(POLL_MS);
		if (polls == REREAD_POLLS) {
			changed = watch_files_reread(&w->files, &words);
			continue;
		}
		if (!watch_files_moved(&w->files) && (polls % LIST_POLLS !=
		    0 || !watch_files_others(&w->files, w->o, &w->included)))
			continue;
		bytes_clear(&touched);
		changed = watch_files_settle(&w->files, w->o, &w->included,
		    &stop, &words, &touched);
		if (changed == 0 && touched.len > 0) {
			bytes_printf(&w->out, "saved without a change: %.*s\n",
			    (int)touched.len, (const char *)touched.data);
			if (out_flush(w) != 0)
				break;
		}
	}
	if (changed > 0)
		bytes_printf(&w->out, "\nchanged: %.*s\n", (int)words.len,
		    (const char *)words.data);
	bytes_free(&words);
	bytes_free(&touched);
	return changed > 0 && !stop;
}

static int
watch_run(struct watch *w)
{
	int status;

	watch_files_list(w->o, NULL, &w->files);
	watch_files_read(&w->files);
	status = round_run(w);
	if (!stop && out_flush(w) != 0)
		return EXIT_INPUT;
	if (status == EXIT_INPUT)
		return status;
	while (!stop && (w->o->rounds == 0 || w->rounds < w->o->rounds)) {
		watch_files_again(&w->files, w->o, &w->included);
		if (!change_await(w))
			break;
		status = round_run(w);
		if (!stop && out_flush(w) != 0)
			break;
	}
	return stop ? EXIT_HOLDS : status;
}

int
cmd_watch(const struct options *o)
{
	struct watch w;
	int status;

	memset(&w, 0, sizeof w);
	w.o = o;
	setvbuf(stdout, NULL, _IOLBF, 0);
	stop_signals();
	w.memo = run_memo_create();
	status = watch_run(&w);
	run_memo_free(w.memo);
	watch_state_free(&w.last);
	watch_files_free(&w.files);
	host_names_free(&w.included);
	bytes_free(&w.messages);
	bytes_free(&w.out);
	check_free(w.failure);
	return status;
}
