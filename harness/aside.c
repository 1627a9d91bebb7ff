/* aside.c: a run of a trace that is not told step by step; see aside.h. */
#include "aside.h"

#include <string.h>

int
aside_run(struct aside *a, const struct options *o,
    const struct guest_built *built, const struct loaded_trace *trace,
    const struct run_config *config, const struct explore_way *way,
    struct error *err)
{
	struct explore_config x = { .run = *config };
	struct machines one = { (struct machine_desc *)(uintptr_t)config->desc,
	    1 };
	int ret;

	memset(a, 0, sizeof *a);
	a->host.tape = trace->tape;
	x.run.host = check_host_create;
	x.run.self = &a->host;
	x.run.event = check_host_event;
	x.run.expected = NULL;
	ret = way != NULL ? explore_again(&x, way, &a->result, err) :
	    run_execute(&x.run, &a->result, err);
	if (ret != 0) {
		check_host_end(&a->host);
		return -1;
	}
	report_init(&a->report, "replay", o->strict);
	check_report_begin(&a->report, o, built, trace, 1, &one);
	check_run_add(&a->report, 0, 0, &a->result, &a->host);
	check_report_end(&a->report, built);
	return 0;
}

void
aside_free(struct aside *a)
{
	report_free(&a->report);
	run_result_free(&a->result);
}
