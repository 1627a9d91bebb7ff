/*
 * Text in a framebuffer of 32-bit pixels, rasops(9).
 *
 * Every screen keeps its cells in kernel memory, and a cell is drawn from
 * there, so a hidden screen costs nothing to write to, and a framebuffer that
 * may only be written (RI_WRONLY) need not be read.  A framebuffer that may be
 * read is: text is moved and the cursor inverted in place.
 *
 * All pixels are stored by plain C assignments of 32 bits, here and nowhere
 * else, for these stores are what the simulator watches.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <dev/rasops/rasops.h>

#include "kern_var.h"
#include "kern_display.h"

struct rasops_screen {
	struct rasops_screen *rs_next;		/* of all displays */
	struct rasops_info *rs_ri;
	int rs_taken;				/* a terminal has it */
	int rs_cursor;				/* shown? at: */
	int rs_crow, rs_ccol;
	struct wsdisplay_charcell *rs_cells;	/* ri_rows x ri_cols */
};

/* An attribute: foreground in bits 24 to 27, background in 16 to 19. */
#define ATTR_MAKE(fg, bg)	((uint32_t)(fg) << 24 | (uint32_t)(bg) << 16)
#define ATTR_FG(attr)		((attr) >> 24 & 0xf)
#define ATTR_BG(attr)		((attr) >> 16 & 0xf)

#define FLAGS_KNOWN \
	(RI_CLEAR | RI_CENTER | RI_CFGDONE | RI_VCONS | RI_WRONLY)

static struct rasops_screen *screens;

/* The one font, as wscons knows fonts. */
static struct wsdisplay_font builtin_font = {
	.name = "viotape8x16",
	.encoding = WSDISPLAY_FONTENC_ISO,
	.bitorder = WSDISPLAY_FONTORDER_L2R,
	.byteorder = WSDISPLAY_FONTORDER_L2R,
};

static int
screen_visible(const struct rasops_screen *rs)
{
	return rs->rs_ri->ri_active == rs;
}

static int
screen_in_place(const struct rasops_screen *rs, int row, int nrows, int col,
    int ncols)
{
	const struct rasops_info *ri = rs->rs_ri;

	return row >= 0 && nrows >= 0 && row <= ri->ri_rows &&
	    nrows <= ri->ri_rows - row && col >= 0 && ncols >= 0 &&
	    col <= ri->ri_cols && ncols <= ri->ri_cols - col;
}

/* Stored where pixels of 32 bits are looked at. */
typedef uint64_t __attribute__((may_alias)) pixel_pair;

static struct wsdisplay_charcell *
screen_cell(const struct rasops_screen *rs, int row, int col)
{
	return &rs->rs_cells[row * rs->rs_ri->ri_cols + col];
}

static int
font_has(int uc)
{
	return uc >= (int)kern_font.first &&
	    uc < (int)(kern_font.first + kern_font.count);
}

/* Line y of the pixels of a cell. */
static uint32_t *
cell_line(const struct rasops_info *ri, int row, int col, int y)
{
	size_t line = (size_t)row * kern_font.height + y;

	return (uint32_t *)(void *)(ri->ri_bits + line * ri->ri_stride) +
	    (size_t)col * kern_font.width;
}

/* All bits that carry a colour: a pixel is inverted by them. */
static uint32_t
colour_mask(const struct rasops_info *ri)
{
	return ((1u << ri->ri_rnum) - 1) << ri->ri_rpos |
	    ((1u << ri->ri_gnum) - 1) << ri->ri_gpos |
	    ((1u << ri->ri_bnum) - 1) << ri->ri_bpos;
}

/*
 * Two pixels in one store, where the place lets it: the fewer stores, the less
 * there is for the hooks to look at.
 */
static void
put_pixels(uint32_t *p, uint32_t first, uint32_t second)
{
	if (((uintptr_t)p & 7) == 0) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		*(pixel_pair *)(void *)p = (uint64_t)second << 32 | first;
#else
		*(pixel_pair *)(void *)p = (uint64_t)first << 32 | second;
#endif
	} else {
		p[0] = first;
		p[1] = second;
	}
}

/* n pixels of one colour. */
static void
put_line(uint32_t *p, u_int n, uint32_t colour)
{
	if (n != 0 && ((uintptr_t)p & 7) != 0) {
		*p++ = colour;
		n--;
	}
	for (; n >= 2; n -= 2, p += 2)
		put_pixels(p, colour, colour);
	if (n != 0)
		*p = colour;
}

