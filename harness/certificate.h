/*
 * certificate.h: what viotape prove has shown, so that somebody else can check
 * it: `prove --certificate FILE`, `verify FILE`, `merge FILE...`.
 *
 * A certificate is JSON.  Its digest is over what was shown and of what: the
 * guest's sources, the traces, the machines, the model and its bounds, and of
 * each trace on each machine the verdict, the findings and the states at the
 * ends of windows, as far as a host can see them.  How many executions that
 * took stands beside it: another compiler's guest may take others.
 *
 *	certificate_of(&report, &c)
 *	certificate_write(&c, &text)		certificate_read(text, len, &c, &err)
 *	certificate_free(&c)
 */
#ifndef VIOTAPE_CERTIFICATE_H
#define VIOTAPE_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "report.h"
#include "sim.h"

#define CERTIFICATE_FORMAT	3u
#define CERTIFICATE_SIZE_MAX	(64u << 20)	/* bytes */
#define CERTIFICATE_PAIRS_MAX	(1u << 20)

/* Of the guest; certificate_given_names has the options' names. */
enum certificate_given { CERTIFICATE_DRIVER, CERTIFICATE_SYS, CERTIFICATE_REPO,
    CERTIFICATE_REV, CERTIFICATE_GIVEN };

/* A trace or a machine. */
struct certificate_part {
	char *name;
	char *given;			/* how to find it again: its name, a path */
	char *order;			/* of a machine, else NULL */
	char digest[DIGEST_HEX_SIZE];
};

enum certificate_state { CERTIFICATE_ABSENT, CERTIFICATE_SKIPPED,
    CERTIFICATE_RAN };

/* A trace on a machine. */
struct certificate_pair {
	enum certificate_state state;
	char *why;			/* SKIPPED, or UNKNOWN's reason; or NULL */
	enum run_verdict verdict;
	int whole;			/* all of it was explored */
	uint32_t gaps;			/* but these: of enum explore_gap */
	char **findings;		/* "ID at FILE:LINE", fatal, ascending */
	size_t nfindings;
	uint64_t ends;			/* whole: different ones, */
	char ends_digest[DIGEST_HEX_SIZE];	/* ... and of their set */
	uint64_t executions;		/* no part of the digest */
};

struct certificate {
	char *guest;			/* in words */
	char **faults;			/* that are put back */
	size_t nfaults;
	/* As the command line had them, or NULL: for whoever verifies.  No
	   part of the digest. */
	char *given[CERTIFICATE_GIVEN];
	char source[DIGEST_HEX_SIZE];	/* of all sources of the guest */
	uint64_t model;			/* ORDER_MODEL_VERSION */
	char *tries;			/* beside the usual: "interrupts", "" */
	uint64_t executions_max, work_max;	/* of one pair; 0: any */
	uint64_t whole_ways;		/* see explore_config */
	struct certificate_part *traces, *machines;
	size_t ntraces, nmachines;
	struct certificate_pair *pairs;	/* [trace * nmachines + machine] */
	uint64_t shard, shards;		/* 1/1: all; no part of the digest */
};

/* What a report of prove has shown, by these options.  Copies; to be freed. */
void certificate_of(const struct report *r, const struct options *o,
    struct certificate *c);
void certificate_free(struct certificate *c);
void certificate_digest(const struct certificate *c,
    char hex[DIGEST_HEX_SIZE]);
void certificate_write(const struct certificate *c, struct bytes *out);
/*
 * -1 with ERROR_INPUT: no JSON, no certificate, of a later format, a member
 * that is missing or no such value, or a digest that is not the content's.
 */
int certificate_read(const char *text, size_t len, struct certificate *c,
    struct error *err);
/* The worst of its pairs; RUN_UNKNOWN if none ran. */
enum run_verdict certificate_verdict(const struct certificate *c);
/* "HOLDS-BOUNDED: 1 traces, 2 machines, 0 findings", and its exit status. */
int certificate_summary(const struct certificate *c, struct bytes *out);
extern const char *const certificate_given_names[CERTIFICATE_GIVEN];
/*
 * The same for what they are of: sources, traces, machines, model, bounds.
 */
int certificate_same_subject(const struct certificate *was,
    const struct certificate *is, char *what, size_t size);
/*
 * How two differ, in a sentence, the first thing that does; 1 if they are the
 * same, 0 with what, up to size.
 */
int certificate_same(const struct certificate *was,
    const struct certificate *is, char *what, size_t size);
/*
 * Puts the pairs of one shard to those of others, which *c has.  -1 with
 * ERROR_INPUT: of something else, or a pair is there already.
 */
int certificate_merge(struct certificate *c, const struct certificate *shard,
    struct error *err);

/* "2/8" is the second of eight, NULL 1/1.  -1 with ERROR_USAGE. */
int certificate_shard_read(const char *text, uint64_t *shard, uint64_t *shards,
    struct error *err);

#endif
