/* options.c: the words of the command line, read once; see options.h. */
#include "options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_kind {
	OPTION_FLAG,			/* int */
	OPTION_TEXT,			/* const char *, at most once */
	OPTION_WORDS,			/* struct options_words */
	OPTION_NUMBER,			/* uint64_t */
	OPTION_AGAINST			/* what follows is another guest's */
};

struct option {
	const char *name;
	char letter;			/* '\0': none */
	enum option_kind kind;
	unsigned takes;			/* 0: every command */
	size_t field;
};

#define FIELD(name)	offsetof(struct options, name)

static const struct option table[] = {
	{ "help", 'h', OPTION_FLAG, 0, FIELD(help) },
	{ "version", '\0', OPTION_FLAG, 0, FIELD(version) },
	{ "fault", '\0', OPTION_WORDS, TAKES_GUEST, FIELD(faults) },
	{ "driver", '\0', OPTION_TEXT, TAKES_GUEST | TAKES_HISTORY |
	    TAKES_TREES, FIELD(driver) },
	{ "sys", '\0', OPTION_TEXT, TAKES_GUEST, FIELD(sys) },
	{ "repo", '\0', OPTION_TEXT, TAKES_GUEST | TAKES_HISTORY |
	    TAKES_TREES, FIELD(repo) },
	{ "rev", '\0', OPTION_TEXT, TAKES_GUEST, FIELD(rev) },
	{ "fail-allocations", '\0', OPTION_FLAG, TAKES_BISECT,
	    FIELD(fail_allocations) },
	{ "machine", 'm', OPTION_WORDS, TAKES_MACHINE, FIELD(machines) },
	{ "model", 'm', OPTION_TEXT, TAKES_MODEL, FIELD(model) },
	{ "json", '\0', OPTION_TEXT, TAKES_REPORT | TAKES_JSON,
	    FIELD(json) },
	{ "junit", '\0', OPTION_TEXT, TAKES_REPORT, FIELD(junit) },
	{ "sarif", '\0', OPTION_TEXT, TAKES_REPORT, FIELD(sarif) },
	{ "html", '\0', OPTION_TEXT, TAKES_REPORT, FIELD(html) },
	{ "baseline", '\0', OPTION_TEXT, TAKES_REPORT, FIELD(baseline) },
	{ "write-baseline", '\0', OPTION_TEXT, TAKES_REPORT,
	    FIELD(write_baseline) },
	{ "strict", '\0', OPTION_FLAG, TAKES_STRICT, FIELD(strict) },
	{ "verbose", 'v', OPTION_FLAG, TAKES_STRICT | TAKES_VERBOSE,
	    FIELD(verbose) },
	{ "jobs", 'j', OPTION_NUMBER, TAKES_JOBS, FIELD(jobs) },
	{ "git-bisect", '\0', OPTION_FLAG, TAKES_BISECT, FIELD(git_bisect) },
	{ "until", '\0', OPTION_NUMBER, TAKES_PICTURES, FIELD(until) },
	{ "png", '\0', OPTION_TEXT, TAKES_PICTURES, FIELD(png) },
	{ "from", '\0', OPTION_NUMBER, TAKES_RANGE, FIELD(from) },
	{ "to", '\0', OPTION_NUMBER, TAKES_RANGE, FIELD(to) },
	{ "against", '\0', OPTION_AGAINST, TAKES_DIFF, 0 },
	{ "times", '\0', OPTION_NUMBER, TAKES_WATCH, FIELD(rounds) },
	{ "stat", '\0', OPTION_FLAG, TAKES_DIFF, FIELD(stat) },
	{ "output", 'o', OPTION_TEXT, TAKES_OUTPUT, FIELD(output) },
	{ "at", '\0', OPTION_TEXT, TAKES_AT | TAKES_HISTORY, FIELD(at) },
	{ "executions", '\0', OPTION_NUMBER, TAKES_EXECUTIONS,
	    FIELD(executions) },
	{ "work", '\0', OPTION_NUMBER, TAKES_SHOWN, FIELD(work) },
	{ "whole", '\0', OPTION_FLAG, TAKES_SHOWN, FIELD(whole) },
	{ "certificate", '\0', OPTION_TEXT, TAKES_SHOWN,
	    FIELD(certificate) },
	{ "quick", '\0', OPTION_FLAG, TAKES_QUICK, FIELD(quick) },
	{ "shard", '\0', OPTION_TEXT, TAKES_SHOWN, FIELD(shard) },
	{ "also", '\0', OPTION_TEXT, TAKES_EXECUTIONS, FIELD(also) },
	{ "counterexamples", '\0', OPTION_TEXT, TAKES_SHOWN,
	    FIELD(counterexamples) },
	{ "prove", '\0', OPTION_FLAG, TAKES_PROVE, FIELD(prove) },
	{ "choices", '\0', OPTION_TEXT, TAKES_CHOICES, FIELD(choices) },
	{ "gdb", '\0', OPTION_FLAG, TAKES_CHOICES, FIELD(gdb) },
	{ "stop", '\0', OPTION_FLAG, TAKES_CHOICES, FIELD(stop) },
	{ "pcapng", '\0', OPTION_TEXT, TAKES_EXPORT, FIELD(pcapng) },
	{ "host", '\0', OPTION_TEXT, TAKES_HOST, FIELD(host) },
	{ "sys", '\0', OPTION_WORDS, TAKES_TREES, FIELD(trees) },
	{ "rev", '\0', OPTION_WORDS, TAKES_TREES, FIELD(revs) },
	{ "times", '\0', OPTION_FLAG, TAKES_TREES, FIELD(times) },
	{ "good", '\0', OPTION_TEXT, TAKES_HISTORY, FIELD(good) },
	{ "bad", '\0', OPTION_TEXT, TAKES_HISTORY, FIELD(bad) },
	{ "finding", '\0', OPTION_TEXT, TAKES_HISTORY, FIELD(finding) },
	{ "host", '\0', OPTION_FLAG, TAKES_HISTORY, FIELD(by_host) },
	{ "scenario", '\0', OPTION_TEXT, TAKES_HOST | TAKES_IMPORT,
	    FIELD(scenario) },
	{ "device", '\0', OPTION_TEXT, TAKES_IMPORT, FIELD(device) },
	{ "mac", '\0', OPTION_TEXT, TAKES_IMPORT, FIELD(mac) },
	{ "transport", '\0', OPTION_TEXT, TAKES_HOST, FIELD(transport) },
};
#define NOPTIONS (sizeof table / sizeof table[0])

