/*
 * test_explore.c: every behaviour of our drivers over a few chains: none goes
 * wrong, the same twice is the same; of a driver that loses a notification the
 * way there is found, is gone again, is made short, and is written and read.
 */
#include "check.h"
#include "vio_rig.h"

#define AGAIN	100u

static struct machine_desc tso, arm;
static struct guest_built lost_built;
static struct guest *lost_guest;

struct explorer {
	struct scenario scenario;
	const struct replay_tape *tape;	/* NULL: the built-in host */
	struct explore_config config;
};

static int
make_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	const struct explorer *x = self;

	if (x->tape != NULL)
		return replay_host_create(host, x->tape, machine_port(m), err);
	*host = builtin_host_create(machine_port(m), &x->scenario,
	    VIRTIO_TRANSPORT_PCI);
	return 0;
}

/* x->scenario is set by who calls this. */
static void
explorer_init(struct explorer *x, const struct machine_desc *desc,
    struct guest *guest)
{
	x->config.run.desc = desc;
	x->config.run.guest = guest;
	x->config.run.scenario = &x->scenario;
	x->config.run.host = make_host;
	x->config.run.self = x;
	x->config.kinds = EXPLORE_USUAL;
}

static void
explorer_text(struct explorer *x, const struct machine_desc *desc,
    struct guest *guest, const char *text)
{
	struct error err;

	memset(x, 0, sizeof *x);
	error_clear(&err);
	if (scenario_parse(&x->scenario, "explore", text, strlen(text),
	    &err) != 0)
		fail_msg("%s", err.text);
	explorer_init(x, desc, guest);
}

static void
execute(const struct explorer *x, struct explore_result *r)
{
	struct error err;

	error_clear(&err);
	if (explore_execute(&x->config, r, &err) != 0)
		fail_msg("%s", err.text);
}

static const char *const texts[] = {
	"display 640 480\ntext hello\\n\nexpect\ngraphics\nmap\n"
	    "fill 0 0 64 64 123456\nexpect\nunmap\ntextmode\nexpect\n",
	"device net\nup 10.0.2.15/24\nping 10.0.2.2 1 64\nexpect\n",
};

/* --- our drivers ------------------------------------------------------------ */

static void
nothing_is_found_in_our_drivers(void **state)
{
	const struct machine_desc *machines[] = { &tso, &arm };
	struct explore_result r;
	struct explorer x;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		explorer_text(&x, machines[i % 2], vio_guest, texts[i / 2]);
		execute(&x, &r);
		vio_print_findings("plain", &r.plain);
		assert_int_equal(r.plain.verdict, RUN_HOLDS_BOUNDED);
		assert_int_equal(r.plain.findings.n, 0);
		assert_int_equal(r.nways, 0);
		assert_false(r.cut);
		assert_false(r.capped);
		/* It was looked at more than once, and came together again. */
		assert_true(r.counts.windows > 10);
		assert_true(r.counts.executions > 2 * r.counts.windows);
		assert_true(r.counts.wide > 2);
		assert_true(r.counts.merged > r.counts.executions / 2);
		assert_true(r.counts.states <= r.counts.executions);
		explore_result_free(&r);
		scenario_free(&x.scenario);
	}
}

/* Late interrupts and pauses are more ways, and no fault of ours. */
static void
more_is_tried_if_it_is_asked_for(void **state)
{
	struct explore_result usual, all;
	struct explorer x;

	(void)state;
	explorer_text(&x, &tso, vio_guest, texts[0]);
	execute(&x, &usual);
	x.config.kinds = EXPLORE_USUAL | 1u << CHOICE_ARRIVAL;
	execute(&x, &all);
	assert_int_equal(all.nways, 0);
	assert_false(all.cut);
	assert_true(all.counts.executions > usual.counts.executions);
	explore_result_free(&all);
	explore_result_free(&usual);
	scenario_free(&x.scenario);
	/* A host that has one chain at a time pauses between no two. */
	explorer_text(&x, &tso, vio_guest, texts[1]);
	execute(&x, &usual);
	x.config.kinds = EXPLORE_USUAL | 1u << CHOICE_HOST_PAUSE;
	execute(&x, &all);
	assert_int_equal(all.nways, 0);
	assert_true(all.counts.executions > usual.counts.executions);
	explore_result_free(&usual);
	explore_result_free(&all);
	scenario_free(&x.scenario);
}

