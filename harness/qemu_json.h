/*
 * qemu_json.h: as much of JSON (RFC 8259) as QMP needs: find a member of an
 * object, walk an array, read a string or a number, write a string.
 *
 * Values are spans of the text that they were found in: nothing is copied,
 * nothing is owned.  Text that is not JSON gives "not found", never a read
 * past its end.  Nesting is limited to QEMU_JSON_DEPTH_MAX.
 */
#ifndef VIOTAPE_QEMU_JSON_H
#define VIOTAPE_QEMU_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"

#define QEMU_JSON_DEPTH_MAX 64

struct qemu_json {
	const char *text;
	size_t len;		/* bytes */
};

struct qemu_json qemu_json_of(const char *text);

/* The value of an object's member (the first of that name).  1, or 0. */
int qemu_json_member(struct qemu_json object, const char *name,
    struct qemu_json *value);

/*
 * Walks an array: rest is the array at first; each call gives an element and
 * leaves in rest what follows.  1, or 0 at its end.
 */
int qemu_json_next(struct qemu_json *rest, struct qemu_json *element);

/* Adds what a JSON string says to out (UTF-8, NUL after len).  1, or 0. */
int qemu_json_string(struct qemu_json value, struct bytes *out);
/* Whether a member is the string s; escapes in it count as unequal. */
int qemu_json_member_is(struct qemu_json object, const char *name,
    const char *s);
/* An unsigned whole number below 10^18.  1, or 0. */
int qemu_json_number(struct qemu_json value, uint64_t *number);

/* Adds s as a JSON string, quotes and escapes included; s is UTF-8. */
void qemu_json_add_string(struct bytes *out, const char *s);

#endif
