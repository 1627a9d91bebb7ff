/*
 * test_escape.c: text of others as JSON, XML and HTML, URIs and sh(1) have it:
 * nothing in it is taken for the format's own.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "escape.h"
#include "json_write.h"

static void
assert_escaped(void (*escape)(struct bytes *, const char *), const char *text,
    const char *wanted)
{
	struct bytes out = {0};

	bytes_reserve(&out, 1);
	escape(&out, text);
	bytes_add(&out, "", 1);
	assert_string_equal((const char *)out.data, wanted);
	bytes_free(&out);
}

static void
test_json_keeps_letters_and_replaces_what_is_none(void **state)
{
	(void)state;
	assert_escaped(escape_json, "", "\"\"");
	assert_escaped(escape_json, "a\"\\/\n\x1b\x7f", "\"a\\\"\\\\/\\u000a"
	    "\\u001b\\u007f\"");
	assert_escaped(escape_json, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
	    "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
	/* Alone, too long, half of a pair, cut off. */
	assert_escaped(escape_json, "\x80", "\"\\ufffd\"");
	assert_escaped(escape_json, "\xc0\xaf", "\"\\ufffd\\ufffd\"");
	assert_escaped(escape_json, "\xed\xa0\x80",
	    "\"\\ufffd\\ufffd\\ufffd\"");
	assert_escaped(escape_json, "\xe2\x82", "\"\\ufffd\\ufffd\"");
}

static void
test_xml_has_no_markup_and_no_character_that_is_none(void **state)
{
	(void)state;
	assert_escaped(escape_xml, "a<b>&\"'\n\tc", "a&lt;b&gt;&amp;&quot;'\n"
	    "\tc");
	assert_escaped(escape_xml, "</script>--></style>", "&lt;/script&gt;--"
	    "&gt;&lt;/style&gt;");
	assert_escaped(escape_xml, "\xc3\xa4\xf0\x9f\x98\x80",
	    "\xc3\xa4\xf0\x9f\x98\x80");
	assert_escaped(escape_xml, "\x1b\x7f\r\x80",
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	/* U+0085, U+FDD0, U+FFFE, U+1FFFF are no characters ... */
	assert_escaped(escape_xml, "\xc2\x85|\xef\xb7\x90|\xef\xbf\xbe|"
	    "\xf0\x9f\xbf\xbf", "\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|"
	    "\xef\xbf\xbd");
	/* ... U+00A0, U+FDF0, U+FFFD, U+FFBF and U+1FFBF are. */
	assert_escaped(escape_xml, "\xc2\xa0\xef\xb7\xb0\xef\xbf\xbd\xef\xbe"
	    "\xbf\xf0\x9f\xbe\xbf", "\xc2\xa0\xef\xb7\xb0\xef\xbf\xbd\xef\xbe"
	    "\xbf\xf0\x9f\xbe\xbf");
}

static void
test_uri_has_unreserved_letters_and_slashes_alone(void **state)
{
	(void)state;
	assert_escaped(escape_uri, "drivers/viogpu.c", "drivers/viogpu.c");
	assert_escaped(escape_uri, "a b/<c>&\"d\".c", "a%20b/%3Cc%3E%26%22d%22"
	    ".c");
	/* No scheme, no query, no fragment, no escape of its own. */
	assert_escaped(escape_uri, "a:b?c#d%41\\\xc3\xa4\x80\n",
	    "a%3Ab%3Fc%23d%2541%5C%C3%A4%80%0A");
}

static void
test_shell_takes_it_as_one_word(void **state)
{
	(void)state;
	assert_escaped(escape_shell, "viogpu-console", "viogpu-console");
	assert_escaped(escape_shell, "/usr/src/a_b.c", "/usr/src/a_b.c");
	assert_escaped(escape_shell, "", "''");
	assert_escaped(escape_shell, "a b", "'a b'");
	assert_escaped(escape_shell, "$(x)`y`;*~\"\\", "'$(x)`y`;*~\"\\'");
	assert_escaped(escape_shell, "it's", "'it'\\''s'");
}

static void
test_json_members(void **state)
{
	struct bytes out = {0};

	(void)state;
	json_text(&out, "{ ", "a", "\"");
	json_number(&out, ", ", "b", UINT64_MAX);
	json_truth(&out, ", ", "c", 2);
	json_truth(&out, ", ", "d", 0);
	json_key(&out, ", ", "e");
	bytes_printf(&out, "[] }");
	assert_string_equal((const char *)out.data, "{ \"a\": \"\\\"\", \"b\": "
	    "18446744073709551615, \"c\": true, \"d\": false, \"e\": [] }");
	bytes_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_json_keeps_letters_and_replaces_what_is_none),
		cmocka_unit_test(
		    test_xml_has_no_markup_and_no_character_that_is_none),
		cmocka_unit_test(
		    test_uri_has_unreserved_letters_and_slashes_alone),
		cmocka_unit_test(test_shell_takes_it_as_one_word),
		cmocka_unit_test(test_json_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
