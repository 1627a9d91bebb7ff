/*
 * test_litmus.c: litmus tests by the engine: the verdict that stands in VERDICTS,
 * the executions that the axioms of the model allow (litmus_axioms.h), and the
 * same again the way that drivers are run.  That what is not understood is
 * refused by name; that the print is herd's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "check.h"
#include "host.h"
#include "litmus_axioms.h"

#define DIR	VIOTAPE_SOURCE_DIR "/tests/litmus"

static struct litmus *
read_test(const char *name)
{
	struct bytes text = { 0 };
	char path[512];
	struct error err;
	struct litmus *t;

	error_clear(&err);
	snprintf(path, sizeof path, DIR "/%s.litmus", name);
	if (host_file_read(path, &text, LITMUS_TEXT_MAX, &err) != 0)
		fail_msg("%s", err.text);
	t = litmus_read(path, (const char *)text.data, text.len, &err);
	if (t == NULL)
		fail_msg("%s", err.text);
	bytes_free(&text);
	return t;
}

static struct litmus_result
run_how(const struct litmus *t, int native, int lazy)
{
	struct litmus_how how = { .native = native, .lazy = lazy };
	struct litmus_result result = { 0 };
	struct error err;

	error_clear(&err);
	if (litmus_model_of(t, NULL, &how.model, &err) != 0 ||
	    litmus_run(t, &how, &result, &err) != 0)
		fail_msg("%s", err.text);
	return result;
}

static struct litmus_result
run_axioms(const struct litmus *t, const char *model, int native)
{
	struct litmus_result result = { 0 };
	enum order_model m;
	struct error err;

	error_clear(&err);
	if (litmus_model_of(t, model, &m, &err) != 0 ||
	    litmus_axioms(t, m, native, &result, &err) != 0)
		fail_msg("%s", err.text);
	return result;
}

static char *
print(const struct litmus *t, const struct litmus_result *r)
{
	struct bytes out = { 0 };

	litmus_print(t, r, &out);
	return (char *)out.data;
}

/* The same states, and as many executions of each. */
static void
assert_same(const struct litmus *t, struct litmus_result *x,
    struct litmus_result *y, const char *what)
{
	char *a = print(t, x), *b = print(t, y);
	int same = strcmp(a, b) == 0;

	for (size_t i = 0; same && i < x->n; i++)
		same = x->list[i].executions == y->list[i].executions;
	if (!same)
		fail_msg("%s: the engine has\n%sthe axioms have\n%s", what, a,
		    b);
	check_free(a);
	check_free(b);
	litmus_result_free(x);
	litmus_result_free(y);
}

/* --- every test there is --- */

typedef void verdict_fn(const char *name, const struct litmus *t,
    const char *observation);

static void
each_verdict(verdict_fn *fn)
{
	struct bytes text = { 0 };
	char name[128], rest[64], *line;
	struct error err;
	unsigned n = 0;

	error_clear(&err);
	assert_int_equal(0, host_file_read(DIR "/VERDICTS", &text, 1 << 20,
	    &err));
	bytes_add(&text, "", 1);
	for (line = strtok((char *)text.data, "\n"); line != NULL;
	    line = strtok(NULL, "\n")) {
		struct litmus *t;

		if (line[0] == '#')
			continue;
		assert_int_equal(2, sscanf(line, "%127s %63[^\n]", name,
		    rest));
		t = read_test(name);
		fn(name, t, rest);
		litmus_free(t);
		n++;
	}
	assert_true(n > 500);
	bytes_free(&text);
}

static void
check_verdict(const char *name, const struct litmus *t, const char *wanted)
{
	struct litmus_result r = run_how(t, 0, 0);
	char found[64];

	/* The file is called as the test. */
	assert_string_equal(strchr(name, '/') + 1, t->name);
	snprintf(found, sizeof found, "%s %llu %llu", r.positive == 0 ?
	    "Never" : r.negative == 0 ? "Always" : "Sometimes",
	    (unsigned long long)r.positive, (unsigned long long)r.negative);
	if (strcmp(found, wanted) != 0)
		fail_msg("%s: %s was found, %s is the verdict", name, found,
		    wanted);
	litmus_result_free(&r);
}

static void
every_test_has_its_verdict(void **state)
{
	(void)state;
	each_verdict(check_verdict);
}

static void
check_axioms(const char *name, const struct litmus *t, const char *wanted)
{
	struct litmus_result x = run_how(t, 0, 0), y = run_axioms(t, NULL, 0);

	(void)wanted;
	assert_same(t, &x, &y, name);
}

