/*
 * qemu_qtest.c: QEMU's device models, spoken to over qtest and QMP.
 *
 * qtest, as observed: we send "readl 0x1000" or "writel 0x1000 0x1" (b, w, l,
 * q for 1 to 8 bytes; "inl", "outl" for ports), QEMU answers "OK 0x..." or
 * "OK", or "FAIL ..." with a reason.  "IRQ raise N" and "IRQ lower N" come
 * between, whenever a line changes.
 *
 * QMP: a greeting, then a JSON object a line each way; one with "event" is no
 * answer.
 */
#include "qemu_var.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"
#include "qemu_json.h"

#define QEMU_DEATH_WAIT_MS	5000	/* from a closed socket to its reason */
#define QEMU_SCREEN_MAX		16384	/* pixels, width and height */

/* ---- failing ---- */

/* Makes what err would say the answer to everything from now on. */
static int
qemu_fail(struct qemu *q, struct error *err)
{
	q->failed = 1;
	if (err != NULL)
		*err = q->failure;
	return -1;
}

/* A channel gave something else than a line. */
static int
qemu_fail_channel(struct qemu *q, enum qemu_line_result why, const char *what,
    struct error *err)
{
	if (why == QEMU_LINE_LATE)
		error_set(&q->failure, ERROR_HOST, "QEMU did not answer %.200s "
		    "within %u ms", what, q->timeout_ms);
	else if (qemu_process_dead(q->process, QEMU_DEATH_WAIT_MS,
	    &q->failure) == 0)
		error_set(&q->failure, ERROR_HOST, "QEMU closed its end at "
		    "%.200s, or sent a line longer than %u bytes, but runs on",
		    what, QEMU_LINE_SIZE_MAX);
	return qemu_fail(q, err);
}

int
qemu_alive(struct qemu *q, struct error *err)
{
	if (q->failed)
		return qemu_fail(q, err);
	if (qemu_process_dead(q->process, 0, &q->failure) == -1)
		return qemu_fail(q, err);
	return 0;
}

/* ---- qtest ---- */

/* Takes a line in that is no answer.  1: it was one; 0: not; -1: failed. */
static int
qemu_irq_take(struct qemu *q, const char *line, struct error *err)
{
	struct qemu_irq *irq;
	char way[6], more;
	unsigned number;

	if (strncmp(line, "IRQ ", 4) != 0)
		return 0;
	if (sscanf(line, "IRQ %5s %u%c", way, &number, &more) != 2 ||
	    (strcmp(way, "raise") != 0 && strcmp(way, "lower") != 0)) {
		error_set(&q->failure, ERROR_HOST,
		    "QEMU sent \"%.80s\", wanted IRQ raise or lower N", line);
		return qemu_fail(q, err);
	}
	if (q->arch == QEMU_X86_64 && (number == 0 || number == 2))
		return 1;			/* the timer */
	if (q->irq_count == QEMU_IRQ_QUEUE_MAX) {
		error_set(&q->failure, ERROR_LIMIT, "more than %d changes of "
		    "interrupt lines wait to be taken", QEMU_IRQ_QUEUE_MAX);
		return qemu_fail(q, err);
	}
	irq = &q->irqs[(q->irq_first + q->irq_count++) % QEMU_IRQ_QUEUE_MAX];
	irq->number = number;
	irq->level = way[0] == 'r';
	return 1;
}

/*
 * One command and its answer.  value, unless NULL, gets the number after OK.
 * A command that QEMU refuses is ERROR_HOST, and QEMU is still there.
 */
static int
qemu_qtest_ask(struct qemu *q, uint64_t *value, struct error *err,
    const char *fmt, ...) ERROR_PRINTF(4, 5);