/* --- near misses --------------------------------------------------------- */

#define NEAR_MAX	48		/* letters of a word that are compared */

/* Insertions, deletions, changes and swaps of neighbours between two words. */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[3][NEAR_MAX + 1], na = strlen(a), nb = strlen(b);

	if (na > NEAR_MAX || nb > NEAR_MAX)
		return SIZE_MAX;
	for (size_t k = 0; k <= nb; k++)
		rows[0][k] = k;
	for (size_t i = 1; i <= na; i++) {
		size_t *now = rows[i % 3], *last = rows[(i + 2) % 3];
		const size_t *before = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t k = 1; k <= nb; k++) {
			size_t d = last[k - 1] + (a[i - 1] != b[k - 1]);

			if (last[k] + 1 < d)
				d = last[k] + 1;
			if (now[k - 1] + 1 < d)
				d = now[k - 1] + 1;
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
			    a[i - 2] == b[k - 1] && before[k - 2] + 1 < d)
				d = before[k - 2] + 1;
			now[k] = d;
		}
	}
	return rows[na % 3][nb];
}

const char *
options_near(const char *word, const char *const *names, size_t n)
{
	const char *best = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(word, names[i]), len = strlen(names[i]);

		/* What is begun and not ended is near, too. */
		if (strlen(word) >= 3 && strlen(word) < len &&
		    strncmp(word, names[i], strlen(word)) == 0)
			d = 1;
		if (d < least && d <= 1 + len / 3 && d < len) {
			least = d;
			best = names[i];
		}
	}
	return best;
}

/* --- reading ------------------------------------------------------------- */

static int
option_taken(const struct options *o, const struct option *opt)
{
	return o->command == NULL || opt->takes == 0 ||
	    (o->command->takes & opt->takes) != 0;
}

/*
 * A name may stand for one thing with one command and for another with the
 * next: first the one that this command takes.
 */
