/*
 * test_report_formats.c: a report as JSON, JUnit's XML, SARIF and HTML is what
 * its format wants, whatever is in the text; SARIF's results point at their
 * rules and at lines, and know a fault again whose line moved.
 */
#include <stdio.h>
#include <unistd.h>

#include "qemu_json.h"
#include "report_samples.h"

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
	char open[32][32];
	size_t depth = 0, len;

	for (; *p != '\0'; p++) {
		if (*p == '&' && strspn(p + 1, "abcdefghijklmnopqrstuvwxyz") <
		    2)
			return 0;
		if (*p != '<')
			continue;
		if (strncmp(p, "<?xml ", 6) == 0 ||
		    strncmp(p, "<!DOCTYPE ", 10) == 0) {
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
		if (len == 0 || len >= sizeof open[0] || depth == 32)
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

/* --- SARIF --------------------------------------------------------------- */

/* The member of a member ... that the names lead to; 0: it is not there. */
static int
reach(struct qemu_json from, const char *const *names,
    struct qemu_json *value)
{
	*value = from;
	for (size_t i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], "0") == 0) {	/* the first element */
			struct qemu_json rest = *value;

			if (!qemu_json_next(&rest, value))
				return 0;
		} else if (!qemu_json_member(*value, names[i], value)) {
			return 0;
		}
	}
	return 1;
}

#define REACH(from, value, ...) \
    reach(from, (const char *const[]){ __VA_ARGS__, NULL }, value)

static int
is_said(struct qemu_json a, struct qemu_json b)
{
	return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

/* A string of letters that a URI may have, relative unless it says file. */
static int
is_uri(struct qemu_json v)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%";
	char uri[1024];
	const char *p = uri;

	if (v.len < 3 || v.len > sizeof uri || *v.text != '"')
		return 0;
	snprintf(uri, sizeof uri, "%.*s", (int)v.len - 2, v.text + 1);
	if (strncmp(uri, "file:///", 8) == 0)
		p += 8;
	else if (uri[0] == '/')
		return 0;
	for (const char *e = strchr(p, '%'); e != NULL; e = strchr(e + 1, '%'))
		if (strspn(e + 1, "0123456789ABCDEF") < 2)
			return 0;
	return p[strspn(p, letters)] == '\0';
}

/* Every region of the text begins at a line, every place is a URI. */
static const char *
places_wrong(const char *text)
{
	for (const char *p = text; (p = strstr(p, "\"startLine\": ")) != NULL;
	    p++)
		if (strtoul(p + 13, NULL, 10) < 1)
			return "a line before the first";
	for (const char *p = text; (p = strstr(p, "\"artifactLocation\": "))
	    != NULL; p++) {
		struct qemu_json uri, base;
		int has_base;

		if (!REACH(qemu_json_of(p + 20), &uri, "uri") || !is_uri(uri))
			return "a place that is no URI";
		has_base = REACH(qemu_json_of(p + 20), &base, "uriBaseId");
		if (has_base == (uri.len > 6 && memcmp(uri.text, "\"file:", 6)
		    == 0))
			return "a relative place without a base";
	}
	return NULL;
}

/* What is wrong with a result, or NULL. */
static const char *
result_wrong(struct qemu_json run, struct qemu_json result)
{
	struct qemu_json v, id, index, rules, rule;
	uint64_t n;

	if (!REACH(result, &id, "ruleId") || !REACH(result, &index,
	    "ruleIndex") || !qemu_json_number(index, &n))
		return "no rule";
	if (!REACH(run, &rules, "tool", "driver", "rules"))
		return "no rules";
	for (uint64_t i = 0; i <= n; i++)
		if (!qemu_json_next(&rules, &rule))
			return "a rule that is not there";
	if (!REACH(rule, &v, "id") || !is_said(v, id))
		return "another rule";
	if (!qemu_json_member_is(result, "level", "error") &&
	    !qemu_json_member_is(result, "level", "note"))
		return "no level";
	if (!REACH(result, &v, "message", "text") || v.len < 4)
		return "no message";
	if (!REACH(result, &v, "locations", "0", "physicalLocation",
	    "artifactLocation", "uri"))
		return "no place";
	if (!REACH(result, &v, "locations", "0", "physicalLocation", "region",
	    "startLine"))
		return "no line";
	if (!REACH(result, &v, "partialFingerprints", "viotapeFinding/v1") ||
	    v.len < 64)
		return "no fingerprint";
	return NULL;
}