static void
engine_and_axioms_agree(void **state)
{
	(void)state;
	each_verdict(check_axioms);
}

static void
check_sc(const char *name, const struct litmus *t, const char *wanted)
{
	struct litmus_how how = { .model = ORDER_SC };
	struct litmus_result x, y = run_axioms(t, "sc", 0);
	struct error err;

	(void)wanted;
	error_clear(&err);
	if (litmus_run(t, &how, &x, &err) != 0)
		fail_msg("%s", err.text);
	assert_same(t, &x, &y, name);
}

static void
engine_and_axioms_agree_on_sc(void **state)
{
	(void)state;
	each_verdict(check_sc);
}

static void
check_native(const char *name, const struct litmus *t, const char *wanted)
{
	struct litmus_result x = run_how(t, 1, 0), y = run_axioms(t, NULL, 1);

	(void)wanted;
	assert_same(t, &x, &y, name);
}

/* In order, loads that are old, no dependency: as a driver's code is run. */
static void
native_code_has_what_it_may_have(void **state)
{
	(void)state;
	each_verdict(check_native);
}

/* 1: some location is stored to by two threads. */
static int
has_race_of_stores(const struct litmus *t)
{
	int by[LITMUS_LOCATIONS_MAX], race = 0;
	struct litmus_ways ways;
	struct error err;

	for (unsigned i = 0; i < LITMUS_LOCATIONS_MAX; i++)
		by[i] = -1;
	for (unsigned thread = 0; thread < t->nthreads; thread++) {
		assert_int_equal(0, litmus_ways_of(t, thread, &ways, &err));
		for (size_t w = 0; w < ways.n; w++)
			for (unsigned i = 0; i < ways.list[w].n; i++) {
				const struct litmus_inst *in =
				    &ways.list[w].list[i];
				int at;

				if (in->u->op != LITMUS_STORE)
					continue;
				at = in->address_known ? litmus_located(t,
				    in->address, 1) : -1;
				race |= at < 0 || (by[at] >= 0 && by[at] !=
				    (int)thread);
				if (at >= 0)
					by[at] = (int)thread;
			}
		litmus_ways_free(&ways);
	}
	return race;
}

static int
has_state(const struct litmus *t, const struct litmus_result *r,
    const uint64_t *values)
{
	for (size_t i = 0; i < r->n; i++)
		if (memcmp(r->list[i].values, values, t->nplaces *
		    sizeof values[0]) == 0)
			return 1;
	return 0;
}

static void
check_lazy(const char *name, const struct litmus *t, const char *wanted)
{
	struct litmus_result x = run_how(t, 1, 1), y = run_axioms(t, NULL, 1);

	(void)wanted;
	for (size_t i = 0; i < x.n; i++)
		if (!has_state(t, &y, x.list[i].values))
			fail_msg("%s: a state that the axioms forbid", name);
	if (!has_race_of_stores(t)) {
		assert_same(t, &x, &y, name);
		return;
	}
	litmus_result_free(&x);
	litmus_result_free(&y);
}

/*
 * Stores performed when somebody looks: nothing is lost, but where two threads
 * store to one place, of which all orders only come out otherwise.
 */
static void
stores_can_wait_for_a_look(void **state)
{
	(void)state;
	each_verdict(check_lazy);
}

static void
every_file_is_among_the_verdicts(void **state)
{
	static const char *const archs[] = { "aarch64", "x86_64" };
	struct bytes text = { 0 };
	struct error err;

	(void)state;
	error_clear(&err);
	assert_int_equal(0, host_file_read(DIR "/VERDICTS", &text, 1 << 20,
	    &err));
	bytes_add(&text, "", 1);
	for (int a = 0; a < 2; a++) {
		struct host_names names = { 0 };
		char path[512], line[256];

		snprintf(path, sizeof path, DIR "/%s", archs[a]);
		assert_int_equal(0, host_tree_list(path, 0, &names, &err));
		for (size_t i = 0; i < names.n; i++) {
			snprintf(line, sizeof line, "\n%s/%.*s ", archs[a],
			    (int)strcspn(names.names[i], "\n") - 7,
			    names.names[i]);
			if (strstr((const char *)text.data, line) == NULL)
				fail_msg("no verdict for%s", line);
		}
		host_names_free(&names);
	}
	bytes_free(&text);
}

