/*
 * cmd_litmus.c: viotape litmus: tests of memory models in herd's format, by the
 * engine that runs the drivers, printed as herd prints them.
 *
 * All files are read before anything is run.  Ok or No is what the test shows
 * and no verdict: the exit status tells only whether it was run.
 */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>

struct tests {
	struct litmus **list;
	enum order_model *models;
	size_t n;
};

static struct litmus *
read_file(const char *name, struct error *err)
{
	struct bytes text = { 0 };
	struct litmus *t = NULL;

	if (host_file_read(name, &text, LITMUS_TEXT_MAX, err) == 0)
		t = litmus_read(name, (const char *)text.data, text.len, err);
	bytes_free(&text);
	return t;
}

static int
read_all(const struct options *o, struct tests *tests, struct error *err)
{
	for (size_t i = 0; i < o->args.n; i++) {
		struct litmus *t = read_file(o->args.list[i], err);

		if (t == NULL)
			return -1;
		tests->list[tests->n] = t;
		if (litmus_model_of(t, o->model, &tests->models[tests->n++],
		    err) != 0)
			return -1;
	}
	return 0;
}

static int
run_one(const struct litmus *t, enum order_model model, struct error *err)
{
	struct litmus_how how = { .model = model };
	struct litmus_result result;
	struct bytes out = { 0 };
	int ret = litmus_run(t, &how, &result, err);

	if (ret == 0) {
		litmus_print(t, &result, &out);
		printf("%s\n", (const char *)out.data);
		fflush(stdout);
	}
	litmus_result_free(&result);
	bytes_free(&out);
	return ret;
}

int
cmd_litmus(const struct options *o)
{
	struct tests tests = { 0 };
	struct error err;
	int ret;

	error_clear(&err);
	tests.list = check_calloc(o->args.n, sizeof tests.list[0]);
	tests.models = check_calloc(o->args.n, sizeof tests.models[0]);
	ret = read_all(o, &tests, &err);
	for (size_t i = 0; i < tests.n && ret == 0; i++)
		ret = run_one(tests.list[i], tests.models[i], &err);
	for (size_t i = 0; i < tests.n; i++)
		litmus_free(tests.list[i]);
	check_free(tests.list);
	check_free(tests.models);
	return ret == 0 ? EXIT_HOLDS : options_fail(&err);
}
