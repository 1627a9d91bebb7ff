/* test_trace.c: writing and reading whole traces; the container's format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <zstd.h>

#include "bytes.h"
#include "check.h"
#include "prng.h"
#include "trace.h"
#include "trace_layout.h"
#include "trace_samples.h"

/*
 * The version of the format, and the SHA-256 of blocks and seek table with
 * fixed values.  If layout_changes_only_with_the_version fails, put the old
 * layout back; or raise TRACE_VERSION, describe the change in
 * traces/FORMAT.md, and put the new pair here (and into test_event.c).
 */
#define GOLDEN_VERSION	3u
#define GOLDEN_DIGEST \
	"c0c19b9359d7435c5da1c0f245dd2ee44b296b918af7aade2f1534dfd1da0c10"

/* A directory of its own for each test, removed after it. */
struct place {
	char dir[200];
	char path[216], part[216];
};

static int
place_open(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	const char *tmp = getenv("TMPDIR");

	if (tmp == NULL || strlen(tmp) > 160)
		tmp = ".";
	snprintf(p->dir, sizeof p->dir, "%s/viotape-XXXXXX", tmp);
	if (mkdtemp(p->dir) == NULL)
		return -1;
	snprintf(p->path, sizeof p->path, "%s/a.vtr", p->dir);
	snprintf(p->part, sizeof p->part, "%s/a.vtr.part", p->dir);
	*state = p;
	return 0;
}

/* Fails if a test leaves anything else behind. */
static int
place_close(void **state)
{
	struct place *p = *state;
	int ret;

	unlink(p->path);
	unlink(p->part);
	ret = rmdir(p->dir);
	check_free(p);
	return ret;
}