static const struct option *
option_find(const struct options *o, const char *name, size_t len)
{
	const struct option *other = NULL;

	for (size_t i = 0; i < NOPTIONS; i++) {
		if (strlen(table[i].name) != len ||
		    strncmp(table[i].name, name, len) != 0)
			continue;
		if (option_taken(o, &table[i]))
			return &table[i];
		other = &table[i];
	}
	return other;
}

/* What word may have meant, of the options that the command takes. */
static int
option_unknown(const struct options *o, const char *word, struct error *err)
{
	const char *names[NOPTIONS], *near, *name = o->command->name;
	char bare[64];
	size_t n = 0;

	for (size_t i = 0; i < NOPTIONS; i++)
		if (option_taken(o, &table[i]))
			names[n++] = table[i].name;
	while (*word == '-')
		word++;
	snprintf(bare, sizeof bare, "%.*s", (int)strcspn(word, "="), word);
	near = options_near(bare, names, n);
	if (near != NULL)
		return error_set(err, ERROR_USAGE, "%s has no option --%s; did "
		    "you mean --%s?", name, bare, near);
	return error_set(err, ERROR_USAGE, "%s has no option %s%s; viotape %s "
	    "--help lists those it has", name, bare[0] != '\0' &&
	    bare[1] == '\0' ? "-" : "--", bare, name);
}

static void
words_add(struct options_words *w, const char *word)
{
	w->list = check_realloc(w->list, (w->n + 1) * sizeof w->list[0]);
	w->list[w->n++] = word;
}

/* The options of the guest that follow are of the other one. */
static int
against_begin(struct options *o, struct error *err)
{
	if (o->against != NULL)
		return error_set(err, ERROR_USAGE, "--against is given twice; "
		    "%s has two guests", o->command->name);
	o->against = check_calloc(1, sizeof *o->against);
	o->against->command = o->command;
	return 0;
}

static int
option_set(struct options *o, const struct option *opt, const char *value,
    struct error *err)
{
	struct options *to = (opt->takes & TAKES_GUEST) != 0 &&
	    o->against != NULL ? o->against : o;
	char *field = (char *)to + opt->field, *end;
	struct options_words *words;
	uint64_t number;

	if (opt->kind == OPTION_AGAINST)
		return against_begin(o, err);
	to->guest_given |= (opt->takes & TAKES_GUEST) != 0;

	switch (opt->kind) {
	case OPTION_TEXT:
		if (*(const char **)(void *)field != NULL)
			return error_set(err, ERROR_USAGE, "--%s is given "
			    "twice", opt->name);
		if (value[0] == '\0')
			return error_set(err, ERROR_USAGE, "--%s is given "
			    "nothing", opt->name);
		*(const char **)(void *)field = value;
		return 0;
	case OPTION_WORDS:
		words = (struct options_words *)(void *)field;
		if (words->n == OPTIONS_WORDS_MAX)
			return error_set(err, ERROR_USAGE, "--%s is given more "
			    "than %d times", opt->name, OPTIONS_WORDS_MAX);
		words_add(words, value);
		return 0;
	case OPTION_NUMBER:
		errno = 0;
		number = strtoull(value, &end, 0);
		if (value[0] < '0' || value[0] > '9' || *end != '\0' ||
		    errno != 0)
			return error_set(err, ERROR_USAGE, "--%s wants a "
			    "number, not \"%s\"", opt->name, value);
		*(uint64_t *)(void *)field = number;
		return 0;
	default:
		*(int *)(void *)field = 1;
		return 0;
	}
}

static int
takes_no_value(const struct option *opt)
{
	return opt->kind == OPTION_FLAG || opt->kind == OPTION_AGAINST;
}

/* One word that begins with "--"; *i moves on if the next is its value. */
static int
parse_long(int argc, char *const *argv, int *i, struct options *o,
    struct error *err)
{
	const char *name = argv[*i] + 2, *value = strchr(name, '=');
	size_t len = value != NULL ? (size_t)(value - name) : strlen(name);
	const struct option *opt = option_find(o, name, len);

