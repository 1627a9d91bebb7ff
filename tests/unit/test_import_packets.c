/*
 * test_import_packets.c: captures of every form become the same scenario, and
 * what a scenario cannot hold is refused by the packet's number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "capture.h"
#include "import_packets.h"
#include "sim.h"

#define GUEST	0x52, 0x54, 0x00, 0x00, 0x00, 0x01
#define HOST	0x52, 0x55, 0x0a, 0x00, 0x02, 0x02

static const uint8_t ask[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, GUEST, 8, 6,
    1 };
static const uint8_t answer[] = { GUEST, HOST, 8, 6, 2, 3 };

static const char wanted[] = "title 2 packets of a capture\n"
    "device net\nmac 52:54:00:00:00:01\npeer silent\nup\n"
    "frame ffffffffffff525400000001080601\n"
    "host frame 52540000000152550a00020208060203\nexpect\n";

static void
put(struct bytes *b, int big, uint32_t v, unsigned width)
{
	for (unsigned i = 0; i < width; i++) {
		uint8_t byte = (uint8_t)(v >> 8 * (big ? width - 1 - i : i));

		bytes_add(b, &byte, 1);
	}
}

/* --- pcap --- */

static void
pcap_head(struct bytes *b, int big, uint32_t magic, uint32_t link)
{
	put(b, big, magic, 4);
	put(b, big, 2, 2);
	put(b, big, 4, 2);
	put(b, big, 0, 4);
	put(b, big, 0, 4);
	put(b, big, 65535, 4);
	put(b, big, link, 4);
}

static void
pcap_packet(struct bytes *b, int big, const uint8_t *p, size_t n, size_t had)
{
	put(b, big, 1700000000, 4);
	put(b, big, 999999999, 4);
	put(b, big, (uint32_t)n, 4);
	put(b, big, (uint32_t)had, 4);
	bytes_add(b, p, n);
}

static void
pcap(struct bytes *b, int big, uint32_t magic, uint32_t link)
{
	bytes_clear(b);
	pcap_head(b, big, magic, link);
	pcap_packet(b, big, ask, sizeof ask, sizeof ask);
	pcap_packet(b, big, answer, sizeof answer, sizeof answer);
}

/* --- pcapng --- */

static size_t
block(struct bytes *b, int big, uint32_t type)
{
	size_t at = b->len;

	put(b, big, type, 4);
	put(b, big, 0, 4);
	return at;
}

static void
block_end(struct bytes *b, int big, size_t at)
{
	uint32_t n = (uint32_t)(b->len + 4 - at);
	struct bytes len = { 0 };

	put(b, big, n, 4);
	put(&len, big, n, 4);
	memcpy(b->data + at + 4, len.data, 4);
	bytes_free(&len);
}

static void
section(struct bytes *b, int big, uint32_t link, const uint8_t *mac)
{
	size_t at = block(b, big, 0x0a0d0d0a);

	put(b, big, 0x1a2b3c4d, 4);
	put(b, big, 1, 4);
	put(b, big, UINT32_MAX, 4);
	put(b, big, UINT32_MAX, 4);
	block_end(b, big, at);
	/* What nobody knows is passed over. */
	at = block(b, big, 0x12345678);
	put(b, big, 7, 4);
	block_end(b, big, at);
	at = block(b, big, 1);
	put(b, big, link, 2);
	put(b, big, 0, 2);
	put(b, big, 0, 4);
	if (mac != NULL) {
		put(b, big, 6, 2);
		put(b, big, 6, 2);
		bytes_add(b, mac, 6);
		put(b, big, 0, 2);
	}
	block_end(b, big, at);
}

static void
packet(struct bytes *b, int big, uint32_t type, const uint8_t *p, size_t n,
    uint32_t flags)
{
	size_t at = block(b, big, type);

	if (type == 3) {
		put(b, big, (uint32_t)n, 4);
	} else {
		put(b, big, 0, type == 2 ? 2 : 4);
		if (type == 2)
			put(b, big, 0, 2);
		put(b, big, 1, 4);
		put(b, big, 2, 4);
		put(b, big, (uint32_t)n, 4);
		put(b, big, (uint32_t)n, 4);
	}
	bytes_add(b, p, n);
	put(b, big, 0, (unsigned)(-n % 4));
	if (flags != 0) {
		put(b, big, 1, 2);
		put(b, big, 2, 2);
		bytes_add(b, "hi\0\0", 4);
		put(b, big, 2, 2);
		put(b, big, 4, 2);
		put(b, big, flags, 4);
		put(b, big, 0, 4);
	}
	block_end(b, big, at);
}

/* --- */

