/*
 * fuzz_gpu.c: requests of the virtio-gpu, one after the other, whatever they
 * are: 1 byte flags, 2 bytes length, the request.  Each is also printed and
 * compared with the one before.
 */
#include "check.h"
#include "fuzz_port.h"
#include "gpu2d.h"

#define FLAG_NO_APPLY	0x01u
#define FLAG_RESET	0x02u
#define FLAG_FILL	0x04u		/* into memory, at its beginning */
#define REQUESTS_MAX	64u
#define PIXELS_MAX	(1u << 20)	/* of a resource: more only takes time */

/* RESOURCE_CREATE_2D of more than is tried. */
static int
is_too_large(const uint8_t *p, size_t n)
{
	uint64_t w, h;

	if (n < 40)
		return 0;
	w = (uint64_t)p[32] | (uint64_t)p[33] << 8 | (uint64_t)p[34] << 16;
	h = (uint64_t)p[36] | (uint64_t)p[37] << 8 | (uint64_t)p[38] << 16;
	return p[0] == 1 && p[1] == 1 && w * h > PIXELS_MAX &&
	    w * h < UINT64_C(256) << 20;
}

static void
request(struct gpu2d *g, const uint8_t *p, size_t n, unsigned flags)
{
	struct gpu2d_reply reply = { 0 };
	struct bytes text = { 0 };
	enum gpu2d_result r;

	r = gpu2d_apply(g, 0, p, n, (flags & FLAG_NO_APPLY) == 0, &reply);
	if (r == GPU2D_ANSWERED)
		CHECK(reply.response.len >= 24);
	gpu2d_request_print(p, n, &text);
	CHECK(text.len != 0);
	CHECK(gpu2d_request_equal_meaning(p, n, p, n));
	bytes_free(&text);
	gpu2d_reply_free(&reply);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct gpu2d_config cfg = { 8, 1, 64, 48 };
	struct fuzz_input in = { data, size };
	const uint8_t *p, *shown, *before = data;
	uint32_t width, height;
	size_t n, nbefore = 0;
	struct fuzz_port f;
	struct gpu2d *g;

	fuzz_port_init(&f, (int)(fuzz_le(&in, 1) & 1));
	g = gpu2d_create(&f.port, &cfg);
	for (unsigned i = 0; i < REQUESTS_MAX && in.n != 0; i++) {
		unsigned flags = (unsigned)fuzz_le(&in, 1);

		p = fuzz_bytes(&in, (size_t)fuzz_le(&in, 2), &n);
		if ((flags & FLAG_RESET) != 0)
			gpu2d_reset(g);
		if ((flags & FLAG_FILL) != 0 && n != 0 && n <= FUZZ_RAM)
			memcpy(f.ram, p, n);
		if (is_too_large(p, n))
			continue;
		request(g, p, n, flags);
		(void)gpu2d_request_equal_meaning(p, n, before, nbefore);
		before = p;
		nbefore = n;
		if (gpu2d_picture(g, 0, &width, &height, &shown))
			CHECK(shown[((size_t)width * height - 1) * 4 + 3] == 0);
	}
	gpu2d_free(g);
	check_free(f.ram);
	return 0;
}
