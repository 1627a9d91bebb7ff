/*
 * check.h: our own bugs.  CHECK is always on, in every build; what fails it is
 * a fault of viotape, never of its input or of the driver under test.  It
 * prints the condition, the place and how to reproduce it, and ends the
 * process with CHECK_STATUS, viotape's status for a fault of its own; built for
 * a fuzzer (VIOTAPE_CHECK_ABORTS) by abort(3), which that looks out for.
 */
#ifndef VIOTAPE_CHECK_H
#define VIOTAPE_CHECK_H

#define CHECK_STATUS	4

#define CHECK(cond) \
	((cond) ? (void)0 : check_failed(#cond, __FILE__, __LINE__))

/* Prints and exits with CHECK_STATUS; never returns. */
_Noreturn void check_failed(const char *cond, const char *file, int line);

/*
 * One line that reproduces the present run (the command line), printed when a
 * CHECK fails.  The string is not copied and must live as long as the process.
 */
void check_reproduce_set(const char *line);

/* malloc, calloc, realloc and strdup that cannot fail: no memory is a CHECK. */
void *check_malloc(unsigned long size);
void *check_calloc(unsigned long n, unsigned long size);
void *check_realloc(void *p, unsigned long size);
char *check_strdup(const char *s);
/* What any of them gave, or malloc(3); NULL is allowed.  See arena.h. */
void check_free(void *p);

#endif
