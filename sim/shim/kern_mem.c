/*
 * kern_mem.c: memory and strings.
 *
 * The compiler is told not to know these functions, so every access of theirs
 * is an access of the guest, seen by the simulator.  Copies go in aligned
 * pieces, 8 bytes where both sides allow it: a longer piece would become
 * visible as one, and hooks see a compiler's own struct copies wrongly.
 */
#include <sys/param.h>
#include <sys/systm.h>

/* Pieces by their size; they may alias whatever is copied. */
typedef uint64_t __attribute__((__may_alias__)) piece8;
typedef uint32_t __attribute__((__may_alias__)) piece4;
typedef uint16_t __attribute__((__may_alias__)) piece2;

/* The size of the largest aligned piece at address at with n bytes to go. */
static size_t
mem_piece(uintptr_t at, size_t n)
{
	size_t size = 8;

	while (size > 1 && ((at & (size - 1)) != 0 || size > n))
		size /= 2;
	return size;
}

static void
mem_piece_copy(unsigned char *to, const unsigned char *from, size_t size)
{
	switch (size) {
	case 8:
		*(piece8 *)to = *(const piece8 *)from;
		break;
	case 4:
		*(piece4 *)to = *(const piece4 *)from;
		break;
	case 2:
		*(piece2 *)to = *(const piece2 *)from;
		break;
	default:
		*to = *from;
		break;
	}
}

static void
mem_copy_forward(unsigned char *to, const unsigned char *from, size_t n)
{
	/* What keeps both sides from being aligned together. */
	uintptr_t skew = ((uintptr_t)to ^ (uintptr_t)from) & 7;
	size_t size;

	while (n > 0) {
		size = mem_piece((uintptr_t)to | skew, n);
		mem_piece_copy(to, from, size);
		to += size;
		from += size;
		n -= size;
	}
}

static void
mem_copy_backward(unsigned char *to, const unsigned char *from, size_t n)
{
	uintptr_t skew = ((uintptr_t)to ^ (uintptr_t)from) & 7;
	size_t size;

	while (n > 0) {
		/* The piece ends where the rest ends. */
		size = mem_piece((uintptr_t)(to + n) | skew, n);
		n -= size;
		mem_piece_copy(to + n, from + n, size);
	}
}

void *
memcpy(void *to, const void *from, size_t n)
{
	mem_copy_forward(to, from, n);
	return to;
}

void *
memmove(void *to, const void *from, size_t n)
{
	if ((uintptr_t)to - (uintptr_t)from >= n)
		mem_copy_forward(to, from, n);
	else
		mem_copy_backward(to, from, n);
	return to;
}

void
bcopy(const void *from, void *to, size_t n)
{
	(void)memmove(to, from, n);
}

void *
memset(void *p, int c, size_t n)
{
	unsigned char *to = p;
	uint64_t pattern = (unsigned char)c * 0x0101010101010101ULL;
	size_t size;

	while (n > 0) {
		size = mem_piece((uintptr_t)to, n);
		switch (size) {
		case 8:
			*(piece8 *)to = pattern;
			break;
		case 4:
			*(piece4 *)to = pattern;
			break;
		case 2:
			*(piece2 *)to = pattern;
			break;
		default:
			*to = pattern;
			break;
		}
		to += size;
		n -= size;
	}
	return p;
}

void
bzero(void *p, size_t n)
{
	(void)memset(p, 0, n);
}

void
explicit_bzero(void *p, size_t n)
{
	(void)memset(p, 0, n);
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n > 0; n--, p++, q++) {
		if (*p != *q)
			return *p < *q ? -1 : 1;
	}
	return 0;
}

int
bcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n) != 0;
}

void *
memchr(const void *p, int c, size_t n)
{
	const unsigned char *s = p;

	for (; n > 0; n--, s++) {
		if (*s == (unsigned char)c)
			return (void *)(uintptr_t)s;
	}
	return NULL;
}

/* --- strings --- */

size_t
strnlen(const char *s, size_t max)
{
	size_t n;

	for (n = 0; n < max && s[n] != '\0'; n++)
		continue;
	return n;
}

size_t
strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

int
strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		if (*a == '\0')
			break;
	}
	return 0;
}

int
strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

static int
mem_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

int
strncasecmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		if (mem_lower(*a) != mem_lower(*b))
			return mem_lower(*a) - mem_lower(*b);
		if (*a == '\0')
			break;
	}
	return 0;
}

char *
strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)(uintptr_t)s;
		if (*s == '\0')
			return NULL;
	}
}

char *
strncpy(char *to, const char *from, size_t n)
{
	size_t len = strnlen(from, n);

	mem_copy_forward((unsigned char *)to, (const unsigned char *)from,
	    len);
	(void)memset(to + len, 0, n - len);
	return to;
}

size_t
strlcpy(char *to, const char *from, size_t size)
{
	size_t len = strlen(from), n;

	if (size > 0) {
		n = ulmin(len, size - 1);
		(void)memcpy(to, from, n);
		to[n] = '\0';
	}
	return len;
}

size_t
strlcat(char *to, const char *from, size_t size)
{
	size_t len = strnlen(to, size);

	return len + strlcpy(to + len, from, size - len);
}

/* --- bits --- */

int
flsl(long v)
{
	unsigned long bits = v;
	int n;

	for (n = 0; bits != 0; n++)
		bits >>= 1;
	return n;
}

int
fls(int v)
{
	return flsl((unsigned int)v);
}

int
ffs(int v)
{
	return fls(v & -(unsigned int)v);
}
