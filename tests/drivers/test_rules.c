/*
 * test_rules.c: what the checkers say of a driver, through the whole engine.
 * Each case of the guest (rules_guest.h) is run on six machines; a case that
 * breaks a rule gives exactly one finding, of the right kind, at the right
 * line, fatal where that machine makes it go wrong and latent elsewhere; a case
 * that comes as close as is legal gives none.
 */
#include "rules_device.h"

#include "check.h"
#include "report.h"

enum machines_tried { COHERENT, BOUNCING, ABORTING, NOT_COHERENT, TRANSLATING,
    MISMATCHED, MACHINES };
/* A set of machines. */
enum fatal { NEVER = 0, BOUNCE = 1 << BOUNCING, CACHE = 1 << NOT_COHERENT,
    BOTH = BOUNCE | CACHE, LOADED = BOUNCE | 1 << TRANSLATING,
    IOMMU = 1 << TRANSLATING, ATTRIBUTES = 1 << MISMATCHED,
    ARM64 = ((1 << MACHINES) - 1) & ~BOUNCE, ALWAYS = (1 << MACHINES) - 1 };

struct expect {
	unsigned number;
	const char *name, *id;
	enum fatal fatal;
};

#define RULES_EXPECT(name, id, fatal)	{ RULE_##name, #name, id, fatal },

static const struct expect expects[RULES] = { RULES_CASES(RULES_EXPECT) };

static struct machine_desc machines[MACHINES];
static struct guest_built built;
static struct guest *guest;
static struct bytes source[RULES_SOURCES];	/* each ended by a NUL */
static struct report report;		/* trace: the case; all runs are in */

/* --- runs ------------------------------------------------------------------ */

static void
machines_make(void)
{
	static const struct tree trees[MACHINES] = {
		[COHERENT] = { .arch = "arm64" },
		[BOUNCING] = { .arch = "amd64", .bounce = 1 },
		[ABORTING] = { .arch = "arm64", .unbacked = "abort" },
		[NOT_COHERENT] = { .arch = "arm64", .not_coherent = 1 },
		[TRANSLATING] = { .arch = "arm64", .iommu = 1 },
		[MISMATCHED] = { .arch = "arm64", .attributes = "mismatched" },
	};
	static const char *const names[MACHINES] = { "coherent", "bouncing",
	    "aborting", "not coherent", "translating", "mismatched" };

	for (unsigned i = 0; i < MACHINES; i++)
		tree_machine(&trees[i], names[i], &machines[i]);
}

static void
sources_read(void)
{
	struct error err;

	error_clear(&err);
	for (size_t i = 0; i < RULES_SOURCES; i++) {
		char *path = host_path_join(VIOTAPE_SOURCE_DIR,
		    rules_sources[i]);

		assert_int_equal(host_file_read(path, &source[i], 1u << 20,
		    &err), 0);
		bytes_add(&source[i], "", 1);
		check_free(path);
	}
}

/* All sources of drivers but rules_guest.c, which says why. */
static void
report_drivers_set(void)
{
	const char *names[GUEST_SOURCES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < built.drivers.n; i++)
		if (strcmp(built.drivers.names[i], RULES_GUEST) != 0)
			names[n++] = built.drivers.names[i];
	assert_int_equal(n, built.drivers.n - 1);
	report_guest_set(&report, "rules", built.driver_digest, names, n);
}

/* With VIOTAPE_CASES="name name" those cases are run and nothing else. */
static const char *
cases_chosen(void)
{
	const char *list = getenv("VIOTAPE_CASES");

	return list != NULL && list[0] != '\0' ? list : NULL;
}

static int
is_chosen(const char *name)
{
	const char *list = cases_chosen(), *at = list;
	size_t n = strlen(name);

	if (list == NULL)
		return 1;
	for (; (at = strstr(at, name)) != NULL; at++)
		if ((at == list || at[-1] == ' ') &&
		    (at[n] == '\0' || at[n] == ' '))
			return 1;
	return 0;
}

