/*
 * test_scenario_net.c: a scenario's words for a network device: each read and
 * printed again, and each way to write it wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "net_spec.h"
#include "scenario.h"
#include "virtio_spec.h"

static void
parse(struct scenario *s, const char *text)
{
	struct error err;

	error_clear(&err);
	if (scenario_parse(s, "test", text, strlen(text), &err) != 0)
		fail_msg("%s", err.text);
}

static void
steps_are_read_and_printed_again(void **state)
{
	static const char *const lines[] = {
		"up 10.0.2.15/24", "up", "down", "dhcp", "ping 10.0.2.2 3 56",
		"udp 10.0.2.2 9 10 1472", "echo 10.0.2.2 7 1 0",
		"stream out 10.0.2.2 9 100000 1448",
		"stream in 10.0.2.2 19 100000", "tftp 10.0.2.2 boot.bin",
		"mtu 9000", "mtu 65436 refused", "promisc on", "promisc off",
		"allmulti on", "allmulti off", "join 01:00:5e:00:00:05",
		"leave 01:00:5e:00:00:05", "lladdr 02:00:00:00:00:09",
		"burst 100 7", "link up", "link down", "announce",
		"host mtu 1400", "host mac 02:00:00:00:00:09",
		"host send ff:ff:ff:ff:ff:ff 3 60", "expect"
	};
	char text[2048] = "device net\n", line[128];
	struct scenario s;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		strcat(text, lines[i]);
		strcat(text, "\n");
	}
	parse(&s, text);
	assert_int_equal(s.device, SCENARIO_DEVICE_NET);
	assert_int_equal(s.n, sizeof lines / sizeof lines[0]);
	for (size_t i = 0; i < s.n; i++) {
		scenario_step_line(&s.steps[i], line, sizeof line);
		assert_string_equal(line, lines[i]);
	}
	assert_int_equal(s.steps[0].args[0], 0x0a00020f);
	assert_int_equal(s.steps[0].args[1], 24);
	assert_int_equal(s.steps[1].args[0], 0);
	assert_int_equal(s.steps[11].args[1], 1);
	assert_int_equal(s.steps[16].args[0], 0x01005e000005);
	assert_int_equal(s.steps[19].args[2], 0x0a000202);
	assert_string_equal(s.steps[9].text, "boot.bin");
	scenario_free(&s);
}

/* Of a frame the line has its header; the step has all, in a line of any length. */
static void
frames_are_steps(void **state)
{
	static const char in[] = "host frame ffffffffffff0200000000090806AB";
	char text[2 * SCENARIO_FRAME_MAX + 200], line[128];
	struct scenario s;
	struct error err;
	size_t at;

	(void)state;
	at = (size_t)snprintf(text, sizeof text, "device net\npeer silent\n%s\n"
	    "frame ", in);
	memset(text + at, '0', 2 * SCENARIO_FRAME_MAX);
	strcpy(text + at + 2 * SCENARIO_FRAME_MAX, "\nexpect\n");
	parse(&s, text);
	assert_int_equal(s.n, 3);
	assert_true(s.net.silent);
	assert_int_equal(s.steps[0].op, SCENARIO_HOST_FRAME);
	assert_string_equal(s.steps[0].text, strrchr(in, ' ') + 1);
	scenario_step_line(&s.steps[0], line, sizeof line);
	assert_string_equal(line, "host frame ffffffffffff0200000000090806, 15 "
	    "bytes");
	assert_int_equal(s.steps[1].op, SCENARIO_NET_FRAME);
	assert_int_equal(strlen(s.steps[1].text), 2 * SCENARIO_FRAME_MAX);
	scenario_free(&s);
	strcpy(text + at + 2 * SCENARIO_FRAME_MAX, "00\n");
	error_clear(&err);
	assert_int_equal(scenario_parse(&s, "test", text, strlen(text), &err),
	    -1);
	assert_non_null(strstr(err.text, "9018 bytes"));
	/* Other lines are as short as ever. */
	memset(text, '#', 1100);
	strcpy(text + 1100, "\n");
	assert_int_equal(scenario_parse(&s, "test", text, strlen(text), &err),
	    -1);
	assert_non_null(strstr(err.text, "more than 1023 bytes"));
}

