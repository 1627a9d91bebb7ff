/*
 * symbolize.h: file, line and function of addresses in a guest, asked of the
 * system's own tool once for many addresses, when findings are printed.
 *
 *	s = symbolize_open(built.path)
 *	symbolize_places(s, offsets, n, places, &err)
 *	... places[i].frame[0].file, .line, .function; frame[1] called it
 *	symbolize_places_free(places, n)
 *	symbolize_close(s)
 *
 * An offset is an address less host_module_base().  It should be inside the
 * instruction that is meant: a hook's return address is that of the next one,
 * so give it less 1.
 */
#ifndef VIOTAPE_SYMBOLIZE_H
#define VIOTAPE_SYMBOLIZE_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"

#define SYMBOLIZE_FRAMES_MAX	8	/* functions inlined into each other */

struct symbol_frame {
	char *file;		/* "drivers/viogpu.c"; "??" if not known */
	unsigned line;		/* 0 if not known */
	char *function;		/* "viogpu_wsmmap"; "??" if not known */
};

/* What is at one address: innermost first, at least one frame. */
struct symbol_place {
	struct symbol_frame frame[SYMBOLIZE_FRAMES_MAX];
	size_t n;
};

struct symbolizer;

/* Never fails; path is copied, the file must stay. */
struct symbolizer *symbolize_open(const char *path);
void symbolize_close(struct symbolizer *s);	/* NULL is allowed */

/*
 * Fills places[0 to n - 1].  What is not known is "??" and 0; -1 only if the
 * tool there is does not work, and then all is not known.  The same file gives
 * the same answers, whichever tool gives them.
 */
int symbolize_places(struct symbolizer *s, const uint64_t *offsets, size_t n,
    struct symbol_place *places, struct error *err);
void symbolize_places_free(struct symbol_place *places, size_t n);

/* NULL; or, where there is no tool, one sentence of what to install. */
const char *symbolize_note(const struct symbolizer *s);

#endif
