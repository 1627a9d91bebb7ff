/*
 * options.h: the words of the command line, read once.
 *
 *	options_parse(argc, argv, &o, &err)
 *	status = o.command->run(&o)
 *	options_free(&o)
 *
 * Options stand anywhere, "--" ends them; "--name value" and "--name=value"
 * are the same, and so are "-m NAME" and "-mNAME".  What is not known is
 * refused with what comes near it.  Nothing is read or written before all words
 * were understood.
 */
#ifndef VIOTAPE_OPTIONS_H
#define VIOTAPE_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "guest_build.h"
#include "sim.h"

#define OPTIONS_WORDS_MAX	1024	/* of one kind */

/* Exit statuses, the same for every command. */
enum exit_status {
	EXIT_HOLDS = 0,			/* HOLDS, HOLDS-BOUNDED, all is well */
	EXIT_FAILS = 1,
	EXIT_INPUT = 2,			/* bad usage or bad input */
	EXIT_BUILD = 3,			/* the guest does not build */
	EXIT_OWN_FAULT = CHECK_STATUS,
	EXIT_UNKNOWN = 5
};

/* Words of the command line; the array is allocated, the strings are argv's. */
struct options_words {
	const char **list;
	size_t n;
};

struct command;

struct options {
	const struct command *command;	/* NULL: none was given */
	int help, version;
	/* The guest. */
	struct options_words faults;
	const char *driver;
	int no_faults;			/* --fault none */
	const char *sys, *repo, *rev;
	/* Machines as they were given; none is every preset. */
	struct options_words machines;
	/* Reports: file names, "-" is standard output, NULL is none. */
	const char *json, *junit, *sarif, *html, *baseline, *write_baseline;
	int strict, git_bisect, verbose;
	int fail_allocations;
	uint64_t jobs;			/* processes; 0: one a processor */
	uint64_t until;			/* 0: to the end */
	const char *png;		/* a directory */
	uint64_t from, to;		/* events; to is inclusive */
	const char *output;		/* -o */
	const char *at;			/* FUNCTION, FILE or FILE:LINE */
	const char *pcapng;		/* a file */
	const char *model;		/* of litmus */
	const char *choices;		/* a way, see explore.h */
	const char *counterexamples;	/* a directory */
	int gdb, stop;			/* of replay */
	uint64_t executions;		/* of one pair at most; 0: the default */
	uint64_t work;			/* the same, as explore_config.work_max */
	int whole;			/* more than that for HOLDS, of any number
					   of pairs */
	uint64_t whole_ways;		/* of verify: so much more; 0: by whole */
	const char *also;		/* what prove tries beside the usual */
	const char *certificate;	/* a file, or "-" */
	const char *shard;		/* "I/N" */
	int quick;			/* not again */
	int prove;			/* mutate's judge */
	const char *host, *scenario, *transport;	/* of record */
	const char *device, *mac;	/* of import */
	struct options_words args;	/* what is no option */
	int stat;			/* of diff: numbers alone */
	/* Of matrix: trees, and revisions of repo. */
	struct options_words trees, revs;
	int times;			/* how long each took */
	/* Of bisect. */
	const char *good, *bad, *finding;
	int by_host;			/* by what the host sees */
	uint64_t rounds;		/* of watch; 0: no end */
	int guest_given;		/* any option of the guest */
	/*
	 * Behind --against, or NULL: another guest; nothing else in it is set.
	 * It is what load_guest() and check_guest_words() take.
	 */
	struct options *against;
};

/* Which options a command takes; or'ed in struct command. */
#define TAKES_GUEST	0x001u
#define TAKES_MACHINE	0x002u
#define TAKES_REPORT	0x004u
#define TAKES_STRICT	0x008u		/* and --verbose */
#define TAKES_PICTURES	0x010u		/* --until, --png */
#define TAKES_RANGE	0x020u		/* --from, --to */
#define TAKES_OUTPUT	0x040u
#define TAKES_HOST	0x080u		/* --host, --scenario,
					   --transport */
#define TAKES_BISECT	0x100u		/* --git-bisect and
					   --fail-allocations */
#define TAKES_EXPORT	0x200u		/* --pcapng */
#define TAKES_MODEL	0x10000u		/* --model */
#define TAKES_JSON	0x400u		/* --json alone */
#define TAKES_JOBS	0x800u
#define TAKES_AT	0x2000u
#define TAKES_VERBOSE	0x1000u		/* --verbose alone */
#define TAKES_EXECUTIONS 0x4000u
#define TAKES_CHOICES	0x8000u
#define TAKES_QUICK	0x20000u
#define TAKES_PROVE	0x80000u	/* --prove */
#define TAKES_SHOWN	0x100000u	/* of prove alone */
#define TAKES_DIFF	0x200000u	/* --against, --stat */
#define TAKES_IMPORT	0x400000u	/* --scenario, --device, --mac */
#define TAKES_HISTORY	0x800000u	/* --good, --bad, --finding, --at,
					   --host */
#define TAKES_TREES	0x1000000u	/* --sys, --rev often, --times */
#define TAKES_WATCH	0x2000000u	/* --times */

struct command {
	const char *name;
	const char *usage;		/* what follows the name */
	const char *about;		/* one sentence, no full stop */
	unsigned takes;
	size_t args_min, args_max;
	int (*run)(const struct options *o);
};

/* NULL after the last. */
const struct command *command_at(size_t n);
const struct command *command_find(const char *name);	/* or NULL */

/*
 * Reads argv.  -1 with ERROR_USAGE; o->command is set as far as it was
 * understood.  o is to be freed in every case.
 */
int options_parse(int argc, char *const *argv, struct options *o,
    struct error *err);
void options_free(struct options *o);

/* The help of a command, or of viotape with NULL. */
void options_help(const struct command *command, struct bytes *out);

/*
 * Of n names the one that is nearest to word, if it is near enough for a slip
 * of the hand (a third of its letters), else NULL.
 */
const char *options_near(const char *word, const char *const *names, size_t n);

/* What the guest of these options is made of. */
struct guest_spec options_guest(const struct options *o);

/* Prints "viotape: SENTENCE" to stderr; returns the exit status of err. */
int options_fail(const struct error *err);

/* What status becomes under git bisect run. */
int options_bisect_status(int status);

/* --- the commands, a file each ------------------------------------------- */

int cmd_check(const struct options *o);
int cmd_prove(const struct options *o);
int cmd_replay(const struct options *o);
int cmd_record(const struct options *o);
int cmd_show(const struct options *o);
int cmd_stat(const struct options *o);
int cmd_verify(const struct options *o);
int cmd_merge(const struct options *o);
int cmd_recover(const struct options *o);
int cmd_bisect(const struct options *o);
int cmd_diff(const struct options *o);
int cmd_export(const struct options *o);
int cmd_import(const struct options *o);
int cmd_litmus(const struct options *o);
int cmd_matrix(const struct options *o);
int cmd_mutate(const struct options *o);
int cmd_watch(const struct options *o);
int cmd_machines(const struct options *o);
int cmd_scenarios(const struct options *o);
int cmd_faults(const struct options *o);
int cmd_findings(const struct options *o);
int cmd_explain(const struct options *o);

#endif