/* All that is usual was gone before any of them, and a bound says where it cut. */
static void
further_kinds_come_last(void **state)
{
	struct explore_result usual, all, r;
	struct explorer x;

	(void)state;
	explorer_text(&x, &tso, vio_guest, texts[1]);
	execute(&x, &usual);
	x.config.kinds = EXPLORE_DEFAULT;
	execute(&x, &all);
	assert_false(all.cut);
	for (int less = 0; less < 2; less++) {
		x.config.executions_max = usual.counts.executions -
		    (unsigned)less;
		execute(&x, &r);
		assert_true(r.cut);
		assert_int_equal(r.counts.further_max, less ? 0 : 1);
		explore_result_free(&r);
	}
	x.config.executions_max = all.counts.executions - 1;
	execute(&x, &r);
	assert_true(r.cut);
	assert_true(r.counts.further_max > 1);
	explore_result_free(&r);
	explore_result_free(&usual);
	explore_result_free(&all);
	scenario_free(&x.scenario);
}

/* What was done up to where a way parts is done again, and not counted again. */
static void
work_is_bounded(void **state)
{
	struct explore_result all, r;
	struct explorer x;
	uint64_t before = 0;

	(void)state;
	explorer_text(&x, &arm, vio_guest, texts[1]);
	execute(&x, &all);
	assert_true(all.counts.work > all.counts.executions *
	    EXPLORE_WAY_WORK);
	assert_true(all.counts.work < all.counts.executions *
	    (EXPLORE_WAY_WORK + all.plain.events / 2));
	for (unsigned part = 4; part > 1; part--) {
		x.config.work_max = all.counts.work / part;
		execute(&x, &r);
		assert_true(r.cut);
		assert_true(r.counts.work >= x.config.work_max);
		assert_true(r.counts.work < x.config.work_max +
		    all.plain.events + EXPLORE_WAY_WORK);
		assert_true(r.counts.executions > before);
		before = r.counts.executions;
		explore_result_free(&r);
	}
	x.config.work_max = all.counts.work + 1;
	execute(&x, &r);
	assert_false(r.cut);
	assert_memory_equal(&r.counts, &all.counts, sizeof r.counts);
	explore_result_free(&r);
	explore_result_free(&all);
	scenario_free(&x.scenario);
}

/* More than the bound where that makes it whole, and nothing keeps it from HOLDS. */
static void
what_can_hold_has_more_work(void **state)
{
	struct machine_desc two = arm;
	struct explore_result all, r;
	struct explorer x;
	uint64_t ways;

	(void)state;
	explorer_text(&x, &arm, vio_guest, texts[1]);
	execute(&x, &all);
	ways = all.counts.executions;
	x.config.work_max = all.counts.work / 4;
	for (unsigned part = 0; part < 3; part++) {
		x.config.whole_ways = part == 0 ? 3 * ways : ways / 2;
		if (part == 2) {		/* a gap: second-cpu */
			two.cpus = 2;
			x.config.run.desc = &two;
			x.config.whole_ways = 3 * ways;
		}
		execute(&x, &r);
		assert_int_equal(r.cut, part != 0);
		/* What would not be whole is not begun. */
		if (r.cut)
			assert_true(r.counts.work < x.config.work_max +
			    all.plain.events + EXPLORE_WAY_WORK);
		explore_result_free(&r);
	}
	explore_result_free(&all);
	scenario_free(&x.scenario);
}

static uint64_t told;

static int
count_event(void *self, const struct event *e, struct error *err)
{
	(void)self;
	(void)e;
	(void)err;
	told++;
	return 0;
}

/*
 * A plain run of the same, as check has it but for the order; of its events some
 * may be told again, of those of other ways none.
 */
