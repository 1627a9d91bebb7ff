/*
 * qemu_process.h: the process of a QEMU: found, started, watched, ended.
 *
 *	recorder ──fork── watcher ──fork, exec── QEMU
 *	    │  ── order ──▶  │                    │
 *	    │  ◀─ status ──  │  ── SIGKILL ──────▶│
 *	    └────────── qtest, QMP sockets ───────┘
 *
 * QEMU does not exit when its sockets close, and no system but Linux ends a
 * child with its parent.  So a watcher stands between: it holds the reading
 * end of the pipe "order", nobody but the recorder holds the other.  When that
 * pipe closes, because the recorder asked for it or because the recorder is
 * gone (SIGKILL too), the watcher kills QEMU, takes the private folder away
 * and exits.  It also looks every second whether its parent is still the same,
 * for a child that the recorder forked may hold the pipe open.  As QEMU's
 * parent it is the one who may kill by pid: the pid cannot be another's before
 * it has been waited for.
 *
 * Watcher and QEMU have a session of their own, so that Ctrl-C at the terminal
 * is the recorder's alone to answer.
 */
#ifndef VIOTAPE_QEMU_PROCESS_H
#define VIOTAPE_QEMU_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"

#define QEMU_PROCESS_FDS_MAX 24		/* that QEMU can inherit */

/*
 * Finds a program: as it is if the name has a slash, else in PATH.  The path
 * is allocated; free it.  -1 with ERROR_HOST; advice (what to do about it) is
 * added to the sentence unless NULL.
 */
int qemu_program_find(const char *name, const char *advice, char **path,
    struct error *err);

/*
 * Makes a private folder (0700) with room for size_max bytes in /dev/shm, or
 * else in TMPDIR or /tmp.  The path is allocated.  -1 with ERROR_SYSTEM.
 */
int qemu_folder_make(uint64_t size_max, char **path, struct error *err);
/* Takes it away, with the files that are ours: see qemu_folder_file(). */
void qemu_folder_remove(const char *path);

enum qemu_file {		/* all that may be in a private folder */
	QEMU_FILE_RAM,
	QEMU_FILE_BIOS,
	QEMU_FILE_DTB,
	QEMU_FILE_SCREEN,
	QEMU_FILE_STDERR,
	QEMU_FILE_COUNT
};

/* The path of one of its files; allocated. */
char *qemu_folder_file(const char *path, enum qemu_file file);

struct qemu_process_config {
	const char *program;	/* a path */
	char *const *argv;	/* with argv[0], NULL-terminated */
	const int *fds;		/* that it inherits, as numbered; above 2 */
	size_t fds_count;
	const char *folder;	/* private; taken away at the end */
	const char *log_path;	/* stderr is added to it; NULL: to none */
};

struct qemu_process;

/*
 * Starts the program with stdin and stdout on /dev/null.  The descriptors to
 * inherit are still the caller's to close.  NULL with ERROR_SYSTEM; that the
 * program cannot be executed shows later, as a death.
 */
struct qemu_process *qemu_process_start(const struct qemu_process_config *cfg,
    struct error *err);

long qemu_process_pid(const struct qemu_process *p);

/*
 * Waits up to wait_ms for the end of the process.  0: it lives.  -1: it is
 * dead, and err says ERROR_HOST, how it died and its last words; the same for
 * ever after.
 */
int qemu_process_dead(struct qemu_process *p, unsigned wait_ms,
    struct error *err);

/* Of a dead process: whether it ended by itself, with exit status 0. */
int qemu_process_succeeded(const struct qemu_process *p);

/*
 * Gives the process grace_ms to end by itself, then kills it; takes the folder
 * away, reaps the watcher and frees p.  NULL is nothing to do.
 */
void qemu_process_stop(struct qemu_process *p, unsigned grace_ms);

#endif
