/*
 * wsdisplay(4): screens of text on a display, their terminals, and what a
 * client may ask of the display.
 *
 * The terminal is the small one written over enum hc_op and in kern_display.h,
 * because the host computes from the same words what should be seen.  A text
 * is parsed twice, first for its faults, so that a wrong one draws nothing.
 * Between two steps the cursor of every screen is on, the hidden ones' too.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/fcntl.h>
#include <sys/proc.h>
#include <dev/wscons/wsconsio.h>
#include <dev/wscons/wsdisplayvar.h>

#include "kern_var.h"
#include "kern_display.h"

#define NUMBERS_MAX	16		/* of one escape sequence */
#define NUMBER_LIMIT	999
#define SHOW_WAIT_NS	5000000000ULL	/* for the driver to show a screen */

/* What the terminal does next. */
enum action {
	ACT_NONE,		/* inside a sequence */
	ACT_PRINT,
	ACT_NEWLINE,
	ACT_RETURN,
	ACT_BACK,
	ACT_TAB,
	ACT_COLOURS,		/* by the parser's numbers */
	ACT_HOME,
	ACT_ERASE_BELOW,
	ACT_ERASE_ALL
};

/* Text, or after ESC, or after ESC [ with the numbers read so far. */
struct parser {
	enum { AT_TEXT, AT_ESC, AT_NUMBERS } at;
	int given;			/* something stood after ESC [ */
	int count;			/* the last one may still grow */
	int numbers[NUMBERS_MAX];
};

struct terminal {
	const struct wsdisplay_emulops *ops;
	void *cookie;
	int rows, cols;
	int row, col;			/* col == cols: beyond the last */
	int fg, bg;
	uint32_t attr;			/* fg on bg */
	uint32_t defattr;
	struct parser parser;
};

struct screen {
	int made;
	struct terminal term;
};

struct wsdisplay_softc {
	struct device sc_dev;
	const struct wsdisplay_accessops *sc_accessops;
	void *sc_accesscookie;
	const struct wsscreen_list *sc_scrdata;
	struct screen sc_screens[WSDISPLAY_SCREENS_MAX];
	struct screen *sc_present;	/* NULL: none is shown */
	int sc_graphics;		/* a client draws */
	int sc_told;			/* the host knows the geometry */
	int sc_shown;			/* show_screen's callback came, */
	int sc_shown_error;		/* ... with this */
};

static int wsdisplay_match(struct device *, void *, void *);
static void wsdisplay_attach(struct device *, struct device *, void *);
static int wsdisplay_detach(struct device *, int);

const struct cfattach wsdisplay_emul_ca = {
	.ca_devsize = sizeof(struct wsdisplay_softc),
	.ca_match = wsdisplay_match,
	.ca_attach = wsdisplay_attach,
	.ca_detach = wsdisplay_detach,
};

struct cfdriver wsdisplay_cd = {
	.cd_name = "wsdisplay",
	.cd_class = DV_TTY,
	.cd_mode = CD_COCOVM,
};

int (*ws_get_param)(struct wsdisplay_param *);
int (*ws_set_param)(struct wsdisplay_param *);

/* The display of the scenario's steps. */
static struct wsdisplay_softc *display;

/* The console until its device attaches, which takes the terminal over. */
static struct screen console;

/* --- parser --- */

/* The meaning of a finished sequence. */
static int
parse_final(const struct parser *p, char final, enum action *act)
{
	int i, n;

	if (final == 'H' && !p->given) {
		*act = ACT_HOME;
		return 0;
	}
	if (final == 'J' && p->count == 1 &&
	    (p->numbers[0] == 0 || p->numbers[0] == 2)) {
		*act = p->numbers[0] == 2 ? ACT_ERASE_ALL : ACT_ERASE_BELOW;
		return 0;
	}
	if (final != 'm')
		return EINVAL;
	for (i = 0; i < p->count; i++) {
		n = p->numbers[i];
		if (n != 0 && n != 1 && n != 7 && (n < 30 || n > 37) &&
		    (n < 40 || n > 47))
			return EINVAL;
	}
	*act = ACT_COLOURS;
	return 0;
}

static int
parse_number(struct parser *p, char ch, enum action *act)
{
	int *last = &p->numbers[p->count - 1];

	*act = ACT_NONE;
	if (ch >= '0' && ch <= '9') {
		p->given = 1;
		*last = *last * 10 + (ch - '0');
		return *last > NUMBER_LIMIT ? EINVAL : 0;
	}
	if (ch == ';') {
		if (p->count == NUMBERS_MAX)
			return EINVAL;
		p->given = 1;
		p->numbers[p->count++] = 0;
		return 0;
	}
	p->at = AT_TEXT;
	return parse_final(p, ch, act);
}

