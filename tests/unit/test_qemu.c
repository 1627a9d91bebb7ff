/*
 * test_qemu.c: QEMU as a real host: found, started, driven at the hardware
 * boundary, its death told, none left behind.  The parts beneath, which need
 * no QEMU, are in test_qemu_process.c.
 *
 * What needs QEMU is skipped, with a line that says so, where there is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include <errno.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "check.h"
#include "error.h"
#include "qemu_gpu.h"
#include "qemu_line.h"
#include "qemu_process.h"
#include "qemu_qtest.h"

#define GONE_WAIT_MS		10000

static const char *const gpu_args[] = {
	"-device", "virtio-gpu-pci,id=gpu0,xres=640,yres=480", NULL
};

static int
installed(const char *name)
{
	char *path;

	if (qemu_program_find(name, NULL, &path, NULL) == -1) {
		print_message("SKIPPED: %s is not installed\n", name);
		return 0;
	}
	check_free(path);
	return 1;
}

#define NEED_QEMU(name)			\
	do {				\
		if (!installed(name))	\
			skip();		\
	} while (0)

/* How many private folders, or files of a name in them, a process has. */
static size_t
folders_count(long pid, const char *file)
{
	const char *places[] = { "/dev/shm", getenv("TMPDIR") };
	struct bytes b = {0};
	size_t i, n = 0;
	glob_t found;

	if (places[1] == NULL)
		places[1] = "/tmp";
	for (i = 0; i < 2; i++) {
		bytes_clear(&b);
		bytes_printf(&b, "%s/viotape-qemu-%ld-*%s", places[i], pid,
		    file);
		if (glob((char *)b.data, 0, NULL, &found) == 0) {
			n += found.gl_pathc;
			globfree(&found);
		}
	}
	bytes_free(&b);
	return n;
}

/* Whether a process that is no child of ours is gone within the time. */
static int
process_gone(long pid)
{
	int i;

	for (i = 0; i < GONE_WAIT_MS / 20; i++) {
		if (kill((pid_t)pid, 0) == -1 && errno == ESRCH)
			return 1;
		sleep_ms(20);
	}
	return 0;
}

static struct qemu *
start(const char *const *args)
{
	struct qemu_config cfg = { .arch = QEMU_AARCH64, .args = args,
	    .ram_size = 64u << 20 };
	struct error err = { ERROR_NONE, "" };
	struct qemu *q = qemu_start(&cfg, &err);

	if (q == NULL)
		fail_msg("%s", err.text);
	return q;
}

/* ---- starting that fails ---- */

static void
a_missing_qemu_is_told_with_how_to_install_it(void **state)
{
	struct qemu_config cfg = { .arch = QEMU_AARCH64 };
	struct error err = { ERROR_NONE, "" };
	char *old = strdup(getenv("PATH"));
	struct qemu *q;

	(void)state;
	setenv("PATH", "/nowhere:", 1);
	q = qemu_start(&cfg, &err);
	setenv("PATH", old, 1);
	check_free(old);
	assert_null(q);
	assert_int_equal(err.code, ERROR_HOST);
	assert_non_null(strstr(err.text, "qemu-system-aarch64: no such"));
	assert_non_null(strstr(err.text, "apt install qemu-system-arm"));
	assert_non_null(strstr(err.text, "brew install qemu"));
	cfg.program = "/nowhere/qemu";
	assert_null(qemu_start(&cfg, &err));
	assert_non_null(strstr(err.text, "/nowhere/qemu: no such program; "));
	assert_non_null(strstr(err.text, "apt install qemu-system-arm"));
}

