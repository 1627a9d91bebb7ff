/* cmd_check.h: what check does with a pair, for those who do the same. */
#ifndef VIOTAPE_CMD_CHECK_H
#define VIOTAPE_CMD_CHECK_H

#include "check_all.h"

/* struct check_kind's run and take. */
int check_pair(const struct options *o, const struct run_config *config,
    struct run_result *result, struct bytes *more, struct error *err);
int check_take(void *self, struct report *r, size_t trace, size_t machine,
    struct bytes_reader *in, struct error *err);

#endif