static void
draw_cell(const struct rasops_screen *rs, int row, int col)
{
	const struct rasops_info *ri = rs->rs_ri;
	const struct wsdisplay_charcell *cell = screen_cell(rs, row, col);
	const unsigned char *glyph = &kern_font.glyphs[(size_t)
	    (cell->uc - kern_font.first) * kern_font.height];
	uint32_t fg = ri->ri_devcmap[ATTR_FG(cell->attr)];
	uint32_t bg = ri->ri_devcmap[ATTR_BG(cell->attr)];
	uint32_t *line;
	u_int x, y, bits;

	if (rs->rs_cursor && rs->rs_crow == row && rs->rs_ccol == col) {
		fg ^= colour_mask(ri);
		bg ^= colour_mask(ri);
	}
	for (y = 0; y < kern_font.height; y++) {
		line = cell_line(ri, row, col, y);
		bits = glyph[y];
		for (x = 0; x + 1 < kern_font.width; x += 2)
			put_pixels(line + x, bits & 0x80 >> x ? fg : bg,
			    bits & 0x40 >> x ? fg : bg);
		if (x < kern_font.width)
			line[x] = bits & 0x80 >> x ? fg : bg;
	}
}

static void
draw_screen(const struct rasops_screen *rs)
{
	int row, col;

	for (row = 0; row < rs->rs_ri->ri_rows; row++) {
		for (col = 0; col < rs->rs_ri->ri_cols; col++)
			draw_cell(rs, row, col);
	}
}

static void
invert_cell(const struct rasops_info *ri, int row, int col)
{
	uint32_t mask = colour_mask(ri);
	uint32_t *line;
	u_int x, y;

	for (y = 0; y < kern_font.height; y++) {
		line = cell_line(ri, row, col, y);
		for (x = 0; x < kern_font.width; x++)
			line[x] ^= mask;
	}
}

/* Moves the pixels of a rectangle of cells, which may overlap its copy. */
static void
copy_pixels(const struct rasops_info *ri, int srow, int scol, int drow,
    int dcol, int nrows, int ncols)
{
	int lines = nrows * (int)kern_font.height;
	int width = ncols * (int)kern_font.width;
	int back = drow > srow || (drow == srow && dcol > scol);
	const uint32_t *from;
	uint32_t *to;
	int i, j, x, y;

	for (j = 0; j < lines; j++) {
		y = back ? lines - 1 - j : j;
		from = cell_line(ri, srow, scol, y);
		to = cell_line(ri, drow, dcol, y);
		for (i = 0; i < width; i++) {
			x = back ? width - 1 - i : i;
			to[x] = from[x];
		}
	}
}

/*
 * Moves cells, which may overlap their copy, and shows them.  Without reading
 * the framebuffer, only a cell that changes is drawn: what stands there now is
 * known.
 */
static void
copy_cells(struct rasops_screen *rs, int srow, int scol, int drow, int dcol,
    int nrows, int ncols)
{
	int back = drow > srow || (drow == srow && dcol > scol);
	int draw = screen_visible(rs) && rs->rs_ri->ri_flg & RI_WRONLY;
	const struct wsdisplay_charcell *from;
	struct wsdisplay_charcell *to;
	int i, n = nrows * ncols, row, col;

	if (screen_visible(rs) && !draw)
		copy_pixels(rs->rs_ri, srow, scol, drow, dcol, nrows, ncols);
	for (i = 0; i < n; i++) {
		row = (back ? n - 1 - i : i) / ncols;
		col = (back ? n - 1 - i : i) % ncols;
		from = screen_cell(rs, srow + row, scol + col);
		to = screen_cell(rs, drow + row, dcol + col);
		if (to->uc == from->uc && to->attr == from->attr)
			continue;
		to->uc = from->uc;
		to->attr = from->attr;
		if (draw)
			draw_cell(rs, drow + row, dcol + col);
	}
}

static void
erase_cells(struct rasops_screen *rs, int row, int nrows, int col, int ncols,
    uint32_t attr)
{
	struct wsdisplay_charcell *cell;
	int i, j;

	for (i = row; i < row + nrows; i++) {
		for (j = col; j < col + ncols; j++) {
			cell = screen_cell(rs, i, j);
			cell->uc = ' ';
			cell->attr = attr;
			if (screen_visible(rs))
				draw_cell(rs, i, j);
		}
	}
}

/* --- struct wsdisplay_emulops --- */