static int
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void
put_file(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

static void
get_file(const char *path, struct bytes *out)
{
	uint8_t buf[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY);

	assert_int_not_equal(fd, -1);
	while ((n = read(fd, buf, sizeof buf)) > 0)
		bytes_add(out, buf, (size_t)n);
	close(fd);
}

/* ---- format ---- */

static void
layout_changes_only_with_the_version(void **state)
{
	struct layout_frame f = { .number = 1, .event_first = 2,
	    .event_count = 3, .packed_size = 4, .raw_size = 6,
	    .raw_hash = { 7 } };
	struct layout_end end = { 8, 9, 10, { 11 }, { 12 } };
	uint8_t hash[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];
	struct bytes out = { 0 };
	struct digest d;

	(void)state;
	assert_int_equal(layout_put_header(&out, &sample_header, hash, NULL),
	    0);
	layout_put_frame(&out, TRACE_VERSION_PLAIN, &f);
	layout_put_end(&out, TRACE_VERSION_PLAIN, &end);
	layout_put_seek(&out, 13, 0, &f, 1);
	digest_init(&d);
	digest_add(&d, out.data, out.len);
	digest_final(&d, hash);
	digest_hex(hash, hex);
	assert_int_equal(TRACE_VERSION, GOLDEN_VERSION);
	assert_string_equal(hex, GOLDEN_DIGEST);
	bytes_free(&out);
}

/* The seek table, read as zstd's seekable format describes it. */
static void
seek_table_lets_a_seekable_reader_find_every_frame(void **state)
{
	struct bytes b = { 0 };
	const uint8_t *table, *at;
	uint64_t count, packed, raw, sum = 0;
	uint8_t *content = malloc(1 << 20);
	size_t frames = 0, n;

	(void)state;
	sample_trace(3, &b);
	assert_int_equal(bytes_le(b.data + b.len - 4, 4), 0x8f92eab1);
	assert_int_equal(b.data[b.len - 5], 0);
	count = bytes_le(b.data + b.len - 9, 4);
	table = b.data + b.len - 9 - 8 * count;
	assert_int_equal(bytes_le(table - 8, 4), 0x184d2a5e);
	assert_int_equal(bytes_le(table - 4, 4), 8 * count + 9);
	for (at = b.data; count > 0; count--, table += 8) {
		packed = bytes_le(table, 4);
		raw = bytes_le(table + 4, 4);
		assert_int_equal(ZSTD_findFrameCompressedSize(at, packed),
		    packed);
		n = ZSTD_decompress(content, 1 << 20, at, packed);
		assert_int_equal(n, raw);
		assert_int_equal(raw != 0,
		    bytes_le(at, 4) == ZSTD_MAGICNUMBER);
		frames += raw != 0;
		sum += raw;
		at += packed;
	}
	assert_int_equal(frames, 3);
	assert_ptr_equal(at + 8, b.data + b.len - 9 - 8 * 8);
	/* The whole file is legal zstd, and gives all event bytes. */
	assert_int_equal(ZSTD_decompress(content, 1 << 20, b.data, b.len),
	    sum);
	check_free(content);
	bytes_free(&b);
}

/* The program zstd gives exactly the event bytes, in their order. */
static void
zstd_program_gives_exactly_the_event_bytes(void **state)
{
	struct place *p = *state;
	struct bytes wanted = { 0 }, got = { 0 };
	struct trace_writer *w;
	struct sample_room room;
	struct event e;
	char command[512], raw[216];

	if (system("zstd --version >/dev/null 2>&1") != 0) {
		print_message("SKIPPED: the program zstd is not installed\n");
		skip();
	}
	w = trace_writer_open(p->path, &sample_header, NULL);
	for (size_t n = 0; n < 20000; n++) {
		sample_event(n, &e, &room);
		if (e.kind == EVENT_PICTURE)
			continue;	/* its bytes are zstd's affair */
		assert_int_equal(event_encode(&e, &wanted, NULL), 0);
		assert_int_equal(trace_writer_add(w, &e, NULL), 0);
	}
	assert_int_equal(trace_writer_close(w, NULL, NULL), 0);
	snprintf(raw, sizeof raw, "%s/raw", p->dir);
	snprintf(command, sizeof command, "zstd -q -d -c <%s >%s", p->path,
	    raw);
	assert_int_equal(system(command), 0);
	get_file(raw, &got);
	unlink(raw);
	assert_int_equal(got.len, wanted.len);
	assert_memory_equal(got.data, wanted.data, wanted.len);
	bytes_free(&got);
	bytes_free(&wanted);
}

/* ---- writing and reading ---- */

static void
a_trace_gives_back_header_events_and_digest(void **state)
{
	const struct trace_header *h;
	struct trace_stat s;
	struct bytes b = { 0 };
	struct trace *t;
	size_t count = sample_trace(3, &b);

	(void)state;
	t = trace_open_memory("m", b.data, b.len, TRACE_STRICT, NULL);
	assert_non_null(t);
	h = trace_header(t);
	assert_string_equal(h->device, sample_header.device);
	assert_string_equal(h->host_name, sample_header.host_name);
	assert_string_equal(h->host_version, sample_header.host_version);
	assert_string_equal(h->scenario_name, sample_header.scenario_name);
	assert_string_equal(h->scenario_text, sample_header.scenario_text);
	assert_string_equal(h->creator, sample_header.creator);
	assert_int_equal(h->machine_len, sizeof sample_machine);
	assert_memory_equal(h->machine, sample_machine, h->machine_len);
	assert_memory_equal(h->driver_digest, sample_header.driver_digest,
	    DIGEST_SIZE);
	assert_memory_equal(trace_run_digest(t), sample_run_digest,
	    DIGEST_SIZE);
	assert_int_equal(trace_event_count(t), count);
	assert_int_equal(sample_compare(t), count);
	assert_int_equal(trace_loss_count(t), 0);
	assert_int_equal(trace_verify(t, NULL), 0);
	trace_stat(t, &s);
	assert_int_equal(s.file_size, b.len);
	assert_int_equal(s.frame_count, 3);
	assert_int_equal(s.event_count, count);
	assert_int_equal(s.kind_count[EVENT_PICTURE], 5);
	assert_int_equal(s.pixels_size, 5 * sizeof sample_pixels);
	trace_close(t);
	bytes_free(&b);
}

/* Any order of reading gives the same events, also across frames. */
static void
events_can_be_had_in_any_order(void **state)
{
	struct prng r = { 1 };
	struct sample_room room;
	struct event e, wanted;
	struct bytes b = { 0 };
	struct trace *t;
	size_t count = sample_trace(5, &b), n;

	(void)state;
	t = trace_open_memory("m", b.data, b.len, TRACE_STRICT, NULL);
	for (size_t i = 0; i < 2000; i++) {
		n = (size_t)prng_below(&r, count);
		sample_event(n, &wanted, &room);
		assert_int_equal(trace_event_get(t, n, &e, NULL), 0);
		assert_true(event_equal(&e, &wanted));
		assert_int_equal(trace_event_number(t, n), n);
	}
	trace_close(t);
	bytes_free(&b);
}

static void
the_same_events_give_the_same_file(void **state)
{
	struct bytes a = { 0 }, b = { 0 };

	(void)state;
	sample_trace(4, &a);
	sample_trace(4, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	bytes_free(&a);
	bytes_free(&b);
}

/* Without flush, frames end by themselves near TRACE_FRAME_SIZE_AIM. */
static void
frames_end_by_size(void **state)
{
	struct trace_writer *w = trace_writer_open_memory(&sample_header,
	    NULL);
	struct prng r = { 7 };
	struct bytes b = { 0 };
	struct trace_stat s;
	struct trace *t;
	struct event e = { .kind = EVENT_USED };
	uint8_t data[1000];

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		for (size_t k = 0; k < sizeof data; k++)
			data[k] = (uint8_t)prng_next(&r);
		e.data = data;
		e.data_len = i;
		assert_int_equal(trace_writer_add(w, &e, NULL), 0);
	}
	assert_int_equal(trace_writer_event_count(w), 1000);
	assert_int_equal(trace_writer_close_memory(w, NULL, &b, NULL), 0);
	t = trace_open_memory("m", b.data, b.len, TRACE_STRICT, NULL);
	trace_stat(t, &s);
	assert_int_equal(s.frame_count, s.raw_size / TRACE_FRAME_SIZE_AIM + 1);
	assert_int_equal(trace_event_get(t, 999, &e, NULL), 0);
	assert_int_equal(e.data_len, 999);
	assert_memory_equal(e.data, data, 999);
	trace_close(t);
	bytes_free(&b);
}

static void
a_trace_without_events_is_a_trace(void **state)
{
	static const struct trace_header none;
	struct trace_writer *w = trace_writer_open_memory(&none, NULL);
	struct bytes b = { 0 };
	struct trace *t;

	(void)state;
	assert_int_equal(trace_writer_flush(w, NULL), 0);
	assert_int_equal(trace_writer_close_memory(w, NULL, &b, NULL), 0);
	t = trace_open_memory("m", b.data, b.len, TRACE_STRICT, NULL);
	assert_non_null(t);
	assert_int_equal(trace_event_count(t), 0);
	assert_string_equal(trace_header(t)->device, "");
	assert_int_equal(trace_header(t)->machine_len, 0);
	trace_close(t);
	bytes_free(&b);
}

/* ---- pictures ---- */

#define WIDE	640u
#define HIGH	480u

/* Pixels of a text screen: noise in one cell after the other. */
static void
draw_cell(uint8_t *pixels, unsigned cell, struct prng *r)
{
	unsigned x0 = cell % 80 * 8, y0 = cell / 80 * 16;

	for (unsigned y = y0; y < y0 + 16; y++)
		for (unsigned x = x0; x < x0 + 8; x++)
			memset(pixels + (y * WIDE + x) * 4,
			    prng_next(r) & 1 ? 0xff : 0, 3);
}

/*
 * 24 pictures of 1.2 MB that differ in a cell each, on two scanouts: they come
 * back exactly, in any order, and a delta costs little beside its key.
 */
static void
pictures_come_back_and_deltas_are_small(void **state)
{
	struct trace_writer *w = trace_writer_open_memory(&sample_header,
	    NULL);
	uint8_t *pixels = calloc(WIDE * HIGH, 4), hash[25][DIGEST_SIZE];
	struct event e = { .kind = EVENT_PICTURE, .data = pixels,
	    .data_len = WIDE * HIGH * 4, .picture = { .width = WIDE,
	    .height = HIGH } };
	struct prng r = { 3 };
	struct bytes b = { 0 };
	struct trace_stat s;
	struct trace *t;

	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		draw_cell(pixels, i, &r);
	for (unsigned i = 0; i < 24; i++) {
		draw_cell(pixels, 40 * i, &r);
		e.picture.scanout = i % 2;
		event_picture_hash(&e, hash[i]);
		assert_int_equal(trace_writer_add(w, &e, NULL), 0);
	}
	assert_int_equal(trace_writer_close_memory(w, NULL, &b, NULL), 0);
	t = trace_open_memory("m", b.data, b.len, TRACE_STRICT, NULL);
	assert_non_null(t);
	assert_int_equal(trace_verify(t, NULL), 0);
	for (unsigned i = 24; i-- > 0;) {
		assert_int_equal(trace_event_get(t, i, &e, NULL), 0);
		assert_int_equal(e.picture.scanout, i % 2);
		assert_int_equal(e.data_len, WIDE * HIGH * 4);
		e.picture.pack = EVENT_PACK_NONE;
		event_picture_hash(&e, hash[24]);
		assert_memory_equal(hash[24], hash[i], DIGEST_SIZE);
	}
	trace_stat(t, &s);
	assert_int_equal(s.pixels_size, 24 * WIDE * HIGH * 4);
	assert_int_equal(s.frame_count, 1);
	/* 24 keys would take 24 times 256000 / 8 bytes at the very least. */
	assert_true(s.packed_size < 24u * 256000u / 8 / 4);
	trace_close(t);
	bytes_free(&b);
	check_free(pixels);
}

/* More sorts of pictures than a frame has keys: the writer cuts the frame. */
static void
many_sizes_of_pictures_cut_the_frame(void **state)
{
	struct trace_writer *w = trace_writer_open_memory(&sample_header,
	    NULL);
	uint8_t pixels[40 * 4] = { 5 };
	struct event e = { .kind = EVENT_PICTURE, .data = pixels };
	struct bytes b = { 0 };
	struct trace_stat s;
	struct trace *t;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		e.picture = (struct event_picture){ .width = i + 1,
		    .height = 1 };
		e.data_len = (i + 1) * 4;
		assert_int_equal(trace_writer_add(w, &e, NULL), 0);
	}
	assert_int_equal(trace_writer_close_memory(w, NULL, &b, NULL), 0);
	t = trace_open_memory("m", b.data, b.len, TRACE_STRICT, NULL);
	assert_non_null(t);
	trace_stat(t, &s);
	assert_int_equal(s.frame_count, 3);
	assert_int_equal(trace_verify(t, NULL), 0);
	trace_close(t);
	bytes_free(&b);
}

