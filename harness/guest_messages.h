/*
 * guest_messages.h: what a source needs of the kernel and does not find, read
 * out of the compiler's messages.
 */
#ifndef VIOTAPE_GUEST_MESSAGES_H
#define VIOTAPE_GUEST_MESSAGES_H

#include "guest_source.h"
#include "sim.h"

#define GUEST_NEEDS_MAX	8		/* names that are told */

/*
 * Adds "FILE:LINE needs NAME, which ...", once for each name, in the order of the
 * messages of gcc or clang (in the C locale); nothing if none of them is about a
 * missing name, or only such of files in which something else comes first: a slip
 * of the pen is told by the compiler's words alone.  FILE is what reports call it.
 */
#define GUEST_NEEDS_NONE "which neither these sources have nor the shim models"
void guest_messages_needs(const char *messages, const struct guest_sources *s,
    struct bytes *out);

#endif
