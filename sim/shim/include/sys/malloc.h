/*
 * Kernel memory, malloc(9).
 */
#ifndef _SYS_MALLOC_H_
#define _SYS_MALLOC_H_

#include <sys/types.h>

/* Flags. */
#define M_WAITOK	0x0001
#define M_NOWAIT	0x0002
#define M_CANFAIL	0x0004
#define M_ZERO		0x0008

/* Types; free(9) wants the type of the allocation. */
#define M_FREE		0
#define M_DEVBUF	2
#define M_TEMP		127
#define M_LAST		146

void *malloc(size_t, int, int);
void *mallocarray(size_t, size_t, int, int);
void free(void *, int, size_t);

#endif
