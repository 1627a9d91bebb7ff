/* main.c: viotape, the command line: reads it, runs one command. */
#include "options.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* The line that reproduces this run, for a CHECK that fails. */
static void
reproduce_set(int argc, char *const *argv)
{
	static struct bytes line;

	bytes_printf(&line, "viotape");
	for (int i = 1; i < argc; i++) {
		bytes_printf(&line, " '");
		for (const char *p = argv[i]; *p != '\0'; p++)
			if (*p == '\'')
				bytes_printf(&line, "'\\''");
			else
				bytes_printf(&line, "%c", *p);
		bytes_printf(&line, "'");
	}
	check_reproduce_set((const char *)line.data);
}

static int
print_help(const struct options *o)
{
	struct bytes text = {0};

	options_help(o->command, &text);
	fwrite(text.data, 1, text.len, stdout);
	bytes_free(&text);
	return EXIT_HOLDS;
}

static int
run(const struct options *o)
{
	int status = o->command->run(o);

	/* A full disk is an error, not half a report. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && status <= EXIT_FAILS) {
		fprintf(stderr, "viotape: the standard output cannot be "
		    "written\n");
		status = EXIT_INPUT;
	}
	return status;
}

/*
 * Under git bisect run a fault of viotape's own, which ends the process at
 * once, has to become another status: so it is a child's.
 */
static int
run_for_bisect(const struct options *o)
{
	pid_t child = fork(), got;
	int status = 0;

	if (child == 0)
		_exit(run(o));
	if (child == -1)
		return 128;
	do {
		got = waitpid(child, &status, 0);
	} while (got == -1 && errno == EINTR);
	return got == child && WIFEXITED(status) ?
	    options_bisect_status(WEXITSTATUS(status)) : 128;
}

int
main(int argc, char *argv[])
{
	struct options o;
	struct error err;
	int status, bisect = 0;

	/* A file that may not grow is an error like a full disk, not a death. */
	signal(SIGXFSZ, SIG_IGN);
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		bisect |= strcmp(argv[i], "--git-bisect") == 0;
	if (options_parse(argc, argv, &o, &err) != 0) {
		status = options_fail(&err);
		if (bisect)
			status = options_bisect_status(status);
	} else if (o.version) {
		printf("viotape %s\n", VIOTAPE_VERSION);
		status = EXIT_HOLDS;
	} else if (o.help || o.command == NULL) {
		status = print_help(&o);
	} else {
		reproduce_set(argc, argv);
		status = o.git_bisect ? run_for_bisect(&o) : run(&o);
	}
	options_free(&o);
	return status;
}