/* --- the format --- */

#define HEAD	"AArch64 T\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n"
#define TAIL	"exists (x=1)\n"

static const struct {
	const char *text, *says;
} refused[] = {
	{ "", "the end of the file was found where an architecture" },
	{ "PPC T\n{ }\n", "1: the architecture is PPC" },
	{ "AArch64\n{ }\n", "1: the test has no name" },
	{ "AArch64 T\nwords\n{ }\n", "2: \"words\" was found where \"{\"" },
	{ "AArch64 T\n(* { }\n P0 ;\n", "2: a comment begins here" },
	{ "AArch64 T\n\"text\n{ }\n", "2: a text begins here" },
	{ "AArch64 T\n{ int x[2]; }\n P0 ;\n" TAIL, "2: x is an array" },
	{ "AArch64 T\n{ 0:Q1=x; }\n P0 ;\n" TAIL, "2: Q1 is no register" },
	{ "AArch64 T\n{ 0:X1=x; 0:X1=y; }\n P0 ;\n" TAIL, "twice" },
	{ "AArch64 T\n{ 0:X1=x+4; }\n P0 ;\n" TAIL, "begins with x+" },
	{ "AArch64 T\n{ 0:X1=x 0:X2=y; }\n P0 ;\n" TAIL,
	    "\"0\" was found where \";\" is wanted" },
	{ "AArch64 T\n{ 3:X1=x; }\n P0 ;\n" TAIL, "thread 3 has a register" },
	{ "AArch64 T\n{ }\n P1 ;\n" TAIL, "where P0 is wanted" },
	{ "AArch64 T\n{ }\n P0 ;\n NOP", "4: a row of code has no" },
	{ HEAD "NOP | NOP | NOP ;\n" TAIL, "4: this row has more columns" },
	{ HEAD "FOO X1 | ;\n" TAIL, "4: the instruction \"FOO X1\" is not "
	    "understood: FOO is no instruction" },
	{ HEAD "LDR W0,X1 | ;\n" TAIL, "an address in [ ] is wanted" },
	{ HEAD "LDR W0,[W1] | ;\n" TAIL, "has to be in an X register" },
	{ HEAD "ADD W0,X1,#1 | ;\n" TAIL, "of two widths" },
	{ HEAD "MOV W0,#1 x | ;\n" TAIL, "\"x\" is left over" },
	{ HEAD "DMB FOO | ;\n" TAIL, "\"FOO\" is no kind of barrier" },
	{ HEAD "LDADDX W0,W1,[X1] | ;\n" TAIL, "\"X\" is no ending" },
	{ HEAD "B L9 | ;\n" TAIL, "there is no label L9" },
	{ HEAD "L1: | ;\nL1: NOP | ;\n" TAIL, "the label L1 is there twice" },
	{ HEAD "NOP | NOP ;\nfilter (x=1)\n" TAIL, "5: filter is not taken" },
	{ HEAD "NOP | NOP ;\nexists (x=1\n", "where \")\" is wanted" },
	{ HEAD "NOP | NOP ;\nexists (2:X0=1)\n", "there is no thread 2" },
	{ HEAD "NOP | NOP ;\nexists (x=1) x\n", "after the condition" },
	{ HEAD "NOP | NOP ;\nexists (fault(P0))\n", "asks for a fault" },
	{ HEAD "NOP | NOP ;\nsome (x=1)\n", "has no \";\"" },
	{ "X86_64 T\n{ }\n P0 ;\n mov $1,(x) ;\n" TAIL, "size is not told" },
	{ "X86_64 T\n{ }\n P0 ;\n movl (x),(y) ;\n" TAIL, "both operands are" },
	{ "X86_64 T\n{ }\n P0 ;\n movl %eax,$1 ;\n" TAIL,
	    "a number cannot be written" },
	{ "X86_64 T\n{ }\n P0 ;\n movl %rax,(x) ;\n" TAIL, "another size" },
	{ "X86_64 T\n{ }\n P0 ;\n lock mfence ;\n" TAIL, "takes no lock" },
	{ "X86_64 T\n{ }\n P0 ;\n lock incl %eax ;\n" TAIL,
	    "it writes no memory" },
	{ "X86_64 T\n{ }\n P0 ;\n fild (x) ;\n" TAIL,
	    "FILD is no instruction of X86_64" },
};