static int
qemu_qtest_ask(struct qemu *q, uint64_t *value, struct error *err,
    const char *fmt, ...)
{
	int64_t deadline = qemu_deadline(q->timeout_ms);
	enum qemu_line_result r;
	char what[256], *line, *end;
	va_list ap;
	int n;

	if (q->failed)
		return qemu_fail(q, err);
	va_start(ap, fmt);
	n = vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	CHECK(n > 0 && (size_t)n < sizeof what - 1 && what[n - 1] == '\n');
	r = qemu_line_send(&q->qtest, what, (size_t)n, deadline);
	what[n - 1] = '\0';
	do {
		if (r == QEMU_LINE_OK)
			r = qemu_line_receive(&q->qtest, &line, deadline);
		if (r != QEMU_LINE_OK)
			return qemu_fail_channel(q, r, what, err);
		if ((n = qemu_irq_take(q, line, err)) == -1)
			return -1;
	} while (n == 1);
	if (strncmp(line, "OK", 2) != 0 || (line[2] != '\0' && line[2] != ' '))
		return error_set(err, ERROR_HOST,
		    "QEMU answers \"%.200s\" to \"%s\"", line, what);
	if (value == NULL)
		return 0;
	*value = strtoull(line + 2, &end, 0);
	if (line[2] == '\0' || end == line + 2 || *end != '\0')
		return error_set(err, ERROR_HOST, "QEMU answers \"%.200s\" to "
		    "\"%s\", wanted a number", line, what);
	return 0;
}

static char
qemu_size_letter(unsigned size)
{
	CHECK(size == 1 || size == 2 || size == 4 || size == 8);
	return size == 1 ? 'b' : size == 2 ? 'w' : size == 4 ? 'l' : 'q';
}

static uint64_t
qemu_size_mask(uint64_t value, unsigned size)
{
	return size == 8 ? value : value & (((uint64_t)1 << 8 * size) - 1);
}

int
qemu_read(struct qemu *q, uint64_t address, unsigned size, uint64_t *value,
    struct error *err)
{
	return qemu_qtest_ask(q, value, err, "read%c 0x%llx\n",
	    qemu_size_letter(size), (unsigned long long)address);
}

int
qemu_write(struct qemu *q, uint64_t address, unsigned size, uint64_t value,
    struct error *err)
{
	return qemu_qtest_ask(q, NULL, err, "write%c 0x%llx 0x%llx\n",
	    qemu_size_letter(size), (unsigned long long)address,
	    (unsigned long long)qemu_size_mask(value, size));
}

int
qemu_port_read(struct qemu *q, uint16_t port, unsigned size, uint64_t *value,
    struct error *err)
{
	CHECK(size != 8);
	return qemu_qtest_ask(q, value, err, "in%c 0x%x\n",
	    qemu_size_letter(size), (unsigned)port);
}

int
qemu_port_write(struct qemu *q, uint16_t port, unsigned size, uint64_t value,
    struct error *err)
{
	CHECK(size != 8);
	return qemu_qtest_ask(q, NULL, err, "out%c 0x%x 0x%llx\n",
	    qemu_size_letter(size), (unsigned)port,
	    (unsigned long long)qemu_size_mask(value, size));
}

int
qemu_irq_next(struct qemu *q, struct qemu_irq *irq)
{
	if (q->irq_count == 0)
		return 0;
	*irq = q->irqs[q->irq_first];
	q->irq_first = (q->irq_first + 1) % QEMU_IRQ_QUEUE_MAX;
	q->irq_count--;
	return 1;
}

int
qemu_wait(struct qemu *q, unsigned timeout_ms, struct error *err)
{
	int64_t deadline = qemu_deadline(timeout_ms);
	enum qemu_line_result r;
	char *line;

	while (q->irq_count == 0) {
		if (q->failed)
			return qemu_fail(q, err);
		r = qemu_line_receive(&q->qtest, &line, deadline);
		if (r == QEMU_LINE_LATE)
			return 0;
		if (r != QEMU_LINE_OK)
			return qemu_fail_channel(q, r, "a wait for interrupts",
			    err);
		switch (qemu_irq_take(q, line, err)) {
		case -1:
			return -1;
		case 0:
			error_set(&q->failure, ERROR_HOST, "QEMU sent "
			    "\"%.80s\" that nobody had asked for", line);
			return qemu_fail(q, err);
		}
	}
	return 1;
}

/* ---- QMP ---- */

/* The next line that is no event. */
static int
qemu_qmp_receive(struct qemu *q, const char *what, struct qemu_json *reply,
    struct error *err)
{
	int64_t deadline = qemu_deadline(q->timeout_ms);
	enum qemu_line_result r;
	struct qemu_json event;
	char *line;

	do {
		r = qemu_line_receive(&q->qmp, &line, deadline);
		if (r != QEMU_LINE_OK)
			return qemu_fail_channel(q, r, what, err);
		*reply = qemu_json_of(line);
	} while (qemu_json_member(*reply, "event", &event));
	return 0;
}

int
qemu_qmp(struct qemu *q, const char *command, struct bytes *reply,
    struct error *err)
{
	struct qemu_json line, value, sentence;
	struct bytes b = {0};
	enum qemu_line_result r;