static int
import(const struct bytes *b, const char *mac, struct bytes *out,
    struct error *err)
{
	struct import_packets told;

	error_clear(err);
	bytes_clear(out);
	return import_packets("the.pcap", b->data, b->len, mac, out, &told,
	    err);
}

static void
assert_becomes(const struct bytes *b, const char *mac, const char *text)
{
	struct bytes out = { 0 };
	struct scenario s;
	struct error err;

	assert_true(capture_is(b->data, b->len));
	if (import(b, mac, &out, &err) != 0)
		fail_msg("%s", err.text);
	bytes_add(&out, "", 1);
	assert_string_equal(out.data, text);
	if (scenario_parse(&s, "it", (char *)out.data, out.len - 1, &err) != 0)
		fail_msg("%s", err.text);
	scenario_free(&s);
	bytes_free(&out);
}

static void
assert_refused(const struct bytes *b, const char *mac, enum error_code code,
    const char *words)
{
	struct bytes out = { 0 };
	struct error err;

	assert_int_equal(import(b, mac, &out, &err), -1);
	if (strstr(err.text, words) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", err.text, words);
	assert_int_equal(err.code, code);
	bytes_free(&out);
}

static void
pcaps_of_either_order_and_clock_are_read(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	for (int big = 0; big < 2; big++)
		for (int nano = 0; nano < 2; nano++) {
			pcap(&b, big, nano ? 0xa1b23c4d : 0xa1b2c3d4,
			    nano ? 1 | 0x14000000 : 1);
			assert_becomes(&b, NULL, wanted);
		}
	bytes_free(&b);
}

static void
pcapngs_of_either_order_and_every_block_are_read(void **state)
{
	static const uint32_t types[] = { 6, 3, 2 };
	struct bytes b = { 0 };

	(void)state;
	for (int big = 0; big < 2; big++)
		for (size_t i = 0; i < 3; i++) {
			bytes_clear(&b);
			section(&b, big, 1, NULL);
			packet(&b, big, types[i], ask, sizeof ask, 0);
			packet(&b, big, types[i], answer, sizeof answer, 0);
			assert_becomes(&b, NULL, wanted);
		}
	/* A section may be of the other order. */
	bytes_clear(&b);
	section(&b, 0, 1, NULL);
	packet(&b, 0, 6, ask, sizeof ask, 0);
	section(&b, 1, 1, NULL);
	packet(&b, 1, 6, answer, sizeof answer, 0);
	assert_becomes(&b, NULL, wanted);
	bytes_free(&b);
}

/* The file, or the user, knows better than the first packet. */
static void
who_the_guest_is_is_taken_from_the_file(void **state)
{
	static const uint8_t guest[6] = { GUEST };
	static const char turned[] = "title 2 packets of a capture\n"
	    "device net\nmac 52:55:0a:00:02:02\npeer silent\nup\n"
	    "host frame ffffffffffff525400000001080601\n"
	    "frame 52540000000152550a00020208060203\nexpect\n";
	char swapped[sizeof wanted];
	struct bytes b = { 0 };
	const char *first = strstr(wanted, "frame"), *second;

	(void)state;
	second = strstr(first, "host");
	snprintf(swapped, sizeof swapped, "%.*s%.*s%.*s%s",
	    (int)(first - wanted), wanted,
	    (int)(strstr(second, "expect") - second), second,
	    (int)(second - first), first, "expect\n");
	section(&b, 0, 1, guest);
	packet(&b, 0, 6, answer, sizeof answer, 0);
	packet(&b, 0, 6, ask, sizeof ask, 0);
	assert_becomes(&b, NULL, swapped);
	bytes_clear(&b);
	section(&b, 0, 1, NULL);
	packet(&b, 0, 6, answer, sizeof answer, 1);	/* inbound */
	packet(&b, 0, 6, ask, sizeof ask, 2);
	assert_becomes(&b, NULL, swapped);
	pcap(&b, 0, 0xa1b2c3d4, 1);
	assert_becomes(&b, "52:55:0a:00:02:02", turned);
	assert_refused(&b, "52:55:0a:00:02", ERROR_USAGE, "wanted the address");
	assert_refused(&b, "53:55:0a:00:02:02", ERROR_USAGE, "--mac");
	bytes_free(&b);
}

static void
what_a_scenario_cannot_hold_is_refused_by_number(void **state)
{
	static uint8_t large[SCENARIO_FRAME_MAX + 1];
	struct bytes b = { 0 };

	(void)state;
	pcap(&b, 0, 0xa1b2c3d4, 113);
	assert_refused(&b, NULL, ERROR_INPUT, "packet 1 is of link type 113, "
	    "a scenario has Ethernet's");
	pcap(&b, 0, 0xa1b2c3d4, 1);
	pcap_packet(&b, 0, ask, sizeof ask, 100);
	assert_refused(&b, NULL, ERROR_INPUT, "of packet 3's 100 bytes 15 were "
	    "kept");
	pcap(&b, 0, 0xa1b2c3d4, 1);
	pcap_packet(&b, 0, ask, 13, 13);
	assert_refused(&b, NULL, ERROR_LIMIT, "packet 3 has 13 bytes");
	pcap(&b, 0, 0xa1b2c3d4, 1);
	memcpy(large, ask, sizeof ask);
	pcap_packet(&b, 0, large, sizeof large, sizeof large);
	assert_refused(&b, NULL, ERROR_LIMIT, "packet 3 has 9019 bytes, a "
	    "scenario's frames have 14 to 9018: capture with");
	pcap(&b, 0, 0xa1b2c3d4, 1);
	for (unsigned i = 0; i < IMPORT_PACKETS_MAX; i++)
		pcap_packet(&b, 0, ask, sizeof ask, sizeof ask);
	assert_refused(&b, NULL, ERROR_LIMIT, "more than 4000 packets");
	pcap(&b, 0, 0xa1b2c3d4, 1);
	for (unsigned i = 0; i < 60; i++)
		pcap_packet(&b, 0, large, SCENARIO_FRAME_MAX,
		    SCENARIO_FRAME_MAX);
	assert_refused(&b, NULL, ERROR_LIMIT, "make a scenario of");
	bytes_clear(&b);
	pcap_head(&b, 0, 0xa1b2c3d4, 1);
	assert_refused(&b, NULL, ERROR_INPUT, "has no packets");
	bytes_free(&b);
}

/* Packets over 1500 bytes want the mtu that they had. */
static void
larger_packets_bring_their_mtu(void **state)
{
	static uint8_t large[SCENARIO_FRAME_MAX];
	struct bytes b = { 0 }, out = { 0 };
	struct error err;

	(void)state;
	pcap_head(&b, 0, 0xa1b2c3d4, 1);
	memcpy(large, ask, sizeof ask);
	pcap_packet(&b, 0, large, 4014, 4014);
	assert_int_equal(import(&b, NULL, &out, &err), 0);
	assert_non_null(strstr((char *)out.data, "\nmtu 4000\nup\nmtu 4000\n"));
	pcap_packet(&b, 0, large, sizeof large, sizeof large);
	assert_int_equal(import(&b, NULL, &out, &err), 0);
	assert_non_null(strstr((char *)out.data, "\nmtu 9000\nup\nmtu 9000\n"));
	bytes_free(&out);
	bytes_free(&b);
}

static void
part(struct bytes *b, const struct bytes *whole, size_t n)
{
	bytes_clear(b);
	bytes_add(b, whole->data, n);
}

/* Cut at every byte, and with every byte another: an error or a scenario. */
static void
damage_is_refused_or_harmless(void **state)
{
	struct bytes whole = { 0 }, b = { 0 }, out = { 0 };
	struct error err;

	(void)state;
	for (int ng = 0; ng < 2; ng++) {
		bytes_clear(&whole);
		if (ng) {
			section(&whole, 0, 1, answer);
			packet(&whole, 0, 6, ask, sizeof ask, 2);
			packet(&whole, 0, 3, answer, sizeof answer, 0);
		} else {
			pcap(&whole, 1, 0xa1b2c3d4, 1);
		}
		for (size_t i = 0; i < whole.len; i++) {
			part(&b, &whole, i);
			if (import(&b, NULL, &out, &err) != 0)
				assert_true(err.text[0] != '\0');
			part(&b, &whole, whole.len);
			b.data[i] ^= 0xff;
			if (import(&b, NULL, &out, &err) != 0)
				assert_true(err.text[0] != '\0');
		}
	}
	part(&b, &whole, whole.len - 1);
	assert_refused(&b, NULL, ERROR_INPUT, "goes beyond the file's end");
	part(&b, &whole, whole.len);
	bytes_le_put(b.data + 4, 13, 4);
	assert_refused(&b, NULL, ERROR_INPUT, "has a length that none has");
	bytes_free(&out);
	bytes_free(&b);
	bytes_free(&whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcaps_of_either_order_and_clock_are_read),
		cmocka_unit_test(
		    pcapngs_of_either_order_and_every_block_are_read),
		cmocka_unit_test(who_the_guest_is_is_taken_from_the_file),
		cmocka_unit_test(
		    what_a_scenario_cannot_hold_is_refused_by_number),
		cmocka_unit_test(larger_packets_bring_their_mtu),
		cmocka_unit_test(damage_is_refused_or_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
