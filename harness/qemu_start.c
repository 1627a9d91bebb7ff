/*
 * qemu_start.c: from a configuration to a QEMU that answers, and its end.
 *
 * QEMU's processor must never run.  "-accel qtest" is not built into every
 * distribution's QEMU, so it is TCG with a processor that is powered off
 * (aarch64) or halts at once (x86).  -S would do for the processor, but it
 * also keeps virtio-net from working.
 */
#include "qemu_var.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"

#define QEMU_CONFIG_FDS_MAX	16
#define QEMU_QUIT_WAIT_MS	3000	/* from "quit" to being killed */
#define QEMU_FILE_SIZE_MAX	(1u << 30)	/* bytes of screen or DTB */
#define QEMU_BIOS_SIZE		0x10000	/* bytes */

static const struct qemu_arch_facts qemu_arch_facts[] = {
	[QEMU_AARCH64] = {
		"qemu-system-aarch64", "virt,dtb-randomness=off",
		"install it: apt install qemu-system-arm | "
		"dnf install qemu-system-aarch64 | "
		"pacman -S qemu-system-aarch64 "
		"qemu-hw-display-virtio-gpu-pci | "
		"apk add qemu-system-aarch64 qemu-hw-display-virtio-gpu-pci | "
		"brew install qemu | pkg install qemu",
		0x40000000, { "child<arm_gic>", "child<arm-gicv3>", NULL }
	},
	[QEMU_X86_64] = {
		"qemu-system-x86_64", "q35",
		"install it: apt install qemu-system-x86 | "
		"dnf install qemu-system-x86 | "
		"pacman -S qemu-system-x86 qemu-hw-display-virtio-gpu-pci | "
		"apk add qemu-system-x86_64 qemu-hw-display-virtio-gpu-pci | "
		"brew install qemu | pkg install qemu",
		0, { "child<ioapic>", NULL, NULL }
	},
};

/* ---- arguments ---- */

struct qemu_argv {
	char **v;		/* NULL-terminated; each allocated */
	size_t n;
};

static void
qemu_argv_take(struct qemu_argv *a, char *arg)
{
	a->v = check_realloc(a->v, (a->n + 2) * sizeof a->v[0]);
	a->v[a->n++] = arg;
	a->v[a->n] = NULL;
}

static void qemu_argv_add(struct qemu_argv *a, const char *fmt, ...)
    ERROR_PRINTF(2, 3);

static void
qemu_argv_add(struct qemu_argv *a, const char *fmt, ...)
{
	char arg[4096];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(arg, sizeof arg, fmt, ap);
	va_end(ap);
	CHECK(n >= 0 && (size_t)n < sizeof arg);
	qemu_argv_take(a, check_strdup(arg));
}

static void
qemu_argv_free(struct qemu_argv *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		check_free(a->v[i]);
	check_free(a->v);
	memset(a, 0, sizeof *a);
}

/* "before" and the file's path, with commas doubled as options want them. */
static void
qemu_argv_add_file(struct qemu_argv *a, const char *before, const char *folder,
    enum qemu_file file, const char *after)
{
	char *path = qemu_folder_file(folder, file);
	struct bytes b = {0};
	const char *c;

	bytes_printf(&b, "%s", before);
	for (c = path; *c != '\0'; c++)
		bytes_printf(&b, *c == ',' ? "%c," : "%c", *c);
	bytes_printf(&b, "%s", after);
	qemu_argv_take(a, (char *)b.data);
	check_free(path);
}

/* What makes the machine, apart from its memory and devices. */
static void
qemu_argv_add_machine(struct qemu_argv *a, const struct qemu_config *cfg,
    const char *program, uint64_t ram_size)
{
	const struct qemu_arch_facts *facts = &qemu_arch_facts[cfg->arch];

	qemu_argv_take(a, check_strdup(program));
	qemu_argv_take(a, check_strdup("-M"));
	qemu_argv_take(a, check_strdup(cfg->machine != NULL ? cfg->machine :
	    facts->machine));
	qemu_argv_add(a, "-accel");
	qemu_argv_add(a, "tcg");
	if (cfg->arch == QEMU_AARCH64) {
		qemu_argv_add(a, "-cpu");
		qemu_argv_add(a, "cortex-a57,start-powered-off=on");
	}
	qemu_argv_add(a, "-display");
	qemu_argv_add(a, "none");
	qemu_argv_add(a, "-nodefaults");
	qemu_argv_add(a, "-no-user-config");
	qemu_argv_add(a, "-m");
	qemu_argv_add(a, "%lluM", (unsigned long long)(ram_size >> 20));
}

