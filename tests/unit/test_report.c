/*
 * test_report.c: runs that were made up become a report: faults are merged and
 * placed, verdicts and statuses follow, the baseline accepts.
 */
#include "report_samples.h"

static void
assert_text(const struct report *r, const char *wanted)
{
	struct bytes out = {0};

	report_text(r, 0, &out);
	if (strstr((const char *)out.data, wanted) == NULL)
		fail_msg("\"%s\" is not in:\n%s", wanted,
		    (const char *)out.data);
	bytes_free(&out);
}

static void
assert_no_text(const struct report *r, const char *unwanted)
{
	struct bytes out = {0};

	report_text(r, 0, &out);
	if (strstr((const char *)out.data, unwanted) != NULL)
		fail_msg("\"%s\" is in:\n%s", unwanted,
		    (const char *)out.data);
	bytes_free(&out);
}

/* --- places -------------------------------------------------------------- */

static void
test_place_is_in_the_file_that_owns_the_map(void **state)
{
	struct report r;
	struct run_result run;
	struct finding *f;

	(void)state;
	begin(&r, 1, 1, 0);
	run_begin(&run);
	f = run_find(&run, "sync-missing-postread", REPAINT, 1);
	note(&run, f, CREATE, "the map: 8 bytes by bus_dmamap_create");
	run_end(&r, 0, 0, &run);
	end(&r);
	assert_text(&r, "\ndrivers/viogpu.c:310: sync-missing-postread: it is "
	    "so\n");
	report_free(&r);
}

static void
test_place_without_an_owner_is_the_innermost_driver_line(void **state)
{
	struct report r;
	struct run_result run;

	(void)state;
	begin(&r, 1, 1, 0);
	run_begin(&run);
	(void)run_find(&run, "sync-missing-postread", REPAINT, 1);
	run_end(&r, 0, 0, &run);
	end(&r);
	assert_text(&r, "\ndrivers/virtio.c:70: ");
	report_free(&r);
}

static void
test_place_of_a_request_is_the_call_that_only_it_makes(void **state)
{
	struct callpath transfer = { 1, { REPAINT } };
	struct callpath info = { 1, { GET_INFO } };
	struct report r;

	(void)state;
	begin(&r, 1, 1, 0);
	fb_fault(&r, 0, 0, 1);
	report_request_add(&r, &transfer, 0x105);
	report_request_add(&r, &info, 0x100);
	report_request_add(&r, &info, 0x100);
	assert_int_equal(r.nrequests, 2);
	end(&r);
	/* send_cmd and simple_cmd send get_info's request, too. */
	assert_text(&r, "\ndrivers/viogpu.c:402: sync-missing-prewrite: ");
	report_free(&r);
}

static void
test_place_of_a_request_nobody_else_shares_is_the_next_function(void **state)
{
	struct report r;

	(void)state;
	begin(&r, 1, 1, 0);
	fb_fault(&r, 0, 0, 1);
	end(&r);
	assert_text(&r, "\ndrivers/viogpu.c:350: sync-missing-prewrite: ");
	report_free(&r);
}

static void
test_place_outside_the_driver_falls_back_to_notes_then_shim(void **state)
{
	struct report r;
	struct run_result run;
	struct finding *f;

	(void)state;
	begin(&r, 1, 1, 0);
	run_begin(&run);
	f = run_find(&run, "mmap-kva", SHIM, 1);
	note(&run, f, OTHER, "made");
	(void)run_find(&run, "kernel-rule", SHIM, 1);
	(void)run_find(&run, "no-progress", 0, 1);
	run_end(&r, 0, 0, &run);
	end(&r);
	assert_text(&r, "\ndrivers/virtio.c:20: mmap-kva: ");
	assert_text(&r, "\nsim/shim/kern_z.c:9: kernel-rule: ");
	assert_text(&r, "drivers/viogpu.c:1: no-progress: ");
	report_free(&r);
}

/* --- faults and verdicts ------------------------------------------------- */

