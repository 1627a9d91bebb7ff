/*
 * Small functions every kernel source may use: minima, strings, memory,
 * assertions.  KASSERT is always on.
 */
#ifndef _LIB_LIBKERN_H_
#define _LIB_LIBKERN_H_

#include <sys/types.h>

#define _MINMAX_DEFINE(sfx, type)					\
static inline type							\
sfx##min(type a, type b)						\
{									\
	return a < b ? a : b;						\
}									\
static inline type							\
sfx##max(type a, type b)						\
{									\
	return a > b ? a : b;						\
}

_MINMAX_DEFINE(i, int)
_MINMAX_DEFINE(l, long)
_MINMAX_DEFINE(ul, unsigned long)
_MINMAX_DEFINE(, unsigned int)

#undef _MINMAX_DEFINE

static inline int
abs(int v)
{
	return v < 0 ? -v : v;
}

void __assert(const char *, const char *, int, const char *) __dead;

#define KASSERT(e) \
	((e) ? (void)0 : __assert("diagnostic ", __FILE__, __LINE__, #e))
#define KASSERTMSG(e, msg, ...)						\
	((e) ? (void)0 : panic("kernel diagnostic assertion \"%s\" "	\
	    "failed: file \"%s\", line %d " msg, #e, __FILE__, __LINE__, \
	    ## __VA_ARGS__))
#define KDASSERT(e)		KASSERT(e)
#define KDASSERTMSG(e, ...)	KASSERTMSG(e, __VA_ARGS__)
#ifndef assert
#define assert(e) \
	((e) ? (void)0 : __assert("", __FILE__, __LINE__, #e))
#endif
#define CTASSERT(e)	_Static_assert(e, #e)

/* Copies go in aligned pieces of at most 8 bytes. */
void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);
void *memchr(const void *, int, size_t);
void bcopy(const void *, void *, size_t);
void bzero(void *, size_t);
int bcmp(const void *, const void *, size_t);
void explicit_bzero(void *, size_t);

size_t strlen(const char *);
size_t strnlen(const char *, size_t);
int strcmp(const char *, const char *);
int strncmp(const char *, const char *, size_t);
int strncasecmp(const char *, const char *, size_t);
char *strchr(const char *, int);
char *strncpy(char *, const char *, size_t);
size_t strlcpy(char *, const char *, size_t);
size_t strlcat(char *, const char *, size_t);

/* Bits: position of the first set one from 1, 0 if none; of the last. */
int ffs(int);
int fls(int);
int flsl(long);

#endif