/* ---- files ---- */

static void
a_file_has_its_name_when_it_is_whole(void **state)
{
	struct place *p = *state;
	struct bytes file = { 0 }, memory = { 0 };
	struct trace_writer *w;
	struct trace *t;

	put_file(p->path, "old", 3);
	w = trace_writer_open(p->path, &sample_header, NULL);
	assert_non_null(w);
	sample_add_frame(w, 0, SAMPLE_FRAME_EVENTS);
	assert_true(exists(p->part));
	get_file(p->path, &file);
	assert_int_equal(file.len, 3);		/* the old one, untouched */
	assert_int_equal(trace_writer_close(w, sample_run_digest, NULL), 0);
	assert_false(exists(p->part));
	bytes_clear(&file);
	get_file(p->path, &file);
	sample_trace(1, &memory);
	assert_int_equal(file.len, memory.len);
	assert_memory_equal(file.data, memory.data, file.len);
	t = trace_open(p->path, TRACE_STRICT, NULL);
	assert_int_equal(sample_compare(t), SAMPLE_FRAME_EVENTS);
	trace_close(t);
	bytes_free(&file);
	bytes_free(&memory);
}

static void
giving_up_leaves_nothing(void **state)
{
	struct place *p = *state;
	struct trace_writer *w;

	w = trace_writer_open(p->path, &sample_header, NULL);
	sample_add_frame(w, 0, SAMPLE_FRAME_EVENTS);
	trace_writer_abort(w);
	assert_false(exists(p->part));
	assert_false(exists(p->path));
	trace_writer_abort(NULL);
}

