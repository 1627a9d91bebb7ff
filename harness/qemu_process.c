/*
 * qemu_process.c: QEMU's process and the watcher that lets none outlive us.
 *
 * Between fork and exec, and in the watcher, nothing of the recorder's state
 * is used but what is passed; they leave by _exit, so that no buffer of the
 * recorder is written twice.
 */
#include "qemu_process.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"
#include "sim.h"
#include "qemu_line.h"

#define QEMU_FD_MAX		65536	/* the watcher closes what is below */
#define QEMU_WATCH_MS		1000	/* between two looks at the parent */
#define QEMU_START_WAIT_MS	30000
#define QEMU_KILL_WAIT_MS	10000
#define QEMU_FOLDER_TRIES	1000	/* names, at one place */
#define QEMU_LAST_WORDS_MAX	512	/* bytes */

struct qemu_process {
	pid_t watcher, pid;
	int order, status;	/* our ends of the two pipes */
	int log;		/* QEMU's stderr */
	off_t log_start;	/* what was in it before */
	char *folder, *program;
	int exec_errno;		/* 0: it was executed, as far as we know */
	int dead, wait_status;
	struct error death;
};

/* What comes through the status pipe, from the watcher and QEMU's child. */
struct qemu_report {
	enum { QEMU_REPORT_PID, QEMU_REPORT_EXEC, QEMU_REPORT_EXIT } kind;
	int value;		/* pid; errno; status as of waitpid(2) */
};

/* ---- finding and placing ---- */

static int
qemu_program_good(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    access(path, X_OK) == 0;
}

int
qemu_program_find(const char *name, const char *advice, char **path,
    struct error *err)
{
	const char *list = getenv("PATH"), *end;
	struct bytes b = {0};

	*path = NULL;
	if (strchr(name, '/') != NULL && qemu_program_good(name)) {
		*path = check_strdup(name);
		return 0;
	}
	while (strchr(name, '/') == NULL && list != NULL) {
		end = strchr(list, ':');
		bytes_clear(&b);
		bytes_printf(&b, "%.*s/%s", end != NULL ? (int)(end - list) :
		    (int)strlen(list), list, name);
		if (b.data[0] != '/')		/* "" and "." are the cwd */
			b.len = 0;
		else if (qemu_program_good((char *)b.data)) {
			*path = (char *)b.data;
			return 0;
		}
		list = end != NULL ? end + 1 : NULL;
	}
	bytes_free(&b);
	return error_set(err, ERROR_HOST, "%s: no such program%s%s%s", name,
	    strchr(name, '/') != NULL ? "" : " in PATH",
	    advice != NULL ? "; " : "", advice != NULL ? advice : "");
}

/* Tries one place; NULL if it is not there, not ours or too small. */
static char *
qemu_folder_try(const char *place, uint64_t size_max)
{
	struct statvfs room;
	static int number;	/* never a name twice: a late watcher's rm */
	struct bytes b = {0};
	int i;

	if (place[0] != '/' || statvfs(place, &room) == -1 ||
	    (uint64_t)room.f_bavail * room.f_frsize < size_max)
		return NULL;
	for (i = 0; i < QEMU_FOLDER_TRIES; i++) {
		bytes_clear(&b);
		bytes_printf(&b, "%s/viotape-qemu-%ld-%d", place,
		    (long)getpid(), number++);
		if (mkdir((char *)b.data, 0700) == 0)
			return (char *)b.data;
		if (errno != EEXIST)
			break;
	}
	bytes_free(&b);
	return NULL;
}

int
qemu_folder_make(uint64_t size_max, char **path, struct error *err)
{
	const char *place = getenv("TMPDIR");

	if (place == NULL || place[0] == '\0')
		place = "/tmp";
	/* A full file system under a mapping is SIGBUS: ask first. */
	if ((*path = qemu_folder_try("/dev/shm", size_max)) != NULL ||
	    (*path = qemu_folder_try(place, size_max)) != NULL)
		return 0;
	return error_set(err, ERROR_SYSTEM, "no place for a private folder "
	    "with %llu MiB for the guest's memory: neither /dev/shm nor %s is "
	    "an absolute path, writable and that free; set TMPDIR",
	    (unsigned long long)(size_max >> 20), place);
}

char *
qemu_folder_file(const char *path, enum qemu_file file)
{
	static const char *const names[QEMU_FILE_COUNT] = {
		"ram", "bios", "machine.dtb", "screen.ppm", "stderr"
	};
	struct bytes b = {0};

	CHECK(file < QEMU_FILE_COUNT);
	bytes_printf(&b, "%s/%s", path, names[file]);
	return (char *)b.data;
}

