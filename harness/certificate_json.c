/*
 * certificate_json.c: a certificate as JSON (RFC 8259), written and read.
 *
 *	format		3
 *	digest		of all that is no count of work, in hexadecimal
 *	verdict		the worst of the pairs
 *	guest		{ words, faults: [NAME], source, driver?, sys?, repo?,
 *			rev? }
 *	model		{ version, tries, executions_max, work_max,
 *			whole_ways }
 *	traces		[{ name, digest, given? }]
 *	machines	[{ name, order, digest, given? }]
 *	pairs		[{ trace, machine, skipped }] or
 *			[{ trace, machine, verdict, unknown?, findings: [TEXT],
 *			whole, gaps?, ends?, ends_digest?, executions }]:
 *			those with "?" where whole is true
 *	shard		{ number, of }
 */
#include "certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_write.h"
#include "qemu_json.h"

/*
 * Every byte of a text, UTF-8 or not: a certificate is read again, and the
 * digest is of what it says.
 */
static void
put_text(struct bytes *out, const char *before, const char *key,
    const char *text)
{
	json_key(out, before, key);
	qemu_json_add_string(out, text);
}

static void
put_texts(struct bytes *out, const char *before, const char *key,
    char *const *list, size_t n)
{
	json_key(out, before, key);
	bytes_printf(out, "[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			bytes_printf(out, ", ");
		qemu_json_add_string(out, list[i]);
	}
	bytes_printf(out, "]");
}

static void
put_parts(struct bytes *out, const char *key,
    const struct certificate_part *list, size_t n)
{
	bytes_printf(out, ",\n  \"%s\": [", key);
	for (size_t i = 0; i < n; i++) {
		put_text(out, i > 0 ? ",\n    { " : "\n    { ", "name",
		    list[i].name);
		if (list[i].order != NULL)
			put_text(out, ", ", "order", list[i].order);
		put_text(out, ", ", "digest", list[i].digest);
		if (strcmp(list[i].given, list[i].name) != 0)
			put_text(out, ", ", "given", list[i].given);
		bytes_printf(out, " }");
	}
	bytes_printf(out, "]");
}

static void
put_pair(struct bytes *out, const struct certificate *c, size_t i)
{
	const struct certificate_pair *p = &c->pairs[i];

	put_text(out, "{ ", "trace", c->traces[i / c->nmachines].name);
	put_text(out, ", ", "machine", c->machines[i % c->nmachines].name);
	if (p->state == CERTIFICATE_SKIPPED) {
		put_text(out, ", ", "skipped", p->why);
		bytes_printf(out, " }");
		return;
	}
	put_text(out, ", ", "verdict", run_verdict_name(p->verdict));
	if (p->why != NULL)
		put_text(out, ", ", "unknown", p->why);
	put_texts(out, ", ", "findings", p->findings, p->nfindings);
	json_truth(out, ", ", "whole", p->whole);
	if (p->whole) {
		json_gaps(out, p->gaps);
		json_number(out, ", ", "ends", p->ends);
		put_text(out, ", ", "ends_digest", p->ends_digest);
	}
	json_number(out, ", ", "executions", p->executions);
	bytes_printf(out, " }");
}

void
certificate_write(const struct certificate *c, struct bytes *out)
{
	char hex[DIGEST_HEX_SIZE];
	int first = 1;

	certificate_digest(c, hex);
	json_number(out, "{\n  ", "format", CERTIFICATE_FORMAT);
	put_text(out, ",\n  ", "digest", hex);
	put_text(out, ",\n  ", "verdict",
	    run_verdict_name(certificate_verdict(c)));
	put_text(out, ",\n  \"guest\": { ", "words", c->guest);
	put_texts(out, ", ", "faults", c->faults, c->nfaults);
	put_text(out, ", ", "source", c->source);
	for (size_t i = 0; i < CERTIFICATE_GIVEN; i++)
		if (c->given[i] != NULL)
			put_text(out, ", ", certificate_given_names[i],
			    c->given[i]);
	json_number(out, " },\n  \"model\": { ", "version", c->model);
	put_text(out, ", ", "tries", c->tries);
	json_number(out, ", ", "executions_max", c->executions_max);
	json_number(out, ", ", "work_max", c->work_max);
	json_number(out, ", ", "whole_ways", c->whole_ways);
	bytes_printf(out, " }");
	put_parts(out, "traces", c->traces, c->ntraces);
	put_parts(out, "machines", c->machines, c->nmachines);
	bytes_printf(out, ",\n  \"pairs\": [");
	for (size_t i = 0; i < c->ntraces * c->nmachines; i++) {
		if (c->pairs[i].state == CERTIFICATE_ABSENT)
			continue;
		bytes_printf(out, "%s\n    ", first ? "" : ",");
		put_pair(out, c, i);
		first = 0;
	}
	json_number(out, "],\n  \"shard\": { ", "number", c->shard);
	json_number(out, ", ", "of", c->shards);
	bytes_printf(out, " }\n}\n");
}

