/*
 * kern_malloc.c: kernel memory, malloc(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>

#include "kern_var.h"

/* One of M_WAITOK and M_NOWAIT; a caller who would wait has to be able to. */
static void
malloc_flags_check(const char *function, int flags)
{
	int wait = flags & (M_WAITOK | M_NOWAIT);

	if (wait != M_WAITOK && wait != M_NOWAIT)
		panic("%s: flags 0x%x are neither M_WAITOK nor M_NOWAIT",
		    function, flags);
	if (wait == M_WAITOK)
		assertwaitok();
}

void *
malloc(size_t size, int type, int flags)
{
	malloc_flags_check("malloc", flags);
	return hc->kmem_alloc(size, type, flags);
}

void *
mallocarray(size_t n, size_t size, int type, int flags)
{
	malloc_flags_check("mallocarray", flags);
	if (size != 0 && n > SIZE_MAX / size) {
		if (flags & M_CANFAIL)
			return NULL;
		panic("mallocarray: overflow %zu * %zu", n, size);
	}
	return hc->kmem_alloc(n * size, type, flags);
}

/* size 0: the caller does not know. */
void
free(void *p, int type, size_t size)
{
	if (p != NULL)
		hc->kmem_free(p, type, size);
}
