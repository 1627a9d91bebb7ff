/*
 * test_import_log.c: a log of QEMU's becomes a trace with the registers,
 * chains and interrupts that were in it, in their order, and nothing else:
 * neither times nor pointers, nor what no log has.  What it cannot take it
 * says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "import_log.h"
#include "load.h"
#include "log_of_trace.h"
#include "qemu_log.h"

static const struct log_dialect plain = { .second = 1700000000,
    .pointer = UINT64_C(0x55a7afa00000) };

struct fixture {
	struct machine_desc machine;
	struct trace *trace;
};

static void
open_trace(struct fixture *f, const char *name)
{
	char path[512];
	struct error err;

	error_clear(&err);
	snprintf(path, sizeof path, VIOTAPE_SOURCE_DIR "/traces/%s.vtr", name);
	f->trace = trace_open(path, TRACE_STRICT, &err);
	if (f->trace == NULL || load_machine("arm64-qemu", &f->machine,
	    &err) != 0)
		fail_msg("%s", err.text);
}

static void
close_trace(struct fixture *f)
{
	trace_close(f->trace);
	machine_desc_free(&f->machine);
}

static int
import(const struct fixture *f, const struct bytes *log, const char *device,
    struct bytes *out, struct bytes *told, struct error *err)
{
	struct import_config cfg = { .name = "the.log",
	    .machine = &f->machine, .device = device };

	error_clear(err);
	bytes_clear(out);
	bytes_clear(told);
	return import_log(&cfg, (const char *)log->data, log->len, out, told,
	    err);
}

static struct trace *
imported(const struct fixture *f, const struct bytes *log, struct bytes *told)
{
	struct bytes out = { 0 };
	struct error err;
	struct trace *t;

	if (import(f, log, NULL, &out, told, &err) != 0)
		fail_msg("%s", err.text);
	t = trace_open_memory("imported", out.data, out.len, TRACE_STRICT,
	    &err);
	if (t == NULL)
		fail_msg("%s", err.text);
	bytes_free(&out);
	return t;
}

/* Of a recording: what a log can hold of its one device. */
static int
is_held(const struct event *e, const struct virtio_watch *w)
{
	if (e->kind == EVENT_READ || e->kind == EVENT_WRITE)
		return virtio_watch_is_at(w, e->access.bdf,
		    (enum boundary_region)e->access.region);
	return e->kind == EVENT_CHAIN || e->kind == EVENT_USED ||
	    e->kind == EVENT_IRQ;
}

static void
assert_same(const char *name, const struct event *was, const struct event *is,
    size_t n)
{
	if (was->kind != is->kind)
		fail_msg("%s: event %zu is %s, was %s", name, n,
		    event_kind_name(is->kind), event_kind_name(was->kind));
	if (is->kind == EVENT_CHAIN) {
		assert_int_equal(is->chain.queue, was->chain.queue);
		assert_int_equal(is->chain.ordinal, was->chain.ordinal);
		assert_int_equal(is->chain.flags, EVENT_CHAIN_UNSEEN);
		assert_int_equal(is->chain.descriptor_count,
		    was->chain.descriptor_count);
		assert_int_equal(is->data_len, 0);
	} else if (is->kind == EVENT_USED) {
		assert_int_equal(is->used.queue, was->used.queue);
		assert_int_equal(is->used.ordinal, was->used.ordinal);
		assert_int_equal(is->used.used_len, was->used.used_len);
		assert_int_equal(is->data_len, 0);
	} else if (!event_equal(was, is)) {
		fail_msg("%s: event %zu differs", name, n);
	}
}

/* The device is known from its first access on; so begins an import. */
static void
assert_holds_all(struct fixture *f, struct trace *t)
{
	struct virtio_watch end, now;
	struct event e, got;
	size_t n = 0;

	virtio_watch_init(&end);
	virtio_watch_init(&now);
	for (int twice = 0; twice < 2; twice++)
		for (size_t i = 0; i < trace_event_count(f->trace); i++) {
			struct virtio_watch *w = twice ? &now : &end;

			trace_event_get_packed(f->trace, i, &e);
			if (e.kind == EVENT_READ || e.kind == EVENT_WRITE)
				(void)virtio_watch_access(w, e.kind ==
				    EVENT_WRITE, e.access.bdf,
				    (enum boundary_region)e.access.region,
				    e.access.offset, e.access.size,
				    e.access.value);
			/* Of a window all accesses are the device's. */
			if (!twice || !is_held(&e, &end))
				continue;
			assert_true(n < trace_event_count(t));
			trace_event_get_packed(t, n, &got);
			assert_same(trace_header(t)->device, &e, &got, n);
			n++;
		}
	assert_int_equal(n, trace_event_count(t));
}