void
qemu_folder_remove(const char *path)
{
	char *file;
	int i;

	for (i = 0; i < QEMU_FILE_COUNT; i++) {
		file = qemu_folder_file(path, (enum qemu_file)i);
		unlink(file);
		check_free(file);
	}
	rmdir(path);
}

/* ---- the watcher ---- */

static int qemu_watch_pipe = -1;	/* in the watcher: the child changed */

static void
qemu_watch_signal(int sig)
{
	int saved = errno;

	(void)sig;
	if (write(qemu_watch_pipe, "", 1) == -1)
		errno = saved;		/* full: the watcher will look anyhow */
	errno = saved;
}

static void
qemu_report_send(int fd, int kind, int value)
{
	struct qemu_report r;

	memset(&r, 0, sizeof r);
	r.kind = kind;
	r.value = value;
	while (write(fd, &r, sizeof r) == -1 && errno == EINTR)
		;
}

static void
qemu_signal_set(int sig, void (*handler)(int))
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = handler;
	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

/* As the recorder may have changed them, and as exec would keep them. */
static void
qemu_signals_default(void)
{
	static const int sigs[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGCHLD, SIGALRM,
		SIGUSR1, SIGUSR2
	};
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof sigs / sizeof sigs[0]; i++)
		qemu_signal_set(sigs[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* stdin and stdout on /dev/null, stderr on the log. */
static void
qemu_watch_stdio(int log)
{
	int null = open("/dev/null", O_RDWR);

	if (null != -1) {
		dup2(null, 0);
		dup2(null, 1);
		if (null > 2)
			close(null);
	}
	dup2(log, 2);
}

static int
qemu_fd_listed(int fd, const int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fds[i] == fd)
			return 1;
	return 0;
}

/*
 * fork leaves the watcher with everything that the recorder has open: another
 * QEMU's order pipe (which then would not close), a trace, a terminal.
 */
static void
qemu_watch_close(const struct qemu_process_config *cfg, int order, int status)
{
	long fd, max = sysconf(_SC_OPEN_MAX);

	if (max < 0 || max > QEMU_FD_MAX)
		max = QEMU_FD_MAX;
	for (fd = 3; fd < max; fd++)
		if (fd != order && fd != status &&
		    !qemu_fd_listed((int)fd, cfg->fds, cfg->fds_count))
			close((int)fd);
}

_Noreturn static void
qemu_watch_exec(const struct qemu_process_config *cfg, int status)
{
	size_t i;

	qemu_signals_default();
	for (i = 0; i < cfg->fds_count; i++)
		fcntl(cfg->fds[i], F_SETFD, 0);
	execv(cfg->program, cfg->argv);
	qemu_report_send(status, QEMU_REPORT_EXEC, errno);
	_exit(127);
}

/* Until QEMU's end was reported and the recorder wants or is no more. */
static void
qemu_watch_loop(pid_t parent, pid_t pid, int order, int status, int changed)
{
	struct pollfd p[2];
	char drain[64];
	int wstatus, n;

	for (;;) {
		memset(p, 0, sizeof p);
		p[0].fd = order;
		p[1].fd = changed;
		p[0].events = p[1].events = POLLIN;
		n = poll(p, 2, QEMU_WATCH_MS);
		if (n > 0 && p[1].revents != 0 &&
		    read(changed, drain, sizeof drain) == -1)
			n = 0;
		if (pid != -1 && waitpid(pid, &wstatus, WNOHANG) == pid) {
			qemu_report_send(status, QEMU_REPORT_EXIT, wstatus);
			pid = -1;
		}
		if ((n > 0 && p[0].revents != 0) || getppid() != parent)
			break;
	}
	if (pid == -1)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, &wstatus, 0) == -1 && errno == EINTR)
		;
	qemu_report_send(status, QEMU_REPORT_EXIT, wstatus);
}

_Noreturn static void
qemu_watch(const struct qemu_process_config *cfg, pid_t parent, int order,
    int status, int log)
{
	int changed[2];
	pid_t pid = -1;
	size_t i;

	setsid();
	qemu_signals_default();
	qemu_watch_stdio(log);
	qemu_watch_close(cfg, order, status);
	if (qemu_fd_pipe(changed, NULL) == 0) {
		fcntl(changed[0], F_SETFL, O_NONBLOCK);
		fcntl(changed[1], F_SETFL, O_NONBLOCK);
		qemu_watch_pipe = changed[1];
		qemu_signal_set(SIGCHLD, qemu_watch_signal);
		qemu_signal_set(SIGPIPE, SIG_IGN);
		pid = fork();
	}
	if (pid == 0)
		qemu_watch_exec(cfg, status);
	if (pid == -1)
		qemu_report_send(status, QEMU_REPORT_EXEC, errno);
	else
		qemu_report_send(status, QEMU_REPORT_PID, (int)pid);
	/* Else its sockets would not close when QEMU dies. */
	for (i = 0; i < cfg->fds_count; i++)
		close(cfg->fds[i]);
	if (pid != -1)
		qemu_watch_loop(parent, pid, order, status, changed[0]);
	qemu_folder_remove(cfg->folder);
	_exit(0);
}