/* --- reading --------------------------------------------------------------------- */

struct reader {
	struct error *err;
	int bad;
};

static void
refuse(struct reader *r, const char *key, const char *wanted)
{
	if (!r->bad)
		error_set(r->err, ERROR_INPUT, "no certificate: \"%s\" is "
		    "wanted, and %s", key, wanted);
	r->bad = 1;
}

static struct qemu_json
take(struct reader *r, struct qemu_json in, const char *key)
{
	struct qemu_json value = { "", 0 };

	if (!r->bad && !qemu_json_member(in, key, &value))
		refuse(r, key, "it is not there");
	return value;
}

static char *
text_of(struct reader *r, struct qemu_json value, const char *key)
{
	struct bytes text = { 0 };
	char *copy = NULL;

	if (!r->bad && !qemu_json_string(value, &text))
		refuse(r, key, "it is no string");
	if (!r->bad && strlen((const char *)text.data) == text.len)
		copy = check_strdup((const char *)text.data);
	else
		refuse(r, key, "it has a NUL");
	bytes_free(&text);
	return copy != NULL ? copy : check_strdup("");
}

static char *
take_text(struct reader *r, struct qemu_json in, const char *key)
{
	return text_of(r, take(r, in, key), key);
}

static void
take_digest(struct reader *r, struct qemu_json in, const char *key,
    char hex[DIGEST_HEX_SIZE])
{
	char *text = take_text(r, in, key);

	if (strlen(text) != DIGEST_HEX_SIZE - 1 || strspn(text,
	    "0123456789abcdef") != DIGEST_HEX_SIZE - 1)
		refuse(r, key, "64 hexadecimal digits are no less");
	else
		memcpy(hex, text, DIGEST_HEX_SIZE);
	check_free(text);
}

static uint64_t
take_number(struct reader *r, struct qemu_json in, const char *key)
{
	struct qemu_json value = take(r, in, key);
	uint64_t n = 0;

	if (!r->bad && !qemu_json_number(value, &n))
		refuse(r, key, "it is no number");
	return n;
}

static char **
take_texts(struct reader *r, struct qemu_json in, const char *key, size_t *n)
{
	struct qemu_json rest = take(r, in, key), one;
	char **list = NULL;

	*n = 0;
	while (!r->bad && qemu_json_next(&rest, &one)) {
		list = check_realloc(list, (*n + 1) * sizeof list[0]);
		list[*n] = text_of(r, one, key);
		(*n)++;
	}
	return list;
}

static struct certificate_part *
take_parts(struct reader *r, struct qemu_json in, const char *key, int machine,
    size_t *n)
{
	struct qemu_json rest = take(r, in, key), one, given;
	struct certificate_part *list = check_calloc(1, sizeof list[0]);

	*n = 0;
	while (!r->bad && qemu_json_next(&rest, &one)) {
		struct certificate_part *p;

		list = check_realloc(list, (*n + 1) * sizeof list[0]);
		p = &list[(*n)++];
		memset(p, 0, sizeof *p);
		p->name = take_text(r, one, "name");
		p->given = qemu_json_member(one, "given", &given) ?
		    text_of(r, given, "given") : check_strdup(p->name);
		p->order = machine ? take_text(r, one, "order") : NULL;
		take_digest(r, one, "digest", p->digest);
	}
	if (*n == 0)
		refuse(r, key, "it is empty");
	return list;
}

static size_t
part_named(struct reader *r, struct qemu_json in, const char *key,
    const struct certificate_part *list, size_t n)
{
	char *name = take_text(r, in, key);
	size_t i = 0;

	while (i < n && strcmp(list[i].name, name) != 0)
		i++;
	if (i == n)
		refuse(r, key, "a pair has one that is not listed");
	check_free(name);
	return i < n ? i : 0;
}

static enum run_verdict
take_verdict(struct reader *r, struct qemu_json in)
{
	char *name = take_text(r, in, "verdict");
	int v = RUN_HOLDS;

	while (v <= RUN_UNKNOWN && strcmp(run_verdict_name(
	    (enum run_verdict)v), name) != 0)
		v++;
	if (v > RUN_UNKNOWN)
		refuse(r, "verdict", "it is none of the four");
	check_free(name);
	return v > RUN_UNKNOWN ? RUN_UNKNOWN : (enum run_verdict)v;
}

static int
take_truth(struct reader *r, struct qemu_json in, const char *key)
{
	struct qemu_json value = take(r, in, key);
	int yes = value.len == 4 && memcmp(value.text, "true", 4) == 0;

	if (!yes && (value.len != 5 || memcmp(value.text, "false", 5) != 0))
		refuse(r, key, "it is neither true nor false");
	return yes;
}