/* Takes one character; EINVAL if no rule names it. */
static int
parse_char(struct parser *p, char ch, enum action *act)
{
	*act = ACT_NONE;
	if (p->at == AT_NUMBERS)
		return parse_number(p, ch, act);
	if (p->at == AT_ESC) {
		p->at = AT_NUMBERS;
		p->given = 0;
		p->count = 1;
		p->numbers[0] = 0;
		return ch == '[' ? 0 : EINVAL;
	}
	switch (ch) {
	case '\033':
		p->at = AT_ESC;
		return 0;
	case '\n':
		*act = ACT_NEWLINE;
		return 0;
	case '\r':
		*act = ACT_RETURN;
		return 0;
	case '\b':
		*act = ACT_BACK;
		return 0;
	case '\t':
		*act = ACT_TAB;
		return 0;
	default:
		*act = ACT_PRINT;
		return ch >= ' ' && ch <= '~' ? 0 : EINVAL;
	}
}

/* --- terminal --- */

static void
term_init(struct terminal *t, const struct wsscreen_descr *type, void *cookie,
    int col, int row, uint32_t defattr)
{
	int underline;

	memset(t, 0, sizeof(*t));
	t->ops = type->textops;
	t->cookie = cookie;
	t->rows = type->nrows;
	t->cols = type->ncols;
	t->row = row;
	t->col = col;
	t->attr = t->defattr = defattr;
	t->ops->unpack_attr(cookie, defattr, &t->fg, &t->bg, &underline);
}

static int
term_cursor(const struct terminal *t, int on)
{
	return t->ops->cursor(t->cookie, on, t->row, imin(t->col, t->cols - 1));
}

static int
term_newline(struct terminal *t)
{
	int error;

	t->col = 0;
	if (t->row < t->rows - 1) {
		t->row++;
		return 0;
	}
	error = t->ops->copyrows(t->cookie, 1, 0, t->rows - 1);
	if (error != 0)
		return error;
	return t->ops->eraserows(t->cookie, t->rows - 1, 1, t->attr);
}

static int
term_print(struct terminal *t, char ch)
{
	unsigned int glyph;
	int error;

	if (t->col >= t->cols) {
		error = term_newline(t);
		if (error != 0)
			return error;
	}
	if (t->ops->mapchar(t->cookie, ch, &glyph) == 0)
		return EINVAL;
	error = t->ops->putchar(t->cookie, t->row, t->col, glyph, t->attr);
	if (error != 0)
		return error;
	t->col++;
	return 0;
}

static int
term_colours(struct terminal *t)
{
	const struct parser *p = &t->parser;
	int i, n, swap;

	for (i = 0; i < p->count; i++) {
		n = p->numbers[i];
		if (n == 0) {
			t->ops->unpack_attr(t->cookie, t->defattr, &t->fg,
			    &t->bg, &swap);
		} else if (n == 1) {
			t->fg |= 8;
		} else if (n == 7) {
			swap = t->fg;
			t->fg = t->bg;
			t->bg = swap;
		} else if (n < 40) {
			t->fg = n - 30;
		} else {
			t->bg = n - 40;
		}
	}
	return t->ops->pack_attr(t->cookie, t->fg, t->bg, WSATTR_WSCOLORS,
	    &t->attr);
}

static int
term_erase_below(const struct terminal *t)
{
	int error = 0;

	if (t->col < t->cols)
		error = t->ops->erasecols(t->cookie, t->row, t->col,
		    t->cols - t->col, t->attr);
	if (error == 0 && t->row + 1 < t->rows)
		error = t->ops->eraserows(t->cookie, t->row + 1,
		    t->rows - t->row - 1, t->attr);
	return error;
}

static int
term_act(struct terminal *t, enum action act, char ch)
{
	switch (act) {
	case ACT_NONE:
		return 0;
	case ACT_PRINT:
		return term_print(t, ch);
	case ACT_NEWLINE:
		return term_newline(t);
	case ACT_RETURN:
		t->col = 0;
		return 0;
	case ACT_BACK:
		t->col = imax(t->col - 1, 0);
		return 0;
	case ACT_TAB:
		t->col = imin((t->col / 8 + 1) * 8, t->cols - 1);
		return 0;
	case ACT_COLOURS:
		return term_colours(t);
	case ACT_HOME:
		t->row = t->col = 0;
		return 0;
	case ACT_ERASE_BELOW:
		return term_erase_below(t);
	case ACT_ERASE_ALL:
		return t->ops->eraserows(t->cookie, 0, t->rows, t->attr);
	}
	panic("wsdisplay: action %d", act);
}