/* ---- the recorder's side ---- */

static int
qemu_log_open(struct qemu_process *p, const char *log_path, struct error *err)
{
	char *own = NULL;
	const char *path = log_path;

	if (path == NULL)
		path = own = qemu_folder_file(p->folder, QEMU_FILE_STDERR);
	p->log = qemu_fd_own(open(path, O_RDWR | O_CREAT | O_APPEND,
	    log_path != NULL ? 0666 : 0600));
	if (p->log == -1)
		error_set(err, ERROR_SYSTEM, "%s: cannot open it for QEMU's "
		    "messages: %s", path, strerror(errno));
	else
		p->log_start = lseek(p->log, 0, SEEK_END);
	if (own != NULL)
		unlink(own);
	check_free(own);
	return p->log == -1 ? -1 : 0;
}

/* Adds the last line that is not empty, made harmless; "" for none. */
static void
qemu_log_last(const struct qemu_process *p, char *words, size_t size)
{
	char tail[4096], *from, *c;
	off_t end = lseek(p->log, 0, SEEK_END), start = p->log_start;
	ssize_t n;

	words[0] = '\0';
	if (end - start >= (off_t)sizeof tail)
		start = end - ((off_t)sizeof tail - 1);
	if (end <= start ||
	    (n = pread(p->log, tail, (size_t)(end - start), start)) <= 0)
		return;
	while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == '\r'))
		n--;
	tail[n] = '\0';
	for (from = tail + n; from > tail && from[-1] != '\n'; from--)
		;
	for (c = from; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	snprintf(words, size, "%.*s", (int)(size - 1), from);
}

static const char *
qemu_signal_name(int sig)
{
	static const struct {
		int sig;
		const char *name;
	} names[] = {
		{ SIGHUP, " (SIGHUP)" }, { SIGINT, " (SIGINT)" },
		{ SIGQUIT, " (SIGQUIT)" }, { SIGILL, " (SIGILL)" },
		{ SIGABRT, " (SIGABRT)" }, { SIGBUS, " (SIGBUS)" },
		{ SIGFPE, " (SIGFPE)" }, { SIGKILL, " (SIGKILL)" },
		{ SIGSEGV, " (SIGSEGV)" }, { SIGTERM, " (SIGTERM)" },
		{ SIGPIPE, " (SIGPIPE)" },
	};
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].sig == sig)
			return names[i].name;
	return "";
}

/* It is dead: make the sentence, once.  watched: the watcher told us. */
static void
qemu_process_bury(struct qemu_process *p, int watched)
{
	char words[QEMU_LAST_WORDS_MAX];
	int s = p->wait_status;

	p->dead = 1;
	qemu_log_last(p, words, sizeof words);
	if (p->exec_errno != 0)
		error_set(&p->death, ERROR_HOST, "%s: cannot be run: %s",
		    p->program, strerror(p->exec_errno));
	else if (!watched)
		error_set(&p->death, ERROR_HOST, "the process that watches "
		    "over QEMU was ended from outside, and QEMU with it");
	else if (WIFSIGNALED(s))
		error_set(&p->death, ERROR_HOST, "QEMU died of signal %d%s",
		    WTERMSIG(s), qemu_signal_name(WTERMSIG(s)));
	else
		error_set(&p->death, ERROR_HOST,
		    "QEMU ended with exit status %d", WEXITSTATUS(s));
	if (p->exec_errno == 0) {
		size_t n = strlen(p->death.text);

		snprintf(p->death.text + n, sizeof p->death.text - n, "%s%s",
		    words[0] != '\0' ? "; it last said: " :
		    "; it said nothing", words);
	}
}