static void
the_plain_run_is_a_run(void **state)
{
	struct explore_result r;
	struct run_result plain;
	struct run_config config;
	struct explorer x;
	struct error err;

	(void)state;
	error_clear(&err);
	explorer_text(&x, &arm, vio_guest, texts[0]);
	x.config.run.event = count_event;
	told = 0;
	execute(&x, &r);
	assert_true(told >= r.plain.events);
	assert_true(told < r.plain.events + r.plain.events / 4);
	x.config.run.event = NULL;
	config = x.config.run;
	config.ordered = 1;
	if (run_execute(&config, &plain, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(r.plain.events, plain.events);
	assert_memory_equal(r.plain.digest, plain.digest, DIGEST_SIZE);
	run_result_free(&plain);
	explore_result_free(&r);
	scenario_free(&x.scenario);
}

static void
the_same_twice_is_the_same(void **state)
{
	const struct machine_desc *machines[] = { &tso, &arm };
	struct explore_result a, b;
	struct explorer x;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		explorer_text(&x, machines[i], vio_guest, texts[0]);
		execute(&x, &a);
		execute(&x, &b);
		assert_memory_equal(&a.counts, &b.counts, sizeof a.counts);
		assert_memory_equal(a.plain.digest, b.plain.digest,
		    DIGEST_SIZE);
		explore_result_free(&a);
		explore_result_free(&b);
		scenario_free(&x.scenario);
	}
}

/*
 * Whoever is gone on from first: states have everything that anything after
 * them depends on.  In the last one two deadlines come together after polls.
 */
static void
nothing_depends_on_the_order_of_exploring(void **state)
{
	static const char *const more[] = {
		"device net\nup 10.0.2.15/24\nping 10.0.2.2 5 64\nexpect\n",
		"display 640 480\ntext hello\\n\ngraphics\nmap\n"
		    "fill 0 0 64 64 123456\nexpect\nfill 9 9 9 9 abcdef\n"
		    "expect\nfill 2 2 9 9 fedcba\nwait 40\nexpect\n"
		    "unmap\ntextmode\nexpect\n",
	};
	struct explore_result first, last;
	struct explorer x;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		explorer_text(&x, i % 2 == 0 ? &tso : &arm, vio_guest, i < 2 ?
		    texts[i] : more[i - 2]);
		execute(&x, &first);
		x.config.most_turned = 1;
		execute(&x, &last);
		assert_false(first.cut || last.cut);
		assert_true(first.counts.windows > 10);
		assert_int_equal(first.counts.states, last.counts.states);
		assert_int_equal(first.counts.ends, last.counts.ends);
		assert_memory_equal(first.ends, last.ends, DIGEST_SIZE);
		assert_memory_equal(first.plain.digest, last.plain.digest,
		    DIGEST_SIZE);
		explore_result_free(&first);
		explore_result_free(&last);
		scenario_free(&x.scenario);
	}
}

static void
executions_max_cuts_and_says_so(void **state)
{
	struct explore_result all, r;
	struct explorer x;

	(void)state;
	explorer_text(&x, &tso, vio_guest, texts[0]);
	execute(&x, &all);
	x.config.executions_max = 10;
	execute(&x, &r);
	assert_true(r.cut);
	assert_true(r.counts.executions >= 10);
	assert_true(r.counts.executions < all.counts.executions);
	/* The plain run is whole. */
	assert_memory_equal(r.plain.digest, all.plain.digest, DIGEST_SIZE);
	explore_result_free(&r);
	/* As many as there are is not too few. */
	x.config.executions_max = all.counts.executions + 1;
	execute(&x, &r);
	assert_false(r.cut);
	assert_memory_equal(&r.counts, &all.counts, sizeof r.counts);
	explore_result_free(&r);
	explore_result_free(&all);
	scenario_free(&x.scenario);
}

static int
no_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	(void)self;
	(void)m;
	(void)host;
	return error_set(err, ERROR_SYSTEM, "no host today");
}

static void
no_run_is_no_result(void **state)
{
	struct explore_result r;
	struct explorer x;
	struct error err;

	(void)state;
	error_clear(&err);
	explorer_text(&x, &tso, vio_guest, texts[0]);
	x.config.run.host = no_host;
	assert_int_equal(explore_execute(&x.config, &r, &err), -1);
	assert_string_equal(err.text, "no host today");
	assert_int_equal(r.nways, 0);
	scenario_free(&x.scenario);
}

/* --- a lost notification ---------------------------------------------------- */

static struct {
	struct loaded_trace trace;
	struct explorer x;
	struct explore_result r;
} lost;

/* Explored once, for all the tests below. */
static int
lost_set_up(void **state)
{
	struct error err;

	(void)state;
	error_clear(&err);
	if (lost.trace.tape != NULL)
		return 0;
	if (load_trace("vio-dhcp", &lost.trace, &err) != 0)
		fail_msg("%s", err.text);
	lost.x.tape = lost.trace.tape;
	lost.x.scenario = lost.trace.scenario;
	explorer_init(&lost.x, &tso, lost_guest);
	lost.x.config.executions_max = 1500;
	execute(&lost.x, &lost.r);
	return 0;
}