static int
rasops_cursor(void *c, int on, int row, int col)
{
	struct rasops_screen *rs = c;
	int was = rs->rs_cursor, wasrow = rs->rs_crow, wascol = rs->rs_ccol;

	if (!screen_in_place(rs, row, 1, col, 1))
		return EINVAL;
	if (was && (!on || wasrow != row || wascol != col)) {
		rs->rs_cursor = 0;
		if (screen_visible(rs)) {
			if (rs->rs_ri->ri_flg & RI_WRONLY)
				draw_cell(rs, wasrow, wascol);
			else
				invert_cell(rs->rs_ri, wasrow, wascol);
		}
	}
	if (!on || rs->rs_cursor)
		return 0;
	rs->rs_cursor = 1;
	rs->rs_crow = row;
	rs->rs_ccol = col;
	if (screen_visible(rs)) {
		if (rs->rs_ri->ri_flg & RI_WRONLY)
			draw_cell(rs, row, col);
		else
			invert_cell(rs->rs_ri, row, col);
	}
	return 0;
}

static int
rasops_mapchar(void *c, int uc, unsigned int *cp)
{
	(void)c;
	*cp = font_has(uc) ? (unsigned int)uc : ' ';
	return font_has(uc) ? 5 : 0;
}

static int
rasops_putchar(void *c, int row, int col, u_int uc, uint32_t attr)
{
	struct rasops_screen *rs = c;
	struct wsdisplay_charcell *cell;

	if (!screen_in_place(rs, row, 1, col, 1) || !font_has((int)uc))
		return EINVAL;
	cell = screen_cell(rs, row, col);
	cell->uc = (int)uc;
	cell->attr = attr;
	if (screen_visible(rs))
		draw_cell(rs, row, col);
	return 0;
}

static int
rasops_copycols(void *c, int row, int srccol, int dstcol, int ncols)
{
	struct rasops_screen *rs = c;

	if (!screen_in_place(rs, row, 1, srccol, ncols) ||
	    !screen_in_place(rs, row, 1, dstcol, ncols))
		return EINVAL;
	copy_cells(rs, row, srccol, row, dstcol, 1, ncols);
	return 0;
}

static int
rasops_erasecols(void *c, int row, int col, int ncols, uint32_t attr)
{
	struct rasops_screen *rs = c;

	if (!screen_in_place(rs, row, 1, col, ncols))
		return EINVAL;
	erase_cells(rs, row, 1, col, ncols, attr);
	return 0;
}

static int
rasops_copyrows(void *c, int srcrow, int dstrow, int nrows)
{
	struct rasops_screen *rs = c;
	int ncols = rs->rs_ri->ri_cols;

	if (!screen_in_place(rs, srcrow, nrows, 0, ncols) ||
	    !screen_in_place(rs, dstrow, nrows, 0, ncols))
		return EINVAL;
	copy_cells(rs, srcrow, 0, dstrow, 0, nrows, ncols);
	return 0;
}

static int
rasops_eraserows(void *c, int row, int nrows, uint32_t attr)
{
	struct rasops_screen *rs = c;
	int ncols = rs->rs_ri->ri_cols;

	if (!screen_in_place(rs, row, nrows, 0, ncols))
		return EINVAL;
	erase_cells(rs, row, nrows, 0, ncols, attr);
	return 0;
}

static int
rasops_pack_attr(void *c, int fg, int bg, int flags, uint32_t *attrp)
{
	int swap;

	(void)c;
	if (flags & (WSATTR_BLINK | WSATTR_UNDERLINE))
		return EINVAL;
	if ((flags & WSATTR_WSCOLORS) == 0) {
		fg = WSCOL_WHITE;
		bg = WSCOL_BLACK;
	}
	if (fg < 0 || fg > 15 || bg < 0 || bg > 15)
		return EINVAL;
	if (flags & WSATTR_REVERSE) {
		swap = fg;
		fg = bg;
		bg = swap;
	}
	if (flags & WSATTR_HILIT)
		fg |= 8;
	*attrp = ATTR_MAKE(fg, bg);
	return 0;
}

static void
rasops_unpack_attr(void *c, uint32_t attr, int *fg, int *bg, int *underline)
{
	(void)c;
	*fg = (int)ATTR_FG(attr);
	*bg = (int)ATTR_BG(attr);
	if (underline != NULL)
		*underline = 0;
}

/* --- rasops_init() --- */