/* What is wrong with a log of one run, or NULL. */
static const char *
sarif_wrong(const char *text)
{
	struct qemu_json run, results, result, v;
	const char *wrong = places_wrong(text);

	if (!json_valid(text))
		return "no JSON";
	if (wrong != NULL)
		return wrong;
	if (!REACH(qemu_json_of(text), &run, "runs", "0") ||
	    !qemu_json_member_is(qemu_json_of(text), "version", "2.1.0"))
		return "no run";
	if (!REACH(run, &v, "tool", "driver", "name") ||
	    !REACH(run, &v, "invocations", "0", "executionSuccessful"))
		return "no tool";
	if (!REACH(run, &results, "results"))
		return "no results";
	while (qemu_json_next(&results, &result)) {
		wrong = result_wrong(run, result);
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

/* --- that they can fail -------------------------------------------------- */

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

/* One result of the second of two rules, with what is given. */
static const char *
made_up(const char *index, const char *place, const char *line)
{
	static char text[1024];

	snprintf(text, sizeof text, "{ \"version\": \"2.1.0\", \"runs\": [{ "
	    "\"tool\": { \"driver\": { \"name\": \"x\", \"rules\": "
	    "[{ \"id\": \"a\" }, { \"id\": \"b\" }] } }, \"invocations\": "
	    "[{ \"executionSuccessful\": true }], \"results\": [{ "
	    "\"ruleId\": \"b\", \"ruleIndex\": %s, \"level\": \"note\", "
	    "\"message\": { \"text\": \"so\" }, \"locations\": [{ "
	    "\"physicalLocation\": { \"artifactLocation\": { %s }, "
	    "\"region\": { \"startLine\": %s } } }], \"partialFingerprints\": "
	    "{ \"viotapeFinding/v1\": \"%064d\" } }] }] }", index, place,
	    line, 0);
	return text;
}

static void
test_the_checker_of_sarif_can_fail(void **state)
{
	static const char place[] = "\"uri\": \"a/b.c\", \"uriBaseId\": "
	    "\"S\"";

	(void)state;
	assert_null(sarif_wrong(made_up("1", place, "7")));
	assert_null(sarif_wrong(made_up("1", "\"uri\": \"file:///a.c\"",
	    "7")));
	assert_string_equal(sarif_wrong(made_up("0", place, "7")),
	    "another rule");
	assert_string_equal(sarif_wrong(made_up("2", place, "7")),
	    "a rule that is not there");
	assert_string_equal(sarif_wrong(made_up("1", place, "0")),
	    "a line before the first");
	assert_string_equal(sarif_wrong(made_up("1", "\"uri\": \"/a.c\", "
	    "\"uriBaseId\": \"S\"", "7")), "a place that is no URI");
	assert_string_equal(sarif_wrong(made_up("1", "\"uri\": \"a b.c\", "
	    "\"uriBaseId\": \"S\"", "7")), "a place that is no URI");
	assert_string_equal(sarif_wrong(made_up("1", "\"uri\": \"a%2.c\", "
	    "\"uriBaseId\": \"S\"", "7")), "a place that is no URI");
	assert_string_equal(sarif_wrong(made_up("1", "\"uri\": \"a.c\"",
	    "7")), "a relative place without a base");
	assert_string_equal(sarif_wrong("{ \"version\": \"2.1.0\" }"),
	    "no run");
}

/* --- what is written ----------------------------------------------------- */

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

/* The report as a string; to be freed by bytes_free(). */
static const char *
written(const struct report *r,
    void (*make)(const struct report *, struct bytes *), struct bytes *out)
{
	memset(out, 0, sizeof *out);
	make(r, out);
	bytes_add(out, "", 1);
	return (const char *)out->data;
}

static void
assert_has(const char *text, const char *wanted)
{
	if (strstr(text, wanted) == NULL)
		fail_msg("\"%s\" is not in:\n%s", wanted, text);
}

static void
test_sarif_is_sound_whatever_is_in_it(void **state)
{
	(void)state;
	for (int strict = 0; strict < 2; strict++) {
		struct report r;
		struct bytes out;
		const char *text, *wrong;

		nasty(&r, strict);
		text = written(&r, report_sarif, &out);
		wrong = sarif_wrong(text);
		if (wrong != NULL)
			fail_msg("%s:\n%s", wrong, text);
		/* Kinds in the order of viotape findings. */
		assert_has(text, "\"rules\": [\n        { \"id\": "
		    "\"mmap-kva\"");
		assert_has(text, "\"ruleId\": \"sync-missing-prewrite\", "
		    "\"ruleIndex\": 1,");
		assert_has(text, "\"ruleId\": \"guest-panic\", "
		    "\"ruleIndex\": 2,");
		assert_has(text, "\"uri\": \"a%20%22dir%22/%3Cb%3E%26%7B0%7D"
		    "%23%2541.c\", \"uriBaseId\": \"%SRCROOT%\"");
		assert_has(text, "\"executionSuccessful\": false, "
		    "\"exitCode\": 1");
		assert_has(text, "\"id\": \"unknown\" }, \"level\": "
		    "\"error\"");
		assert_has(text, strict ? "\"id\": \"divergence\" }, "
		    "\"level\": \"warning\"" : "\"id\": \"divergence\" }, "
		    "\"level\": \"note\"");
		assert_has(text, "\"baselineState\": \"new\"");
		bytes_free(&out);
		report_free(&r);
	}
	{
		struct report r;
		struct bytes out;

		begin(&r, 0, 0, 0);
		end(&r);
		assert_null(sarif_wrong(written(&r, report_sarif, &out)));
		assert_has((const char *)out.data, "\"executionSuccessful\": "
		    "false");
		bytes_free(&out);
		report_free(&r);
	}
}

/* Braces of a message are placeholders, and "](" a link, unless ... */
static void
test_sarif_takes_no_text_for_a_placeholder(void **state)
{
	static const char text[] = "{0} and [x](http://y)";
	struct report r;
	struct run_result run;
	struct finding *f;
	struct bytes out;
	const char *p;

	(void)state;
	begin(&r, 1, 1, 0);
	run_begin(&run);
	f = run_find(&run, "guest-panic", SHIM, 1);
	memcpy(f->text, text, sizeof text);
	run_end(&r, 0, 0, &run);
	end(&r);
	p = written(&r, report_sarif, &out);
	assert_has(p, "\"text\": \"{{0}} and [x] (http://y). Fatal on mA.\"");
	assert_null(strstr(p, "[x](http"));
	bytes_free(&out);
	report_free(&r);
}

/* The fingerprint of the nth result; into print. */
static void
fingerprint(const char *sarif, unsigned n, char print[80])
{
	const char *p = sarif;

	for (unsigned i = 0; i <= n; i++) {
		p = strstr(p, "\"viotapeFinding/v1\": \"");
		assert_non_null(p);
		p += 22;
	}
	snprintf(print, 80, "%.*s", (int)strcspn(p, "\""), p);
}

static void
test_fingerprints_stay_when_lines_move_and_tell_faults_apart(void **state)
{
	char print[2][3][80];

	(void)state;
	for (unsigned moved = 0; moved < 2; moved++) {
		struct report r;
		struct run_result run;
		struct bytes out;
		const char *p;

		report_moved = moved * 5;
		begin(&r, 1, 1, 0);
		run_begin(&run);
		(void)run_find(&run, "sync-missing-postread", OTHER, 1);
		(void)run_find(&run, "sync-missing-preread", OTHER, 1);
		(void)run_find(&run, "sync-missing-preread", REPAINT, 1);
		run_end(&r, 0, 0, &run);
		end(&r);
		p = written(&r, report_sarif, &out);
		for (unsigned i = 0; i < 3; i++)
			fingerprint(p, i, print[moved][i]);
		bytes_free(&out);
		report_free(&r);
	}
	report_moved = 0;
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(print[0][i], print[1][i]);
	assert_string_not_equal(print[0][0], print[0][1]);
	assert_string_not_equal(print[0][1], print[0][2]);
}

/* GitHub refuses rules with longer ones. */
static void
test_words_of_rules_are_short_enough(void **state)
{
	const struct finding_kind *k;

	(void)state;
	for (size_t i = 0; (k = finding_kind_at(i)) != NULL; i++)
		if (strlen(k->id) > 255 || strlen(k->title) > 1000 ||
		    strlen(k->why) > 1024)
			fail_msg("%s has more than 1024 letters of words",
			    k->id);
}

static void
test_html_is_well_formed_whatever_is_in_it(void **state)
{
	(void)state;
	for (int strict = 0; strict < 2; strict++) {
		struct report r;
		struct bytes out;
		const char *p;

		nasty(&r, strict);
		p = written(&r, report_html, &out);
		if (!xml_valid(p))
			fail_msg("not well-formed:\n%s", p);
		assert_has(p, "a &quot;quoted&quot; &lt;b&gt; &amp; \\ "
		    "\xef\xbf\xbd[1m\n\xef\xbf\xbd\xc3\xa4");
		assert_has(p, "<code>a &quot;dir&quot;/&lt;b&gt;&amp;{0}#%41.c"
		    ":3</code> in <code>f&lt;T&gt;</code>");
		assert_null(strstr(p, "<b> "));
		assert_null(strchr(p, 0x1b));
		assert_null(strchr(p, '\x80'));
		assert_has(p, "<td class=\"unknown\">UNKNOWN</td>");
		assert_has(p, "<td class=\"skipped\">skipped</td>");
		assert_has(p, "<td class=\"dim\">not run</td>");
		bytes_free(&out);
		report_free(&r);
	}
}

/* The source of a finding's line; what the lines have in them is no markup. */
static void
test_html_shows_the_lines_of_a_source(void **state)
{
	static const char text[] = "one\n\tif (a < b && c > \"d\")\r\n</pre>"
	    "<script>\n";
	char name[] = "./drivers/viogpu.c", path[] = "/tmp/viotape-lines-XXXXXX";
	char *names[] = { name }, *paths[] = { path };
	struct report r;
	struct bytes out;
	const char *p;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
	close(fd);
	begin(&r, 1, 1, 0);
	fb_fault(&r, 0, 0, 1);
	end(&r);
	report_sources_read(&r, names, paths, 1);
	unlink(path);
	assert_string_equal(report_source_line(&r, name + 2, 2),
	    "\tif (a < b && c > \"d\") ");
	assert_string_equal(report_source_line(&r, name + 2, 3),
	    "</pre><script>");
	assert_null(report_source_line(&r, name + 2, 4));
	assert_null(report_source_line(&r, name + 2, 0));
	assert_null(report_source_line(&r, "drivers/virtio.c", 1));
	/* The fault's own line is behind the end: nothing is shown. */
	p = written(&r, report_html, &out);
	assert_null(strstr(p, "class=\"source\""));
	bytes_free(&out);
	r.findings[0].line = 2;
	p = written(&r, report_html, &out);
	assert_true(xml_valid(p));
	assert_has(p, "<span class=\"at\"><span class=\"n\">    2 &gt;</span>"
	    "\t\tif (a &lt; b &amp;&amp; c &gt; &quot;d&quot;) </span>\n");
	assert_has(p, "\t&lt;/pre&gt;&lt;script&gt;\n</pre>");
	bytes_free(&out);
	report_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_checkers_here_can_fail),
		cmocka_unit_test(test_the_checker_of_sarif_can_fail),
		cmocka_unit_test(test_json_is_valid_whatever_is_in_it),
		cmocka_unit_test(test_junit_is_well_formed_whatever_is_in_it),
		cmocka_unit_test(test_sarif_is_sound_whatever_is_in_it),
		cmocka_unit_test(test_sarif_takes_no_text_for_a_placeholder),
		cmocka_unit_test(
		    test_fingerprints_stay_when_lines_move_and_tell_faults_apart),
		cmocka_unit_test(test_words_of_rules_are_short_enough),
		cmocka_unit_test(test_html_is_well_formed_whatever_is_in_it),
		cmocka_unit_test(test_html_shows_the_lines_of_a_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
