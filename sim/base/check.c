/* check.c: our own bugs: print, say how to reproduce, exit with status 4. */
#include "check.h"
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *check_reproduce;

void
check_reproduce_set(const char *line)
{
	check_reproduce = line;
}

_Noreturn void
check_failed(const char *cond, const char *file, int line)
{
	const char *base = strrchr(file, '/');

	fflush(stdout);
	fprintf(stderr, "viotape: a fault of viotape's own: %s:%d: CHECK(%s)\n",
	    base != NULL ? base + 1 : file, line, cond);
	if (check_reproduce != NULL)
		fprintf(stderr, "viotape: to reproduce: %s\n", check_reproduce);
	fflush(stderr);
#if defined(VIOTAPE_CHECK_ABORTS)
	abort();
#else
	_Exit(CHECK_STATUS);
#endif
}

void *
check_malloc(unsigned long size)
{
	void *p;

	if (arena_is_on())
		return arena_alloc(size);
	p = malloc(size != 0 ? size : 1);
	CHECK(p != NULL);
	return p;
}

void *
check_calloc(unsigned long n, unsigned long size)
{
	void *p;

	if (arena_is_on()) {
		CHECK(size == 0 || n <= (unsigned long)-1 / size);
		return arena_alloc_zeroed(n * size);
	}
	p = calloc(n != 0 ? n : 1, size != 0 ? size : 1);
	CHECK(p != NULL);
	return p;
}

void *
check_realloc(void *p, unsigned long size)
{
	if (p == NULL)
		return check_malloc(size);
	if (arena_owns(p))
		return arena_realloc(p, size);
	/* What is to be put back would point to what is gone. */
	CHECK(!arena_is_on());
	p = realloc(p, size != 0 ? size : 1);
	CHECK(p != NULL);
	return p;
}

void
check_free(void *p)
{
	if (arena_owns(p)) {
		arena_free(p);
		return;
	}
	CHECK(p == NULL || !arena_is_on());
	free(p);
}

char *
check_strdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(check_malloc(n), s, n);
}
