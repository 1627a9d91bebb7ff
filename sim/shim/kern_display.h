/*
 * kern_display.h: between the parts of the guest's display: rasops draws
 * cells, wscons is the terminal and the device, user is the scenario's client.
 *
 *	kern_user.c	a step of the scenario, as a process would take it
 *	  kern_wscons.c	  wsdisplay0: screens, the terminal, ioctl, mmap
 *	    (driver)	    struct wsdisplay_accessops
 *	      kern_rasops.c   cells to pixels
 *	        kern_font.c     what a character looks like
 */
#ifndef KERN_DISPLAY_H
#define KERN_DISPLAY_H

#include <sys/types.h>
#include "hypercall.h"

struct device;

extern const struct hc_font kern_font;
extern const hc_u32 kern_palette[16];

#define WSDISPLAY_SCREENS_MAX	4	/* screens 0 to 3 */

/* Where the cells of a screen are: their number and the first pixel. */
struct rasops_place {
	hc_u32 rows, columns;
	hc_u32 x, y;
};

/*
 * A terminal is on this screen now, so rasops_alloc_screen() will not give it
 * to another.  Returns 0, or ENOENT if cookie is no screen of rasops.
 */
int rasops_screen_take(const void *cookie, struct rasops_place *place);

/*
 * The display: the wsdisplay attached first.  Each function returns 0 or an
 * errno, ENXIO if there is no display.
 */

/* The wsdisplay device itself, or NULL. */
struct device *wsdisplay_device(void);

/*
 * Writes text to the present screen's terminal, whose rules are written over
 * enum hc_op.  Where those leave a choice:
 * - ESC [ m is taken one number after the other: 1 sets the bright form of
 *   what is the foreground then, 30 to 37 and 40 to 47 set the plain form, 7
 *   swaps the two as they are then (a bright one too); no number means 0.
 * - A bright colour is the plain one's number plus 8.
 * - Beyond the last column, \b goes to the last, \t to the last, ESC [ J
 *   leaves this row alone.
 * EINVAL for anything that the rules do not name: a control character, a byte
 * above 0x7e, another escape sequence, more than 16 numbers; then nothing of
 * text is drawn.  A sequence may be continued by the next text.  EBUSY in
 * graphics mode; or what the driver's drawing returned.
 */
int wsdisplay_text(const char *text);

/*
 * Shows screen n, which is made if it is new; nothing to do if it is shown.
 * EINVAL for n too great, EBUSY in graphics mode, ETIMEDOUT if the driver
 * promised to show it and did not for 5 s, or what the driver returned.
 */
int wsdisplay_show(hc_u64 n);

/*
 * WSDISPLAYIO_SMODE.  The terminal's cursor vanishes with DUMBFB, and EMUL
 * shows the present screen again.  Everything else on the display stays.  That
 * a driver does not know the request is no error.
 */
int wsdisplay_mode(u_int mode);

/* Another request; ENOTTY if the driver does not know it. */
int wsdisplay_ioctl(u_long cmd, void *data);

/*
 * What the driver's mmap gives for a page.  EINVAL in text mode, where there
 * is no mapping, or if the driver has no such page.
 */
int wsdisplay_page(off_t offset, int prot, paddr_t *pa);

#endif