	CHECK(strchr(command, '\n') == NULL);
	if (q->failed)
		return qemu_fail(q, err);
	bytes_printf(&b, "%s\n", command);
	r = qemu_line_send(&q->qmp, b.data, b.len,
	    qemu_deadline(q->timeout_ms));
	bytes_free(&b);
	if (r != QEMU_LINE_OK)
		return qemu_fail_channel(q, r, command, err);
	if (qemu_qmp_receive(q, command, &line, err) == -1)
		return -1;
	if (qemu_json_member(line, "return", &value)) {
		if (reply != NULL)
			bytes_add(reply, value.text, value.len);
		return 0;
	}
	if (!qemu_json_member(line, "error", &value) ||
	    !qemu_json_member(value, "desc", &sentence) ||
	    !qemu_json_string(sentence, &b))
		bytes_printf(&b, "%.*s", (int)line.len, line.text);
	error_set(err, ERROR_HOST, "QEMU answers \"%.300s\" to %.300s",
	    (char *)b.data, command);
	bytes_free(&b);
	return -1;
}

/* "QEMU 7.2.22 (package)" */
static int
qemu_qmp_version(struct qemu *q, struct error *err)
{
	static const char *const parts[] = { "major", "minor", "micro" };
	struct bytes reply = {0}, version = {0};
	struct qemu_json all, numbers, part;
	uint64_t n;
	int i;

	if (qemu_qmp(q, "{\"execute\":\"query-version\"}", &reply, err) == -1) {
		bytes_free(&reply);
		return -1;
	}
	all.text = (char *)reply.data;
	all.len = reply.len;
	bytes_printf(&version, "QEMU");
	for (i = 0; i < 3; i++)
		if (qemu_json_member(all, "qemu", &numbers) &&
		    qemu_json_member(numbers, parts[i], &part) &&
		    qemu_json_number(part, &n))
			bytes_printf(&version, "%c%llu", i == 0 ? ' ' : '.',
			    (unsigned long long)n);
	bytes_clear(&reply);
	if (qemu_json_member(all, "package", &part) && part.len > 2) {
		struct bytes package = {0};

		if (qemu_json_string(part, &package))
			bytes_printf(&version, " (%s)", (char *)package.data);
		bytes_free(&package);
	}
	bytes_free(&reply);
	q->version = (char *)version.data;
	return 0;
}

int
qemu_qmp_greet(struct qemu *q, struct error *err)
{
	struct qemu_json line, greeting;

	if (qemu_qmp_receive(q, "with QMP's greeting", &line, err) == -1)
		return -1;
	if (!qemu_json_member(line, "QMP", &greeting)) {
		error_set(&q->failure, ERROR_HOST, "QEMU began with \"%.*s\", "
		    "wanted QMP's greeting", line.len > 80 ? 80 :
		    (int)line.len, line.text);
		return qemu_fail(q, err);
	}
	if (qemu_qmp(q, "{\"execute\":\"qmp_capabilities\"}", NULL, err) == -1)
		return -1;
	return qemu_qmp_version(q, err);
}

/* Whether one of QOM's children is an interrupt controller; then its path. */
static int
qemu_irq_match(struct qemu *q, const char *parent, struct qemu_json child,
    struct bytes *path)
{
	const char *const *type = q->facts->irq_controllers;
	struct qemu_json name;

	for (; *type != NULL; type++)
		if (qemu_json_member_is(child, "type", *type) &&
		    qemu_json_member(child, "name", &name)) {
			bytes_printf(path, "%s/", parent);
			if (qemu_json_string(name, path))
				return 1;
			bytes_clear(path);
		}
	return 0;
}

/* Finds the controller's path among a QOM object's children.  1, 0, -1. */
static int
qemu_irq_search(struct qemu *q, const char *parent, struct bytes *path,
    struct error *err)
{
	struct bytes reply = {0}, command = {0};
	struct qemu_json rest, child;
	int found = 0;

	bytes_printf(&command, "{\"execute\":\"qom-list\",\"arguments\":"
	    "{\"path\":\"%s\"}}", parent);
	if (qemu_qmp(q, (char *)command.data, &reply, err) == -1) {
		found = -1;
	} else {
		rest.text = (char *)reply.data;
		rest.len = reply.len;
		while (found == 0 && qemu_json_next(&rest, &child))
			found = qemu_irq_match(q, parent, child, path);
	}
	bytes_free(&command);
	bytes_free(&reply);
	return found;
}

