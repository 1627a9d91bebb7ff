/*
 * test_report.c: runs that were made up become a report: faults are merged and
 * placed, verdicts and statuses follow, the baseline accepts, JSON and XML are
 * well-formed whatever is in the text.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "options.h"
#include "report.h"

/* Addresses of a made-up guest, and what the made-up tool says of each. */
enum { STORE = 0x10, REPAINT = 0x20, CREATE = 0x30, OTHER = 0x40,
    SHIM = 0x50, GET_INFO = 0x60 };

static const struct {
	uint64_t at;
	struct { const char *file, *function; unsigned line; } frames[6];
} code[] = {
	{ STORE, { { "sim/shim/kern_x.c", "draw", 7 } } },
	{ REPAINT, { { "drivers/virtio.c", "kick", 70 },
	    { "drivers/viogpu.c", "send_cmd", 310 },
	    { "drivers/viogpu.c", "simple_cmd", 350 },
	    { "drivers/viogpu.c", "transfer", 402 },
	    { "drivers/viogpu.c", "repaint", 500 },
	    { "sim/shim/kern_x.c", "idle", 1 } } },
	{ CREATE, { { "sim/shim/kern_y.c", "bus_dmamap_create", 8 },
	    { "drivers/viogpu.c", "attach", 100 } } },
	{ OTHER, { { "drivers/virtio.c", "setup", 20 } } },
	{ SHIM, { { "sim/shim/kern_z.c", "inner", 9 } } },
	{ GET_INFO, { { "drivers/virtio.c", "kick", 70 },
	    { "drivers/viogpu.c", "send_cmd", 310 },
	    { "drivers/viogpu.c", "simple_cmd", 350 },
	    { "drivers/viogpu.c", "get_info", 420 } } },
};

static void
resolve(void *self, const uint64_t *offsets, size_t n,
    struct symbol_place *places)
{
	(void)self;
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < sizeof code / sizeof code[0]; c++) {
			struct symbol_place *p = &places[i];

			/* Return addresses: what is asked for is less 1. */
			if (code[c].at != offsets[i] + 1)
				continue;
			for (; p->n < 6 && code[c].frames[p->n].file != NULL;
			    p->n++) {
				struct symbol_frame *f = &p->frame[p->n];

				f->file = check_strdup(
				    code[c].frames[p->n].file);
				f->function = check_strdup(
				    code[c].frames[p->n].function);
				f->line = code[c].frames[p->n].line;
			}
		}
}

/* --- making runs up ------------------------------------------------------ */

static void
run_begin(struct run_result *run)
{
	memset(run, 0, sizeof *run);
	run->paths = callpaths_create(0, 1 << 20, NULL, NULL);
	run->verdict = RUN_HOLDS_BOUNDED;
}

static struct finding *
run_find(struct run_result *run, const char *id, uint64_t where, int fatal)
{
	int is_new;
	struct finding *f = findings_add(&run->findings, id, where, fatal,
	    &is_new);

	f->where = callpath_of(run->paths, where);
	memcpy(f->text, "it is so", 9);
	f->event = 12;
	if (fatal)
		run->verdict = RUN_FAILS;
	return f;
}

static void
note(struct run_result *run, struct finding *f, uint64_t at, const char *text)
{
	finding_note(f, at != 0 ? callpath_of(run->paths, at) : CALLPATH_NONE,
	    "%s", text);
}

static void
run_end(struct report *r, size_t trace, size_t machine,
    struct run_result *run)
{
	report_run_add(r, trace, machine, run);
	run_result_free(run);
}

/* A report of one guest with ntraces traces and nmachines machines. */
static void
begin(struct report *r, size_t ntraces, size_t nmachines, int strict)
{
	static const char *const drivers[] = { "drivers/viogpu.c",
	    "drivers/virtio.c" };
	static const char *const names[] = { "one", "two", "three" };
	static const uint8_t hash[DIGEST_SIZE] = { 1 };
	struct machine_desc m;

	memset(&m, 0, sizeof m);
	report_init(r, "check", strict);
	report_guest_set(r, "our drivers", "00", drivers, 2);
	for (size_t i = 0; i < ntraces; i++)
		(void)report_trace_add(r, names[i], "virtio-gpu-pci",
		    "qemu 1", "console", hash);
	for (size_t i = 0; i < nmachines; i++) {
		memcpy(m.name, "mA", 3);
		m.name[1] = (char)('A' + i);
		(void)report_machine_add(r, &m);
	}
}

