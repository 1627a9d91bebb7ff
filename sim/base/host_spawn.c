/* host_spawn.c: programs that are run to their end, by POSIX; see host.h. */
#include "host.h"
#include "check.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* A job that runs; pid 0: a free place. */
struct running {
	struct host_job *job;
	pid_t pid;
	int fd;
};

#define PARALLEL_MAX 64
#define INTERRUPTED	(128 + SIGINT)	/* a job's status */

char *
host_program_find(const char *name)
{
	const char *path = getenv("PATH"), *end;

	if (strchr(name, '/') != NULL)
		return access(name, X_OK) == 0 && host_is_file(name) ?
		    check_strdup(name) : NULL;
	if (path == NULL)
		path = "/usr/bin:/bin";
	for (;; path = end + 1) {
		char *dir, *file;
		size_t n;

		end = strchr(path, ':');
		n = end != NULL ? (size_t)(end - path) : strlen(path);
		dir = check_calloc(n + 2, 1);
		memcpy(dir, n != 0 ? path : ".", n != 0 ? n : 1);
		file = host_path_join(dir, name);
		check_free(dir);
		if (access(file, X_OK) == 0 && host_is_file(file))
			return file;
		check_free(file);
		if (end == NULL)
			return NULL;
	}
}

/* Our environment, but in the C locale; free the array only. */
static char **
environment_create(void)
{
	static char locale[] = "LC_ALL=C";
	size_t n = 0, out = 0;
	char **env;

	while (environ[n] != NULL)
		n++;
	env = check_calloc(n + 2, sizeof *env);
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], "LC_ALL=", 7) != 0)
			env[out++] = environ[i];
	env[out] = locale;
	return env;
}

/* A pipe that no program inherits unless it is told to. */
static int
pipe_create(int fds[2])
{
	if (pipe(fds) != 0)
		return -1;
	(void)fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	/* What is dup2()ed onto 1 and 2 must not be one of them already. */
	while (fds[1] <= STDERR_FILENO) {
		int fd = fcntl(fds[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

		close(fds[1]);
		fds[1] = fd;
		if (fd == -1) {
			close(fds[0]);
			return -1;
		}
	}
	return 0;
}

/* 0, or an errno: then nothing runs. */
static int
job_start(struct running *r, struct host_job *job)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char **env = environment_create();
	sigset_t set;
	int fds[2], error;

	if (pipe_create(fds) != 0) {
		error = errno;
		check_free(env);
		return error;
	}
	CHECK(posix_spawn_file_actions_init(&actions) == 0);
	CHECK(posix_spawnattr_init(&attr) == 0);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
	    O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDERR_FILENO);
	/* The recorder ignores SIGPIPE; a compiler should not. */
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attr, &set);
	sigaddset(&set, SIGPIPE);
	posix_spawnattr_setsigdefault(&attr, &set);
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	error = posix_spawnp(&r->pid, job->argv[0], &actions, &attr,
	    (char *const *)(uintptr_t)job->argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	check_free(env);
	close(fds[1]);
	if (error != 0) {
		close(fds[0]);
		r->pid = 0;
		return error;
	}
	r->job = job;
	r->fd = fds[0];
	return 0;
}

static void
job_end(struct running *r)
{
	int status;

	close(r->fd);
	while (waitpid(r->pid, &status, 0) == -1)
		if (errno != EINTR) {
			status = 127 << 8;
			break;
		}
	r->job->status = WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
	r->pid = 0;
}

/* Takes what is there; ends the job at the end of its output. */
static void
job_read(struct running *r)
{
	struct host_job *job = r->job;
	char buf[16384];
	ssize_t n = read(r->fd, buf, sizeof buf);

	if (n == -1 && errno == EINTR)
		return;
	if (n <= 0) {
		job_end(r);
		return;
	}
	if (job->output.len + (size_t)n > HOST_OUTPUT_MAX) {
		job->output_cut = 1;
		n = (ssize_t)(HOST_OUTPUT_MAX - job->output.len);
	}
	bytes_add(&job->output, buf, (size_t)n);
}

/* Waits for output of any of the n that run, and reads it. */
static void
jobs_read(struct running *run, size_t n)
{
	struct pollfd fds[PARALLEL_MAX];
	struct running *of[PARALLEL_MAX];
	nfds_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (run[i].pid == 0)
			continue;
		fds[count].fd = run[i].fd;
		fds[count].events = POLLIN;
		fds[count].revents = 0;
		of[count++] = &run[i];
	}
	if (poll(fds, count, -1) == -1)
		return;		/* EINTR: the caller comes again */
	for (nfds_t i = 0; i < count; i++)
		if (fds[i].revents != 0)
			job_read(of[i]);
}

int
host_spawn_jobs(struct host_job *jobs, size_t n, unsigned parallel_max,
    struct error *err)
{
	struct running run[PARALLEL_MAX] = {{0}};
	size_t places = parallel_max != 0 ? parallel_max : host_cpu_count();
	size_t next = 0, alive;

	if (places > PARALLEL_MAX)
		places = PARALLEL_MAX;
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].argv == NULL || jobs[i].argv[0] == NULL)
			return error_set(err, ERROR_USAGE, "no program given");
		jobs[i].output_cut = 0;
		jobs[i].status = 0;
	}
	do {
		alive = 0;
		for (size_t i = 0; i < next; i++)
			if (jobs[i].status == INTERRUPTED)
				while (next < n)
					jobs[next++].status = INTERRUPTED;
		for (size_t i = 0; i < places; i++) {
			while (run[i].pid == 0 && next < n) {
				struct host_job *job = &jobs[next++];
				int error = job_start(&run[i], job);

				if (error == 0)
					break;
				job->status = 127;
				bytes_printf(&job->output, "cannot run %s: "
				    "%s\n", job->argv[0], strerror(error));
			}
			alive += run[i].pid != 0;
		}
		if (alive > 0)
			jobs_read(run, places);
	} while (alive > 0);
	return 0;
}

int
host_spawn_wait(const char *const argv[], struct bytes *output, int *status,
    struct error *err)
{
	struct host_job job = { .argv = argv };
	char *file;

	file = argv[0] != NULL ? host_program_find(argv[0]) : NULL;
	if (file == NULL)
		return error_set(err, ERROR_SYSTEM, "there is no program %s",
		    argv[0] != NULL ? argv[0] : "");
	check_free(file);
	if (host_spawn_jobs(&job, 1, 1, err) == -1)
		return -1;
	*status = job.status;
	if (output != NULL)
		bytes_add(output, job.output.data, job.output.len);
	bytes_free(&job.output);
	return 0;
}