/* Stops at what is not modelled, before anything of ri is changed. */
static void
init_check(const struct rasops_info *ri)
{
	const struct rasops_screen *rs;

	if (ri->ri_depth != 32)
		KERN_UNMODELLED("rasops_init: a depth other than 32");
	if (ri->ri_flg & ~FLAGS_KNOWN)
		KERN_UNMODELLED("rasops_init: a flag of ri_flg");
	if ((ri->ri_flg & RI_VCONS) == 0)
		KERN_UNMODELLED("rasops_init: a display without RI_VCONS");
	if (ri->ri_font != NULL && ri->ri_font != &builtin_font)
		KERN_UNMODELLED("rasops_init: a driver's own font");
	if (ri->ri_rnum > 8 || ri->ri_gnum > 8 || ri->ri_bnum > 8)
		KERN_UNMODELLED("rasops_init: colours of more than 8 bits");
	for (rs = screens; rs != NULL; rs = rs->rs_next) {
		if (rs->rs_ri == ri)
			KERN_UNMODELLED("rasops_init: twice for one display");
	}
}

static void
init_colours(struct rasops_info *ri)
{
	hc_u32 rgb;
	u_int i;

	if (ri->ri_rnum == 0) {
		ri->ri_rnum = ri->ri_gnum = ri->ri_bnum = 8;
		ri->ri_rpos = 16;
		ri->ri_gpos = 8;
		ri->ri_bpos = 0;
	}
	for (i = 0; i < nitems(kern_palette); i++) {
		rgb = kern_palette[i];
		ri->ri_devcmap[i] =
		    (rgb >> 16 & 0xff) >> (8 - ri->ri_rnum) << ri->ri_rpos |
		    (rgb >> 8 & 0xff) >> (8 - ri->ri_gnum) << ri->ri_gpos |
		    (rgb & 0xff) >> (8 - ri->ri_bnum) << ri->ri_bpos;
	}
}

static void
init_place(struct rasops_info *ri, int wantrows, int wantcols)
{
	ri->ri_rows = imin(wantrows, ri->ri_height / (int)kern_font.height);
	ri->ri_cols = imin(wantcols, ri->ri_width / (int)kern_font.width);
	ri->ri_emuwidth = ri->ri_cols * (int)kern_font.width;
	ri->ri_emuheight = ri->ri_rows * (int)kern_font.height;
	ri->ri_emustride = ri->ri_emuwidth * 4;
	ri->ri_xorigin = ri->ri_yorigin = 0;
	if (ri->ri_flg & RI_CENTER) {
		ri->ri_xorigin = ((ri->ri_width - ri->ri_emuwidth) / 2) & ~3;
		ri->ri_yorigin = (ri->ri_height - ri->ri_emuheight) / 2;
	}
	ri->ri_origbits = ri->ri_bits;
	ri->ri_bits += (size_t)ri->ri_yorigin * ri->ri_stride +
	    (size_t)ri->ri_xorigin * 4;
}

static void
init_clear(const struct rasops_info *ri)
{
	uint32_t *line;
	int y;

	for (y = 0; y < ri->ri_height; y++) {
		line = (uint32_t *)(void *)(ri->ri_origbits +
		    (size_t)y * ri->ri_stride);
		put_line(line, (u_int)ri->ri_width,
		    ri->ri_devcmap[WSCOL_BLACK]);
	}
}

static void
init_font(void)
{
	builtin_font.firstchar = (int)kern_font.first;
	builtin_font.numchars = (int)kern_font.count;
	builtin_font.fontwidth = kern_font.width;
	builtin_font.fontheight = kern_font.height;
	builtin_font.stride = (kern_font.width + 7) / 8;
}

/* A new screen, all blank; NULL without memory. */
static struct rasops_screen *
screen_new(struct rasops_info *ri, uint32_t attr)
{
	struct rasops_screen *rs;

	rs = malloc(sizeof(*rs), M_DEVBUF, M_NOWAIT | M_ZERO);
	if (rs == NULL)
		return NULL;
	rs->rs_ri = ri;
	rs->rs_cells = mallocarray((size_t)ri->ri_rows * ri->ri_cols,
	    sizeof(*rs->rs_cells), M_DEVBUF, M_NOWAIT | M_ZERO);
	if (rs->rs_cells == NULL) {
		free(rs, M_DEVBUF, sizeof(*rs));
		return NULL;
	}
	erase_cells(rs, 0, ri->ri_rows, 0, ri->ri_cols, attr);
	rs->rs_next = screens;
	screens = rs;
	return rs;
}

