/*
 * run_pack.h: a run's result as bytes, from one process of this program to
 * another of the same: a pipe's contents, no file format.
 */
#ifndef VIOTAPE_RUN_PACK_H
#define VIOTAPE_RUN_PACK_H

#include "bytes.h"
#include "run.h"

void run_result_pack(const struct run_result *r, struct bytes *out);
/*
 * The same result again, with the same callpath ids; to be freed by
 * run_result_free().  What did not come from run_result_pack() of this very
 * program is a CHECK.
 */
void run_result_unpack(struct bytes_reader *in, struct run_result *r);

#endif