	if (opt == NULL || !option_taken(o, opt))
		return option_unknown(o, argv[*i], err);
	if (value != NULL)
		value++;
	if (takes_no_value(opt) && value != NULL)
		return error_set(err, ERROR_USAGE, "--%s takes no value",
		    opt->name);
	if (!takes_no_value(opt) && value == NULL) {
		if (*i + 1 >= argc)
			return error_set(err, ERROR_USAGE, "--%s wants a value",
			    opt->name);
		value = argv[++*i];
	}
	return option_set(o, opt, value, err);
}

/* One word of a "-" and a letter, perhaps with its value behind it. */
static int
parse_short(int argc, char *const *argv, int *i, struct options *o,
    struct error *err)
{
	const char *word = argv[*i];
	const struct option *opt = NULL;

	for (size_t k = 0; k < NOPTIONS; k++)
		if (table[k].letter == word[1] && option_taken(o, &table[k]))
			opt = &table[k];
	if (opt == NULL || (opt->kind == OPTION_FLAG && word[2] != '\0'))
		return option_unknown(o, word, err);
	if (opt->kind == OPTION_FLAG)
		return option_set(o, opt, NULL, err);
	if (word[2] != '\0')
		return option_set(o, opt, word + 2, err);
	if (*i + 1 >= argc)
		return error_set(err, ERROR_USAGE, "-%c wants a value",
		    opt->letter);
	return option_set(o, opt, argv[++*i], err);
}

/* The command is the first word that is no option. */
static int
find_command(int argc, char *const *argv, int *at, struct options *o,
    struct error *err)
{
	const char *names[64], *near;
	size_t n = 0;

	for (*at = 1; *at < argc; ++*at) {
		const char *word = argv[*at];

		if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
			o->help = 1;
		else if (strcmp(word, "--version") == 0)
			o->version = 1;
		else
			break;
	}
	if (*at == argc)
		return o->help || o->version ? 0 : error_set(err, ERROR_USAGE,
		    "a command is missing; viotape --help lists them");
	o->command = command_find(argv[*at]);
	if (o->command != NULL)
		return 0;
	if (argv[*at][0] == '-')
		return error_set(err, ERROR_USAGE, "options of a command "
		    "follow it: viotape COMMAND %s", argv[*at]);
	while (n < 64 && command_at(n) != NULL) {
		names[n] = command_at(n)->name;
		n++;
	}
	near = options_near(argv[*at], names, n);
	if (near != NULL)
		return error_set(err, ERROR_USAGE, "there is no command %s; did"
		    " you mean %s?", argv[*at], near);
	return error_set(err, ERROR_USAGE, "there is no command %s; viotape "
	    "--help lists them", argv[*at]);
}

/* "none" is the name of no fault, and stands alone. */
static int
faults_none(struct options *o, struct error *err)
{
	for (size_t i = 0; i < o->faults.n; i++)
		o->no_faults |= strcmp(o->faults.list[i], "none") == 0;
	if (!o->no_faults)
		return 0;
	if (o->faults.n > 1)
		return error_set(err, ERROR_USAGE, "--fault none is no fault "
		    "at all, and stands alone");
	o->faults.n = 0;
	return 0;
}

/* Options of one guest that do not go together. */
static int
check_tree(const struct options *o, struct error *err)
{
	if (o->sys != NULL && o->repo != NULL)
		return error_set(err, ERROR_USAGE, "--sys and --repo are two "
		    "trees; give one");
	if ((o->repo != NULL) != (o->rev != NULL) &&
	    (o->command->takes & (TAKES_HISTORY | TAKES_TREES)) == 0)
		return error_set(err, ERROR_USAGE, o->repo != NULL ?
		    "--repo wants --rev, the revision to take out of it" :
		    "--rev wants --repo, the repository that has it");
	if (o->faults.n > 0 && (o->sys != NULL || o->repo != NULL))
		return error_set(err, ERROR_USAGE, "--fault puts a fault back "
		    "into our own drivers, and %s names another tree's",
		    o->sys != NULL ? "--sys" : "--repo");
	return 0;
}

