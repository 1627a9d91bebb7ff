/* qemu_log.c: a line of a log of QEMU's; see qemu_log.h. */
#include "qemu_log.h"

#include <string.h>

#define LINES_LOOKED_AT	4096u		/* for one that is understood */
#define LINE_MAX_LEN	4096u		/* bytes; more is no line of QEMU's */

/* A stretch of a line. */
struct span {
	const char *p, *end;
};

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    is_digit(c) || c == '_';
}

/* "PID@SECONDS.MICROSECONDS:", if it is there. */
static void
skip_time(struct span *s)
{
	const char *p = s->p;

	while (p < s->end && is_digit(*p))
		p++;
	if (p == s->p || p == s->end || *p++ != '@')
		return;
	while (p < s->end && (is_digit(*p) || *p == '.'))
		p++;
	if (p < s->end && *p == ':')
		s->p = p + 1;
}

/* The next word, or an empty one at the end. */
static struct span
word_next(struct span *s)
{
	struct span w;

	while (s->p < s->end && *s->p == ' ')
		s->p++;
	w.p = s->p;
	while (s->p < s->end && *s->p != ' ')
		s->p++;
	w.end = s->p;
	return w;
}

static int
span_is(struct span s, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(s.end - s.p) == n && memcmp(s.p, word, n) == 0;
}

static int
digit_of(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Decimal, or hexadecimal behind 0x; -1: no number, or over 64 bits. */
static int
number(struct span s, uint64_t *out)
{
	unsigned base = 10;
	uint64_t v = 0;

	if (s.end - s.p > 2 && s.p[0] == '0' && s.p[1] == 'x') {
		base = 16;
		s.p += 2;
	}
	if (s.p == s.end)
		return -1;
	for (; s.p < s.end; s.p++) {
		unsigned d = (unsigned)digit_of(*s.p);

		if (d >= base || v > (UINT64_MAX - d) / base)
			return -1;
		v = v * base + d;
	}
	*out = v;
	return 0;
}

/* The number behind a key. */
static int
value_of(struct span args, const char *key, uint64_t *out)
{
	struct span w = word_next(&args);

	while (w.p < w.end && !span_is(w, key))
		w = word_next(&args);
	return w.p < w.end ? number(word_next(&args), out) : -1;
}

static int
value32_of(struct span args, const char *key, uint32_t *out)
{
	uint64_t v;

	if (value_of(args, key, &v) != 0 || v > UINT32_MAX)
		return -1;
	*out = (uint32_t)v;
	return 0;
}

/* A pointer that is none tells nothing from anything. */
static int
pointer_of(struct span args, const char *key, uint64_t *out)
{
	return value_of(args, key, out) == 0 && *out != 0 ? 0 : -1;
}

/* The quoted name at the end. */
static int
region_of(struct span args, struct qemu_log_line *out)
{
	static const char key[] = " name '";
	size_t n = sizeof key - 1;

	if (args.end - args.p < (ptrdiff_t)n + 2 || args.end[-1] != '\'')
		return -1;
	for (const char *p = args.p; p + n < args.end; p++) {
		if (memcmp(p, key, n) != 0)
			continue;
		out->region = p + n;
		out->region_len = (size_t)(args.end - 1 - out->region);
		return 0;
	}
	return -1;
}

static int
read_access(struct span args, struct qemu_log_line *out)
{
	uint32_t size;

	if (value_of(args, "addr", &out->address) != 0 ||
	    value_of(args, "value", &out->value) != 0 ||
	    value32_of(args, "size", &size) != 0 ||
	    region_of(args, out) != 0 ||
	    (size != 1 && size != 2 && size != 4 && size != 8))
		return -1;
	out->size = size;
	if (size < 8)
		out->value &= (UINT64_C(1) << 8 * size) - 1;
	return 0;
}

static int
read_notified(struct span args, struct qemu_log_line *out)
{
	return pointer_of(args, "vdev", &out->vdev) != 0 ||
	    value32_of(args, "n", &out->queue) != 0 ||
	    pointer_of(args, "vq", &out->vq) != 0 ? -1 : 0;
}

static int
read_interrupt(struct span args, struct qemu_log_line *out)
{
	return pointer_of(args, "vdev", &out->vdev) != 0 ||
	    pointer_of(args, "vq", &out->vq) != 0 ? -1 : 0;
}

static int
read_status(struct span args, struct qemu_log_line *out)
{
	return pointer_of(args, "vdev", &out->vdev) != 0 ||
	    value_of(args, "val", &out->value) != 0 ? -1 : 0;
}

static int
read_pop(struct span args, struct qemu_log_line *out)
{
	return pointer_of(args, "vq", &out->vq) != 0 ||
	    pointer_of(args, "elem", &out->elem) != 0 ||
	    value32_of(args, "in_num", &out->in) != 0 ||
	    value32_of(args, "out_num", &out->out) != 0 ? -1 : 0;
}

static int
read_fill(struct span args, struct qemu_log_line *out)
{
	uint32_t index;

	return pointer_of(args, "vq", &out->vq) != 0 ||
	    pointer_of(args, "elem", &out->elem) != 0 ||
	    value32_of(args, "len", &out->len) != 0 ||
	    value32_of(args, "idx", &index) != 0 ? -1 : 0;
}

static const struct {
	const char *name;
	enum qemu_log_kind kind;
	int (*read)(struct span args, struct qemu_log_line *out);
} events[] = {
	{ "memory_region_ops_read", QEMU_LOG_READ, read_access },
	{ "memory_region_ops_write", QEMU_LOG_WRITE, read_access },
	{ "virtio_queue_notify", QEMU_LOG_NOTIFIED, read_notified },
	{ "virtio_notify", QEMU_LOG_INTERRUPT, read_interrupt },
	{ "virtio_notify_irqfd", QEMU_LOG_INTERRUPT, read_interrupt },
	{ "virtio_set_status", QEMU_LOG_STATUS, read_status },
	{ "virtqueue_pop", QEMU_LOG_POP, read_pop },
	{ "virtqueue_fill", QEMU_LOG_FILL, read_fill },
};

void
qemu_log_line(const char *text, size_t n, struct qemu_log_line *out)
{
	struct span s = { text, text + n }, name;

	memset(out, 0, sizeof *out);
	out->kind = QEMU_LOG_BAD;
	if (n > LINE_MAX_LEN)
		return;
	if (n != 0 && text[n - 1] == '\r')
		s.end--;
	skip_time(&s);
	name = word_next(&s);
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		if (span_is(name, events[i].name)) {
			if (events[i].read(s, out) == 0)
				out->kind = events[i].kind;
			return;
		}
	if (name.p == name.end || is_digit(*name.p))
		return;
	for (const char *p = name.p; p < name.end; p++)
		if (!is_word(*p))
			return;
	out->kind = QEMU_LOG_OTHER;
}

int
qemu_log_is(const char *text, size_t n)
{
	const char *end = text + n;

	for (unsigned i = 0; i < LINES_LOOKED_AT && text < end; i++) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		struct qemu_log_line line;

		if (nl == NULL)
			nl = end;
		qemu_log_line(text, (size_t)(nl - text), &line);
		if (line.kind < QEMU_LOG_OTHER)
			return 1;
		text = nl + 1;
	}
	return 0;
}