static void
test_one_fault_is_one_finding_on_all_machines(void **state)
{
	struct report r;

	(void)state;
	begin(&r, 2, 3, 0);
	for (size_t t = 0; t < 2; t++)
		for (size_t m = 0; m < 3; m++)
			fb_fault(&r, t, m, m == 1);
	end(&r);
	assert_int_equal(r.nfaults, 1);
	assert_text(&r, "  fatal on mB; latent on mA, mC\n");
	assert_text(&r, "  by kick virtio.c:70 <- send_cmd viogpu.c:310 <- "
	    "simple_cmd viogpu.c:350 <- transfer viogpu.c:402 <- repaint "
	    "viogpu.c:500\n");
	assert_text(&r, "  the first store that the host never saw: "
	    "kern_x.c:7 in draw\n");
	assert_text(&r, "guest ab 00, host 00 00\n");
	assert_text(&r, "\nFAILS: 2 traces, 3 machines, 1 findings\n");
	assert_int_equal(r.status, EXIT_FAILS);
	assert_int_equal(report_run_at(&r, 0, 0)->verdict, RUN_HOLDS_BOUNDED);
	assert_int_equal(report_run_at(&r, 1, 1)->verdict, RUN_FAILS);
	report_free(&r);
}

static void
test_traces_are_named_where_it_is_not_all_of_them(void **state)
{
	struct report r;
	struct run_result run;

	(void)state;
	begin(&r, 2, 2, 0);
	for (size_t m = 0; m < 2; m++) {
		fb_fault(&r, 1, m, 1);
		run_begin(&run);
		run_end(&r, 0, m, &run);
	}
	end(&r);
	assert_text(&r, "  fatal on mA, mB (two)\n");
	report_free(&r);
}

static void
test_latent_findings_and_divergences_are_notes(void **state)
{
	for (int strict = 0; strict < 2; strict++) {
		struct report r;
		struct run_result run;

		(void)state;
		begin(&r, 1, 2, strict);
		fb_fault(&r, 0, 0, 0);
		run_begin(&run);
		run.notes[run.nnotes++] = check_strdup("expected A, got B");
		run_end(&r, 0, 1, &run);
		end(&r);
		if (strict) {
			assert_text(&r, "\nFAILS: 1 traces, 2 machines, 2 "
			    "findings\n");
			assert_int_equal(r.status, EXIT_FAILS);
			assert_no_text(&r, "note:");
			assert_int_equal(r.runs[1].verdict, RUN_FAILS);
		} else {
			assert_text(&r, "\nHOLDS-BOUNDED: 1 traces, 2 machines"
			    ", 0 findings\n");
			assert_int_equal(r.status, EXIT_HOLDS);
			assert_text(&r, ":350: note: sync-missing-prewrite: it"
			    " is so (latent on mA)\n");
			assert_text(&r, "\nnote: divergence: expected A, got B"
			    " (one on mB)\n");
		}
		report_free(&r);
	}
}

static void
test_unknown_and_skipped_have_their_own_status(void **state)
{
	struct report r;
	struct run_result run;

	(void)state;
	begin(&r, 1, 2, 0);
	run_begin(&run);
	run.verdict = RUN_UNKNOWN;
	memcpy(run.unknown, "needs f", 8);
	run_end(&r, 0, 0, &run);
	report_run_skip(&r, 0, 1, "no PCI");
	end(&r);
	assert_int_equal(r.status, EXIT_UNKNOWN);
	assert_text(&r, "unknown: one on mA: needs f\n");
	assert_text(&r, "skipped: one on mB: no PCI\n");
	assert_text(&r, "\nUNKNOWN: 1 traces, 2 machines, 0 findings, 1 "
	    "skipped\n");
	report_free(&r);

	begin(&r, 1, 1, 0);
	report_run_skip(&r, 0, 0, "no PCI");
	end(&r);
	assert_int_equal(r.status, EXIT_INPUT);
	report_free(&r);
}

/* --- the baseline -------------------------------------------------------- */

