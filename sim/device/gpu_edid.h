/*
 * gpu_edid.h: the EDID of the built-in display: VESA E-EDID structure 1.4,
 * one block of 128 bytes, the resolution in its detailed timing.
 */
#ifndef VIOTAPE_GPU_EDID_H
#define VIOTAPE_GPU_EDID_H

#include <stdint.h>

#define GPU_EDID_BLOCK_SIZE	128u	/* bytes */
#define GPU_EDID_SIDE_MAX	4095u	/* pixels that the timing can say */

/* A larger width or height is written as GPU_EDID_SIDE_MAX. */
void gpu_edid_make(uint8_t out[GPU_EDID_BLOCK_SIZE], uint32_t width,
    uint32_t height);

#endif