/* Everything is run first: lines are then asked for once. */
static int
set_up(void **state)
{
	static const uint8_t hash[DIGEST_SIZE];
	struct symbolizer *s;

	(void)state;
	machines_make();
	guest = rules_guest_load(VIOTAPE_SOURCE_DIR, &built);
	sources_read();
	report_init(&report, "check", 0);
	report_drivers_set();
	for (unsigned m = 0; m < MACHINES; m++)
		(void)report_machine_add(&report, &machines[m]);
	for (unsigned i = 0; i < RULES; i++) {
		(void)report_trace_add(&report, expects[i].name, "test",
		    "test", "raise", hash);
		for (unsigned m = 0; m < MACHINES &&
		    is_chosen(expects[i].name); m++) {
			struct run_result result;

			rules_run(guest, &machines[m], i, &result);
			report_run_add(&report, i, m, &result);
			run_result_free(&result);
		}
	}
	s = symbolize_open(built.path);
	report_resolve(&report, s);
	symbolize_close(s);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	report_free(&report);
	guest_unload(guest);
	guest_built_free(&built);
	for (size_t i = 0; i < RULES_SOURCES; i++)
		bytes_free(&source[i]);
	for (unsigned i = 0; i < MACHINES; i++)
		machine_desc_free(&machines[i]);
	return 0;
}

/* --- looking --------------------------------------------------------------- */

/* A line of the guest; none is { NULL, 0 }. */
struct place {
	const char *file;
	unsigned line;
};

/* The line that ends in "WHAT: name". */
static struct place
place_of(const char *what, const char *name)
{
	struct place place = { NULL, 0 };
	char tag[80];

	snprintf(tag, sizeof tag, "/* %s: %s */\n", what, name);
	for (size_t i = 0; i < RULES_SOURCES; i++) {
		const char *text = (const char *)source[i].data;
		const char *at = strstr(text, tag);

		if (at == NULL)
			continue;
		assert_null(strstr(at + 1, tag));	/* there is one */
		assert_null(place.file);
		place = (struct place){ rules_sources[i], 1 };
		for (; text < at; text++)
			place.line += *text == '\n';
	}
	return place;
}

/* Findings of one run; the last of them. */
static size_t
findings_of(unsigned number, unsigned machine,
    const struct report_finding **last)
{
	size_t n = 0;

	for (size_t i = 0; i < report.nfindings; i++) {
		const struct report_finding *f = &report.findings[i];
		const struct report_run *run = &report.runs[f->run];

		if (run->trace != number || run->machine != machine)
			continue;
		print_message("    %s, %s: %s (%s) at %s:%u: %s\n",
		    expects[number].name, machines[machine].name,
		    f->f.kind->id, f->f.fatal ? "fatal" : "latent", f->file,
		    f->line, f->f.text);
		*last = f;
		n++;
	}
	return n;
}

/* The note about the first store names its line, and who led there. */
static void
check_store(const struct report_finding *f, struct place store)
{
	const struct report_path *p;

	assert_true(f->f.store_seq != 0);
	assert_true(f->f.store_note < f->f.nnotes);
	p = &f->notes[f->f.store_note].path;
	assert_true(p->n >= 1);
	assert_string_equal(p->frames[0].file, store.file);
	assert_int_equal(p->frames[0].line, store.line);
	assert_true(p->n >= 2);
	assert_string_equal(p->frames[1].function, "testdev_raise");
}

static void
check_finding(const struct expect *e, unsigned machine,
    const struct report_finding *f)
{
	struct place line = place_of("LINE", e->name);
	struct place store = place_of("STORE", e->name);

	assert_string_equal(f->f.kind->id, e->id);
	assert_int_equal(f->f.fatal, ((unsigned)e->fatal >> machine & 1) != 0);
	assert_true(f->f.text[0] != '\0');
	if (line.file != NULL) {
		assert_string_equal(f->file, line.file);
		assert_int_equal(f->line, line.line);
	}
	if (store.file != NULL)
		check_store(f, store);
}

static void
case_gives_what_it_should(void **state)
{
	const struct expect *e = *state;

	if (!is_chosen(e->name))
		skip();
	for (unsigned m = 0; m < MACHINES; m++) {
		const struct report_finding *f = NULL;
		size_t n = findings_of(e->number, m, &f);

		/* Where devices do not snoop, uncached is how it should be. */
		if (m == NOT_COHERENT && strcmp(e->id, "memory-uncached") == 0)
			assert_int_equal(n, 0);
		else
			assert_int_equal(n, e->id[0] != '\0');
		if (n == 1)
			check_finding(e, m, f);
		assert_string_equal(run_verdict_name(report_run_at(&report,
		    e->number, m)->verdict), n == 1 && f->f.fatal ? "FAILS" :
		    "HOLDS-BOUNDED");
	}
}