static const char *const recorded[] = { "vio-dhcp", "vio-queues",
    "viogpu-console", "viogpu-console-intx", "viogpu-console-mmio" };

static void
what_a_log_holds_is_in_the_trace_in_its_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof recorded / sizeof recorded[0]; i++) {
		struct bytes log = { 0 }, told = { 0 };
		struct fixture f;
		struct trace *t;

		open_trace(&f, recorded[i]);
		log_of_trace(f.trace, &f.machine, &plain, &log);
		t = imported(&f, &log, &told);
		assert_int_equal(trace_version(t), TRACE_VERSION_UNSEEN);
		assert_non_null(strstr(trace_header(t)->unseen, "chains"));
		assert_string_equal(trace_header(t)->device,
		    trace_header(f.trace)->device);
		assert_holds_all(&f, t);
		assert_null(strstr((const char *)told.data, "not understood"));
		trace_close(t);
		bytes_free(&told);
		bytes_free(&log);
		close_trace(&f);
	}
}

/* By ports or by memory, at any time, with any pointers: one trace. */
static void
what_differs_between_logs_is_not_in_the_trace(void **state)
{
	static const struct log_dialect dialects[] = {
		{ .second = 1800000001, .pointer = 0x7f0000000000 },
		{ .pointer = 0x1000000 },
		{ .ecam = 0xb0000000, .second = 1, .pointer = 0x1000000 },
		{ .ecam = UINT64_C(0x4010000000), .pointer = 0x1000000 },
		{ .ports = 1, .second = 1, .pointer = 0x1000000 },
	};
	struct bytes log = { 0 }, first = { 0 }, out = { 0 }, told = { 0 };
	struct fixture f;
	struct error err;

	(void)state;
	open_trace(&f, "vio-dhcp");
	log_of_trace(f.trace, &f.machine, &plain, &log);
	assert_int_equal(import(&f, &log, NULL, &first, &told, &err), 0);
	for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++) {
		bytes_clear(&log);
		log_of_trace(f.trace, &f.machine, &dialects[i], &log);
		if (import(&f, &log, NULL, &out, &told, &err) != 0)
			fail_msg("%zu: %s", i, err.text);
		assert_int_equal(out.len, first.len);
		assert_memory_equal(out.data, first.data, first.len);
	}
	bytes_free(&told);
	bytes_free(&out);
	bytes_free(&first);
	bytes_free(&log);
	close_trace(&f);
}

/* An invitation to read more than there is; each is left out and counted. */
static void
lines_that_are_not_understood_are_counted(void **state)
{
	static const char before[] =
	    "qemu-system-x86_64: warning: something\n"
	    "memory_region_ops_read cpu 0 mr 0x1 addr 0x0 value 0x10 size 3 "
	    "name 'virtio-mmio'\n"
	    "4200@1.5:virtqueue_pop vq 0x1 elem 0x2 in_num 1\n"
	    "\xff\xfe\n\n"
	    "virtio_gpu_features virgl 0\n";
	static const char after[] = "memory_region_ops_write cpu 0 mr 0x1 addr "
	    "0x0 val";
	struct bytes log = { 0 }, out = { 0 }, whole = { 0 }, told = { 0 };
	struct fixture f;
	struct error err;

	(void)state;
	open_trace(&f, "viogpu-console");
	log_of_trace(f.trace, &f.machine, &plain, &log);
	assert_int_equal(import(&f, &log, NULL, &whole, &told, &err), 0);
	bytes_clear(&log);
	bytes_add(&log, before, sizeof before - 1);
	log_of_trace(f.trace, &f.machine, &plain, &log);
	bytes_add(&log, after, sizeof after - 1);
	assert_int_equal(import(&f, &log, NULL, &out, &told, &err), 0);
	assert_int_equal(out.len, whole.len);
	assert_memory_equal(out.data, whole.data, whole.len);
	assert_non_null(strstr((const char *)told.data, "left out: 6 lines, "
	    "the first is line 1"));
	assert_non_null(strstr((const char *)told.data, "1 events that a trace "
	    "has no use for"));
	bytes_free(&told);
	bytes_free(&whole);
	bytes_free(&out);
	bytes_free(&log);
	close_trace(&f);
}