static int
term_check(const struct terminal *t, const char *text)
{
	struct parser p = t->parser;
	enum action act;
	int error = 0;

	while (error == 0 && *text != '\0')
		error = parse_char(&p, *text++, &act);
	return error;
}

static int
term_write(struct terminal *t, const char *text)
{
	enum action act;
	int error, last;

	error = term_cursor(t, 0);
	for (; error == 0 && *text != '\0'; text++) {
		error = parse_char(&t->parser, *text, &act);
		if (error == 0)
			error = term_act(t, act, *text);
	}
	last = term_cursor(t, 1);
	return error != 0 ? error : last;
}

/* --- screens --- */

/* The first time that a screen is on the display, the host is told where. */
static void
tell_geometry(const struct terminal *t)
{
	struct rasops_place place;

	if (rasops_screen_take(t->cookie, &place) != 0)
		KERN_UNMODELLED("wsdisplay: a screen that is not rasops'");
	hc->console_geometry(place.rows, place.columns, place.x, place.y);
}

static void
screen_shown(void *arg, int error, int waitok)
{
	struct wsdisplay_softc *sc = arg;

	(void)waitok;
	sc->sc_shown = 1;
	sc->sc_shown_error = error;
	wakeup(&sc->sc_shown);
}

static int
screen_show(struct wsdisplay_softc *sc, struct screen *screen)
{
	int error;

	sc->sc_shown = 0;
	error = sc->sc_accessops->show_screen(sc->sc_accesscookie,
	    screen->term.cookie, 1, screen_shown, sc);
	if (error == EAGAIN) {
		error = 0;
		while (error == 0 && !sc->sc_shown)
			error = kern_sleep(&sc->sc_shown, "wsshow",
			    SHOW_WAIT_NS);
		error = sc->sc_shown ? sc->sc_shown_error : ETIMEDOUT;
	}
	if (error != 0)
		return error;
	sc->sc_present = screen;
	if (!sc->sc_told)
		tell_geometry(&screen->term);
	sc->sc_told = 1;
	return 0;
}

static int
screen_make(struct wsdisplay_softc *sc, struct screen *screen)
{
	const struct wsscreen_descr *type;
	uint32_t attr;
	void *cookie;
	int error, col, row;

	if (sc->sc_scrdata->nscreens < 1)
		return ENXIO;
	type = sc->sc_scrdata->screens[0];
	error = sc->sc_accessops->alloc_screen(sc->sc_accesscookie, type,
	    &cookie, &col, &row, &attr);
	if (error != 0)
		return error;
	term_init(&screen->term, type, cookie, col, row, attr);
	screen->made = 1;
	return term_cursor(&screen->term, 1);
}

/* --- the device --- */

void
wsdisplay_cnattach(const struct wsscreen_descr *type, void *cookie, int ccol,
    int crow, uint32_t defattr)
{
	if (console.made)
		KERN_UNMODELLED("wsdisplay_cnattach: a second console");
	term_init(&console.term, type, cookie, ccol, crow, defattr);
	console.made = 1;
	tell_geometry(&console.term);
	if (term_cursor(&console.term, 1) != 0)
		panic("wsdisplay_cnattach: no cursor at row %d, column %d",
		    crow, ccol);
}

int
wsemuldisplaydevprint(void *aux, const char *pnp)
{
	(void)aux;
	if (pnp != NULL)
		printf("wsdisplay at %s", pnp);
	return UNCONF;
}

int
wsemuldisplaydevsubmatch(struct device *parent, void *match, void *aux)
{
	struct cfdata *cf = match;

	if (cf->cf_driver != &wsdisplay_cd)
		return 0;
	return cf->cf_attach->ca_match(parent, match, aux);
}

/* By the submatch alone: no bus that is searched in another way has one. */
static int
wsdisplay_match(struct device *parent, void *match, void *aux)
{
	(void)parent;
	(void)match;
	(void)aux;
	return 1;
}

