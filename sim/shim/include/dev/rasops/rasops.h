/*
 * dev/rasops/rasops.h: text in a framebuffer; see rasops(9).
 *
 * A driver fills the first group of members and calls rasops_init(), which
 * fills the others.  Only pixels of 32 bits are modelled, and only displays
 * with virtual screens (RI_VCONS); anything else stops with its name.
 */
#ifndef _DEV_RASOPS_RASOPS_H_
#define _DEV_RASOPS_RASOPS_H_

#include <sys/types.h>
#include <dev/wscons/wsconsio.h>
#include <dev/wscons/wsdisplayvar.h>

#define RI_CLEAR	0x0010	/* rasops_init() clears all pixels */
#define RI_CENTER	0x0040	/* the text stands in the middle */
#define RI_CFGDONE	0x0100	/* set by rasops_init() */
#define RI_VCONS	0x0800	/* virtual screens, which keep their cells */
#define RI_WRONLY	0x1000	/* never read the framebuffer */

struct rasops_screen;

struct rasops_info {
	/* Set by the driver. */
	int		ri_depth;	/* bits of a pixel: 32 */
	u_char		*ri_bits;	/* first byte of the framebuffer */
	int		ri_width;	/* pixels */
	int		ri_height;	/* pixels */
	int		ri_stride;	/* bytes of a line */
	int		ri_flg;
	void		*ri_hw;		/* the driver's */
	/*
	 * Bits of each colour and the position of the lowest; with ri_rnum
	 * 0, eight each, blue lowest, then green, then red.
	 */
	u_char		ri_bnum, ri_gnum, ri_rnum;
	u_char		ri_bpos, ri_gpos, ri_rpos;
	/* NULL: the built-in font; another one is not modelled. */
	struct wsdisplay_font *ri_font;

	/* Set by rasops_init(). */
	int		ri_caps;	/* for wsscreen_descr */
	struct wsdisplay_emulops ri_ops;
	int		ri_rows, ri_cols;
	int		ri_emuwidth, ri_emuheight;	/* pixels of the text */
	int		ri_emustride;			/* bytes of its line */
	int		ri_xorigin, ri_yorigin;		/* its first pixel */
	/* ri_bits is moved to the text's first pixel; this is what it was. */
	u_char		*ri_origbits;
	uint32_t	ri_devcmap[16];			/* palette, as pixels */
	struct rasops_screen *ri_active;		/* the one shown */
};

/*
 * rows = min(wantrows, height / font height), columns alike.  The first
 * screen is made and is ri_active.  With RI_CENTER the text begins at the
 * pixel ((width - text's width) / 2 rounded down to a multiple of 4,
 * (height - text's height) / 2).  Returns 0, or -1 if that leaves no cell or
 * there is no memory.
 *
 * The functions of ri_ops take a screen as cookie, shown or not; colours are
 * WSCOL_ numbers, and 8 more for their bright forms.  They return EINVAL for a
 * place outside the screen, a character that the font lacks and an attribute
 * that ri_caps does not offer.  The cell at the cursor is drawn inverted; turn
 * the cursor off before copyrows and copycols.
 */
int	rasops_init(struct rasops_info *ri, int wantrows, int wantcols);

/*
 * The rest of wsdisplay_accessops, for a driver whose accesscookie v is the
 * rasops_info.  alloc_screen gives ri_active, unless that is the console or
 * was given before, then a new screen, or ENOMEM; getchar and list_font EINVAL
 * where there is nothing; load_font finds the built-in font by its name (0, or
 * ENOENT) and refuses a bitmap (EINVAL); scrollback stops as not modelled
 * unless lines is 0, the end of scrolling back.
 */
int	rasops_alloc_screen(void *v, void **cookiep, int *curxp, int *curyp,
	    uint32_t *attrp);
void	rasops_free_screen(void *v, void *cookie);
int	rasops_show_screen(void *v, void *cookie, int waitok,
	    void (*cb)(void *, int, int), void *cbarg);
int	rasops_load_font(void *v, void *cookie, struct wsdisplay_font *font);
int	rasops_list_font(void *v, struct wsdisplay_font *font);
void	rasops_scrollback(void *v, void *cookie, int lines);
int	rasops_getchar(void *v, int row, int col,
	    struct wsdisplay_charcell *cell);

#endif