static uint32_t
take_gaps(struct reader *r, struct qemu_json in)
{
	size_t n;
	char **names = take_texts(r, in, "gaps", &n);
	uint32_t gaps = 0;

	for (size_t i = 0; i < n; i++) {
		int gap = 0;

		while (gap < EXPLORE_GAPS && strcmp(names[i],
		    explore_gap_name((enum explore_gap)gap)) != 0)
			gap++;
		if (gap == EXPLORE_GAPS)
			refuse(r, "gaps", "it has one that is not known");
		else
			gaps |= 1u << gap;
		check_free(names[i]);
	}
	check_free(names);
	return gaps;
}

static void
take_pair(struct reader *r, struct qemu_json in, struct certificate *c)
{
	size_t t = part_named(r, in, "trace", c->traces, c->ntraces);
	size_t m = part_named(r, in, "machine", c->machines, c->nmachines);
	struct certificate_pair *p = &c->pairs[t * c->nmachines + m];
	struct qemu_json value;

	if (r->bad)
		return;
	if (p->state != CERTIFICATE_ABSENT) {
		refuse(r, "pairs", "one of them is there twice");
		return;
	}
	p->state = CERTIFICATE_RAN;
	if (qemu_json_member(in, "skipped", &value)) {
		p->state = CERTIFICATE_SKIPPED;
		p->why = text_of(r, value, "skipped");
		return;
	}
	p->verdict = take_verdict(r, in);
	if (qemu_json_member(in, "unknown", &value))
		p->why = text_of(r, value, "unknown");
	p->findings = take_texts(r, in, "findings", &p->nfindings);
	p->whole = take_truth(r, in, "whole");
	if (p->whole) {
		p->gaps = take_gaps(r, in);
		p->ends = take_number(r, in, "ends");
		take_digest(r, in, "ends_digest", p->ends_digest);
	}
	p->executions = take_number(r, in, "executions");
}

static void
take_all(struct reader *r, struct qemu_json in, struct certificate *c)
{
	struct qemu_json guest, model, shard, pairs, one;

	guest = take(r, in, "guest");
	model = take(r, in, "model");
	shard = take(r, in, "shard");
	c->guest = take_text(r, guest, "words");
	c->faults = take_texts(r, guest, "faults", &c->nfaults);
	take_digest(r, guest, "source", c->source);
	for (size_t i = 0; i < CERTIFICATE_GIVEN; i++)
		if (!r->bad && qemu_json_member(guest,
		    certificate_given_names[i], &one))
			c->given[i] = text_of(r, one,
			    certificate_given_names[i]);
	c->model = take_number(r, model, "version");
	c->tries = take_text(r, model, "tries");
	c->executions_max = take_number(r, model, "executions_max");
	c->work_max = take_number(r, model, "work_max");
	c->whole_ways = take_number(r, model, "whole_ways");
	c->traces = take_parts(r, in, "traces", 0, &c->ntraces);
	c->machines = take_parts(r, in, "machines", 1, &c->nmachines);
	c->shard = take_number(r, shard, "number");
	c->shards = take_number(r, shard, "of");
	if (!r->bad && c->ntraces > CERTIFICATE_PAIRS_MAX / c->nmachines)
		refuse(r, "pairs", "there are too many");
	if (r->bad)
		return;
	c->pairs = check_calloc(c->ntraces * c->nmachines + 1,
	    sizeof c->pairs[0]);
	pairs = take(r, in, "pairs");
	while (!r->bad && qemu_json_next(&pairs, &one))
		take_pair(r, one, c);
}

/* Members that nobody reads would be taken for a part of it. */
static int
is_as_written(const char *text, size_t len, const struct certificate *c)
{
	struct bytes again = { 0 };
	int same;

	certificate_write(c, &again);
	same = again.len == len && memcmp(again.data, text, len) == 0;
	bytes_free(&again);
	return same;
}

int
certificate_read(const char *text, size_t len, struct certificate *c,
    struct error *err)
{
	struct reader r = { err, 0 };
	struct qemu_json in = { text, len };
	char is[DIGEST_HEX_SIZE], says[DIGEST_HEX_SIZE] = "";
	uint64_t format;

	memset(c, 0, sizeof *c);
	format = take_number(&r, in, "format");
	if (!r.bad && format != CERTIFICATE_FORMAT) {
		error_set(err, ERROR_INPUT, "a certificate of format %llu; "
		    "this viotape reads format %u: read it with the one that "
		    "wrote it", (unsigned long long)format,
		    CERTIFICATE_FORMAT);
		r.bad = 1;
	}
	take_digest(&r, in, "digest", says);
	if (!r.bad)
		take_all(&r, in, c);
	if (!r.bad) {
		certificate_digest(c, is);
		if (strcmp(is, says) != 0) {
			error_set(err, ERROR_INPUT, "the certificate's digest "
			    "is not that of what it says (%.16s there, %.16s "
			    "computed): it was altered", says, is);
			r.bad = 1;
		}
	}
	if (!r.bad && !is_as_written(text, len, c)) {
		error_set(err, ERROR_INPUT, "the certificate is not as it was "
		    "written: something was added, or stands elsewhere");
		r.bad = 1;
	}
	if (!r.bad)
		return 0;
	certificate_free(c);
	return -1;
}