/* --- what no single case shows ----------------------------------------------- */

static const struct report_finding *
finding_on(unsigned number, unsigned machine)
{
	const struct report_finding *f = NULL;

	assert_int_equal(findings_of(number, machine, &f), 1);
	return f;
}

/* Both views of the first byte that differs, and the bytes to sync. */
static void
bytes_of_both_views_are_told(void **state)
{
	const struct report_finding *f;

	(void)state;
	f = finding_on(RULE_prewrite_missing, BOUNCING);
	assert_int_equal(f->f.bytes_at, 16);
	assert_true(f->f.nbytes >= 8);
	assert_memory_equal(f->f.guest, "\x11\x11\x11\x11\x22\x22\x22\x22", 8);
	assert_memory_equal(f->f.host, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(f->f.byte_first, 16);
	assert_int_equal(f->f.byte_last, 23);
	f = finding_on(RULE_prewrite_short, BOUNCING);
	assert_int_equal(f->f.byte_first, 63);
	assert_int_equal(f->f.byte_last, 63);
	f = finding_on(RULE_postread_short, BOUNCING);
	assert_memory_equal(f->f.guest, "\0\0\0\0", 4);
	assert_memory_equal(f->f.host, "\xa5\xa5\xa5\xa5", 4);
}

static int
is_followed(const struct report_finding *f, const char *id)
{
	for (unsigned i = 0; i < FINDING_FOLLOWED_MAX; i++)
		if (f->f.followed[i] != NULL &&
		    strcmp(f->f.followed[i]->id, id) == 0)
			return 1;
	return 0;
}

/* What follows from a fatal finding is told with it. */
static void
consequences_are_no_findings_of_their_own(void **state)
{
	(void)state;
	assert_true(is_followed(finding_on(RULE_address_kva, ABORTING),
	    "host-aborted"));
	assert_false(is_followed(finding_on(RULE_address_kva, COHERENT),
	    "host-aborted"));
	assert_true(is_followed(finding_on(RULE_mmap_kva, ABORTING),
	    "access-aborted"));
	assert_false(is_followed(finding_on(RULE_mmap_kva, COHERENT),
	    "access-aborted"));
	assert_true(is_followed(finding_on(RULE_mutex_again, COHERENT),
	    "guest-panic"));
}

/* Kinds that other tests raise, and who: its source has the id in it. */
static const struct elsewhere {
	const char *ids;		/* begin so */
	const char *test;
} elsewhere[] = {
	/* Of the device models: each has a test of each rule, and a driver
	   that keeps it. */
	{ "virtio-", NULL }, { "ring-", NULL }, { "gpu-", NULL },
	{ "net-", NULL },
	{ "packet-", "tests/unit/test_net_oracle.c" },
	{ "queue-stuck", "tests/unit/test_net_oracle.c" },
	{ "interrupt-lost", "tests/unit/test_net_oracle.c" },
	{ "display-differs", NULL },	/* needs a display */
	{ "detach-device-live", "tests/cli/test_way_out.sh" },
	/* Nothing under sc, which all cases are run as; see below. */
	{ "order-", "tests/drivers/test_rules.c" },
	/* With a second CPU alone. */
	{ "data-race", "tests/drivers/test_cpus.c" },
	/* Where interrupts may come late. */
	{ "interrupt-race", "tests/drivers/test_cpus.c" },
	{ "attach-confidential", "tests/drivers/test_check_verdicts.sh" },
	/* Consequences, see above. */
	{ "host-aborted", "tests/drivers/test_rules.c" },
	{ "access-aborted", "tests/drivers/test_rules.c" },
};

static int
is_raised_elsewhere(const char *id)
{
	for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
		const struct elsewhere *e = &elsewhere[i];
		struct bytes text = { NULL, 0, 0 };
		struct error err;
		char *path;
		int has;

		if (strncmp(id, e->ids, strlen(e->ids)) != 0)
			continue;
		if (e->test == NULL)
			return 1;
		error_clear(&err);
		path = host_path_join(VIOTAPE_SOURCE_DIR, e->test);
		assert_int_equal(host_file_read(path, &text, 1u << 20, &err),
		    0);
		bytes_add(&text, "", 1);
		has = strstr((const char *)text.data, id) != NULL;
		bytes_free(&text);
		check_free(path);
		return has;
	}
	return 0;
}