static void
a_wrong_configuration_is_refused(void **state)
{
	struct qemu_config cfg = { .arch = QEMU_AARCH64, .ram_size = 12345 };
	struct error err = { ERROR_NONE, "" };
	int fd = 1;

	(void)state;
	assert_null(qemu_start(&cfg, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	cfg.ram_size = (uint64_t)4 << 30;
	assert_null(qemu_start(&cfg, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	cfg.ram_size = 0;
	cfg.fds = &fd;
	cfg.fds_count = 1;
	assert_null(qemu_start(&cfg, &err));
	assert_int_equal(err.code, ERROR_USAGE);
}

/* ---- a QEMU that runs ---- */

static void
the_device_tree_is_qemus_own_and_the_same_each_time(void **state)
{
	struct qemu_config cfg = { .arch = QEMU_AARCH64 };
	struct bytes one = {0}, two = {0};
	struct error err = { ERROR_NONE, "" };
	struct host h;
	unsigned slot, pin;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	assert_int_equal(qemu_dump_dtb(&cfg, &one, &err), 0);
	assert_int_equal(qemu_dump_dtb(&cfg, &two, &err), 0);
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.data, two.data, one.len);
	host_read(&h, &cfg);
	assert_int_equal(h.ecam, 0x4010000000);
	assert_int_equal(h.window, WINDOW);
	for (slot = 0; slot < 4; slot++)
		for (pin = 0; pin < 4; pin++)
			assert_int_equal(h.intx[slot][pin],
			    3 + (slot + pin) % 4);
	cfg.machine = "virt,dtb-randomness=off,highmem=off";
	host_read(&h, &cfg);
	assert_int_equal(h.ecam, 0x3f000000);
	cfg.machine = "no-such-machine";
	assert_int_equal(qemu_dump_dtb(&cfg, &one, &err), -1);
	assert_int_equal(err.code, ERROR_HOST);
	assert_non_null(strstr(err.text, "exit status 1"));
	cfg.arch = QEMU_X86_64;
	assert_int_equal(qemu_dump_dtb(&cfg, &one, &err), -1);
	assert_int_equal(err.code, ERROR_USAGE);
	bytes_free(&one);
	bytes_free(&two);
}

static void
the_gpu_answers_through_configuration_space_and_its_bar(void **state)
{
	struct qemu_config cfg = { .arch = QEMU_AARCH64 };
	struct qemu *q;
	struct host h;
	struct gpu g;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	host_read(&h, &cfg);
	q = start(gpu_args);
	assert_memory_equal(qemu_version(q), "QEMU ", 5);
	assert_in_range(qemu_version(q)[5], '1', '9');
	assert_true(gpu_find(&g, q, &h));
	assert_int_equal(g.slot, 1);
	assert_int_equal(get(q, g.config, 2), 0x1af4);
	assert_int_equal(get(q, g.config + 2, 2), 0x1050);
	assert_int_equal(get(q, g.config + PCI_PIN, 1), 1);
	gpu_open(&g);
	assert_int_not_equal(g.common, 0);
	assert_int_equal(get(q, g.common + 18, 2), 2);	/* num_queues */
	/* Memory space disabled: an empty PCI window reads as all ones. */
	put(q, g.config + PCI_COMMAND, 2, 0);
	assert_int_equal(get(q, g.common + 18, 2), 0xffff);
	qemu_stop(q);
}

/* A slot's INTx comes as the SPI that the device tree's map says. */
static void
check_intx(const struct host *h, const char *const *args, unsigned slot)
{
	struct qemu *q = start(args);
	struct qemu_irq irq;
	struct error err = { ERROR_NONE, "" };
	uint64_t ring = qemu_ram_base(q) + 0x1000000;
	struct gpu g;

	if (qemu_irq_intercept(q, NULL, &err) == -1)
		fail_msg("%s", err.text);
	assert_true(gpu_find(&g, q, h));
	assert_int_equal(g.slot, slot);
	gpu_open(&g);
	gpu_up(&g, ring, 0xffff);
	assert_int_equal(qemu_wait(q, 50, &err), 0);
	gpu_ask_display(&g, ring);
	assert_int_equal(qemu_wait(q, 10000, &err), 1);
	assert_int_equal(qemu_irq_next(q, &irq), 1);
	assert_int_equal(irq.level, 1);
	assert_int_equal(irq.number, h->intx[slot % 4][0]);
	assert_int_equal(bytes_le(qemu_ram(q) + 0x1002002, 2), 1);
	assert_int_equal(bytes_le(qemu_ram(q) + 0x1004000, 4), 0x1101);
	assert_int_equal(bytes_le(qemu_ram(q) + 0x1004000 + 32, 4), 640);
	assert_int_equal(qemu_irq_next(q, &irq), 0);
	assert_int_equal(get(q, g.isr, 1), 1);		/* and lowers it */
	assert_int_equal(qemu_irq_next(q, &irq), 1);
	assert_int_equal(irq.level, 0);
	assert_int_equal(irq.number, h->intx[slot % 4][0]);
	/* Only one controller can be intercepted. */
	assert_int_equal(qemu_irq_intercept(q, "/machine/no", &err), -1);
	assert_int_equal(qemu_alive(q, &err), 0);
	qemu_stop(q);
}

static void
an_interrupt_line_comes_as_an_event_and_goes_with_the_isr(void **state)
{
	static const char *const third[] = {
		"-device", "virtio-gpu-pci,xres=640,yres=480,addr=3", NULL
	};
	struct qemu_config cfg = { .arch = QEMU_AARCH64 };
	struct host h;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	host_read(&h, &cfg);
	check_intx(&h, gpu_args, 1);
	check_intx(&h, third, 3);
}

/* MSI-X: the message is a 4-byte store where the vector's address says. */
static void
an_msix_message_lands_in_shared_memory(void **state)
{
	struct qemu_config cfg = { .arch = QEMU_AARCH64 };
	struct error err = { ERROR_NONE, "" };
	struct qemu_irq irq;
	struct qemu *q;
	struct host h;
	struct gpu g;
	uint64_t ring, message;
	int i;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	host_read(&h, &cfg);
	q = start(gpu_args);
	ring = qemu_ram_base(q) + 0x1000000;
	message = ring + 0x10000;
	assert_int_equal(qemu_irq_intercept(q, NULL, &err), 0);
	assert_true(gpu_find(&g, q, &h));
	gpu_open(&g);
	put(q, g.msix_table, 4, message);
	put(q, g.msix_table + 4, 4, 0);
	put(q, g.msix_table + 8, 4, 0xcafe0001);
	put(q, g.msix_table + 12, 4, 0);		/* not masked */
	put(q, g.msix_cap + 2, 2, 0x8000);		/* enabled */
	gpu_up(&g, ring, 0);
	gpu_ask_display(&g, ring);
	for (i = 0; i < 500 && bytes_le(qemu_ram(q) + 0x1010000, 4) == 0; i++)
		sleep_ms(10);
	assert_int_equal(bytes_le(qemu_ram(q) + 0x1010000, 4), 0xcafe0001);
	assert_int_equal(bytes_le(qemu_ram(q) + 0x1004000, 4), 0x1101);
	assert_int_equal(qemu_irq_next(q, &irq), 0);	/* no line */
	qemu_stop(q);
}

static void
the_screen_comes_as_pixels(void **state)
{
	struct qemu_picture pic = { 0, 0, {0} };
	struct error err = { ERROR_NONE, "" };
	struct qemu *q;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	q = start(gpu_args);
	if (qemu_screendump(q, "gpu0", &pic, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(pic.width, 640);
	assert_int_equal(pic.height, 480);
	assert_int_equal(pic.pixels.len, 640 * 480 * 4);
	assert_int_equal(qemu_screendump(q, NULL, &pic, &err), 0);
	assert_int_equal(qemu_screendump(q, "no\"such", &pic, &err), -1);
	assert_int_equal(err.code, ERROR_HOST);
	assert_non_null(strstr(err.text, "no\"such"));
	assert_int_equal(qemu_screendump(q, "gpu0", &pic, &err), 0);
	bytes_free(&pic.pixels);
	qemu_stop(q);
}

/* Every pixel of a picture of 640 x 480 that no other format would give. */
static void
what_the_guest_draws_is_what_the_screen_shows(void **state)
{
	static const uint32_t create[] = { 1, 2, 640, 480 };	/* B8G8R8X8 */
	static const uint32_t scanout[] = { 0, 0, 640, 480, 0, 1 };
	static const uint32_t transfer[] = { 0, 0, 640, 480, 0, 0, 1, 0 };
	static const uint32_t flush[] = { 0, 0, 640, 480, 1, 0 };
	uint32_t attach[] = { 1, 1, 0, 0, 640 * 480 * 4, 0 };
	struct qemu_config cfg = { .arch = QEMU_AARCH64 };
	struct qemu_picture pic = { 0, 0, {0} };
	struct error err = { ERROR_NONE, "" };
	uint64_t ring, frame;
	struct host h;
	struct gpu g;
	uint8_t *p;
	int i;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	host_read(&h, &cfg);
	assert_true(gpu_find(&g, start(gpu_args), &h));
	ring = qemu_ram_base(g.q) + 0x1000000;
	frame = ring + 0x100000;
	for (i = 0, p = gpu_memory(&g, frame); i < 640 * 480; i++, p += 4) {
		p[0] = (uint8_t)i;
		p[1] = (uint8_t)(i / 640);
		p[2] = (uint8_t)(i >> 8);
	}
	gpu_open(&g);
	gpu_up(&g, ring, 0xffff);
	attach[2] = (uint32_t)frame;
	gpu_command(&g, ring, 0x101, create, 4);
	gpu_command(&g, ring, 0x106, attach, 6);
	gpu_command(&g, ring, 0x103, scanout, 6);
	gpu_command(&g, ring, 0x105, transfer, 8);
	gpu_command(&g, ring, 0x104, flush, 6);
	if (qemu_screendump(g.q, "gpu0", &pic, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(pic.pixels.len, 640 * 480 * 4);
	assert_memory_equal(pic.pixels.data, gpu_memory(&g, frame),
	    640 * 480 * 4);
	bytes_free(&pic.pixels);
	qemu_stop(g.q);
}

static void
memory_is_shared_both_ways(void **state)
{
	struct qemu *q;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	q = start(NULL);
	/* And its file has no name any more. */
	assert_int_equal(folders_count(getpid(), ""), 1);
	assert_int_equal(folders_count(getpid(), "/*"), 0);
	bytes_le_put(qemu_ram(q) + qemu_ram_size(q) - 8, 0x1122334455667788, 8);
	assert_int_equal(get(q, qemu_ram_base(q) + qemu_ram_size(q) - 8, 8),
	    0x1122334455667788);
	put(q, qemu_ram_base(q) + 0x1000000, 2, 0x1abcd);	/* cut to 2 */
	assert_int_equal(bytes_le(qemu_ram(q) + 0x1000000, 4), 0xabcd);
	qemu_stop(q);
	assert_int_equal(folders_count(getpid(), ""), 0);
}

static void
what_qemu_refuses_is_told_in_its_words(void **state)
{
	static const char *const args[] = { "-device", "no-such-device", NULL };
	struct qemu_config cfg = { .arch = QEMU_AARCH64, .args = args };
	struct error err = { ERROR_NONE, "" };
	struct bytes reply = {0};
	struct qemu *q;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	assert_null(qemu_start(&cfg, &err));
	assert_int_equal(err.code, ERROR_HOST);
	assert_non_null(strstr(err.text, "exit status 1"));
	assert_non_null(strstr(err.text, "no-such-device"));
	q = start(NULL);
	assert_int_equal(qemu_qmp(q, "{\"execute\":\"no-such\"}", &reply,
	    &err), -1);
	assert_int_equal(err.code, ERROR_HOST);
	assert_non_null(strstr(err.text, "no-such"));
	assert_int_equal(qemu_qmp(q, "{\"execute\":\"query-name\"}", &reply,
	    &err), 0);
	assert_int_equal(bytes_le(reply.data, 1), '{');
	assert_int_equal(qemu_alive(q, &err), 0);
	bytes_free(&reply);
	qemu_stop(q);
}

static void
every_operation_after_qemus_death_says_so(void **state)
{
	struct qemu_picture pic = { 0, 0, {0} };
	struct error err = { ERROR_NONE, "" };
	struct qemu *q;
	uint64_t value;
	int i;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	for (i = 0; i < 4; i++) {
		q = start(gpu_args);
		assert_int_equal(kill((pid_t)qemu_pid(q), SIGKILL), 0);
		error_clear(&err);
		switch (i) {		/* who meets it first */
		case 0:
			assert_int_equal(qemu_read(q, 0, 4, &value, &err), -1);
			break;
		case 1:
			assert_int_equal(qemu_wait(q, 10000, &err), -1);
			break;
		case 2:
			assert_int_equal(qemu_screendump(q, "gpu0", &pic,
			    &err), -1);
			break;
		case 3:
			while (qemu_alive(q, &err) == 0)
				sleep_ms(10);
			break;
		}
		assert_int_equal(err.code, ERROR_HOST);
		assert_string_equal(err.text, "QEMU died of signal 9 "
		    "(SIGKILL); it said nothing");
		error_clear(&err);
		assert_int_equal(qemu_write(q, 0, 4, 0, &err), -1);
		assert_int_equal(err.code, ERROR_HOST);
		assert_int_equal(qemu_alive(q, &err), -1);
		assert_int_equal(qemu_wait(q, 0, &err), -1);
		assert_int_equal(qemu_qmp(q, "{}", NULL, NULL), -1);
		qemu_ram(q)[5] = 1;		/* memory is still there */
		qemu_stop(q);
	}
}

/* A stopped QEMU: no answer, but an end to the wait, and to the process. */
static void
a_qemu_that_does_not_answer_is_given_up(void **state)
{
	struct qemu_config cfg = { .arch = QEMU_AARCH64, .timeout_ms = 3000,
	    .ram_size = 64u << 20 };
	struct error err = { ERROR_NONE, "" };
	struct qemu *q;
	uint64_t value;
	long pid;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	q = qemu_start(&cfg, &err);
	assert_non_null(q);
	pid = qemu_pid(q);
	assert_int_equal(kill((pid_t)pid, SIGSTOP), 0);
	assert_int_equal(qemu_read(q, 0x10, 4, &value, &err), -1);
	assert_string_equal(err.text,
	    "QEMU did not answer readl 0x10 within 3000 ms");
	assert_int_equal(qemu_read(q, 0x10, 4, &value, &err), -1);
	qemu_stop(q);
	assert_true(kill((pid_t)pid, 0) == -1 && errno == ESRCH);
}

/* The watcher killed: QEMU is not left to itself, and the death is told. */
static void
a_killed_watcher_takes_qemu_with_it(void **state)
{
	struct qemu_config cfg = { .arch = QEMU_AARCH64,
	    .ram_size = 64u << 20, .fds_count = 1 };
	struct error err = { ERROR_NONE, "" };
	struct qemu *q;
	char command[64];
	long watcher = -1;
	int pair[2], i;
	FILE *ps;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	assert_int_equal(qemu_fd_pipe(pair, &err), 0);
	cfg.fds = &pair[1];
	q = qemu_start(&cfg, &err);
	assert_non_null(q);
	close(pair[1]);
	snprintf(command, sizeof command, "ps -o ppid= -p %ld", qemu_pid(q));
	ps = popen(command, "r");
	assert_non_null(ps);
	if (fscanf(ps, "%ld", &watcher) != 1 || watcher <= 1) {
		print_message("SKIPPED: ps(1) does not tell the parent\n");
		pclose(ps);
		close(pair[0]);
		qemu_stop(q);
		skip();
	}
	pclose(ps);
	assert_int_equal(kill((pid_t)watcher, SIGKILL), 0);
	for (i = 0; i < 500 && qemu_alive(q, &err) == 0; i++)
		sleep_ms(20);
	assert_int_equal(err.code, ERROR_HOST);
	assert_non_null(strstr(err.text, "watches over QEMU was ended"));
	assert_true(qemu_poll(pair[0], POLLIN, qemu_deadline(GONE_WAIT_MS)));
	close(pair[0]);
	qemu_stop(q);
	assert_int_equal(folders_count(getpid(), ""), 0);
}

static void
two_of_them_are_apart(void **state)
{
	struct error err = { ERROR_NONE, "" };
	struct qemu *one, *two;
	long pid;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	one = start(gpu_args);
	two = start(NULL);
	pid = qemu_pid(one);
	/* It cannot obey: only its own watcher, by the pipe, ends it. */
	assert_int_equal(kill((pid_t)pid, SIGSTOP), 0);
	qemu_stop(one);
	assert_true(kill((pid_t)pid, 0) == -1 && errno == ESRCH);
	assert_int_equal(qemu_alive(two, &err), 0);
	bytes_le_put(qemu_ram(two) + 0x1000000, 77, 4);
	assert_int_equal(get(two, qemu_ram_base(two) + 0x1000000, 4), 77);
	qemu_stop(two);
}

/* The recorder: starts QEMU, tells its pid, and waits for its fate. */
static void
be_recorder(int out)
{
	struct qemu_config cfg = { .arch = QEMU_AARCH64, .args = gpu_args,
	    .ram_size = 64u << 20 };
	struct qemu *q = qemu_start(&cfg, NULL);
	long pid = q != NULL ? qemu_pid(q) : -1;

	if (write(out, &pid, sizeof pid) != sizeof pid)
		_exit(1);
	for (;;)
		pause();
}

static void
a_killed_recorder_leaves_no_qemu_behind(void **state)
{
	int pair[2], status, i;
	long pid = -1;
	pid_t recorder;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	assert_int_equal(pipe(pair), 0);
	recorder = fork();
	assert_int_not_equal(recorder, -1);
	if (recorder == 0)
		be_recorder(pair[1]);
	close(pair[1]);
	assert_int_equal(read(pair[0], &pid, sizeof pid), sizeof pid);
	assert_true(pid > 0);
	assert_int_equal(kill((pid_t)pid, 0), 0);	/* it does run */
	kill(recorder, SIGKILL);
	while (waitpid(recorder, &status, 0) == -1 && errno == EINTR)
		;
	assert_true(process_gone(pid));
	for (i = 0; i < 500 && folders_count(recorder, "") != 0; i++)
		sleep_ms(20);
	assert_int_equal(folders_count(recorder, ""), 0);
	/* What the recorder had open was not kept open by the other two. */
	assert_int_equal(read(pair[0], &pid, sizeof pid), 0);
	close(pair[0]);
}

/* QEMU and the watcher hold the pipe's other end: it closes with the last. */
static void
a_recorder_killed_at_any_moment_of_the_start_leaves_none(void **state)
{
	struct qemu_config cfg = { .arch = QEMU_AARCH64,
	    .ram_size = 64u << 20, .fds_count = 1 };
	int pair[2], status, ms, gone;
	pid_t recorder;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	for (ms = 0; ms <= 60; ms += 6) {
		assert_int_equal(qemu_fd_pipe(pair, NULL), 0);
		recorder = fork();
		assert_int_not_equal(recorder, -1);
		if (recorder == 0) {
			cfg.fds = &pair[1];
			(void)qemu_start(&cfg, NULL);
			for (;;)
				pause();
		}
		close(pair[1]);
		sleep_ms(ms);
		kill(recorder, SIGKILL);
		while (waitpid(recorder, &status, 0) == -1 && errno == EINTR)
			;
		gone = qemu_poll(pair[0], POLLIN, qemu_deadline(GONE_WAIT_MS));
		close(pair[0]);
		assert_true(gone);
	}
}

static void
the_log_keeps_what_was_there_and_what_qemu_said(void **state)
{
	static const char *const args[] = { "-device", "no-such-device", NULL };
	char path[] = "test_qemu_log.tmp", text[256];
	struct qemu_config cfg = { .arch = QEMU_AARCH64, .args = args,
	    .log_path = path };
	struct error err = { ERROR_NONE, "" };
	FILE *f;

	(void)state;
	NEED_QEMU("qemu-system-aarch64");
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("before\n", f);
	fclose(f);
	assert_null(qemu_start(&cfg, &err));
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof text, f));
	assert_string_equal(text, "before\n");
	assert_non_null(fgets(text, sizeof text, f));
	assert_non_null(strstr(text, "no-such-device"));
	fclose(f);
	unlink(path);
}

static void
x86_is_halted_and_answers_by_ports(void **state)
{
	struct qemu_config cfg = { .arch = QEMU_X86_64, .args = gpu_args,
	    .ram_size = 64u << 20 };
	struct error err = { ERROR_NONE, "" };
	struct qemu_irq irq;
	struct qemu *q;
	uint64_t value = 0;
	int slot;

	(void)state;
	NEED_QEMU("qemu-system-x86_64");
	q = qemu_start(&cfg, &err);
	if (q == NULL)
		fail_msg("%s", err.text);
	if (qemu_irq_intercept(q, NULL, &err) == -1)
		fail_msg("%s", err.text);
	for (slot = 0; slot < 32 && value != VIRTIO_DEVICE_GPU; slot++) {
		assert_int_equal(qemu_port_write(q, 0xcf8, 4, 0x80000000u |
		    (unsigned)slot << 11, &err), 0);
		assert_int_equal(qemu_port_read(q, 0xcfc, 4, &value, &err), 0);
	}
	assert_int_equal(value, VIRTIO_DEVICE_GPU);
	assert_int_equal(qemu_wait(q, 200, &err), 0);	/* no timer's */
	put(q, 0x100000, 4, 0x12345678);
	assert_int_equal(bytes_le(qemu_ram(q) + 0x100000, 4), 0x12345678);
	assert_int_equal(qemu_irq_next(q, &irq), 0);
	qemu_stop(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_qemu_is_told_with_how_to_install_it),
		cmocka_unit_test(a_wrong_configuration_is_refused),
		cmocka_unit_test(
		    the_device_tree_is_qemus_own_and_the_same_each_time),
		cmocka_unit_test(
		    the_gpu_answers_through_configuration_space_and_its_bar),
		cmocka_unit_test(
		    an_interrupt_line_comes_as_an_event_and_goes_with_the_isr),
		cmocka_unit_test(an_msix_message_lands_in_shared_memory),
		cmocka_unit_test(the_screen_comes_as_pixels),
		cmocka_unit_test(what_the_guest_draws_is_what_the_screen_shows),
		cmocka_unit_test(memory_is_shared_both_ways),
		cmocka_unit_test(what_qemu_refuses_is_told_in_its_words),
		cmocka_unit_test(every_operation_after_qemus_death_says_so),
		cmocka_unit_test(a_qemu_that_does_not_answer_is_given_up),
		cmocka_unit_test(a_killed_watcher_takes_qemu_with_it),
		cmocka_unit_test(two_of_them_are_apart),
		cmocka_unit_test(a_killed_recorder_leaves_no_qemu_behind),
		cmocka_unit_test(
		    a_recorder_killed_at_any_moment_of_the_start_leaves_none),
		cmocka_unit_test(
		    the_log_keeps_what_was_there_and_what_qemu_said),
		cmocka_unit_test(x86_is_halted_and_answers_by_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