/* What a stopped recorder left is not overwritten. */
static void
a_part_that_is_there_is_kept(void **state)
{
	struct place *p = *state;
	struct bytes file = { 0 };
	struct error err;

	put_file(p->part, "precious", 8);
	assert_null(trace_writer_open(p->path, &sample_header, &err));
	assert_int_equal(err.code, ERROR_INPUT);
	assert_non_null(strstr(err.text, "a.vtr.part is there already"));
	get_file(p->part, &file);
	assert_int_equal(file.len, 8);
	bytes_free(&file);
	assert_null(trace_open(p->path, TRACE_STRICT, &err));
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_non_null(strstr(err.text, "a.vtr.part is there"));
}

static void
what_cannot_be_opened_says_why(void **state)
{
	struct place *p = *state;
	struct error err;
	char path[232];

	assert_null(trace_open(p->path, TRACE_STRICT, &err));
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_non_null(strstr(err.text, p->path));
	assert_null(trace_open(p->dir, TRACE_RECOVER, &err));
	assert_int_equal(err.code, ERROR_INPUT);
	assert_non_null(strstr(err.text, "not a regular file"));
	snprintf(path, sizeof path, "%s/none/a.vtr", p->dir);
	assert_null(trace_writer_open(path, &sample_header, &err));
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_non_null(strstr(err.text, "none/a.vtr.part"));
}

