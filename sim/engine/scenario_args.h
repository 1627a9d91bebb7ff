/*
 * scenario_args.h: reading and printing what follows a scenario's words; the
 * inside of scenario.h.
 *
 * An argument's kind is a letter:
 *
 *	d number	x hexadecimal	a A.B.C.D	m AA:BB:CC:DD:EE:FF
 *	o on, off	u up, down	r "refused" or nothing
 *	p A.B.C.D/P or nothing: two values	w a word	t the rest
 *
 * w and t are text and read by scenario.c.
 */
#ifndef VIOTAPE_SCENARIO_ARGS_H
#define VIOTAPE_SCENARIO_ARGS_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "scenario.h"

#define SCENARIO_DATAGRAM_MAX	65507u	/* bytes that UDP carries over IPv4 */

#define SCENARIO_PEER		0x0a000202u	/* 10.0.2.2, for burst */

struct scenario_parser {
	struct scenario *s;
	uint32_t line;
	struct error *err;
};

/* ERROR_INPUT with name, line, what is wrong, and the words in question. */
int scenario_wrong(struct scenario_parser *p, const char *what,
    const char *word);

/* Each moves *at behind what it read.  0; or -1, told by scenario_wrong(). */
int scenario_number(struct scenario_parser *p, char **at, int base,
    uint64_t *out);
int scenario_arg(struct scenario_parser *p, char **at, char kind,
    uint64_t *out);
/* A word, ended by a zero byte in place; NULL when there is none. */
char *scenario_word(struct scenario_parser *p, char **at);
/* The same, of a frame's hexadecimal digits. */
char *scenario_hex(struct scenario_parser *p, char **at);

/* " 10.0.2.2": the number of characters, as snprintf(3). */
size_t scenario_arg_print(char kind, const uint64_t *arg, char *buf,
    size_t size);
/* "text hello\n", with escapes. */
void scenario_text_print(const char *text, char *buf, size_t size);

/*
 * A word that stands before the steps: 1 if the line was one, 0 if it is none
 * (mtu is a step behind the first step), -1 as scenario_wrong().
 */
int scenario_head(struct scenario_parser *p, char *line);
/* What holds unless it is said. */
void scenario_head_default(struct scenario *s);

#endif
