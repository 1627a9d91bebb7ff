/*
 * guest_compiler.h: the C compiler of this machine that compiles guests: where
 * it is, which one it is, and what it must be told so that every load and
 * store of a guest goes through a hook.
 */
#ifndef VIOTAPE_GUEST_COMPILER_H
#define VIOTAPE_GUEST_COMPILER_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"

#define GUEST_COMPILER_WORDS_MAX	8	/* "ccache gcc" has two */
#define GUEST_MACROS_MAX	(1u << 20)	/* bytes of what it predefines */

enum guest_compiler_kind {
	GUEST_COMPILER_GCC,
	GUEST_COMPILER_CLANG	/* Apple's too */
};

struct guest_compiler {
	char *words[GUEST_COMPILER_WORDS_MAX];	/* allocated */
	size_t nwords;
	enum guest_compiler_kind kind;
	char version[128];		/* "gcc 12.2.0", for people */
	uint8_t digest[DIGEST_SIZE];	/* of all it predefines, and words */
};

/*
 * The first of $VIOTAPE_CC, $CC, cc, gcc, clang that there is; which it is is
 * asked of it once and kept in cache (a directory) until its file changes.
 * -1 and ERROR_BUILD if there is none, or it is neither gcc nor clang.
 */
int guest_compiler_find(const char *cache, struct guest_compiler *cc,
    struct error *err);
void guest_compiler_free(struct guest_compiler *cc);

/* The options for compiling a guest's source; ended by NULL, static. */
const char *const *guest_compiler_options(const struct guest_compiler *cc);
/* The options for linking a guest; ended by NULL, static. */
const char *const *guest_compiler_link_options(void);

#endif
