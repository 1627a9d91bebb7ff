/*
 * cmd_check.c: viotape check: each trace on each machine, one run each, and
 * what was found.
 */
#include "cmd_check.h"
#include "check_all.h"
#include "check_run.h"

/* Each step that can fail fails in turn; so many the plain run had. */
static int
ways_out(const struct run_config *plain, uint64_t allocations,
    struct bytes *out, struct error *err)
{
	struct check_host host = *(struct check_host *)plain->self;
	struct run_config config = *plain;
	struct run_result result;

	config.self = &host;
	config.event = NULL;
	for (uint64_t n = 1; n <= allocations; n++) {
		config.fail_at = n;
		if (run_execute(&config, &result, err) != 0)
			return -1;
		/* Else the run had fewer, and nothing failed. */
		if (n <= result.allocations) {
			bytes_add_le(out, 1, 1);
			run_result_pack(&result, out);
		}
		run_result_free(&result);
	}
	return 0;
}

int
check_pair(const struct options *o, const struct run_config *config,
    struct run_result *result, struct bytes *more, struct error *err)
{
	if (run_execute(config, result, err) != 0)
		return -1;
	if (ways_out(config, o->fail_allocations ? result->allocations : 0,
	    more, err) != 0) {
		run_result_free(result);
		return -1;
	}
	bytes_add_le(more, 0, 1);		/* no more */
	return 0;
}

int
check_take(void *self, struct report *r, size_t trace, size_t machine,
    struct bytes_reader *in, struct error *err)
{
	(void)self;
	(void)err;
	return check_more_take(r, trace, machine, in);
}

struct check_kind
check_kind_of_check(void)
{
	struct check_kind kind = { .command = "check", .run = check_pair,
	    .take = check_take };

	return kind;
}

int
cmd_check(const struct options *o)
{
	struct check_kind kind = check_kind_of_check();

	return check_all(o, &kind);
}