static void
test_baseline_accepts_what_it_wrote(void **state)
{
	struct report r;
	struct bytes text = {0};
	struct error err;

	(void)state;
	begin(&r, 1, 1, 0);
	fb_fault(&r, 0, 0, 1);
	end(&r);
	baseline_write(&r, &text);
	assert_non_null(strstr((const char *)text.data, "\nsync-missing-"
	    "prewrite drivers/viogpu.c simple_cmd\n"));
	report_free(&r);

	begin(&r, 1, 1, 0);
	assert_int_equal(baseline_read(&r, "b", (const char *)text.data,
	    text.len, &err), 0);
	fb_fault(&r, 0, 0, 1);
	end(&r);
	assert_int_equal(r.status, EXIT_HOLDS);
	assert_int_equal(r.runs[0].verdict, RUN_HOLDS_BOUNDED);
	assert_text(&r, ":350: accepted: sync-missing-prewrite: ");
	assert_text(&r, ", 0 findings\n");
	report_free(&r);
	bytes_free(&text);
}

static void
test_baseline_fails_what_is_new_and_tells_what_is_gone(void **state)
{
	static const char text[] = "# known\n\n"
	    "  mmap-kva\tdrivers/a file.c  f  # since long\n"
	    "sync-missing-prewrite drivers/viogpu.c repaint";
	struct report r;
	struct error err;

	(void)state;
	begin(&r, 1, 1, 0);
	assert_int_equal(baseline_read(&r, "b", text, strlen(text), &err), 0);
	assert_int_equal(r.nbaseline, 2);
	assert_string_equal(r.baseline[0].file, "drivers/a file.c");
	assert_string_equal(r.baseline[0].function, "f");
	fb_fault(&r, 0, 0, 1);
	end(&r);
	assert_int_equal(r.status, EXIT_FAILS);
	assert_text(&r, "the baseline's mmap-kva drivers/a file.c f\n");
	report_free(&r);
}

static void
test_baseline_that_is_none_is_refused_with_its_line(void **state)
{
	static const char *const bad[] = { "mmap-kva only\n",
	    "no-such-id a.c f\n", "mmap-kva\n" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct report r;
		struct error err;
		char text[64] = "#\n";

		strncat(text, bad[i], sizeof text - 3);
		report_init(&r, "check", 0);
		assert_int_equal(baseline_read(&r, "b", text, strlen(text),
		    &err), -1);
		assert_int_equal(err.code, ERROR_INPUT);
		assert_non_null(strstr(err.text, "b:2: "));
		report_free(&r);
	}
}

static void
test_text_has_nothing_that_a_terminal_obeys(void **state)
{
	struct report r;
	struct bytes out = {0};

	(void)state;
	nasty(&r, 0);
	report_text(&r, 0, &out);
	assert_null(memchr(out.data, 0x1b, out.len));
	bytes_clear(&out);
	report_text(&r, 1, &out);
	assert_non_null(memchr(out.data, 0x1b, out.len));
	bytes_free(&out);
	report_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place_is_in_the_file_that_owns_the_map),
		cmocka_unit_test(
		    test_place_without_an_owner_is_the_innermost_driver_line),
		cmocka_unit_test(
		    test_place_of_a_request_is_the_call_that_only_it_makes),
		cmocka_unit_test(
		    test_place_of_a_request_nobody_else_shares_is_the_next_function),
		cmocka_unit_test(
		    test_place_outside_the_driver_falls_back_to_notes_then_shim),
		cmocka_unit_test(
		    test_one_fault_is_one_finding_on_all_machines),
		cmocka_unit_test(
		    test_traces_are_named_where_it_is_not_all_of_them),
		cmocka_unit_test(
		    test_latent_findings_and_divergences_are_notes),
		cmocka_unit_test(
		    test_unknown_and_skipped_have_their_own_status),
		cmocka_unit_test(test_baseline_accepts_what_it_wrote),
		cmocka_unit_test(
		    test_baseline_fails_what_is_new_and_tells_what_is_gone),
		cmocka_unit_test(
		    test_baseline_that_is_none_is_refused_with_its_line),
		cmocka_unit_test(test_text_has_nothing_that_a_terminal_obeys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
