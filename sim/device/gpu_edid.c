/* gpu_edid.c: the EDID of the built-in display (VESA E-EDID 1.4). */
#include "gpu_edid.h"

#include <string.h>

#define EDID_DPI	100u
#define EDID_REFRESH_HZ	60u
#define EDID_FRONT	8u		/* blanking: porch and sync, pixels */
#define EDID_SYNC	32u
#define EDID_BACK	40u
#define EDID_V_FRONT	3u		/* the same, lines */
#define EDID_V_SYNC	6u
#define EDID_V_BACK	6u

/* Detailed timing descriptor, 18 bytes (section 3.10.2). */
static void
edid_timing(uint8_t *p, uint32_t width, uint32_t height)
{
	uint32_t h_blank = EDID_FRONT + EDID_SYNC + EDID_BACK;
	uint32_t v_blank = EDID_V_FRONT + EDID_V_SYNC + EDID_V_BACK;
	uint64_t clock = (uint64_t)(width + h_blank) * (height + v_blank) *
	    EDID_REFRESH_HZ / 10000;		/* in 10 kHz */
	uint32_t w_mm = width * 254 / (EDID_DPI * 10);
	uint32_t h_mm = height * 254 / (EDID_DPI * 10);

	if (clock > 0xffff)
		clock = 0xffff;
	p[0] = (uint8_t)clock;
	p[1] = (uint8_t)(clock >> 8);
	p[2] = (uint8_t)width;
	p[3] = (uint8_t)h_blank;
	p[4] = (uint8_t)(width >> 8 << 4 | h_blank >> 8);
	p[5] = (uint8_t)height;
	p[6] = (uint8_t)v_blank;
	p[7] = (uint8_t)(height >> 8 << 4 | v_blank >> 8);
	p[8] = EDID_FRONT;
	p[9] = EDID_SYNC;
	p[10] = EDID_V_FRONT << 4 | EDID_V_SYNC;
	p[12] = (uint8_t)w_mm;
	p[13] = (uint8_t)h_mm;
	p[14] = (uint8_t)(w_mm >> 8 << 4 | h_mm >> 8);
	p[17] = 0x18;				/* digital separate sync */
}

/* Display descriptor with text: tag 0xfc name, 0xfe anything. */
static void
edid_text(uint8_t *p, uint8_t tag, const char *text)
{
	size_t n = strlen(text);

	p[3] = tag;
	memset(p + 5, ' ', 13);
	memcpy(p + 5, text, n);
	p[5 + n] = '\n';
}

void
gpu_edid_make(uint8_t out[GPU_EDID_BLOCK_SIZE], uint32_t width,
    uint32_t height)
{
	static const uint8_t chroma[10] = {	/* sRGB */
		0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54
	};
	unsigned sum = 0;

	if (width > GPU_EDID_SIDE_MAX)
		width = GPU_EDID_SIDE_MAX;
	if (height > GPU_EDID_SIDE_MAX)
		height = GPU_EDID_SIDE_MAX;
	memset(out, 0, GPU_EDID_BLOCK_SIZE);
	memset(out + 1, 0xff, 6);
	out[8] = ('V' - '@') << 2 | ('T' - '@') >> 3;	/* manufacturer VTP */
	out[9] = (('T' - '@') << 5 | ('P' - '@')) & 0xff;
	out[10] = 1;				/* product */
	out[16] = 1;				/* week */
	out[17] = 2026 - 1990;			/* year */
	out[18] = 1;
	out[19] = 4;				/* 1.4 */
	out[20] = 0xa5;				/* 8 bits, DisplayPort */
	out[21] = (uint8_t)(width * 254 / (EDID_DPI * 100));	/* cm */
	out[22] = (uint8_t)(height * 254 / (EDID_DPI * 100));
	out[23] = 120;				/* gamma 2.2 */
	out[24] = 0x06;				/* sRGB, native timing */
	memcpy(out + 25, chroma, sizeof chroma);
	memset(out + 38, 0x01, 16);		/* no standard timings */
	edid_timing(out + 54, width, height);
	edid_text(out + 72, 0xfc, "viotape");
	out[90 + 3] = 0x10;			/* dummies */
	out[108 + 3] = 0x10;
	for (unsigned i = 0; i < GPU_EDID_BLOCK_SIZE - 1; i++)
		sum += out[i];
	out[GPU_EDID_BLOCK_SIZE - 1] = (uint8_t)(0u - sum);
}
