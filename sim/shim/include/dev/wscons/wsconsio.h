/*
 * dev/wscons/wsconsio.h: what a client may ask of a display through ioctl(2),
 * and the fonts that can be loaded into it; see wsdisplay(4).
 *
 * Only what a display driver or the client of this simulator uses is here: a
 * driver that needs another request does not compile, rather than be told
 * something that is not modelled.
 */
#ifndef _DEV_WSCONS_WSCONSIO_H_
#define _DEV_WSCONS_WSCONSIO_H_

#include <sys/types.h>
#include <sys/ioccom.h>

/* The kind of display. */
#define WSDISPLAYIO_GTYPE	_IOR('W', 64, u_int)
#define WSDISPLAY_TYPE_VIOGPU	72

/* Its size in pixels and its depth in bits; the arrangement in memory. */
struct wsdisplay_fbinfo {
	u_int	height;
	u_int	width;
	u_int	depth;
	u_int	stride;		/* bytes from one line to the next */
	u_int	offset;		/* bytes before the first pixel */
	u_int	cmsize;		/* colours of the palette; 0 without one */
};
#define WSDISPLAYIO_GINFO	_IOR('W', 65, struct wsdisplay_fbinfo)

/* The light of the screen. */
#define WSDISPLAYIO_GVIDEO	_IOR('W', 68, u_int)
#define WSDISPLAYIO_SVIDEO	_IOW('W', 69, u_int)
#define WSDISPLAYIO_VIDEO_OFF	0
#define WSDISPLAYIO_VIDEO_ON	1

/* Who draws: the kernel's terminal, or a client. */
#define WSDISPLAYIO_SMODE	_IOW('W', 76, u_int)
#define WSDISPLAYIO_MODE_EMUL	0	/* text */
#define WSDISPLAYIO_MODE_MAPPED	1	/* the client, registers too */
#define WSDISPLAYIO_MODE_DUMBFB	2	/* the client, memory only */

/* Brightness and the like. */
struct wsdisplay_param {
	int	param;
	int	min;
	int	max;
	int	curval;
	int	reserved[4];
};
#define WSDISPLAYIO_PARAM_BACKLIGHT	1
#define WSDISPLAYIO_PARAM_BRIGHTNESS	2
#define WSDISPLAYIO_PARAM_CONTRAST	3
#define WSDISPLAYIO_GETPARAM	_IOWR('W', 89, struct wsdisplay_param)
#define WSDISPLAYIO_SETPARAM	_IOWR('W', 90, struct wsdisplay_param)

/* The depths that a client can have: a set of bits. */
#define WSDISPLAYIO_GETSUPPORTEDDEPTH	_IOR('W', 92, unsigned int)
#define WSDISPLAYIO_DEPTH_24_32	0x40	/* 24 bits in pixels of 32 */

/* Bytes from one line to the next. */
#define WSDISPLAYIO_LINEBYTES	_IOR('W', 95, u_int)

/* A font: numchars glyphs of fontheight rows of stride bytes. */
#define WSFONT_NAME_SIZE	32

struct wsdisplay_font {
	char	name[WSFONT_NAME_SIZE];
	int	index;			/* its place in a list of fonts */
	int	firstchar, numchars;
	int	encoding;
	u_int	fontwidth, fontheight, stride;
	int	bitorder, byteorder;
	void	*cookie;
	void	*data;
};
#define WSDISPLAY_FONTENC_ISO		0
#define WSDISPLAY_FONTORDER_L2R		1	/* leftmost pixel highest */
#define WSDISPLAY_FONTORDER_R2L		2

#endif