static void
wsdisplay_attach(struct device *parent, struct device *self, void *aux)
{
	struct wsdisplay_softc *sc = (struct wsdisplay_softc *)self;
	struct wsemuldisplaydev_attach_args *waa = aux;
	struct screen *first = &sc->sc_screens[0];
	int error;

	(void)parent;
	sc->sc_accessops = waa->accessops;
	sc->sc_accesscookie = waa->accesscookie;
	sc->sc_scrdata = waa->scrdata;
	if (waa->console) {
		if (!console.made)
			panic("%s: the console without wsdisplay_cnattach",
			    self->dv_xname);
		first->made = 1;
		first->term = console.term;
		sc->sc_present = first;
		sc->sc_told = 1;
		printf(": console, terminal of %d x %d\n", first->term.cols,
		    first->term.rows);
	} else {
		error = screen_make(sc, first);
		if (error == 0)
			error = screen_show(sc, first);
		if (error != 0)
			printf(": no screen (error %d)\n", error);
		else
			printf(": terminal of %d x %d\n", first->term.cols,
			    first->term.rows);
	}
	if (display == NULL)
		display = sc;
}

static int
wsdisplay_detach(struct device *self, int flags)
{
	struct wsdisplay_softc *sc = (struct wsdisplay_softc *)self;
	int i;

	(void)flags;
	if (display == sc)
		display = NULL;
	for (i = 0; i < WSDISPLAY_SCREENS_MAX; i++) {
		if (!sc->sc_screens[i].made)
			continue;
		if (console.made &&
		    sc->sc_screens[i].term.cookie == console.term.cookie)
			console.made = 0;
		sc->sc_accessops->free_screen(sc->sc_accesscookie,
		    sc->sc_screens[i].term.cookie);
		sc->sc_screens[i].made = 0;
	}
	sc->sc_present = NULL;
	return 0;
}

/* --- what the client asks --- */

struct device *
wsdisplay_device(void)
{
	return display != NULL ? &display->sc_dev : NULL;
}

int
wsdisplay_text(const char *text)
{
	struct terminal *t;
	int error, s;

	if (display == NULL || display->sc_present == NULL)
		return ENXIO;
	if (display->sc_graphics)
		return EBUSY;
	t = &display->sc_present->term;
	error = term_check(t, text);
	if (error != 0)
		return error;
	s = spltty();
	error = term_write(t, text);
	splx(s);
	return error;
}

int
wsdisplay_show(hc_u64 n)
{
	struct screen *screen;
	int error;

	if (display == NULL)
		return ENXIO;
	if (n >= WSDISPLAY_SCREENS_MAX)
		return EINVAL;
	if (display->sc_graphics)
		return EBUSY;
	screen = &display->sc_screens[n];
	if (screen == display->sc_present)
		return 0;
	if (!screen->made) {
		error = screen_make(display, screen);
		if (error != 0)
			return error;
	}
	return screen_show(display, screen);
}

int
wsdisplay_mode(u_int mode)
{
	struct wsdisplay_softc *sc = display;
	struct terminal *t;
	int error;

	if (sc == NULL || sc->sc_present == NULL)
		return ENXIO;
	if (mode != WSDISPLAYIO_MODE_EMUL && mode != WSDISPLAYIO_MODE_DUMBFB)
		return EINVAL;
	t = &sc->sc_present->term;
	if (mode == WSDISPLAYIO_MODE_DUMBFB && !sc->sc_graphics) {
		error = term_cursor(t, 0);
		if (error != 0)
			return error;
	}
	error = wsdisplay_ioctl(WSDISPLAYIO_SMODE, &mode);
	if (error != 0 && error != ENOTTY) {
		if (!sc->sc_graphics)
			term_cursor(t, 1);
		return error;
	}
	sc->sc_graphics = mode == WSDISPLAYIO_MODE_DUMBFB;
	if (sc->sc_graphics)
		return 0;
	/* In the cells only as yet: a hidden screen would do the same. */
	error = term_cursor(t, 1);
	return error != 0 ? error : screen_show(sc, sc->sc_present);
}

int
wsdisplay_ioctl(u_long cmd, void *data)
{
	int error;

	if (display == NULL)
		return ENXIO;
	error = display->sc_accessops->ioctl(display->sc_accesscookie, cmd,
	    data, FREAD | FWRITE, curproc);
	return error == -1 ? ENOTTY : error;
}

int
wsdisplay_page(off_t offset, int prot, paddr_t *pa)
{
	void (*answered)(void) = hc->answered;
	paddr_t page;

	if (display == NULL)
		return ENXIO;
	if (!display->sc_graphics)
		return EINVAL;
	/* Nothing may be touched between the driver's last access and this. */
	page = display->sc_accessops->mmap(display->sc_accesscookie, offset,
	    prot);
	answered();
	*pa = page;
	return *pa == (paddr_t)-1 ? EINVAL : 0;
}
