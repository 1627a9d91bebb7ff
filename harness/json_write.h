/*
 * json_write.h: members of JSON objects, as the reports write them.  before is
 * what stands before the key: ", ", or what begins the object or a line.
 */
#ifndef VIOTAPE_JSON_WRITE_H
#define VIOTAPE_JSON_WRITE_H

#include "escape.h"
#include "sim.h"

/* `BEFORE"KEY": `; what is said of it follows. */
void json_key(struct bytes *out, const char *before, const char *key);
/* What is no UTF-8 is replaced. */
void json_text(struct bytes *out, const char *before, const char *key,
    const char *text);
void json_number(struct bytes *out, const char *before, const char *key,
    uint64_t n);
void json_truth(struct bytes *out, const char *before, const char *key,
    int truth);
/* `, "gaps": [NAME, ...]`, of enum explore_gap. */
void json_gaps(struct bytes *out, uint32_t gaps);

#endif