static void
what_is_not_understood_is_refused_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct error err;
		struct litmus *t;

		error_clear(&err);
		t = litmus_read("t.litmus", refused[i].text,
		    strlen(refused[i].text), &err);
		if (t != NULL)
			fail_msg("taken: %s", refused[i].text);
		if (strncmp(err.text, "t.litmus:", 9) != 0 ||
		    strstr(err.text, refused[i].says) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err.text,
			    refused[i].says);
	}
}

/* What goes wrong only when it is run: the file is whole. */
static void
an_access_of_nothing_is_refused(void **state)
{
	static const char *const texts[] = {
		"AArch64 T\n{ }\n P0 ;\n LDR W0,[X1] ;\nexists (0:X0=1)\n",
		"AArch64 T\n{ 0:X1=x; }\n P0 ;\n LDR W0,[X1,#2] ;\n"
		    "exists (0:X0=1)\n"
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct litmus_how how = { .model = ORDER_ARM };
		struct litmus_result r;
		struct error err;
		struct litmus *t;

		error_clear(&err);
		t = litmus_read("t.litmus", texts[i], strlen(texts[i]), &err);
		assert_non_null(t);
		assert_int_equal(-1, litmus_run(t, &how, &r, &err));
		assert_non_null(strstr(err.text, "t.litmus:4: thread 0 "));
		litmus_result_free(&r);
		litmus_free(t);
	}
}

static void
the_print_is_herds(void **state)
{
	static const char text[] = "AArch64 T\n\"a text\"\nCom=Rf\n"
	    "{ uint8_t x; int64_t 0:X2=-1; 0:X1=x; 0:X4=y; }\n"
	    " P0 ;\n STRB W2,[X1] ; (* (* twice *) *)\n L0: LDRB W3,[X1] ;\n"
	    "locations [x; 0:X1; 0:X2;]\n"
	    "~exists (0:X3=0xff /\\ (x=3 \\/ ~ x=4)) \\/ 0:X4=x /\\ true\n";
	static const char wanted[] = "Test T Forbidden\nStates 1\n"
	    "0:X1=x; 0:X2=-1; 0:X3=255; 0:X4=y; [x]=255;\nNo\nWitnesses\n"
	    "Positive: 0 Negative: 1\n"
	    "Condition ~exists (0:X3=255 /\\ ([x]=3 \\/ not ([x]=4)) \\/ "
	    "0:X4=x /\\ true)\nObservation T Always 1 0\n";
	struct litmus_result r;
	struct error err;
	struct litmus *t;
	char *found;

	(void)state;
	error_clear(&err);
	t = litmus_read("t.litmus", text, sizeof text - 1, &err);
	if (t == NULL)
		fail_msg("%s", err.text);
	r = run_how(t, 0, 0);
	found = print(t, &r);
	assert_string_equal(found, wanted);
	check_free(found);
	litmus_result_free(&r);
	litmus_free(t);
}

static void
a_model_is_the_architectures_or_sc(void **state)
{
	struct litmus *arm = read_test("aarch64/MP+po+po");
	struct litmus *x86 = read_test("x86_64/MP+po+po");
	enum order_model model;
	struct error err;

	(void)state;
	assert_int_equal(0, litmus_model_of(arm, NULL, &model, &err));
	assert_int_equal(ORDER_ARM, model);
	assert_int_equal(0, litmus_model_of(x86, NULL, &model, &err));
	assert_int_equal(ORDER_TSO, model);
	assert_int_equal(0, litmus_model_of(x86, "sc", &model, &err));
	assert_int_equal(ORDER_SC, model);
	assert_int_equal(-1, litmus_model_of(arm, "tso", &model, &err));
	assert_int_equal(ERROR_INPUT, err.code);
	assert_int_equal(-1, litmus_model_of(arm, "power", &model, &err));
	assert_int_equal(ERROR_USAGE, err.code);
	litmus_free(arm);
	litmus_free(x86);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_test_has_its_verdict),
		cmocka_unit_test(every_file_is_among_the_verdicts),
		cmocka_unit_test(engine_and_axioms_agree),
		cmocka_unit_test(engine_and_axioms_agree_on_sc),
		cmocka_unit_test(native_code_has_what_it_may_have),
		cmocka_unit_test(stores_can_wait_for_a_look),
		cmocka_unit_test(what_is_not_understood_is_refused_by_name),
		cmocka_unit_test(an_access_of_nothing_is_refused),
		cmocka_unit_test(the_print_is_herds),
		cmocka_unit_test(a_model_is_the_architectures_or_sc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