static void
qemu_argv_add_channels(struct qemu_argv *a, int qtest, int qmp)
{
	qemu_argv_add(a, "-chardev");
	qemu_argv_add(a, "socket,id=qtest,fd=%d", qtest);
	qemu_argv_add(a, "-qtest");		/* 7.2 wants this very id */
	qemu_argv_add(a, "chardev:qtest");
	qemu_argv_add(a, "-qtest-log");
	qemu_argv_add(a, "none");
	qemu_argv_add(a, "-chardev");
	qemu_argv_add(a, "socket,id=qmp,fd=%d", qmp);
	qemu_argv_add(a, "-qmp");
	qemu_argv_add(a, "chardev:qmp");
}

static void
qemu_argv_add_ram(struct qemu_argv *a, const char *folder, uint64_t ram_size)
{
	struct bytes b = {0};

	bytes_printf(&b, ",size=%lluM,share=on",
	    (unsigned long long)(ram_size >> 20));
	qemu_argv_add(a, "-object");
	qemu_argv_add_file(a, "memory-backend-file,id=ram,mem-path=", folder,
	    QEMU_FILE_RAM, (char *)b.data);
	qemu_argv_add(a, "-machine");
	qemu_argv_add(a, "memory-backend=ram");
	bytes_free(&b);
}

/* ---- files ---- */

int
qemu_file_take(const char *folder, enum qemu_file file, struct bytes *out,
    struct error *err)
{
	char *path = qemu_folder_file(folder, file);
	int fd = qemu_fd_own(open(path, O_RDONLY)), saved = errno;
	const size_t step = 1u << 20;
	size_t before = out->len;
	ssize_t n = -1;

	if (fd != -1) {
		do {
			bytes_reserve(out, step);
			n = read(fd, out->data + out->len, step);
			saved = errno;
			if (n > 0)
				out->len += (size_t)n;
		} while ((n > 0 && out->len - before < QEMU_FILE_SIZE_MAX) ||
		    (n == -1 && saved == EINTR));
		close(fd);
	}
	unlink(path);
	check_free(path);
	if (n == 0)
		return 0;
	return error_set(err, ERROR_SYSTEM, "cannot read what QEMU wrote: %s",
	    n > 0 ? "it is too long" : strerror(saved));
}

/* ---- starting and stopping ---- */

static int
qemu_config_check(const struct qemu_config *cfg, uint64_t *ram_size,
    struct error *err)
{
	size_t i;

	CHECK(cfg->arch == QEMU_AARCH64 || cfg->arch == QEMU_X86_64);
	*ram_size = cfg->ram_size != 0 ? cfg->ram_size : QEMU_RAM_SIZE_DEFAULT;
	if (*ram_size > QEMU_RAM_SIZE_MAX || *ram_size % (1u << 20) != 0)
		return error_set(err, ERROR_USAGE, "%llu bytes of memory: "
		    "wanted a multiple of 1 MiB, at most %u MiB",
		    (unsigned long long)*ram_size, QEMU_RAM_SIZE_MAX >> 20);
	if (cfg->fds_count > QEMU_CONFIG_FDS_MAX)
		return error_set(err, ERROR_USAGE, "%zu descriptors for QEMU: "
		    "wanted at most %d", cfg->fds_count, QEMU_CONFIG_FDS_MAX);
	for (i = 0; i < cfg->fds_count; i++)
		if (cfg->fds[i] <= 2)
			return error_set(err, ERROR_USAGE, "descriptor %d for "
			    "QEMU: wanted one above 2", cfg->fds[i]);
	return 0;
}

static int
qemu_find(const struct qemu_config *cfg, char **program, struct error *err)
{
	const struct qemu_arch_facts *facts = &qemu_arch_facts[cfg->arch];

	return qemu_program_find(cfg->program != NULL ? cfg->program :
	    facts->program, facts->advice, program, err);
}

/* Makes a file of the private folder; its descriptor, or -1. */
static int
qemu_file_make(const char *folder, enum qemu_file file, uint64_t size,
    struct error *err)
{
	char *path = qemu_folder_file(folder, file);
	int fd = qemu_fd_own(open(path, O_RDWR | O_CREAT | O_EXCL, 0600));

	if (fd == -1 || ftruncate(fd, (off_t)size) == -1) {
		error_set(err, ERROR_SYSTEM, "%s: cannot be made: %s", path,
		    strerror(errno));
		qemu_fd_close(&fd);
	}
	check_free(path);
	return fd;
}

