/*
 * The steps of a scenario (enum hc_op), taken as a process takes them: text
 * written to a console, screens switched, and a client that maps the
 * framebuffer as an X server does and draws through its mapping.
 *
 *	GRAPHICS	ioctl SMODE(DUMBFB)
 *	MAP		ioctl GTYPE, GINFO, LINEBYTES; for each page of
 *			offset + lines x bytes a line: mmap, user_map
 *	FILL ...	32-bit loads and stores in the mapping
 *	UNMAP		user_unmap
 *
 * The client draws pixels of 0x00RRGGBB and knows no other format.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/mman.h>
#include <dev/wscons/wsconsio.h>
#include <machine/pmap.h>

#include "kern_var.h"
#include "kern_display.h"

#define WINDOW		0		/* of user_map() */
#define SIDE_MAX	16384		/* pixels that the client can draw */
#define PAGE_ATTRIBUTES	(PMAP_NOCACHE | PMAP_WC | PMAP_DEVICE)

/* What the client knows of its mapping. */
static struct {
	u_char *pixels;			/* NULL: not mapped */
	u_int width, height;		/* pixels */
	u_int linebytes;
} view;

/* --- mapping --- */

/*
 * Asks the display for its shape, as an X server does, into fb; EIO for one
 * that cannot be, EOPNOTSUPP for one that the client cannot draw on.
 */
static int
user_ask(struct wsdisplay_fbinfo *fb, u_int *linebytes)
{
	u_int type = 0;
	int error;

	memset(fb, 0, sizeof(*fb));
	*linebytes = 0;
	if ((error = wsdisplay_ioctl(WSDISPLAYIO_GTYPE, &type)) != 0)
		return error;
	if ((error = wsdisplay_ioctl(WSDISPLAYIO_GINFO, fb)) != 0)
		return error;
	if ((error = wsdisplay_ioctl(WSDISPLAYIO_LINEBYTES, linebytes)) != 0)
		return error;
	if (fb->depth != 32 || fb->width > SIDE_MAX || fb->height > SIDE_MAX ||
	    *linebytes > SIDE_MAX * 4 || *linebytes % 4 != 0)
		return EOPNOTSUPP;
	if (fb->width == 0 || fb->height == 0 || *linebytes / 4 < fb->width ||
	    (fb->stride != 0 && fb->stride != *linebytes) ||
	    fb->offset % 4 != 0)
		return EIO;
	return 0;
}

/* One page; its address in the client into p. */
static int
user_map_page(hc_u64 index, u_char **p)
{
	int prot = PROT_READ | PROT_WRITE, error;
	hc_u32 attributes = 0;
	paddr_t pa;

	error = wsdisplay_page((off_t)index * PAGE_SIZE, prot, &pa);
	if (error != 0)
		return error;
	if (pa & PAGE_MASK & ~(paddr_t)PAGE_ATTRIBUTES)
		return EINVAL;
	if (pa & PMAP_NOCACHE)
		attributes |= HC_MAP_NOCACHE;
	if (pa & PMAP_WC)
		attributes |= HC_MAP_WRITECOMBINE;
	if (pa & PMAP_DEVICE)
		attributes |= HC_MAP_DEVICE;
	*p = hc->user_map(WINDOW, index, pa & ~(paddr_t)PAGE_MASK,
	    HC_PROT_READ | HC_PROT_WRITE, attributes);
	return *p == NULL ? EFAULT : 0;
}

static int
user_map(void)
{
	struct wsdisplay_fbinfo fb;
	u_char *base = NULL, *p = NULL;
	hc_u64 index, pages;
	u_int linebytes;
	int error;

	if (view.pixels != NULL)
		return EBUSY;
	error = user_ask(&fb, &linebytes);
	if (error != 0)
		return error;
	pages = round_page(fb.offset + (hc_u64)linebytes * fb.height) /
	    PAGE_SIZE;
	for (index = 0; error == 0 && index < pages; index++) {
		error = user_map_page(index, &p);
		if (error == 0 && index == 0)
			base = p;
		if (error == 0 && p != base + index * PAGE_SIZE)
			error = EIO;
	}
	if (error != 0) {
		if (base != NULL)
			hc->user_unmap(WINDOW);
		return error;
	}
	view.pixels = base + fb.offset;
	view.width = fb.width;
	view.height = fb.height;
	view.linebytes = linebytes;
	return 0;
}

static int
user_unmap(void)
{
	if (view.pixels == NULL)
		return EINVAL;
	view.pixels = NULL;
	hc->user_unmap(WINDOW);
	return 0;
}

/* --- drawing --- */