/* A kind without a case here or a reason: somebody forgot it. */
static void
every_kind_has_a_case(void **state)
{
	const struct finding_kind *k;

	(void)state;
	for (size_t i = 0; (k = finding_kind_at(i)) != NULL; i++) {
		int known = is_raised_elsewhere(k->id);

		/* And a manual or a specification that it is from. */
		assert_true(k->source[0] != '\0' ||
		    k->role == FINDING_CONSEQUENCE);
		for (unsigned j = 0; j < RULES; j++)
			known |= strcmp(k->id, expects[j].id) == 0;
		if (!known)
			fail_msg("no case is found to be %s", k->id);
	}
}

/*
 * The other half: what comes as close to it as is legal.  That nothing is found
 * there, the case itself says; here, that there is one for each kind.
 */
static void
every_kind_has_a_legal_twin(void **state)
{
#define RULES_TWIN(id, name)	{ id, RULE_##name },
	static const struct {
		const char *id;
		unsigned twin;
	} twins[] = { RULES_TWINS(RULES_TWIN) };
	const size_t ntwins = sizeof twins / sizeof twins[0];
	const struct finding_kind *k;

	(void)state;
	for (size_t j = 0; j < ntwins; j++) {
		assert_non_null(finding_kind_find(twins[j].id));
		assert_string_equal(expects[twins[j].twin].id, "");
	}
	for (size_t i = 0; (k = finding_kind_at(i)) != NULL; i++) {
		int known = k->role == FINDING_CONSEQUENCE || is_raised_elsewhere(k->id);

		for (size_t j = 0; j < ntwins; j++)
			known |= strcmp(k->id, twins[j].id) == 0;
		if (!known)
			fail_msg("nothing legal is near %s", k->id);
	}
}

/* Each kind that is about bus_dma(9) has a place in its document, and what
   the document names there is. */
static void
the_document_of_bus_dma_names_them_all(void **state)
{
	static const char *const begins[] = { "`dma-", "`sync-", "`address-",
	    "`mmap-" };
	const struct finding_kind *k;
	struct bytes text = { NULL, 0, 0 };
	struct error err;
	char id[64];

	(void)state;
	error_clear(&err);
	assert_int_equal(host_file_read(VIOTAPE_SOURCE_DIR
	    "/sim/machine/BUS_DMA.md", &text, 1u << 20, &err), 0);
	bytes_add(&text, "", 1);
	for (size_t i = 0; (k = finding_kind_at(i)) != NULL; i++) {
		snprintf(id, sizeof id, "`%s`", k->id);
		if (strncmp(k->id, "dma-", 4) == 0 &&
		    strstr((const char *)text.data, id) == NULL)
			fail_msg("BUS_DMA.md does not know %s", k->id);
	}
	for (size_t j = 0; j < sizeof begins / sizeof begins[0]; j++) {
		const char *p = (const char *)text.data;

		for (; (p = strstr(p, begins[j])) != NULL; p++) {
			snprintf(id, sizeof id, "%.*s",
			    (int)strcspn(p + 1, "`"), p + 1);
			if (finding_kind_find(id) == NULL)
				fail_msg("BUS_DMA.md names %s", id);
		}
	}
	bytes_free(&text);
}

/* Whether text begins with the name of a case that breaks a rule. */
static int
is_case(const char *text)
{
	for (unsigned j = 0; j < RULES; j++)
		if (expects[j].id[0] != '\0' && strncmp(text, expects[j].name,
		    strlen(expects[j].name)) == 0)
			return 1;
	return 0;
}