/* A way of one's own. */
static void
way_copy(struct explore_way *to, const struct explore_way *from)
{
	*to = *from;
	to->choices = malloc(from->nchoices + 1);
	assert_non_null(to->choices);
	memcpy(to->choices, from->choices, from->nchoices);
}

static size_t
taken(const struct explore_way *way)
{
	size_t n = 0;

	for (size_t i = 0; i < way->nchoices; i++)
		n += way->choices[i] != 0;
	return n;
}

/* The finding that the way leads to, or NULL. */
static const struct finding *
finding_of(const struct explore_way *way, const struct run_result *r)
{
	for (size_t i = 0; i < r->findings.n; i++)
		if (run_finding_identity(r->paths, &r->findings.list[i]) ==
		    way->identity)
			return &r->findings.list[i];
	return NULL;
}

/* Whether going the way finds what it says, as it says. */
static int
leads(const struct explore_way *way, struct run_result *r)
{
	struct error err;

	error_clear(&err);
	if (explore_again(&lost.x.config, way, r, &err) != 0)
		fail_msg("%s", err.text);
	return finding_of(way, r) != NULL;
}

static void
a_lost_notification_is_found(void **state)
{
	const struct explore_way *way = lost.r.ways;
	const struct finding *f;
	struct run_result r;

	(void)state;
	/* Nothing of it is in the plain run. */
	assert_int_equal(lost.r.plain.verdict, RUN_HOLDS_BOUNDED);
	assert_int_equal(lost.r.nways, 1);
	assert_true(way->taken > 0);
	assert_int_equal(way->taken, taken(way));
	assert_true(leads(way, &r));
	f = finding_of(way, &r);
	assert_string_equal(f->kind->id, "queue-stuck");
	assert_true(f->fatal);
	assert_int_equal(r.verdict, RUN_FAILS);
	run_result_free(&r);
}

/* Ways with fewer answers of their own come first, and a bound says how many. */
static void
a_bound_has_a_measure(void **state)
{
	const uint64_t all = lost.r.counts.executions;
	const uint64_t most[] = { 10, all / 4, all / 2, all - 1 };
	struct explorer x = lost.x;
	uint64_t before = 0;

	(void)state;
	assert_false(lost.r.cut);
	for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
		struct explore_result r;

		x.config.executions_max = most[i];
		execute(&x, &r);
		assert_true(r.cut);
		assert_int_equal(r.counts.executions, most[i]);
		assert_int_equal(r.counts.taken_max != 0, i != 0);
		assert_true(r.counts.taken_max >= before);
		before = r.counts.taken_max;
		explore_result_free(&r);
	}
	assert_true(before >= 3);
}