static void
end(struct report *r)
{
	report_resolve_by(r, resolve, NULL);
	report_judge(r);
}

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

/* One run that fails with a fault of the framebuffer's. */
static void
fb_fault(struct report *r, size_t trace, size_t machine, int fatal)
{
	struct run_result run;
	struct finding *f;

	run_begin(&run);
	f = run_find(&run, "sync-missing-prewrite", REPAINT, fatal);
	f->by_caller = 1;
	note(&run, f, STORE, "the first store that the host never saw");
	note(&run, f, CREATE, "the map: 8 bytes by bus_dmamap_create");
	f->nbytes = 2;
	f->guest[0] = 0xab;
	run_end(r, trace, machine, &run);
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

/* --- JSON and XML -------------------------------------------------------- */

static const char *json_value(const char *p);

static const char *
json_space(const char *p)
{
	return p + strspn(p, " \n");
}

static const char *
json_string(const char *p)
{
	if (*p++ != '"')
		return NULL;
	for (; *p != '"'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return NULL;
		if (*p != '\\')
			continue;
		p++;
		if (*p == 'u' && strspn(p + 1, "0123456789abcdef") >= 4)
			p += 4;
		else if (*p != '"' && *p != '\\')
			return NULL;
	}
	return p + 1;
}

/* The inside of an object or an array, to its closing letter. */
static const char *
json_items(const char *p, char close)
{
	p = json_space(p);
	if (*p == close)
		return p + 1;
	for (;;) {
		p = json_space(p);
		if (close == '}') {
			p = json_string(p);
			if (p == NULL || *p++ != ':')
				return NULL;
			p = json_space(p);
		}
		p = json_value(p);
		if (p == NULL)
			return NULL;
		p = json_space(p);
		if (*p == close)
			return p + 1;
		if (*p++ != ',')
			return NULL;
	}
}

static const char *
json_value(const char *p)
{
	size_t digits = strspn(p, "0123456789");

	if (*p == '{' || *p == '[')
		return json_items(p + 1, *p == '{' ? '}' : ']');
	if (*p == '"')
		return json_string(p);
	if (strncmp(p, "true", 4) == 0)
		return p + 4;
	if (strncmp(p, "false", 5) == 0)
		return p + 5;
	return digits > 0 ? p + digits : NULL;
}

static int
json_valid(const char *text)
{
	const char *p = json_value(text);

	return p != NULL && *json_space(p) == '\0';
}

/* Elements nest, attributes are quoted, no bare & or < in text. */
static int
xml_valid(const char *p)
{
	char open[16][32];
	size_t depth = 0, len;

	for (; *p != '\0'; p++) {
		if (*p == '&' && strspn(p + 1, "abcdefghijklmnopqrstuvwxyz") <
		    2)
			return 0;
		if (*p != '<')
			continue;
		if (strncmp(p, "<?xml ", 6) == 0) {
			p = strchr(p, '>');
			continue;
		}
		if (p[1] == '/') {
			len = depth > 0 ? strlen(open[depth - 1]) : 0;
			if (depth-- == 0 || strncmp(p + 2, open[depth],
			    len) != 0 || p[2 + len] != '>')
				return 0;
			p += 2 + len;
			continue;
		}
		len = strcspn(p + 1, " >/");
		if (len == 0 || len >= sizeof open[0] || depth == 16)
			return 0;
		memcpy(open[depth], p + 1, len);
		open[depth++][len] = '\0';
		for (p += 1 + len; *p == ' ';) {
			p += 1 + strcspn(p + 1, "=\"<>");
			if (p[0] != '=' || p[1] != '"')
				return 0;
			p += 2;
			p += strcspn(p, "\"<>");
			if (*p++ != '"')
				return 0;
		}
		if (*p == '/') {
			depth--;
			p++;
		}
		if (*p != '>')
			return 0;
	}
	return depth == 0;
}

static void
test_the_checkers_here_can_fail(void **state)
{
	(void)state;
	assert_true(json_valid("{ \"a\": [1, { \"b\": \"\\u0001\" }] }\n"));
	assert_false(json_valid("{ \"a\": [1, ] }"));
	assert_false(json_valid("{ \"a\" 1 }"));
	assert_false(json_valid("{ \"a\": \"\n\" }"));
	assert_false(json_valid("{ \"a\": 1 } x"));
	assert_true(xml_valid("<?xml version=\"1\"?><a b=\"c\"><d/>&lt;</a>"));
	assert_false(xml_valid("<a><b></a></b>"));
	assert_false(xml_valid("<a b=\"<\"></a>"));
	assert_false(xml_valid("<a>&</a>"));
	assert_false(xml_valid("<a b=c></a>"));
}

/* A report with all there is, and text of the worst kind. */
static void
nasty(struct report *r, int strict)
{
	static const char text[] = "a \"quoted\" <b> & \\ \033[1m\n\x80\xc3\xa4";
	struct error err;
	struct run_result run;
	struct finding *f;

	begin(r, 2, 3, strict);
	fb_fault(r, 0, 0, 1);
	fb_fault(r, 0, 1, 0);
	report_run_skip(r, 0, 2, text);
	run_begin(&run);
	f = run_find(&run, "guest-panic", SHIM, 1);
	memcpy(f->text, text, sizeof text);
	memcpy(f->prevent, text, sizeof text);
	note(&run, f, 0, text);
	run.notes[run.nnotes++] = check_strdup(text);
	run_end(r, 1, 0, &run);
	run_begin(&run);
	run.verdict = RUN_UNKNOWN;
	memcpy(run.unknown, text, sizeof text);
	run_end(r, 1, 1, &run);
	r->note = check_strdup(text);
	assert_int_equal(baseline_read(r, "b", "mmap-kva a.c f", 14, &err),
	    0);
	end(r);
}

static void
test_json_is_valid_whatever_is_in_it(void **state)
{
	(void)state;
	for (int strict = 0; strict < 2; strict++) {
		struct report r;
		struct bytes out = {0};

		nasty(&r, strict);
		report_json(&r, &out);
		assert_true(json_valid((const char *)out.data));
		assert_non_null(strstr((const char *)out.data,
		    "\\\"quoted\\\" <b> & \\\\ \\u001b[1m\\u000a\\ufffd\xc3\xa4"));
		bytes_free(&out);
		report_free(&r);
	}
	{
		struct report r;
		struct bytes out = {0};

		begin(&r, 0, 0, 0);
		end(&r);
		report_json(&r, &out);
		assert_true(json_valid((const char *)out.data));
		bytes_free(&out);
		report_free(&r);
	}
}

static void
test_junit_is_well_formed_whatever_is_in_it(void **state)
{
	(void)state;
	for (int strict = 0; strict < 2; strict++) {
		struct report r;
		struct bytes out = {0};
		const char *p;

		nasty(&r, strict);
		report_junit(&r, &out);
		p = (const char *)out.data;
		assert_true(xml_valid(p));
		assert_non_null(strstr(p, strict ? "tests=\"5\" failures=\"3\""
		    " errors=\"1\" skipped=\"1\"" : "tests=\"5\" failures=\"2"
		    "\" errors=\"1\" skipped=\"1\""));
		assert_non_null(strstr(p, "<failure type=\"sync-missing-"
		    "prewrite\" message=\"drivers/viogpu.c:350: "));
		bytes_free(&out);
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
		cmocka_unit_test(test_the_checkers_here_can_fail),
		cmocka_unit_test(test_json_is_valid_whatever_is_in_it),
		cmocka_unit_test(test_junit_is_well_formed_whatever_is_in_it),
		cmocka_unit_test(test_text_has_nothing_that_a_terminal_obeys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
