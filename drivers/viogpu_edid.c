/*
 * The preferred mode of a display, out of its EDID (VESA E-EDID 1.4).
 *
 * What the host hands over is not to be trusted: a block counts only with its
 * header and its checksum, and a mode only with both sides.
 */

#include <sys/param.h>
#include <sys/systm.h>

#include <dev/pv/viogpu.h>

#define EDID_BLOCK		128	/* bytes */
#define EDID_TIMING		54	/* the first descriptor is the mode */
#define EDID_TIMING_CLOCK	0	/* 16 bits; 0: no timing */
#define EDID_TIMING_WIDTH	2	/* low 8 bits; high 4 two bytes on, */
#define EDID_TIMING_HEIGHT	5	/* ... in the upper half */

static const uint8_t viogpu_edid_header[8] = {
	0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00
};

static int
viogpu_edid_side(const uint8_t *p)
{
	return p[0] | (p[2] & 0xf0) << 4;
}

int
viogpu_edid_mode(const uint8_t *edid, size_t len, int *width, int *height)
{
	const uint8_t *timing = edid + EDID_TIMING;
	uint8_t sum = 0;
	size_t i;

	if (len < EDID_BLOCK)
		return EINVAL;
	for (i = 0; i < nitems(viogpu_edid_header); i++)
		if (edid[i] != viogpu_edid_header[i])
			return EINVAL;
	for (i = 0; i < EDID_BLOCK; i++)
		sum += edid[i];
	if (sum != 0)
		return EINVAL;

	if (timing[EDID_TIMING_CLOCK] == 0 && timing[EDID_TIMING_CLOCK + 1] == 0)
		return EINVAL;
	*width = viogpu_edid_side(&timing[EDID_TIMING_WIDTH]);
	*height = viogpu_edid_side(&timing[EDID_TIMING_HEIGHT]);
	return *width == 0 || *height == 0 ? EINVAL : 0;
}