static void
our_driver_goes_that_way_unharmed(void **state)
{
	struct explorer ours = lost.x;
	struct run_result r;
	struct error err;

	(void)state;
	error_clear(&err);
	explorer_init(&ours, &tso, vio_guest);
	if (explore_again(&ours.config, lost.r.ways, &r, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(r.verdict, RUN_HOLDS_BOUNDED);
	run_result_free(&r);
}

static void
a_way_is_gone_again_and_again(void **state)
{
	uint8_t digest[DIGEST_SIZE];
	struct run_result r;
	uint64_t event = 0;

	(void)state;
	for (unsigned i = 0; i < AGAIN; i++) {
		assert_true(leads(lost.r.ways, &r));
		if (i == 0) {
			memcpy(digest, r.digest, DIGEST_SIZE);
			event = finding_of(lost.r.ways, &r)->event;
		}
		assert_memory_equal(r.digest, digest, DIGEST_SIZE);
		assert_int_equal(finding_of(lost.r.ways, &r)->event, event);
		run_result_free(&r);
	}
}

/* As many choices as lead there all the same. */
static void
fatten(struct explore_way *way)
{
	struct run_result r;

	for (size_t i = 0; i < way->nchoices; i++) {
		if (way->choices[i] != 0)
			continue;
		way->choices[i] = 1;
		way->taken++;
		if (!leads(way, &r)) {
			way->choices[i] = 0;
			way->taken--;
		}
		run_result_free(&r);
	}
}

static void
assert_nothing_to_spare(struct explore_way *way)
{
	struct run_result r;

	assert_true(leads(way, &r));
	run_result_free(&r);
	for (size_t i = 0; i < way->nchoices; i++) {
		uint8_t was = way->choices[i];

		if (was == 0)
			continue;
		way->choices[i] = 0;
		if (leads(way, &r))
			fail_msg("choice %zu is not needed", i);
		run_result_free(&r);
		way->choices[i] = was;
	}
}

static void
a_shrunk_way_has_nothing_to_spare(void **state)
{
	struct explore_way way;
	struct error err;
	size_t was;

	(void)state;
	error_clear(&err);
	for (unsigned fat = 0; fat < 2; fat++) {
		way_copy(&way, lost.r.ways);
		if (fat)
			fatten(&way);
		was = way.taken;
		if (explore_shrink(&lost.x.config, &way, &err) != 0)
			fail_msg("%s", err.text);
		assert_true(way.taken > 0);
		assert_true(way.taken < was + !fat);
		assert_int_equal(way.taken, taken(&way));
		assert_int_not_equal(way.choices[way.nchoices - 1], 0);
		assert_nothing_to_spare(&way);
		check_free(way.choices);
	}
}

/* Choices that change nothing go, however many, and whatever they hide. */
static void
what_is_not_needed_is_taken_out(void **state)
{
	struct explore_way way, fat;
	struct run_result r;
	struct error err;
	size_t n;

	(void)state;
	error_clear(&err);
	way_copy(&way, lost.r.ways);
	assert_int_equal(explore_shrink(&lost.x.config, &way, &err), 0);
	n = way.nchoices;
	fat = way;
	fat.choices = calloc(n + 20, 1);
	assert_non_null(fat.choices);
	memcpy(fat.choices, way.choices, n);
	memset(fat.choices + n, 1, 20);
	fat.nchoices = n + 20;
	fat.taken = way.taken + 20;
	assert_true(leads(&fat, &r));		/* it is over by then */
	run_result_free(&r);
	assert_int_equal(explore_shrink(&lost.x.config, &fat, &err), 0);
	assert_int_equal(fat.nchoices, n);
	assert_int_equal(fat.taken, way.taken);
	assert_memory_equal(fat.choices, way.choices, n);
	check_free(fat.choices);
	check_free(way.choices);
}

static void
a_story_is_told_of_the_way(void **state)
{
	const struct finding *f;
	struct run_result r;
	struct bytes text = { 0 };
	unsigned choices = 0, seen = 0, again = 0;

	(void)state;
	assert_true(leads(lost.r.ways, &r));
	f = finding_of(lost.r.ways, &r);
	explore_way_text(lost.r.ways, &text);
	for (size_t i = 0; i < f->nnotes; i++) {
		choices += strncmp(f->notes[i].text, "event ", 6) == 0 &&
		    strstr(f->notes[i].text, ", choice ") != NULL;
		seen += strstr(f->notes[i].text, "the host looks at avail.idx "
		    "of queue 1 and sees 3: 4, which the driver has stored, "
		    "is still in its CPU's store buffer") != NULL;
		again += strstr(f->notes[i].text,
		    (const char *)text.data) != NULL;
	}
	assert_true(choices > 0);
	assert_true(seen > 0);
	assert_int_equal(again, 1);
	bytes_free(&text);
	run_result_free(&r);
}

/* --- ways as text ----------------------------------------------------------- */

static void
round_trip(const struct explore_way *way)
{
	struct bytes text = { 0 }, again = { 0 };
	struct explore_way back;
	struct error err;

	error_clear(&err);
	explore_way_text(way, &text);
	if (explore_way_read((const char *)text.data, &back, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(back.taken, taken(way));
	assert_true(back.nchoices <= way->nchoices);
	assert_memory_equal(back.choices, way->choices, back.nchoices);
	for (size_t i = back.nchoices; i < way->nchoices; i++)
		assert_int_equal(way->choices[i], 0);
	explore_way_text(&back, &again);
	assert_int_equal(again.len, text.len);
	assert_memory_equal(again.data, text.data, text.len);
	bytes_free(&again);
	bytes_free(&text);
	check_free(back.choices);
}

static void
a_way_is_written_and_read(void **state)
{
	uint8_t choices[] = { 0, 0, 1, 0, 254, 0, 0 };
	struct explore_way way = { .choices = choices, .nchoices = 7 };
	struct bytes text = { 0 };

	(void)state;
	explore_way_text(&way, &text);
	assert_int_equal(text.len, strlen("2=1,4=254"));
	assert_memory_equal(text.data, "2=1,4=254", text.len);
	bytes_free(&text);
	round_trip(&way);
	choices[0] = 7;
	choices[6] = 9;
	round_trip(&way);
	round_trip(lost.r.ways);
}

static void
what_is_no_way_is_refused(void **state)
{
	static const char *const bad[] = { "", ",", "=", "1", "1=", "=1",
	    "1=0", "1=255", "1=-1", "-1=1", "+1=1", "1=+1", " 1=1", "1= 1",
	    "1=1 ", "1=1,", ",1=1", "1=1,,2=1", "1=1;2=1", "2=1,1=1", "1=1,1=1",
	    "1=1,2", "1=1,2=", "x=1", "1=x", "0x1=1", "1=1x", "16777216=1",
	    "18446744073709551616=1", "1=18446744073709551617",
	    "1=1,99999999999999999999999=1" };
	struct explore_way way;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		error_clear(&err);
		if (explore_way_read(bad[i], &way, &err) == 0)
			fail_msg("\"%s\" was read", bad[i]);
		assert_int_equal(err.code, ERROR_USAGE);
		/* All of it, as it was given. */
		assert_memory_equal(err.text, "\"", 1);
		assert_memory_equal(err.text + 1, bad[i], strlen(bad[i]));
		assert_non_null(strstr(err.text, "is no list of choices"));
		assert_null(way.choices);
		assert_int_equal(way.nchoices, 0);
		assert_int_equal(way.taken, 0);
	}
	error_clear(&err);
	assert_int_equal(explore_way_read("0=1,16777215=254", &way, &err), 0);
	assert_int_equal(way.nchoices, EXPLORE_CHOICES_MAX);
	assert_int_equal(way.choices[1], 0);
	check_free(way.choices);
}

/* --- both guests ------------------------------------------------------------ */

static int
set_up(void **state)
{
	static const char *const fault = "virtio-lost-kick";
	const struct guest_spec spec = { .faults = &fault, .nfaults = 1 };
	struct error err;

	error_clear(&err);
	if (load_machine("amd64-qemu", &tso, &err) != 0 ||
	    load_machine("arm64-qemu", &arm, &err) != 0 ||
	    guest_build(&spec, &lost_built, &err) != 0 ||
	    (lost_guest = guest_load(lost_built.path, &err)) == NULL)
		fail_msg("%s", err.text);
	return vio_set_up(state);
}

static int
tear_down(void **state)
{
	explore_result_free(&lost.r);
	if (lost.trace.tape != NULL)
		loaded_trace_free(&lost.trace);
	guest_unload(lost_guest);
	guest_built_free(&lost_built);
	machine_desc_free(&tso);
	machine_desc_free(&arm);
	return vio_tear_down(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found_in_our_drivers),
		cmocka_unit_test(more_is_tried_if_it_is_asked_for),
		cmocka_unit_test(further_kinds_come_last),
		cmocka_unit_test(work_is_bounded),
		cmocka_unit_test(what_can_hold_has_more_work),
		cmocka_unit_test(the_plain_run_is_a_run),
		cmocka_unit_test(the_same_twice_is_the_same),
		cmocka_unit_test(nothing_depends_on_the_order_of_exploring),
		cmocka_unit_test(executions_max_cuts_and_says_so),
		cmocka_unit_test(no_run_is_no_result),
		cmocka_unit_test_setup(a_lost_notification_is_found,
		    lost_set_up),
		cmocka_unit_test_setup(a_bound_has_a_measure, lost_set_up),
		cmocka_unit_test_setup(our_driver_goes_that_way_unharmed,
		    lost_set_up),
		cmocka_unit_test_setup(a_way_is_gone_again_and_again,
		    lost_set_up),
		cmocka_unit_test_setup(a_shrunk_way_has_nothing_to_spare,
		    lost_set_up),
		cmocka_unit_test_setup(what_is_not_needed_is_taken_out,
		    lost_set_up),
		cmocka_unit_test_setup(a_story_is_told_of_the_way, lost_set_up),
		cmocka_unit_test_setup(a_way_is_written_and_read, lost_set_up),
		cmocka_unit_test(what_is_no_way_is_refused),
	};

	return cmocka_run_group_tests_name("explore", tests, set_up,
	    tear_down);
}