/* The child of the next test: exit status 0 if all is as it should be. */
static int
record_with_little_room(const struct place *p, size_t room)
{
	struct rlimit limit = { room, room };
	struct trace_writer *w;
	struct sample_room sample;
	struct error err = { 0 };
	struct event e;
	int ret = 0;

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) == -1)
		return 10;
	w = trace_writer_open(p->path, &sample_header, &err);
	if (w == NULL)
		return exists(p->part) || err.code != ERROR_SYSTEM;
	for (size_t n = 0; n < 200 && ret == 0; n++) {
		sample_event(n, &e, &sample);
		ret = trace_writer_add(w, &e, &err);
		if (ret == 0 && n % 20 == 19)
			ret = trace_writer_flush(w, &err);
	}
	if (ret == -1 && exists(p->part))
		return 11;
	if (ret == -1 && trace_writer_add(w, &e, NULL) == 0)
		return 12;
	if (trace_writer_close(w, NULL, &err) == 0)
		return 13;
	if (err.code != ERROR_SYSTEM || exists(p->part) || exists(p->path))
		return 14;
	return 0;
}

/* Wherever the disk becomes full: an error, and no file. */
static void
a_full_disk_leaves_no_file(void **state)
{
	struct place *p = *state;
	struct trace_writer *w;
	struct stat st;
	int status;
	pid_t pid;

	w = trace_writer_open(p->path, &sample_header, NULL);
	for (size_t n = 0; n < 200; n += 20)
		sample_add_frame(w, n, 20);
	assert_int_equal(trace_writer_close(w, NULL, NULL), 0);
	assert_int_equal(stat(p->path, &st), 0);
	unlink(p->path);
	for (off_t room = 0; room < st.st_size; room += 61) {
		pid = fork();
		if (pid == 0)
			_exit(record_with_little_room(p, (size_t)room));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
		assert_false(exists(p->part));
		assert_false(exists(p->path));
	}
}

