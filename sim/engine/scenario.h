/*
 * scenario.h: what the guest is asked to do, as text: one step a line.
 *
 *	# a comment
 *	title attach and console text	    one line for people
 *	display 640 480			    the display it is made for, pixels
 *	text hello\n			    to the console; \n \t \r \b \e \\
 *	lines 1 40 line %d of it\n	    the text with 1, 2, ... 40 for %d
 *	screen 1			    show virtual screen 1 (0 to 3)
 *	graphics | textmode		    console mode, as wsdisplay(4)
 *	map | unmap			    mmap(2) of the framebuffer
 *	fill X Y W H RRGGBB		    draw through the mapping
 *	pattern X Y W H SEED		    the same, see hypercall.h
 *	copy X Y W H TOX TOY
 *	detach | attach			    the device's driver goes, comes back
 *	resize W H			    the host wants another display mode
 *	needs-reset			    the host sets DEVICE_NEEDS_RESET
 *	wait MS				    virtual milliseconds
 *	expect				    the display shows what was intended
 *	raise N				    tests only: the guest's own case N
 *
 * Every scenario begins with the boot of the guest, which has no line.  The
 * text is kept in a trace's header, so a recording brings its scenario along.
 */
#ifndef VIOTAPE_SCENARIO_H
#define VIOTAPE_SCENARIO_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define SCENARIO_STEPS_MAX	4096u
#define SCENARIO_LINE_MAX	1024u	/* bytes of one line */
#define SCENARIO_NAME_MAX	64u
#define SCENARIO_TITLE_MAX	120u
#define SCENARIO_WAIT_MAX_MS	60000u
#define SCENARIO_SIDE_MAX	8192u	/* pixels */

enum scenario_op {
	SCENARIO_TEXT, SCENARIO_SCREEN, SCENARIO_GRAPHICS, SCENARIO_TEXTMODE,
	SCENARIO_MAP, SCENARIO_UNMAP, SCENARIO_FILL, SCENARIO_PATTERN,
	SCENARIO_COPY, SCENARIO_WAIT, SCENARIO_EXPECT, SCENARIO_RAISE,
	SCENARIO_DETACH, SCENARIO_ATTACH, SCENARIO_RESIZE, SCENARIO_NEEDS_RESET
};

struct scenario_step {
	enum scenario_op op;
	uint32_t line;			/* in the text, from 1 */
	uint64_t args[6];
	char *text;			/* SCENARIO_TEXT, escapes resolved */
};

struct scenario {
	char name[SCENARIO_NAME_MAX];
	char title[SCENARIO_TITLE_MAX];
	unsigned width, height;		/* of the display; 640 x 480 if unsaid */
	char *source;			/* the text as it was read */
	struct scenario_step *steps;
	size_t n;
};

/* -1 with ERROR_INPUT: name, line, what was found and what is wanted. */
int scenario_parse(struct scenario *s, const char *name, const char *text,
    size_t len, struct error *err);
void scenario_free(struct scenario *s);
/* "fill 0 0 640 480 ff0000": one line, for people and for the record. */
void scenario_step_line(const struct scenario_step *step, char *buf,
    size_t size);

#endif