static uint32_t *
user_line(u_int x, u_int y)
{
	return (uint32_t *)(void *)(view.pixels +
	    (size_t)y * view.linebytes) + x;
}

/* May the client draw there? */
static int
user_check(hc_u64 x, hc_u64 y, hc_u64 width, hc_u64 height)
{
	if (wsdisplay_device() == NULL)
		return ENXIO;
	if (view.pixels == NULL || x > view.width || width > view.width - x ||
	    y > view.height || height > view.height - y)
		return EINVAL;
	return 0;
}

static int
user_fill(const hc_u64 args[6])
{
	u_int width = (u_int)args[2], height = (u_int)args[3], i, j;
	uint32_t colour = (uint32_t)args[4], *line;
	int error;

	error = user_check(args[0], args[1], args[2], args[3]);
	if (error != 0)
		return error;
	if (args[4] > 0xffffff)
		return EINVAL;
	for (j = 0; j < height; j++) {
		line = user_line((u_int)args[0], (u_int)args[1] + j);
		for (i = 0; i < width; i++)
			line[i] = colour;
	}
	return 0;
}

static uint32_t
pattern_pixel(uint32_t seed, uint32_t i, uint32_t j)
{
	uint32_t h;

	h = seed * 2654435761u + j * (40503u * 65537u) + i * 2246822519u;
	h ^= h >> 15;
	h *= 2246822519u;
	h ^= h >> 13;
	return h & 0xffffff;
}

static int
user_pattern(const hc_u64 args[6])
{
	u_int width = (u_int)args[2], height = (u_int)args[3], i, j;
	uint32_t seed = (uint32_t)args[4], *line;
	int error;

	error = user_check(args[0], args[1], args[2], args[3]);
	if (error != 0)
		return error;
	for (j = 0; j < height; j++) {
		line = user_line((u_int)args[0], (u_int)args[1] + j);
		for (i = 0; i < width; i++)
			line[i] = pattern_pixel(seed, i, j);
	}
	return 0;
}

/* As if all were read before any is written, where the two overlap. */
static int
user_copy(const hc_u64 args[6])
{
	u_int x = (u_int)args[0], y = (u_int)args[1];
	u_int width = (u_int)args[2], height = (u_int)args[3];
	u_int tox = (u_int)args[4], toy = (u_int)args[5];
	int back = toy > y || (toy == y && tox > x), error;
	const uint32_t *from;
	uint32_t *to;
	u_int i, j, n;

	error = user_check(args[0], args[1], args[2], args[3]);
	if (error == 0)
		error = user_check(args[4], args[5], args[2], args[3]);
	if (error != 0)
		return error;
	for (j = 0; j < height; j++) {
		n = back ? height - 1 - j : j;
		from = user_line(x, y + n);
		to = user_line(tox, toy + n);
		for (i = 0; i < width; i++) {
			n = back ? width - 1 - i : i;
			to[n] = from[n];
		}
	}
	return 0;
}

/* --- a device goes, and comes --- */

/*
 * Detaches the device on a bus that was attached last, with all below it.
 * EOPNOTSUPP where a driver knows no detach.  As revoke(2) does, the client
 * loses its mapping.
 */
static int
user_detach(void)
{
	struct device *dev = kern_bus_child_last();
	int error;

	if (dev == NULL)
		return ENXIO;
	error = config_detach(dev, 0);
	if (error == 0 && view.pixels != NULL)
		(void)user_unmap();
	return error;
}

/* ENXIO if the buses have nothing that a driver takes. */
static int
user_attach(void)
{
	return kern_bus_rescan() != 0 ? 0 : ENXIO;
}

int
kern_user_op(hc_u32 op, const hc_u64 args[6], const char *text)
{
	switch (op) {
	case HC_OP_TEXT:
		return text != NULL ? wsdisplay_text(text) : EINVAL;
	case HC_OP_SCREEN:
		return wsdisplay_show(args[0]);
	case HC_OP_GRAPHICS:
		return wsdisplay_mode(WSDISPLAYIO_MODE_DUMBFB);
	case HC_OP_TEXTMODE:
		return wsdisplay_mode(WSDISPLAYIO_MODE_EMUL);
	case HC_OP_MAP:
		return user_map();
	case HC_OP_UNMAP:
		return user_unmap();
	case HC_OP_FILL:
		return user_fill(args);
	case HC_OP_PATTERN:
		return user_pattern(args);
	case HC_OP_COPY:
		return user_copy(args);
	case HC_OP_DETACH:
		return user_detach();
	case HC_OP_ATTACH:
		return user_attach();
	default:
		return EOPNOTSUPP;
	}
}