static int
qemu_ram_make(struct qemu *q, struct error *err)
{
	int fd = qemu_file_make(q->folder, QEMU_FILE_RAM, q->ram_size, err);
	void *p;

	if (fd == -1)
		return -1;
	p = mmap(NULL, (size_t)q->ram_size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	if (p == MAP_FAILED)
		error_set(err, ERROR_SYSTEM, "cannot map %llu bytes of guest "
		    "memory: %s", (unsigned long long)q->ram_size,
		    strerror(errno));
	else
		q->ram = p;
	close(fd);
	return p == MAP_FAILED ? -1 : 0;
}

/*
 * x86 cannot be started powered off.  So it is given a ROM that at the reset
 * vector clears the interrupt flag, halts, and jumps to the halt (an NMI).
 */
static int
qemu_bios_make(const char *folder, struct error *err)
{
	static const uint8_t halt[] = { 0xfa, 0xf4, 0xeb, 0xfd };
	int fd = qemu_file_make(folder, QEMU_FILE_BIOS, QEMU_BIOS_SIZE, err);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = pwrite(fd, halt, sizeof halt, QEMU_BIOS_SIZE - 16);
	close(fd);
	if (n != (ssize_t)sizeof halt)
		return error_set(err, ERROR_SYSTEM, "cannot write a ROM: %s",
		    n == -1 ? strerror(errno) : "file system full");
	return 0;
}

/* Starts the process with the two ends that are QEMU's. */
static int
qemu_launch(struct qemu *q, const struct qemu_config *cfg, const char *program,
    int qtest, int qmp, struct error *err)
{
	struct qemu_process_config pc = {0};
	int fds[QEMU_CONFIG_FDS_MAX + 2];
	struct qemu_argv a = {0};
	const char *const *arg;

	qemu_argv_add_machine(&a, cfg, program, q->ram_size);
	qemu_argv_add_ram(&a, q->folder, q->ram_size);
	qemu_argv_add_channels(&a, qtest, qmp);
	if (cfg->arch == QEMU_X86_64) {
		char *bios = qemu_folder_file(q->folder, QEMU_FILE_BIOS);

		qemu_argv_take(&a, check_strdup("-bios"));
		qemu_argv_take(&a, bios);
	}
	for (arg = cfg->args; arg != NULL && *arg != NULL; arg++)
		qemu_argv_take(&a, check_strdup(*arg));
	if (cfg->fds_count > 0)
		memcpy(fds, cfg->fds, cfg->fds_count * sizeof fds[0]);
	fds[cfg->fds_count] = qtest;
	fds[cfg->fds_count + 1] = qmp;
	pc.program = program;
	pc.argv = a.v;
	pc.fds = fds;
	pc.fds_count = cfg->fds_count + 2;
	pc.folder = q->folder;
	pc.log_path = cfg->log_path;
	q->process = qemu_process_start(&pc, err);
	qemu_argv_free(&a);
	return q->process != NULL ? 0 : -1;
}

static int
qemu_connect(struct qemu *q, const struct qemu_config *cfg, const char *program,
    struct error *err)
{
	int qtest[2] = { -1, -1 }, qmp[2] = { -1, -1 }, rc = -1;

	if (qemu_fd_socketpair(qtest, err) == 0 &&
	    qemu_fd_socketpair(qmp, err) == 0)
		rc = qemu_launch(q, cfg, program, qtest[1], qmp[1], err);
	qemu_fd_close(&qtest[1]);
	qemu_fd_close(&qmp[1]);
	if (qtest[0] != -1)
		qemu_line_open(&q->qtest, qtest[0]);
	if (qmp[0] != -1)
		qemu_line_open(&q->qmp, qmp[0]);
	return rc;
}

/* Nobody needs the names any more once QEMU has opened the files. */
static void
qemu_files_hide(struct qemu *q)
{
	char *ram = qemu_folder_file(q->folder, QEMU_FILE_RAM);
	char *bios = qemu_folder_file(q->folder, QEMU_FILE_BIOS);

	unlink(ram);
	unlink(bios);
	check_free(ram);
	check_free(bios);
}

struct qemu *
qemu_start(const struct qemu_config *cfg, struct error *err)
{
	struct qemu *q = check_calloc(1, sizeof *q);
	char *program = NULL;
	int ok;

	q->arch = cfg->arch;
	q->facts = &qemu_arch_facts[cfg->arch];
	q->qtest.fd = q->qmp.fd = -1;
	q->timeout_ms = cfg->timeout_ms != 0 ? cfg->timeout_ms :
	    QEMU_TIMEOUT_MS_DEFAULT;
	/*
	 * A command is answered by QEMU's main loop, which begins when the
	 * machine stands: then the files are open and qtest listens.
	 */
	ok = qemu_config_check(cfg, &q->ram_size, err) == 0 &&
	    qemu_find(cfg, &program, err) == 0 &&
	    qemu_folder_make(q->ram_size, &q->folder, err) == 0 &&
	    qemu_ram_make(q, err) == 0 &&
	    (q->arch != QEMU_X86_64 || qemu_bios_make(q->folder, err) == 0) &&
	    qemu_connect(q, cfg, program, err) == 0 &&
	    qemu_qmp_greet(q, err) == 0;
	check_free(program);
	if (!ok) {
		qemu_stop(q);
		return NULL;
	}
	qemu_files_hide(q);
	return q;
}

void
qemu_stop(struct qemu *q)
{
	static const char quit[] = "{\"execute\":\"quit\"}\n";
	unsigned grace = 0;

	if (q == NULL)
		return;
	if (q->process != NULL && !q->failed &&
	    qemu_line_send(&q->qmp, quit, sizeof quit - 1,
	    qemu_deadline(QEMU_QUIT_WAIT_MS)) == QEMU_LINE_OK)
		grace = QEMU_QUIT_WAIT_MS;
	qemu_process_stop(q->process, grace);
	qemu_line_close(&q->qtest);
	qemu_line_close(&q->qmp);
	if (q->ram != NULL)
		munmap(q->ram, (size_t)q->ram_size);
	if (q->folder != NULL)
		qemu_folder_remove(q->folder);
	check_free(q->folder);
	check_free(q->version);
	check_free(q);
}

const char *
qemu_version(const struct qemu *q)
{
	return q->version;
}

long
qemu_pid(const struct qemu *q)
{
	return qemu_process_pid(q->process);
}

uint8_t *
qemu_ram(struct qemu *q)
{
	return q->ram;
}

uint64_t
qemu_ram_size(const struct qemu *q)
{
	return q->ram_size;
}

uint64_t
qemu_ram_base(const struct qemu *q)
{
	return q->facts->ram_base;
}

/* Lets QEMU write the DTB into the folder, waits for its end, reads it. */
static int
qemu_dtb_run(const struct qemu_config *cfg, const char *program,
    const char *folder, uint64_t ram_size, struct bytes *dtb,
    struct error *err)
{
	struct qemu_process_config pc = {0};
	struct qemu_argv a = {0};
	struct qemu_process *p;
	struct error death;
	int rc;

	qemu_argv_add_machine(&a, cfg, program, ram_size);
	qemu_argv_add(&a, "-machine");
	qemu_argv_add_file(&a, "dumpdtb=", folder, QEMU_FILE_DTB, "");
	pc.program = program;
	pc.argv = a.v;
	pc.folder = folder;
	p = qemu_process_start(&pc, err);
	qemu_argv_free(&a);
	if (p == NULL)
		return -1;
	if (qemu_process_dead(p, cfg->timeout_ms != 0 ? cfg->timeout_ms :
	    QEMU_TIMEOUT_MS_DEFAULT, &death) == 0)
		rc = error_set(err, ERROR_HOST,
		    "QEMU wrote no device tree within its time");
	else if (!qemu_process_succeeded(p))
		rc = error_set(err, death.code, "%s", death.text);
	else
		rc = qemu_file_take(folder, QEMU_FILE_DTB, dtb, err);
	qemu_process_stop(p, 0);
	return rc;
}

int
qemu_dump_dtb(const struct qemu_config *cfg, struct bytes *dtb,
    struct error *err)
{
	char *program = NULL, *folder = NULL;
	uint64_t ram_size;
	int rc = -1;

	if (cfg->arch != QEMU_AARCH64)
		return error_set(err, ERROR_USAGE, "QEMU's %s has no device "
		    "tree; wanted the architecture aarch64",
		    qemu_arch_facts[cfg->arch].machine);
	if (qemu_config_check(cfg, &ram_size, err) == 0 &&
	    qemu_find(cfg, &program, err) == 0 &&
	    qemu_folder_make(1u << 20, &folder, err) == 0)
		rc = qemu_dtb_run(cfg, program, folder, ram_size, dtb,
		    err);
	check_free(program);
	check_free(folder);
	return rc;
}