/* A case that is to be at a line has the line: tags are spelt right. */
static void
every_tag_is_of_a_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < RULES_SOURCES; i++) {
		const char *p = (const char *)source[i].data;

		while ((p = strstr(p, "/* LINE: ")) != NULL) {
			p += strlen("/* LINE: ");
			assert_true(is_case(p));
		}
	}
	for (unsigned j = 0; j < RULES; j++)
		if (expects[j].id[0] != '\0' && place_of("LINE",
		    expects[j].name).file == NULL)
			assert_true(strcmp(expects[j].name, "step_refused") ==
			    0 || strcmp(expects[j].name, "stack_overrun") ==
			    0 || strcmp(expects[j].name, "sleep_for_ever") ==
			    0);
}

/* A guest without the case, or a step that nobody takes. */
static void
unknown_case_is_a_failed_step(void **state)
{
	struct run_result result;

	(void)state;
	rules_run(guest, &machines[COHERENT], RULES, &result);
	assert_int_equal(result.findings.n, 1);
	assert_string_equal(result.findings.list[0].kind->id, "step-failed");
	run_result_free(&result);
}

/* The same fault, twice in one run: one finding, counted. */
static void
same_fault_is_one_finding(void **state)
{
	const struct run_config config = { .once = 0 };
	struct run_result result;
	char text[64];

	(void)state;
	snprintf(text, sizeof text, "raise %u\nraise %u\n", RULE_free_size,
	    RULE_free_size);
	rules_run_text(guest, &machines[COHERENT], text, config, &result);
	assert_int_equal(result.findings.n, 1);
	assert_int_equal(result.findings.list[0].count, 2);
	run_result_free(&result);
}

/* How often a case is found to be id, by the order of arm, no choice plain. */
static size_t
ordered_finds(unsigned number, enum choice_kind kind, const char *id)
{
	const struct run_config config = { .ordered = 1, .once = 1,
	    .choice_kinds = 1u << kind, .choice_mode = CHOICE_EVERY };
	struct run_result result;
	char text[64];
	size_t n = 0;

	snprintf(text, sizeof text, "raise %u\n", number);
	rules_run_text(guest, &machines[COHERENT], text, config, &result);
	for (size_t i = 0; i < result.findings.n; i++) {
		const struct finding *f = &result.findings.list[i];

		if (strcmp(f->kind->id, id) != 0)
			continue;
		assert_int_equal(f->fatal, strcmp(id, "order-load-late") != 0);
		n++;
	}
	run_result_free(&result);
	return n;
}

/* Rules J22 to J24: under sc nobody sees what these cases lack. */
static void
an_order_model_has_findings_of_its_own(void **state)
{
	static const struct {
		const char *id;
		enum choice_kind kind;
		unsigned breaks, twin;
	} cases[] = {
		{ "order-store-late", CHOICE_ORDER_LOOK,
		    RULE_prewrite_missing, RULE_prewrite_made },
		{ "order-load-early", CHOICE_ORDER_AGE,
		    RULE_postread_at_once, RULE_postread_made },
		{ "order-load-late", CHOICE_ORDER_AGE,
		    RULE_load_late, RULE_load_before_sync },
	};

	(void)state;
	assert_int_equal(machines[COHERENT].order, ORDER_ARM);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(ordered_finds(cases[i].breaks, cases[i].kind,
		    cases[i].id), 1);
		assert_int_equal(ordered_finds(cases[i].twin, cases[i].kind,
		    cases[i].id), 0);
	}
}

int
main(void)
{
#define RULES_TEST(name, id, fatal) \
	{ #name, case_gives_what_it_should, NULL, NULL, \
	    (void *)(uintptr_t)&expects[RULE_##name] },
	const struct CMUnitTest tests[] = {
		RULES_CASES(RULES_TEST)
		cmocka_unit_test(bytes_of_both_views_are_told),
		cmocka_unit_test(consequences_are_no_findings_of_their_own),
		cmocka_unit_test(every_kind_has_a_case),
		cmocka_unit_test(every_kind_has_a_legal_twin),
		cmocka_unit_test(the_document_of_bus_dma_names_them_all),
		cmocka_unit_test(every_tag_is_of_a_case),
		cmocka_unit_test(unknown_case_is_a_failed_step),
		cmocka_unit_test(an_order_model_has_findings_of_its_own),
		cmocka_unit_test(same_fault_is_one_finding),
	};

	/* The others ask about many cases. */
	return _cmocka_run_group_tests("rules", tests, cases_chosen() == NULL ?
	    sizeof tests / sizeof tests[0] : RULES, set_up, tear_down);
}