static void
the_head_says_what_the_device_is(void **state)
{
	struct scenario s;

	(void)state;
	parse(&s, "title x\n");
	assert_int_equal(s.device, SCENARIO_DEVICE_GPU);
	assert_int_equal(s.net.queues, 1);
	assert_memory_equal(s.net.mac, "\x52\x54\x00\x12\x34\x56", 6);
	assert_false(s.net.mtu_offered);
	scenario_free(&s);
	parse(&s, "device net\nmtu 0\nmac 02:00:00:00:00:09\nqueues 4\n"
	    "without mrg_rxbuf  csum event_idx\nwithout ctrl_vq\n"
	    "peer loss 5\npeer reorder 3\npeer seed 77\nmtu 1500\nup\n"
	    "mtu 1400\n");
	assert_true(s.net.mtu_offered);
	assert_int_equal(s.net.mtu, 1500);
	assert_memory_equal(s.net.mac, "\x02\0\0\0\0\x09", 6);
	assert_int_equal(s.net.queues, 4);
	assert_int_equal(s.net.features_off,
	    VIRTIO_FEATURE(NET_BIT_MRG_RXBUF) | VIRTIO_FEATURE(NET_BIT_CSUM) |
	    VIRTIO_FEATURE(VIRTIO_BIT_EVENT_IDX) |
	    VIRTIO_FEATURE(NET_BIT_CTRL_VQ));
	assert_int_equal(s.net.loss, 5);
	assert_int_equal(s.net.reorder, 3);
	assert_int_equal(s.net.seed, 77);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.steps[1].args[0], 1400);
	scenario_free(&s);
}

static void
what_is_wrong_is_told(void **state)
{
	static const struct { const char *text, *says; } t[] = {
		{ "device disk", "wanted gpu or net" },
		{ "device", "a word is missing" },
		{ "device net more", "more than is wanted" },
		{ "mtu 1500", "wants the line" },
		{ "queues 2", "wants the line" },
		{ "device net\nmtu 65536", "0 to 65535" },
		{ "device net\nmtu", "a number is missing" },
		{ "device net\nmac 52:54:00:12:34", "Ethernet address" },
		{ "device net\nmac 52:54:00:12:34:56:78", "a blank behind" },
		{ "device net\nqueues 17", "1 to 16" },
		{ "device net\nqueues 0", "1 to 16" },
		{ "device net\nwithout", "a word is missing" },
		{ "device net\nwithout csum tso", "not a feature" },
		{ "device net\nwithout mtu", "not a feature" },
		{ "device net\npeer slow 3", "loss, reorder, seed or" },
		{ "device net\npeer loss", "a number is missing" },
		{ "device net\nup\nqueues 2", "before the first step" },
		{ "up 10.0.2.15", "the bits of its net" },
		{ "up 10.0.2.15/33", "the bits of its net" },
		{ "up 10.0.2/24", "an address like" },
		{ "ping 10.0.2.256 1 1", "an address like" },
		{ "ping 10.0.2.2x 1 1", "a blank behind" },
		{ "ping 10.0.2.2 1 65508", "at most 65507" },
		{ "echo 10.0.2.2 65536 1 1", "ports are" },
		{ "stream out 10.0.2.2 9 100 0", "at least 1 byte" },
		{ "stream up 10.0.2.2 9", "not a step" },
		{ "tftp 10.0.2.2", "a word is missing" },
		{ "promisc yes", "wanted on or off" },
		{ "promisc", "wanted on or off" },
		{ "link on", "wanted up or down" },
		{ "join 1:2:3", "Ethernet address" },
		{ "up\nmtu 1500 refuse", "more than is wanted" },
		{ "host mtu 65536", "0 to 65535" },
		{ "host send ff:ff:ff:ff:ff:ff 1001 1", "at most 1000" },
		{ "host", "not a step" },
		{ "frame", "a word is missing" },
		{ "frame 0011", "a frame of 14 to 9018 bytes" },
		{ "frame 000000000000000000000000000", "a frame of 14" },
		{ "host frame 0000000000000000000000000000x", "a frame of" },
		{ "host frame 0000000000000000000000000000 1", "more than is" },
		{ "device net\npeer silent now", "more than is wanted" }
	};
	struct scenario s;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		error_clear(&err);
		if (scenario_parse(&s, "test", t[i].text, strlen(t[i].text),
		    &err) == 0)
			fail_msg("taken: %s", t[i].text);
		assert_int_equal(err.code, ERROR_INPUT);
		if (strstr(err.text, t[i].says) == NULL)
			fail_msg("%s: %s", t[i].text, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_read_and_printed_again),
		cmocka_unit_test(frames_are_steps),
		cmocka_unit_test(the_head_says_what_the_device_is),
		cmocka_unit_test(what_is_wrong_is_told)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
