/* run.c: one run: a guest on a machine with a host, asked by a scenario. */
#include "run_state.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "explore_run.h"
#include "host_profile.h"
#include "virtio_pci_device.h"

/* So often Apple's host says that a reset is not complete yet. */
#define APPLE_RESET_READS 3u
#define APPLE_FIRMWARE_STATUS 0x0fu	/* up to DRIVER_OK */

#define RUN_CONFIRM_MAX	8u		/* runs to confirm latent findings */

/* --- one pass --- */

static void
stack_bounds(void *self, uint64_t *low, uint64_t *high)
{
	struct run *r = self;

	*low = *high = 0;
	if (r->machine != NULL && sched_in_guest(machine_sched(r->machine)))
		sched_stack(machine_sched(r->machine), low, high);
}

/* Apple's manners, laid over whatever host this is. */
static struct boundary_host
apple_manners(struct machine *m, struct boundary_host host)
{
	/* Its firmware showed a logo, and left the device as it was. */
	struct host_profile p = { .port = machine_port(m),
	    .bdf = VIRTIO_PCI_BDF_DEFAULT,
	    .late_reset_reads = APPLE_RESET_READS,
	    .firmware_status = APPLE_FIRMWARE_STATUS,
	    .features_refused = host_profile_apple_refused };

	return host_profile_create(host, &p);
}

static int
pass_begin(struct run *r)
{
	const struct run_config *config = r->config;
	struct machine_config mc = { config->desc, NULL, r->result->paths,
	    &run_machine_events, r };
	struct boundary_host host;

	if (config->ram != NULL)
		mc.ram = config->ram(config->self);
	r->machine = machine_create(&mc, r->err);
	if (r->machine == NULL)
		return -1;
	machine_choice(r->machine)->kinds = config->choice_kinds;
	machine_choice(r->machine)->mode = config->choice_mode;
	machine_choice(r->machine)->prng.state = config->choice_seed;
	machine_choice(r->machine)->recorded = config->choices;
	machine_choice(r->machine)->nrecorded = config->nchoices;
	if (config->fail_at != 0) {
		machine_choice(r->machine)->kinds |= 1u << CHOICE_ALLOCATION;
		machine_choice(r->machine)->mode = CHOICE_ONE;
		machine_choice(r->machine)->one_kind = CHOICE_ALLOCATION;
		machine_choice(r->machine)->one_at = config->fail_at;
	}
	if (r->confirming != NULL && r->confirming->look == 0) {
		machine_choice(r->machine)->kinds = 1u << CHOICE_HOST_STEP |
		    1u << CHOICE_HOST_LATE;
		machine_choice(r->machine)->mode = CHOICE_EVERY;
	} else if (r->confirming != NULL) {
		machine_choice(r->machine)->kinds = 1u << CHOICE_HOST_LOOK;
		machine_choice(r->machine)->mode = CHOICE_ONE;
		machine_choice(r->machine)->one_kind = CHOICE_HOST_LOOK;
		machine_choice(r->machine)->one_at = r->confirming->look;
	}
	machine_choices_begin(r->machine);
	if (config->ordered)
		machine_order_begin(r->machine);
	if (config->explore != NULL)
		explore_begin(config->explore, r);
	virtio_watch_init(&r->told);
	run_stop_begin(r);
	mem_watch_stores(machine_mem(r->machine), r->watch, r->nwatch);
	if (config->host(config->self, r->machine, &host, r->err) != 0)
		return -1;
	if (config->desc->apple)
		host = apple_manners(r->machine, host);
	machine_host_set(r->machine, host);
	r->door = door_open(r->machine, config->guest, &run_door_events, r);
	door_mutate(r->door, config->mutant, config->sites);
	r->entry = door_guest(r->door);
	if (config->explore != NULL)
		door_capture(r->door);
	r->checker = checker_create(&r->result->findings, &r->result->events);
	checker_attach(r->checker, r->machine, r->door);
	r->oracle = display_oracle_create(r->entry->font, r->entry->palette);
	if (config->scenario->device == SCENARIO_DEVICE_NET)
		r->net = net_oracle_create(&r->told.st, config->ram == NULL,
		    run_packet, r);
	digest_init(&r->digest);
	return 0;
}