int
qemu_irq_intercept(struct qemu *q, const char *path, struct error *err)
{
	struct bytes found = {0};
	int rc = 1;

	if (path != NULL) {
		CHECK(strlen(path) < 200 && strchr(path, '\n') == NULL);
		return qemu_qtest_ask(q, NULL, err, "irq_intercept_in %s\n",
		    path);
	}
	rc = qemu_irq_search(q, "/machine/unattached", &found, err);
	if (rc == 0 && q->arch == QEMU_X86_64)
		rc = qemu_irq_search(q, "/machine/q35", &found, err);
	if (rc == 0)
		error_set(err, ERROR_HOST, "no interrupt controller in this "
		    "QEMU's QOM tree; give its path");
	if (rc == 1)
		rc = qemu_irq_intercept(q, (char *)found.data, err);
	else
		rc = -1;
	bytes_free(&found);
	return rc;
}

/* ---- screen ---- */

/* A number of a PPM's header, with what is before and the byte after. */
static uint32_t
qemu_ppm_number(struct bytes_reader *r)
{
	const uint8_t *c = bytes_reader_take(r, 1);
	uint32_t n = 0;

	while (c != NULL && (*c == ' ' || *c == '\n'))
		c = bytes_reader_take(r, 1);
	if (c == NULL || *c < '0' || *c > '9')
		r->bad = 1;
	while (c != NULL && *c >= '0' && *c <= '9' && n < 100000) {
		n = n * 10 + (uint32_t)(*c - '0');
		c = bytes_reader_take(r, 1);
	}
	if (c == NULL || (*c != ' ' && *c != '\n'))
		r->bad = 1;
	return n;
}

/* P6, width, height, 255, then R, G, B each: to B, G, R, 0. */
static int
qemu_ppm_parse(const struct bytes *ppm, struct qemu_picture *picture,
    struct error *err)
{
	struct bytes_reader r = { ppm->data, ppm->data + ppm->len, 0 };
	const uint8_t *magic = bytes_reader_take(&r, 2), *from;
	size_t i, count;
	uint32_t max;
	uint8_t *to;

	if (magic == NULL || memcmp(magic, "P6", 2) != 0)
		r.bad = 1;
	picture->width = qemu_ppm_number(&r);
	picture->height = qemu_ppm_number(&r);
	max = qemu_ppm_number(&r);
	if (r.bad || max != 255 || picture->width > QEMU_SCREEN_MAX ||
	    picture->height > QEMU_SCREEN_MAX ||
	    (size_t)(r.end - r.p) !=
	    (size_t)3 * picture->width * picture->height)
		return error_set(err, ERROR_HOST, "QEMU's screen dump of %zu "
		    "bytes is no PPM of at most %d by %d pixels",
		    ppm->len, QEMU_SCREEN_MAX, QEMU_SCREEN_MAX);
	count = (size_t)picture->width * picture->height;
	bytes_clear(&picture->pixels);
	bytes_reserve(&picture->pixels, 4 * count);
	to = picture->pixels.data;
	for (i = 0, from = r.p; i < count; i++, from += 3, to += 4) {
		to[0] = from[2];
		to[1] = from[1];
		to[2] = from[0];
		to[3] = 0;
	}
	picture->pixels.len = 4 * count;
	return 0;
}

int
qemu_screendump(struct qemu *q, const char *device,
    struct qemu_picture *picture, struct error *err)
{
	char *path = qemu_folder_file(q->folder, QEMU_FILE_SCREEN);
	struct bytes command = {0}, ppm = {0};
	int rc;

	/* No "format": PPM is what every QEMU writes if not told. */
	bytes_printf(&command, "{\"execute\":\"screendump\",\"arguments\":"
	    "{\"filename\":");
	qemu_json_add_string(&command, path);
	if (device != NULL) {
		bytes_printf(&command, ",\"device\":");
		qemu_json_add_string(&command, device);
	}
	bytes_printf(&command, "}}");
	rc = qemu_qmp(q, (char *)command.data, NULL, err);
	if (rc == 0)
		rc = qemu_file_take(q->folder, QEMU_FILE_SCREEN, &ppm, err);
	if (rc == 0)
		rc = qemu_ppm_parse(&ppm, picture, err);
	bytes_free(&ppm);
	bytes_free(&command);
	check_free(path);
	return rc;
}