static void
assert_refused(const struct fixture *f, const struct bytes *log,
    const char *device, enum error_code code, const char *words)
{
	struct bytes out = { 0 }, told = { 0 };
	struct error err;

	assert_int_equal(import(f, log, device, &out, &told, &err), -1);
	if (strstr(err.text, words) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", err.text, words);
	assert_int_equal(err.code, code);
	assert_int_equal(out.len, 0);
	bytes_free(&told);
	bytes_free(&out);
}

static void
several_devices_need_a_word_which(void **state)
{
	static const struct log_dialect other = { .pointer = 0x2000000 };
	struct bytes log = { 0 }, out = { 0 }, told = { 0 };
	struct fixture net, gpu;
	struct error err;
	struct event e;
	struct trace *t;

	(void)state;
	open_trace(&net, "vio-dhcp");
	open_trace(&gpu, "viogpu-console-mmio");
	log_of_trace(net.trace, &net.machine, &plain, &log);
	log_of_trace(gpu.trace, &gpu.machine, &other, &log);
	assert_refused(&net, &log, NULL, ERROR_INPUT, "1 virtio-net at "
	    "00:01.0, 2 virtio-gpu in window 0; say which by --device NUMBER");
	assert_refused(&net, &log, "3", ERROR_USAGE, "--device 3: the.log has "
	    "1 virtio-net");
	for (int i = 0; i < 2; i++) {
		if (import(&net, &log, i == 0 ? "gpu" : "2", &out, &told,
		    &err) != 0)
			fail_msg("%s", err.text);
		t = trace_open_memory("gpu", out.data, out.len, TRACE_STRICT,
		    &err);
		assert_non_null(t);
		assert_string_equal(trace_header(t)->device,
		    "virtio-gpu-mmio");
		trace_event_get_packed(t, 0, &e);
		assert_int_equal(e.access.region, EVENT_REGION_MMIO);
		trace_close(t);
	}
	bytes_free(&told);
	bytes_free(&out);
	bytes_free(&log);
	close_trace(&gpu);
	close_trace(&net);
}

static void
a_log_that_lacks_the_device_is_refused(void **state)
{
	struct bytes log = { 0 }, cut = { 0 };
	struct fixture f;
	const char *at;

	(void)state;
	open_trace(&f, "vio-dhcp");
	assert_refused(&f, &cut, NULL, ERROR_INPUT, "no virtio device is in "
	    "it");
	log_of_trace(f.trace, &f.machine, &plain, &log);
	/* It ends where queues were not asked for. */
	at = strstr((const char *)log.data, "virtio-pci-common");
	assert_non_null(at);
	bytes_add(&cut, log.data, (size_t)(at - (const char *)log.data));
	assert_refused(&f, &cut, NULL, ERROR_INPUT, "does not tell enough");
	/* It begins when the registers are already in use. */
	bytes_clear(&cut);
	at = strchr(at, '\n') + 1;
	bytes_add(&cut, at, log.len - (size_t)(at - (const char *)log.data));
	assert_refused(&f, &cut, NULL, ERROR_INPUT, "no virtio device is in "
	    "it");
	bytes_clear(&cut);
	bytes_printf(&cut, "memory_region_ops_read cpu 0 mr 0x1 addr "
	    "0x123450008 value 0x1 size 4 name 'virtio-mmio'\n");
	assert_refused(&f, &cut, NULL, ERROR_INPUT, "at 0x123450008, where "
	    "arm64-qemu has no window; name the machine");
	bytes_clear(&cut);
	bytes_printf(&cut, "memory_region_ops_read cpu 0 mr 0x1 addr 0x8000 "
	    "value 0x10421af4 size 4 name 'pcie-mmcfg-mmio'\n");
	assert_refused(&f, &cut, NULL, ERROR_INPUT, "viotape has network "
	    "devices and displays, and the log has 1 virtio-block");
	bytes_free(&cut);
	bytes_free(&log);
	close_trace(&f);
}

static void
a_device_behind_a_bridge_is_moved_and_it_is_said(void **state)
{
	static const struct log_dialect behind = { .bus = 2,
	    .pointer = 0x1000000 };
	struct bytes log = { 0 }, told = { 0 };
	struct fixture f;
	struct trace *t;

	(void)state;
	open_trace(&f, "vio-dhcp");
	log_of_trace(f.trace, &f.machine, &behind, &log);
	t = imported(&f, &log, &told);
	assert_holds_all(&f, t);
	assert_non_null(strstr((const char *)told.data, "virtio-net at "
	    "02:01.0"));
	assert_non_null(strstr((const char *)told.data, "is put at 00:01.0"));
	trace_close(t);
	bytes_free(&told);
	bytes_free(&log);
	close_trace(&f);
}

/* The log without the lines that have these words. */
static void
without(struct bytes *log, const char *const *words)
{
	struct bytes left = { 0 };
	char *line = (char *)log->data, *end;

	for (; line < (char *)log->data + log->len; line = end + 1) {
		size_t i = 0;

		end = strchr(line, '\n');
		*end = '\0';
		while (words[i] != NULL && strstr(line, words[i]) == NULL)
			i++;
		if (words[i] == NULL)
			bytes_printf(&left, "%s\n", line);
	}
	bytes_free(log);
	*log = left;
}

/* A guest need not look at all that there is; that it did not is said. */
static void
what_the_guest_never_read_is_told(void **state)
{
	/* The table of MSI-X, and the registers of queue 1. */
	static const char *const words[] = { "addr 0x809c ", "addr 0x802c ",
	    "addr 0x8000000016 value 0x1 ", NULL };
	struct bytes log = { 0 }, out = { 0 }, told = { 0 };
	struct replay_tape *tape;
	struct fixture f;
	struct error err;
	struct trace *t;

	(void)state;
	open_trace(&f, "viogpu-console");
	log_of_trace(f.trace, &f.machine, &plain, &log);
	assert_int_equal(import(&f, &log, NULL, &out, &told, &err), 0);
	assert_null(strstr((char *)told.data, "MSI-X, which"));
	assert_null(strstr((char *)told.data, "did not ask"));
	without(&log, words);
	t = imported(&f, &log, &told);
	assert_non_null(strstr(trace_header(t)->unseen, "MSI-X, which it did "
	    "not look at; queues that the guest did not ask for"));
	assert_non_null(strstr(trace_header(t)->unseen, "the subsystem's"));
	assert_string_equal(trace_header(t)->device, "virtio-gpu-pci-intx");
	tape = replay_tape_read(t, &err);
	assert_non_null(tape);
	assert_int_equal(replay_tape_transport(tape),
	    VIRTIO_TRANSPORT_PCI_INTX);
	replay_tape_free(tape);
	trace_close(t);
	bytes_free(&told);
	bytes_free(&out);
	bytes_free(&log);
	close_trace(&f);
}

static void
one_line_is_read_by_its_words(void **state)
{
	static const struct { const char *line; enum qemu_log_kind kind; }
	    lines[] = {
		{ "memory_region_ops_read cpu 0 mr 0x1 addr 0x4 value "
		    "0x123456789 size 2 name 'x'", QEMU_LOG_READ },
		{ "memory_region_ops_write addr 4 value 1 size 8 name 'a b'\r",
		    QEMU_LOG_WRITE },
		{ "1@2.3:virtio_notify vdev 0x1 vq 0x2", QEMU_LOG_INTERRUPT },
		{ "virtio_notify_irqfd vdev 0x1 vq 0x2", QEMU_LOG_INTERRUPT },
		{ "virtio_queue_notify vdev 0x1 n 2 vq 0x3",
		    QEMU_LOG_NOTIFIED },
		{ "virtio_set_status vdev 0x1 val 15", QEMU_LOG_STATUS },
		{ "virtqueue_fill vq 0x1 elem 0x2 len 3 idx 4",
		    QEMU_LOG_FILL },
		{ "virtqueue_flush vq 0x1 count 1", QEMU_LOG_OTHER },
		{ "memory_region_ops_read", QEMU_LOG_BAD },
		{ "virtio_notify vdev (nil) vq 0x2", QEMU_LOG_BAD },
		{ "virtqueue_fill vq 0x1 elem 0x2 len 3", QEMU_LOG_BAD },
		{ "virtio_queue_notify vdev 0x1 n 4294967296 vq 0x3",
		    QEMU_LOG_BAD },
		{ "virtio_set_status vdev 0x10000000000000000 val 1",
		    QEMU_LOG_BAD },
		{ "1@2.3", QEMU_LOG_BAD },
		{ "", QEMU_LOG_BAD },
		{ "-: -", QEMU_LOG_BAD },
	};
	static const char is[] = "x\nvirtio_set_status vdev 1 val 0";
	static const char is_not[] = "virtqueue_flush\nnothing\n";
	struct qemu_log_line l;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		qemu_log_line(lines[i].line, strlen(lines[i].line), &l);
		if (l.kind != lines[i].kind)
			fail_msg("\"%s\" is %d", lines[i].line, (int)l.kind);
	}
	qemu_log_line(lines[0].line, strlen(lines[0].line), &l);
	assert_int_equal(l.address, 4);
	assert_int_equal(l.value, 0x6789);
	assert_int_equal(l.region_len, 1);
	assert_true(qemu_log_is(is, sizeof is - 1));
	assert_false(qemu_log_is(is_not, sizeof is_not - 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_is_read_by_its_words),
		cmocka_unit_test(what_a_log_holds_is_in_the_trace_in_its_order),
		cmocka_unit_test(what_differs_between_logs_is_not_in_the_trace),
		cmocka_unit_test(lines_that_are_not_understood_are_counted),
		cmocka_unit_test(what_the_guest_never_read_is_told),
		cmocka_unit_test(several_devices_need_a_word_which),
		cmocka_unit_test(a_log_that_lacks_the_device_is_refused),
		cmocka_unit_test(
		    a_device_behind_a_bridge_is_moved_and_it_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