/* A recorder killed at any moment: all flushed events are there. */
static void
a_killed_recorder_leaves_its_whole_frames(void **state)
{
	struct place *p = *state;
	struct trace_writer *w;
	struct trace *t;
	struct error err;
	int pipes[2];
	char go;
	pid_t pid;

	for (size_t frames = 0; frames < 4; frames++) {
		assert_int_equal(pipe(pipes), 0);
		pid = fork();
		if (pid == 0) {
			struct sample_room room;
			struct event e;

			w = trace_writer_open(p->path, &sample_header, NULL);
			for (size_t f = 0; f < frames; f++)
				sample_add_frame(w, f * SAMPLE_FRAME_EVENTS,
				    SAMPLE_FRAME_EVENTS);
			sample_event(frames * SAMPLE_FRAME_EVENTS, &e, &room);
			trace_writer_add(w, &e, NULL);
			if (write(pipes[1], "", 1) == 1)
				pause();
			_exit(1);
		}
		assert_int_equal(read(pipes[0], &go, 1), 1);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close(pipes[0]);
		close(pipes[1]);
		assert_false(exists(p->path));
		assert_null(trace_open(p->part, TRACE_STRICT, &err));
		assert_int_equal(err.code, ERROR_INPUT);
		assert_non_null(strstr(err.text, "ends too early"));
		t = trace_open(p->part, TRACE_RECOVER, &err);
		assert_non_null(t);
		assert_int_equal(sample_compare(t),
		    frames * SAMPLE_FRAME_EVENTS);
		assert_int_equal(trace_loss_count(t), 1);
		assert_int_equal(trace_loss(t, 0)->open_end, 1);
		assert_int_equal(trace_loss(t, 0)->byte_count, 0);
		trace_close(t);
		unlink(p->part);
	}
}

/* A reader that may not write at all reads all the same. */
static void
reading_writes_nothing(void **state)
{
	struct place *p = *state;
	struct bytes before = { 0 }, after = { 0 };
	struct trace *t;

	sample_trace(2, &before);
	before.len -= 100;
	put_file(p->path, before.data, before.len);
	assert_int_equal(chmod(p->path, 0400), 0);
	assert_int_equal(chmod(p->dir, 0500), 0);
	t = trace_open(p->path, TRACE_RECOVER, NULL);
	assert_non_null(t);
	assert_int_equal(trace_verify(t, NULL), 0);
	trace_close(t);
	assert_null(trace_open(p->path, TRACE_STRICT, NULL));
	assert_int_equal(chmod(p->dir, 0700), 0);
	get_file(p->path, &after);
	assert_int_equal(after.len, before.len);
	assert_memory_equal(after.data, before.data, after.len);
	bytes_free(&before);
	bytes_free(&after);
}

/* ---- limits ---- */

static void
a_refused_event_does_not_stop_the_writer(void **state)
{
	struct trace_writer *w = trace_writer_open_memory(&sample_header,
	    NULL);
	struct event good = { .kind = EVENT_TIME, .time_ns = 5 };
	struct event bad = { .kind = EVENT_KIND_END };
	struct event packed = { .kind = EVENT_PICTURE, .picture = {
	    .width = 1, .height = 1, .pack = EVENT_PACK_KEY } };
	struct bytes b = { 0 };
	struct error err;
	struct trace *t;

	(void)state;
	assert_int_equal(trace_writer_add(w, &good, &err), 0);
	assert_int_equal(trace_writer_add(w, &bad, &err), -1);
	assert_int_equal(err.code, ERROR_INPUT);
	assert_int_equal(trace_writer_add(w, &packed, &err), -1);
	assert_int_equal(err.code, ERROR_INPUT);
	assert_int_equal(trace_writer_add(w, &good, &err), 0);
	assert_int_equal(trace_writer_close_memory(w, NULL, &b, &err), 0);
	t = trace_open_memory("m", b.data, b.len, TRACE_STRICT, NULL);
	assert_int_equal(trace_event_count(t), 2);
	trace_close(t);
	bytes_free(&b);
}