int
rasops_init(struct rasops_info *ri, int wantrows, int wantcols)
{
	uint32_t attr;

	init_check(ri);
	if (ri->ri_bits == NULL || wantrows < 1 || wantcols < 1 ||
	    ri->ri_width < (int)kern_font.width ||
	    ri->ri_height < (int)kern_font.height ||
	    ri->ri_stride / 4 < ri->ri_width || ri->ri_stride % 4 != 0)
		return -1;
	init_font();
	ri->ri_font = &builtin_font;
	init_colours(ri);
	init_place(ri, wantrows, wantcols);
	if (ri->ri_flg & RI_CLEAR)
		init_clear(ri);

	ri->ri_caps = WSSCREEN_WSCOLORS | WSSCREEN_REVERSE | WSSCREEN_HILIT;
	ri->ri_ops.cursor = rasops_cursor;
	ri->ri_ops.mapchar = rasops_mapchar;
	ri->ri_ops.putchar = rasops_putchar;
	ri->ri_ops.copycols = rasops_copycols;
	ri->ri_ops.erasecols = rasops_erasecols;
	ri->ri_ops.copyrows = rasops_copyrows;
	ri->ri_ops.eraserows = rasops_eraserows;
	ri->ri_ops.pack_attr = rasops_pack_attr;
	ri->ri_ops.unpack_attr = rasops_unpack_attr;

	ri->ri_active = NULL;
	if (rasops_pack_attr(NULL, 0, 0, 0, &attr) == 0)
		ri->ri_active = screen_new(ri, attr);
	if (ri->ri_active == NULL) {
		ri->ri_bits = ri->ri_origbits;
		return -1;
	}
	ri->ri_flg |= RI_CFGDONE;
	return 0;
}

/* --- struct wsdisplay_accessops --- */

int
rasops_alloc_screen(void *v, void **cookiep, int *curxp, int *curyp,
    uint32_t *attrp)
{
	struct rasops_info *ri = v;
	struct rasops_screen *rs = ri->ri_active;
	int error;

	error = rasops_pack_attr(rs, 0, 0, 0, attrp);
	if (error != 0)
		return error;
	/* Without a console, the screen of rasops_init() is still free. */
	if (rs == NULL || rs->rs_taken)
		rs = screen_new(ri, *attrp);
	if (rs == NULL)
		return ENOMEM;
	rs->rs_taken = 1;
	*cookiep = rs;
	*curxp = *curyp = 0;
	return 0;
}

void
rasops_free_screen(void *v, void *cookie)
{
	struct rasops_info *ri = v;
	struct rasops_screen *rs = cookie, **prev;

	for (prev = &screens; *prev != rs; prev = &(*prev)->rs_next)
		KASSERT(*prev != NULL);
	*prev = rs->rs_next;
	if (ri->ri_active == rs)
		ri->ri_active = NULL;
	free(rs->rs_cells, M_DEVBUF, (size_t)ri->ri_rows * ri->ri_cols *
	    sizeof(*rs->rs_cells));
	free(rs, M_DEVBUF, sizeof(*rs));
}

int
rasops_show_screen(void *v, void *cookie, int waitok,
    void (*cb)(void *, int, int), void *cbarg)
{
	struct rasops_info *ri = v;

	ri->ri_active = cookie;
	draw_screen(ri->ri_active);
	if (cb == NULL)
		return 0;
	cb(cbarg, 0, waitok);
	return EAGAIN;
}

int
rasops_load_font(void *v, void *cookie, struct wsdisplay_font *font)
{
	(void)v;
	(void)cookie;
	if (font->data != NULL)
		return EINVAL;
	return strcmp(font->name, builtin_font.name) == 0 ? 0 : ENOENT;
}

int
rasops_list_font(void *v, struct wsdisplay_font *font)
{
	(void)v;
	if (font->index != 0)
		return EINVAL;
	init_font();
	*font = builtin_font;
	return 0;
}

void
rasops_scrollback(void *v, void *cookie, int lines)
{
	(void)v;
	(void)cookie;
	if (lines != 0)
		KERN_UNMODELLED("rasops_scrollback");
}

int
rasops_getchar(void *v, int row, int col, struct wsdisplay_charcell *cell)
{
	struct rasops_info *ri = v;

	if (ri->ri_active == NULL ||
	    !screen_in_place(ri->ri_active, row, 1, col, 1))
		return EINVAL;
	*cell = *screen_cell(ri->ri_active, row, col);
	return 0;
}

int
rasops_screen_take(const void *cookie, struct rasops_place *place)
{
	struct rasops_screen *rs;

	for (rs = screens; rs != NULL; rs = rs->rs_next) {
		if (rs == cookie)
			break;
	}
	if (rs == NULL)
		return ENOENT;
	rs->rs_taken = 1;
	place->rows = (hc_u32)rs->rs_ri->ri_rows;
	place->columns = (hc_u32)rs->rs_ri->ri_cols;
	place->x = (hc_u32)rs->rs_ri->ri_xorigin;
	place->y = (hc_u32)rs->rs_ri->ri_yorigin;
	return 0;
}
