/*
 * dev/wscons/wsdisplayvar.h: between a display driver and wsdisplay(4).
 *
 * A driver fills a wsscreen_descr for each kind of text screen it has and a
 * wsdisplay_accessops, calls wsdisplay_cnattach() if it is the console, and
 * then finds wsdisplay as its child:
 *
 *	rasops_init(ri, ...)
 *	wsdisplay_cnattach(descr, screen, column, row, attribute)
 *	config_found_sm(self, &waa, wsemuldisplaydevprint,
 *	    wsemuldisplaydevsubmatch)
 */
#ifndef _DEV_WSCONS_WSDISPLAYVAR_H_
#define _DEV_WSCONS_WSDISPLAYVAR_H_

#include <sys/types.h>

struct device;
struct proc;
struct wsdisplay_font;
struct wsdisplay_param;

/* What a cell of a text screen holds. */
struct wsdisplay_charcell {
	int		uc;		/* the character */
	uint32_t	attr;		/* as pack_attr made it */
};

/* The colours of pack_attr. */
#define WSCOL_BLACK	0
#define WSCOL_RED	1
#define WSCOL_GREEN	2
#define WSCOL_BROWN	3
#define WSCOL_BLUE	4
#define WSCOL_MAGENTA	5
#define WSCOL_CYAN	6
#define WSCOL_WHITE	7

/* Flags of pack_attr. */
#define WSATTR_REVERSE		1
#define WSATTR_HILIT		2	/* bright foreground */
#define WSATTR_BLINK		4
#define WSATTR_UNDERLINE	8
#define WSATTR_WSCOLORS		16	/* fg and bg are WSCOL_ numbers */

/*
 * Drawing text.  c is the screen's cookie, of alloc_screen or cnattach.  Each
 * returns 0 or an errno; mapchar returns how well the font has the character
 * (0 not at all, 5 exactly).
 */
struct wsdisplay_emulops {
	int	(*cursor)(void *c, int on, int row, int col);
	int	(*mapchar)(void *c, int uc, unsigned int *cp);
	int	(*putchar)(void *c, int row, int col, u_int uc, uint32_t attr);
	int	(*copycols)(void *c, int row, int srccol, int dstcol,
		    int ncols);
	int	(*erasecols)(void *c, int row, int col, int ncols,
		    uint32_t attr);
	int	(*copyrows)(void *c, int srcrow, int dstrow, int nrows);
	int	(*eraserows)(void *c, int row, int nrows, uint32_t attr);
	int	(*pack_attr)(void *c, int fg, int bg, int flags,
		    uint32_t *attrp);
	void	(*unpack_attr)(void *c, uint32_t attr, int *fg, int *bg,
		    int *underline);
};

#define WSSCREEN_NAME_SIZE	16

/* A kind of text screen that a display offers. */
struct wsscreen_descr {
	char	name[WSSCREEN_NAME_SIZE];
	int	ncols, nrows;
	const struct wsdisplay_emulops *textops;
	int	fontwidth, fontheight;
	int	capabilities;
};
#define WSSCREEN_WSCOLORS	1	/* pack_attr knows WSATTR_WSCOLORS, */
#define WSSCREEN_REVERSE	2	/* ... WSATTR_REVERSE, */
#define WSSCREEN_HILIT		4	/* ... WSATTR_HILIT, */
#define WSSCREEN_BLINK		8
#define WSSCREEN_UNDERLINE	16

struct wsscreen_list {
	int	nscreens;
	const struct wsscreen_descr **screens;
};

/*
 * What a display can do; v is its accesscookie, and members may be NULL that
 * say so.  ioctl returns -1 for a request that the driver does not know, mmap
 * -1 for an offset that it does not have.  show_screen returns 0 when the
 * screen is shown, EAGAIN when cb will be called, or has been, with the error.
 */
struct wsdisplay_accessops {
	int	(*ioctl)(void *v, u_long cmd, caddr_t data, int flag,
		    struct proc *p);
	paddr_t	(*mmap)(void *v, off_t off, int prot);
	int	(*alloc_screen)(void *v, const struct wsscreen_descr *type,
		    void **cookiep, int *curxp, int *curyp, uint32_t *attrp);
	void	(*free_screen)(void *v, void *cookie);
	int	(*show_screen)(void *v, void *cookie, int waitok,
		    void (*cb)(void *, int, int), void *cbarg);
	int	(*load_font)(void *v, void *cookie,
		    struct wsdisplay_font *font);		/* or NULL */
	int	(*list_font)(void *v, struct wsdisplay_font *font); /* or NULL */
	void	(*scrollback)(void *v, void *cookie, int lines); /* or NULL */
	int	(*getchar)(void *v, int row, int col,
		    struct wsdisplay_charcell *cell);		/* or NULL */
	void	(*burn_screen)(void *v, u_int on, u_int flags);	/* or NULL */
	void	(*pollc)(void *v, int on);			/* or NULL */
	void	(*enter_ddb)(void *v, void *cookie);		/* or NULL */
};

/* What a display driver hands to its child wsdisplay. */
struct wsemuldisplaydev_attach_args {
	int	console;		/* wsdisplay_cnattach() was called */
	const struct wsscreen_list *scrdata;
	const struct wsdisplay_accessops *accessops;
	void	*accesscookie;
	u_int	defaultscreens;
};

/*
 * Makes this screen the console and shows its cursor; before the child is
 * found.  The screen is the display's screen 0 and is shown already.
 */
void	wsdisplay_cnattach(const struct wsscreen_descr *type, void *cookie,
	    int ccol, int crow, uint32_t defattr);

int	wsemuldisplaydevprint(void *aux, const char *pnp);
int	wsemuldisplaydevsubmatch(struct device *parent, void *match, void *aux);

/* Set by drivers that know a panel's brightness: none here, so NULL. */
extern int (*ws_get_param)(struct wsdisplay_param *);
extern int (*ws_set_param)(struct wsdisplay_param *);

#endif