static void
pass_end(struct run *r)
{
	if (r->door != NULL)
		bytes_add(&r->result->dmesg, door_dmesg(r->door)->data,
		    door_dmesg(r->door)->len);
	display_oracle_destroy(r->oracle);
	if (r->net != NULL) {
		r->result->packets_sent = net_oracle_counts(r->net)->sent;
		r->result->packets_received =
		    net_oracle_counts(r->net)->received;
	}
	net_oracle_destroy(r->net);
	checker_destroy(r->checker);
	if (r->machine != NULL)
		r->result->allocations = machine_choice(r->machine)
		    ->asked[CHOICE_ALLOCATION];
	if (r->machine != NULL)
		r->result->stores = mem_store_count(machine_mem(r->machine));
	if (r->door != NULL)
		r->result->mutant_hits = door_mutant_hits(r->door);
	door_close(r->door);
	machine_destroy(r->machine);
	check_free(r->descriptors);
	r->descriptors = NULL;
	r->ndescriptors = 0;
	r->oracle = NULL;
	r->net = NULL;
	r->checker = NULL;
	r->door = NULL;
	r->machine = NULL;
}

static int
pass(struct run *r)
{
	int ok = pass_begin(r) == 0;

	if (ok && machine_firmware(r->machine, r->err) != 0 && !r->ended)
		ok = 0;
	if (ok && !r->ended)
		run_play(r);
	if (r->config->explore != NULL)
		explore_end(r->config->explore);
	pass_end(r);
	return ok && !r->failed ? 0 : -1;
}

/* --- result --- */

static void
digest_findings(struct run *r)
{
	const struct findings *f = &r->result->findings;

	digest_add_u64(&r->digest, f->n);
	for (size_t i = 0; i < f->n; i++) {
		digest_add_string(&r->digest, f->list[i].kind->id);
		digest_add_u64(&r->digest, (uint64_t)f->list[i].fatal);
		digest_add_string(&r->digest, f->list[i].text);
	}
	digest_add(&r->digest, r->result->dmesg.data, r->result->dmesg.len);
	digest_final(&r->digest, r->result->digest);
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

uint64_t
run_finding_identity(const struct callpaths *paths, const struct finding *f)
{
	const struct callpath *p = callpath_get(paths, f->where);
	uint8_t hash[DIGEST_SIZE];
	struct digest d;

	digest_init(&d);
	digest_add_string(&d, f->kind->id);
	digest_add_u64(&d, (uint64_t)f->fatal);
	for (uint32_t i = 0; i < p->n; i++)
		digest_add_u64(&d, p->at[i]);
	digest_final(&d, hash);
	return bytes_le(hash, 8);
}

/* 1 the first time. */
static int
seen_add(struct run_seen *s, uint64_t identity)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i] == identity)
			return 0;
	s->list = check_realloc(s->list, (s->n + 1) * sizeof s->list[0]);
	s->list[s->n++] = identity;
	return 1;
}

void
run_seen_free(struct run_seen *s)
{
	check_free(s->list);
	memset(s, 0, sizeof *s);
}

/* A pass of its own, whose result is thrown away. */
static int
pass_aside(struct run *r, struct run_config *config, struct run_result *aside)
{
	config->event = NULL;
	config->net_state = NULL;
	config->synced = NULL;
	config->expected = NULL;
	config->explore = NULL;
	config->stop = NULL;
	config->sites = NULL;
	config->until_found = RUN_TO_END;
	r->config = config;
	r->result = aside;
	callpaths_stack_set(aside->paths, stack_bounds, r);
	return pass(r);
}

/* The host that looked at once took something else. */
static void
confirmed_early(struct finding *f, const struct run *r,
    const struct run_result *aside)
{
	const struct finding *then = NULL;

	f->fatal = 1;
	for (size_t i = 0; i < aside->findings.n && then == NULL; i++)
		if (aside->findings.list[i].fatal)
			then = &aside->findings.list[i];
	finding_note(f, CALLPATH_NONE, "made to happen: in a run where the "
	    "host looks right at that store it %s%s%s", r->confirmed == 0 ?
	    "never takes that chain" : "takes another chain", then != NULL ?
	    "; there " : "", then != NULL ? then->text : "");
}

/*
 * What the driver saw when the host worked between its sync and its load.  An
 * index that was old then does not cover the entry, and is another finding.
 */