/* Two that are written to one place: the second would be what is left. */
static int
check_written(const struct options *o, struct error *err)
{
	const struct { const char *name, *file; } written[] = {
		{ "json", o->json }, { "junit", o->junit },
		{ "sarif", o->sarif }, { "html", o->html },
		{ "write-baseline", o->write_baseline },
		{ "certificate", o->certificate },
	};

	for (size_t i = 0; i < sizeof written / sizeof written[0]; i++)
		for (size_t k = 0; k < i; k++) {
			if (written[i].file == NULL || written[k].file ==
			    NULL || strcmp(written[i].file,
			    written[k].file) != 0)
				continue;
			if (strcmp(written[i].file, "-") == 0)
				return error_set(err, ERROR_USAGE, "--%s - and "
				    "--%s - cannot both have the standard "
				    "output", written[k].name,
				    written[i].name);
			return error_set(err, ERROR_USAGE, "--%s and --%s "
			    "would both write %s; give each a file of its own",
			    written[k].name, written[i].name,
			    written[i].file);
		}
	return 0;
}

/* What only the whole line can tell. */
static int
check_whole(struct options *o, struct error *err)
{
	const struct command *c = o->command;

	if (faults_none(o, err) != 0)
		return -1;
	if (o->args.n < c->args_min)
		return error_set(err, ERROR_USAGE, "%s wants %s; usage: viotape"
		    " %s %s", c->name, c->args_min == 1 ? "one argument more" :
		    "more arguments", c->name, c->usage);
	if (o->args.n > c->args_max)
		return error_set(err, ERROR_USAGE, "%s takes %s; \"%s\" is one "
		    "too many", c->name, c->args_max == 0 ? "no argument" :
		    c->args_max == 1 ? "one argument" : "two arguments",
		    o->args.list[c->args_max]);
	if (check_written(o, err) != 0)
		return -1;
	if (check_tree(o, err) != 0 || (o->against != NULL &&
	    check_tree(o->against, err) != 0))
		return -1;
	if (o->faults.n > GUEST_FAULTS_MAX || (o->against != NULL &&
	    o->against->faults.n > GUEST_FAULTS_MAX))
		return error_set(err, ERROR_USAGE, "at most %d faults at once",
		    GUEST_FAULTS_MAX);
	if (o->from > o->to)
		return error_set(err, ERROR_USAGE, "--from is behind --to");
	return 0;
}

int
options_parse(int argc, char *const *argv, struct options *o,
    struct error *err)
{
	int i, ended = 0;

	memset(o, 0, sizeof *o);
	o->to = UINT64_MAX;
	if (find_command(argc, argv, &i, o, err) != 0)
		return -1;
	if (o->command == NULL)
		return 0;
	for (i++; i < argc; i++) {
		const char *word = argv[i];
		int ret = 0;

		if (ended || word[0] != '-' || word[1] == '\0')
			words_add(&o->args, word);
		else if (strcmp(word, "--") == 0)
			ended = 1;
		else if (o->command->run == NULL && strcmp(word, "--help") != 0)
			continue;
		else if (word[1] == '-')
			ret = parse_long(argc, argv, &i, o, err);
		else
			ret = parse_short(argc, argv, &i, o, err);
		if (ret != 0)
			return -1;
	}
	if (o->help || o->version)
		return 0;
	return check_whole(o, err);
}

void
options_free(struct options *o)
{
	if (o->against != NULL)
		options_free(o->against);
	check_free(o->against);
	check_free(o->faults.list);
	check_free(o->machines.list);
	check_free(o->args.list);
	check_free(o->trees.list);
	check_free(o->revs.list);
	memset(o, 0, sizeof *o);
}

struct guest_spec
options_guest(const struct options *o)
{
	struct guest_spec spec = { .faults = o->faults.list,
	    .nfaults = o->faults.n, .driver = o->driver, .sys = o->sys,
	    .repo = o->repo, .rev = o->rev };

	return spec;
}

/* --- statuses ------------------------------------------------------------ */

int
options_fail(const struct error *err)
{
	fflush(stdout);
	fprintf(stderr, "viotape: %s\n", err->text);
	return err->code == ERROR_BUILD ? EXIT_BUILD : EXIT_INPUT;
}

int
options_bisect_status(int status)
{
	switch (status) {
	case EXIT_INPUT:
	case EXIT_BUILD:
	case EXIT_UNKNOWN:
		return 125;
	case EXIT_HOLDS:
	case EXIT_FAILS:
		return status;
	default:
		return 128;
	}
}