/* Takes one report in, if one comes before the deadline.  1, or 0. */
static int
qemu_process_hear(struct qemu_process *p, int64_t deadline)
{
	struct qemu_report r;
	ssize_t n;

	if (!qemu_poll(p->status, POLLIN, deadline))
		return 0;
	n = read(p->status, &r, sizeof r);
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return 1;
	if (n != (ssize_t)sizeof r) {
		/*
		 * Nobody has waited for QEMU but the init process, and its
		 * number is fresh: the one time that we kill by pid.
		 */
		if (p->pid > 0)
			kill(p->pid, SIGKILL);
		qemu_process_bury(p, 0);
	} else if (r.kind == QEMU_REPORT_PID) {
		p->pid = r.value;
	} else if (r.kind == QEMU_REPORT_EXEC) {
		p->exec_errno = r.value;
	} else {
		p->wait_status = r.value;
		qemu_process_bury(p, 1);
	}
	return 1;
}

/* Forks the watcher; its ends of the pipes are closed here. */
static int
qemu_process_fork(struct qemu_process *p,
    const struct qemu_process_config *cfg, struct error *err)
{
	int order[2] = { -1, -1 }, status[2] = { -1, -1 };
	pid_t self = getpid();
	int saved;

	if (qemu_fd_pipe(order, err) == -1)
		return -1;
	p->order = order[1];
	if (qemu_fd_pipe(status, err) == -1) {
		qemu_fd_close(&order[0]);
		return -1;
	}
	p->status = status[0];
	p->watcher = fork();
	if (p->watcher == 0)
		qemu_watch(cfg, self, order[0], status[1], p->log);
	saved = errno;
	qemu_fd_close(&order[0]);
	qemu_fd_close(&status[1]);
	if (p->watcher == -1)
		return error_set(err, ERROR_SYSTEM,
		    "cannot start a process: %s", strerror(saved));
	return 0;
}

struct qemu_process *
qemu_process_start(const struct qemu_process_config *cfg, struct error *err)
{
	struct qemu_process *p = check_calloc(1, sizeof *p);
	int64_t deadline = qemu_deadline(QEMU_START_WAIT_MS);
	size_t i;

	CHECK(cfg->fds_count <= QEMU_PROCESS_FDS_MAX);
	for (i = 0; i < cfg->fds_count; i++)
		CHECK(cfg->fds[i] > 2);
	p->watcher = p->pid = -1;
	p->order = p->status = p->log = -1;
	p->folder = check_strdup(cfg->folder);
	p->program = check_strdup(cfg->program);
	if (qemu_log_open(p, cfg->log_path, err) == -1 ||
	    qemu_process_fork(p, cfg, err) == -1) {
		qemu_process_stop(p, 0);
		return NULL;
	}
	while (p->pid == -1 && !p->dead && qemu_process_hear(p, deadline))
		;
	if (p->pid == -1) {
		error_set(err, ERROR_SYSTEM, "cannot start %s: %s",
		    cfg->program, p->exec_errno != 0 ?
		    strerror(p->exec_errno) : "no process came up");
		qemu_process_stop(p, 0);
		return NULL;
	}
	return p;
}

long
qemu_process_pid(const struct qemu_process *p)
{
	return p->pid;
}

int
qemu_process_dead(struct qemu_process *p, unsigned wait_ms, struct error *err)
{
	int64_t deadline = qemu_deadline(wait_ms);

	while (!p->dead && qemu_process_hear(p, deadline))
		;
	if (!p->dead)
		return 0;
	if (err != NULL)
		*err = p->death;
	return -1;
}

int
qemu_process_succeeded(const struct qemu_process *p)
{
	return p->dead && p->exec_errno == 0 && WIFEXITED(p->wait_status) &&
	    WEXITSTATUS(p->wait_status) == 0;
}

/* Waits until the watcher has closed its end, that is, is gone. */
static int
qemu_process_watcher_gone(struct qemu_process *p)
{
	int64_t deadline = qemu_deadline(QEMU_KILL_WAIT_MS);
	char report[sizeof(struct qemu_report)];
	ssize_t n;

	while (qemu_poll(p->status, POLLIN, deadline)) {
		n = read(p->status, report, sizeof report);
		if (n == 0)
			return 1;
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return 1;
	}
	return 0;
}

void
qemu_process_stop(struct qemu_process *p, unsigned grace_ms)
{
	int gone;

	if (p == NULL)
		return;
	if (p->watcher != -1) {
		if (!p->dead && grace_ms > 0)
			qemu_process_dead(p, grace_ms, NULL);
		qemu_fd_close(&p->order);	/* the order to end */
		gone = qemu_process_watcher_gone(p);
		while (waitpid(p->watcher, NULL, gone ? 0 : WNOHANG) == -1 &&
		    errno == EINTR)
			;
	}
	qemu_folder_remove(p->folder);
	qemu_fd_close(&p->order);
	qemu_fd_close(&p->status);
	qemu_fd_close(&p->log);
	check_free(p->folder);
	check_free(p->program);
	check_free(p);
}