static void
confirmed_late(struct finding *f, const struct finding *late)
{
	f->fatal = 1;
	f->bytes_at = late->bytes_at;
	f->nbytes = late->nbytes;
	memcpy(f->guest, late->guest, sizeof f->guest);
	memcpy(f->host, late->host, sizeof f->host);
	finding_note(f, CALLPATH_NONE, "made to happen: in a run where the "
	    "host works between the sync and the load of used.idx the driver "
	    "sees an old entry");
}

/*
 * What could go wrong, and did not in this run: is there one in which it does?
 * A run with that choice, and nothing else, answers.
 */
static void
confirm(const struct run *first, struct finding *f,
    const struct finding_confirm *at)
{
	struct run_config config = *first->config;
	struct run_result aside;
	struct error err;
	struct run r;

	memset(&r, 0, sizeof r);
	memset(&aside, 0, sizeof aside);
	aside.paths = first->result->paths;
	r.err = &err;
	r.confirming = at;
	if (pass_aside(&r, &config, &aside) == 0 && at->look == 0) {
		const struct finding *late = findings_find(&aside.findings,
		    f->kind->id, f->key);

		if (late != NULL && late->fatal && !late->of_index)
			confirmed_late(f, late);
	} else if (at->look != 0 && r.confirmed != at->chain) {
		confirmed_early(f, &r, &aside);
	}
	aside.paths = NULL;
	run_result_free(&aside);
}

static void
confirm_all(const struct run *first)
{
	struct findings *list = &first->result->findings;
	unsigned left = RUN_CONFIRM_MAX;

	if (first->config->once || first->config->choice_mode != CHOICE_PLAIN ||
	    first->config->fail_at != 0 || first->config->until != 0)
		return;
	if (run_has_found(first))
		return;
	for (size_t i = 0; i < list->n; i++) {
		struct finding *f = &list->list[i];

		for (size_t k = 0; k < f->nconfirm && !f->fatal && left > 0;
		    k++, left--)
			confirm(first, f, &f->confirm[k]);
	}
}

/* Runs again, into a result that is thrown away but for the paths. */
static void
look_again(const struct run *first)
{
	struct run r;
	struct run_result again, *result = first->result;
	struct run_config config = *first->config;
	struct error err;

	memset(&r, 0, sizeof r);
	memset(&again, 0, sizeof again);
	for (size_t i = 0; i < result->findings.n; i++) {
		const struct finding *f = &result->findings.list[i];

		if (f->store_seq != 0 && r.nwatch < RUN_WATCH_MAX &&
		    (config.seen == NULL || seen_add(config.seen,
		    run_finding_identity(result->paths, f))))
			r.watch[r.nwatch++] = f->store_seq;
	}
	if (r.nwatch == 0 || config.once || config.no_callers)
		return;
	qsort(r.watch, r.nwatch, sizeof r.watch[0], by_value);
	r.err = &err;
	again.paths = result->paths;
	again.watched = &result->findings;
	(void)pass_aside(&r, &config, &again);
	again.paths = NULL;
	run_result_free(&again);
}

int
run_execute(const struct run_config *config, struct run_result *result,
    struct error *err)
{
	struct run r;

	memset(&r, 0, sizeof r);
	memset(result, 0, sizeof *result);
	r.config = config;
	r.result = result;
	r.err = err;
	result->paths = callpaths_create(guest_base(config->guest),
	    guest_size(config->guest), stack_bounds, &r);
	if (pass(&r) != 0) {
		run_result_free(result);
		return -1;
	}
	callpaths_watch(result->paths, NULL, NULL, NULL);
	confirm_all(&r);
	if (result->verdict != RUN_UNKNOWN)
		result->verdict = findings_fatal(&result->findings) != 0 ?
		    RUN_FAILS : RUN_HOLDS_BOUNDED;
	digest_findings(&r);
	look_again(&r);
	callpaths_stack_set(result->paths, NULL, NULL);
	return 0;
}

void
run_result_free(struct run_result *r)
{
	for (size_t i = 0; i < r->nnotes; i++)
		check_free(r->notes[i]);
	findings_free(&r->findings);
	callpaths_destroy(r->paths);
	bytes_free(&r->dmesg);
	memset(r, 0, sizeof *r);
}

const char *
run_verdict_name(enum run_verdict v)
{
	static const char *const names[] = { "HOLDS", "HOLDS-BOUNDED", "FAILS",
	    "UNKNOWN" };

	return names[v];
}