static void
a_header_too_long_is_refused(void **state)
{
	struct place *p = *state;
	struct trace_header h = sample_header;
	char name[TRACE_NAME_SIZE_MAX + 2];
	struct trace_writer *w;
	struct error err;

	memset(name, 'n', sizeof name);
	name[TRACE_NAME_SIZE_MAX + 1] = '\0';
	h.host_version = name;
	assert_null(trace_writer_open(p->path, &h, &err));
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_non_null(strstr(err.text, "host-version has 257 bytes"));
	assert_false(exists(p->part));
	name[TRACE_NAME_SIZE_MAX] = '\0';
	w = trace_writer_open_memory(&h, &err);
	assert_non_null(w);
	trace_writer_abort(w);
}

/* A picture that stays large although packed is refused, not half kept. */
static void
a_picture_that_does_not_pack_is_refused(void **state)
{
	struct trace_writer *w = trace_writer_open_memory(&sample_header,
	    NULL);
	size_t size = 2048 * 2048 * 4;
	uint8_t *pixels = malloc(size);
	struct event e = { .kind = EVENT_PICTURE, .data = pixels,
	    .data_len = size, .picture = { .width = 2048, .height = 2048 } };
	struct prng r = { 9 };
	struct bytes b = { 0 };
	struct error err;
	struct trace *t;

	(void)state;
	for (size_t i = 0; i < size; i += 8)
		bytes_le_put(pixels + i, prng_next(&r), 8);
	assert_int_equal(trace_writer_add(w, &e, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	memset(pixels, 0, size);
	assert_int_equal(trace_writer_add(w, &e, &err), 0);
	assert_int_equal(trace_writer_close_memory(w, NULL, &b, NULL), 0);
	t = trace_open_memory("m", b.data, b.len, TRACE_STRICT, NULL);
	assert_int_equal(trace_verify(t, NULL), 0);
	assert_int_equal(trace_event_count(t), 1);
	trace_close(t);
	bytes_free(&b);
	check_free(pixels);
}

#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_changes_only_with_the_version),
		cmocka_unit_test(
		    seek_table_lets_a_seekable_reader_find_every_frame),
		IN_PLACE(zstd_program_gives_exactly_the_event_bytes),
		cmocka_unit_test(a_trace_gives_back_header_events_and_digest),
		cmocka_unit_test(events_can_be_had_in_any_order),
		cmocka_unit_test(the_same_events_give_the_same_file),
		cmocka_unit_test(frames_end_by_size),
		cmocka_unit_test(a_trace_without_events_is_a_trace),
		cmocka_unit_test(pictures_come_back_and_deltas_are_small),
		cmocka_unit_test(many_sizes_of_pictures_cut_the_frame),
		IN_PLACE(a_file_has_its_name_when_it_is_whole),
		IN_PLACE(giving_up_leaves_nothing),
		IN_PLACE(a_part_that_is_there_is_kept),
		IN_PLACE(what_cannot_be_opened_says_why),
		IN_PLACE(a_full_disk_leaves_no_file),
		IN_PLACE(a_killed_recorder_leaves_its_whole_frames),
		IN_PLACE(reading_writes_nothing),
		cmocka_unit_test(a_refused_event_does_not_stop_the_writer),
		IN_PLACE(a_header_too_long_is_refused),
		cmocka_unit_test(a_picture_that_does_not_pack_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
