/*
 * litmus_parse.c: a .litmus file into threads of micro-operations, what there is
 * at first, and a condition.
 *
 *	file      = ARCH NAME newline { "text" | KEY=VALUE newline } init code tail
 *	init      = "{" { [type] place [ "=" value ] ";" } "}"
 *	code      = row { row }, the first of them P0 | P1 ...
 *	row       = cell { "|" cell } ";"
 *	tail      = [ "locations" "[" { place ";" } "]" ] quantifier proposition
 *	place     = THREAD ":" REGISTER | "[" LOCATION "]" | LOCATION
 *
 * Comments are (* like this *) and may be inside each other.
 */
#include "litmus_var.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define LABELS_MAX	64u

struct label {
	char name[LITMUS_NAME_MAX];
	unsigned uop;
};

/* A thread's column while it is read. */
struct column {
	struct litmus_asm as;
	struct label labels[LABELS_MAX];
	unsigned nlabels;
};

struct parser {
	struct litmus *t;
	char *text;			/* without comments */
	const char *p;
	int line;
	struct column *columns;
	struct error *err;
};

int
litmus_refuse(const struct litmus *t, int line, struct error *err,
    const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return error_set(err, ERROR_INPUT, "%s:%d: %s", t->file, line, text);
}

/* --- characters and words --- */

/* Comments become spaces; lines stay. */
static int
comments_blank(struct parser *ps)
{
	unsigned depth = 0;
	int line = 1, since = 0;

	for (char *p = ps->text; *p != '\0'; p++) {
		if (p[0] == '(' && p[1] == '*') {
			if (depth++ == 0)
				since = line;
			p[0] = p[1] = ' ';
		} else if (depth > 0 && p[0] == '*' && p[1] == ')') {
			depth--;
			p[0] = p[1] = ' ';
		}
		if (*p == '\n')
			line++;
		else if (depth > 0)
			*p = ' ';
	}
	return depth == 0 ? 0 : litmus_refuse(ps->t, since, ps->err,
	    "a comment begins here and does not end; close it with *)");
}

static void
skip_space(struct parser *ps)
{
	for (; isspace((unsigned char)*ps->p); ps->p++)
		ps->line += *ps->p == '\n';
}

static int
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* The character c, if it is next. */
static int
take(struct parser *ps, char c)
{
	skip_space(ps);
	if (*ps->p != c)
		return 0;
	ps->p++;
	return 1;
}

static int
take_text(struct parser *ps, const char *text)
{
	size_t n = strlen(text);

	skip_space(ps);
	if (strncmp(ps->p, text, n) != 0 ||
	    (is_word(text[n - 1]) && is_word(ps->p[n])))
		return 0;
	ps->p += n;
	return 1;
}

/* What is next, for a message. */
static const char *
found(struct parser *ps)
{
	static char text[40];
	size_t n = 0;

	skip_space(ps);
	if (*ps->p == '\0')
		return "the end of the file";
	if (is_word(*ps->p))
		while (n < sizeof text - 3 && is_word(ps->p[n]))
			n++;
	else
		n = 1;
	snprintf(text, sizeof text, "\"%.*s\"", (int)n, ps->p);
	return text;
}

static int
want(struct parser *ps, char c, const char *where)
{
	if (take(ps, c))
		return 0;
	return litmus_refuse(ps->t, ps->line, ps->err, "%s was found where "
	    "\"%c\" is wanted, %s", found(ps), c, where);
}

/* A name: letters, digits, '_', '.', beginning with no digit. */
static int
take_name(struct parser *ps, char *name, const char *what)
{
	size_t n = 0;

	skip_space(ps);
	if (!is_word(*ps->p) || isdigit((unsigned char)*ps->p))
		return litmus_refuse(ps->t, ps->line, ps->err, "%s was found "
		    "where %s is wanted", found(ps), what);
	while (is_word(ps->p[n]))
		n++;
	if (n >= LITMUS_NAME_MAX)
		return litmus_refuse(ps->t, ps->line, ps->err, "the name %.20s"
		    "... has %zu letters; at most %u are taken", ps->p, n,
		    LITMUS_NAME_MAX - 1);
	memcpy(name, ps->p, n);
	name[n] = '\0';
	ps->p += n;
	return 0;
}

/* 1 and the number, 0 if none is next. */
static int
take_number(struct parser *ps, uint64_t *value)
{
	const char *p;
	char *end;
	int negative;

	skip_space(ps);
	p = ps->p;
	negative = *p == '-';
	p += negative || *p == '+';
	if (!isdigit((unsigned char)*p))
		return 0;
	*value = strtoull(p, &end, p[0] == '0' && tolower((unsigned char)p[1])
	    == 'x' ? 16 : 10);
	if (negative)
		*value = 0 - *value;
	ps->p = end;
	return 1;
}

/* --- places and values --- */

uint64_t
litmus_address(unsigned location)
{
	return LITMUS_ADDRESS + (uint64_t)location * LITMUS_ADDRESS_STEP;
}

int
litmus_located(const struct litmus *t, uint64_t address, unsigned size)
{
	uint64_t n = address - LITMUS_ADDRESS;

	if (address < LITMUS_ADDRESS || n / LITMUS_ADDRESS_STEP >=
	    t->nlocations || n % LITMUS_ADDRESS_STEP + size >
	    LITMUS_LOCATION_BYTES)
		return -1;
	return (int)(n / LITMUS_ADDRESS_STEP);
}

int
litmus_location(struct litmus *t, const char *name)
{
	struct litmus_location *l;

	for (unsigned i = 0; i < t->nlocations; i++)
		if (strcmp(t->locations[i].name, name) == 0)
			return (int)i;
	if (t->nlocations == LITMUS_LOCATIONS_MAX)
		return -1;
	l = &t->locations[t->nlocations];
	snprintf(l->name, sizeof l->name, "%s", name);
	l->size = 4;
	return (int)t->nlocations++;
}

static int
location_of(struct parser *ps, const char *name, unsigned *index)
{
	int n = litmus_location(ps->t, name);

	if (n < 0)
		return litmus_refuse(ps->t, ps->line, ps->err, "%s is one "
		    "location too many; a test has at most %u", name,
		    LITMUS_LOCATIONS_MAX);
	*index = (unsigned)n;
	return 0;
}

/* A number, or the address of a location. */
static int
take_value(struct parser *ps, uint64_t *value)
{
	char name[LITMUS_NAME_MAX];
	unsigned location = 0;

	if (take_number(ps, value))
		return 0;
	take(ps, '&');
	if (take_name(ps, name, "a number or a location") != 0 ||
	    location_of(ps, name, &location) != 0)
		return -1;
	skip_space(ps);
	if (strchr("+[(", *ps->p) != NULL && *ps->p != '\0')
		return litmus_refuse(ps->t, ps->line, ps->err, "the value "
		    "begins with %s%c: only numbers and plain names of "
		    "locations are taken", name, *ps->p);
	*value = litmus_address(location);
	return 0;
}

/* THREAD:REGISTER, [LOCATION] or LOCATION; size is the register's width. */
static int
take_place(struct parser *ps, struct litmus_place *place)
{
	char name[LITMUS_NAME_MAX];
	uint64_t thread;
	int reg, bracket;

	memset(place, 0, sizeof *place);
	place->size = 4;
	if (isdigit((unsigned char)(skip_space(ps), *ps->p))) {
		take_number(ps, &thread);
		if (want(ps, ':', "between thread and register") != 0 ||
		    take_name(ps, name, "a register") != 0)
			return -1;
		reg = ps->t->arch->reg(name, &place->size);
		if (reg < 0)
			return litmus_refuse(ps->t, ps->line, ps->err, "%s is "
			    "no register of %s that is known", name,
			    ps->t->arch->name);
		if (thread >= LITMUS_THREADS_MAX)
			return litmus_refuse(ps->t, ps->line, ps->err, "there "
			    "is no thread %llu; a test has at most %u",
			    (unsigned long long)thread, LITMUS_THREADS_MAX);
		place->thread = (int)thread;
		place->index = (unsigned)reg;
		return 0;
	}
	bracket = take(ps, '[');
	if (!bracket)
		take(ps, '*');
	place->thread = -1;
	if (take_name(ps, name, "a location or THREAD:REGISTER") != 0 ||
	    location_of(ps, name, &place->index) != 0)
		return -1;
	if (bracket && want(ps, ']', "after the location") != 0)
		return -1;
	skip_space(ps);
	if (*ps->p == '[')
		return litmus_refuse(ps->t, ps->line, ps->err, "%s is an array;"
		    " arrays are not taken, give each element a name of its "
		    "own", name);
	return 0;
}

/* --- the beginning of the file --- */

static void
take_line(struct parser *ps, char *out, size_t n)
{
	size_t len = strcspn(ps->p, "\n");

	snprintf(out, n, "%.*s", (int)len, ps->p);
	while (out[0] != '\0' && isspace((unsigned char)out[strlen(out) - 1]))
		out[strlen(out) - 1] = '\0';
	ps->p += len;
}

static int
parse_header(struct parser *ps)
{
	static const struct litmus_arch *const archs[] = { &litmus_aarch64,
	    &litmus_x86_64 };
	char word[LITMUS_NAME_MAX];

	if (take_name(ps, word, "an architecture, AArch64 or X86_64,") != 0)
		return -1;
	for (size_t i = 0; i < sizeof archs / sizeof archs[0]; i++)
		if (strcmp(word, archs[i]->name) == 0)
			ps->t->arch = archs[i];
	if (ps->t->arch == NULL)
		return litmus_refuse(ps->t, ps->line, ps->err, "the "
		    "architecture is %s; AArch64 and X86_64 are known", word);
	while (*ps->p == ' ' || *ps->p == '\t')
		ps->p++;
	take_line(ps, ps->t->name, sizeof ps->t->name);
	return ps->t->name[0] != '\0' ? 0 : litmus_refuse(ps->t, ps->line,
	    ps->err, "the test has no name; write it after %s", word);
}

/* Texts in quotes and lines of KEY=VALUE, which mean nothing here. */
static int
parse_remarks(struct parser *ps)
{
	for (;;) {
		int line;

		skip_space(ps);
		line = ps->line;
		if (*ps->p == '{' || *ps->p == '\0')
			return want(ps, '{', "before the values at first");
		if (*ps->p == '"') {
			const char *end = strchr(ps->p + 1, '"');

			if (end == NULL)
				return litmus_refuse(ps->t, line, ps->err, "a "
				    "text begins here and does not end; close "
				    "it with \"");
			for (; ps->p <= end; ps->p++)
				ps->line += *ps->p == '\n';
			continue;
		}
		if (memchr(ps->p, '=', strcspn(ps->p, "\n")) == NULL)
			return litmus_refuse(ps->t, line, ps->err, "%s was "
			    "found where \"{\", a text in quotes or KEY=VALUE "
			    "is wanted", found(ps));
		ps->p += strcspn(ps->p, "\n");
	}
}

static const struct {
	const char *name;
	unsigned size;
	int is_unsigned;
} types[] = {
	{ "int", 4, 0 }, { "char", 1, 0 }, { "long", 8, 0 },
	{ "int8_t", 1, 0 }, { "int16_t", 2, 0 }, { "int32_t", 4, 0 },
	{ "int64_t", 8, 0 }, { "uint8_t", 1, 1 }, { "uint16_t", 2, 1 },
	{ "uint32_t", 4, 1 }, { "uint64_t", 8, 1 },
};
#define NTYPES	(sizeof types / sizeof types[0])

/* A type, if one is next: its place in the table, or -1. */
static int
take_type(struct parser *ps, int *pointer)
{
	*pointer = 0;
	for (size_t i = 0; i < NTYPES; i++)
		if (take_text(ps, types[i].name)) {
			skip_space(ps);
			if (*ps->p == '*') {
				ps->p++;
				*pointer = 1;
			}
			return (int)i;
		}
	return -1;
}

static int
init_register(struct parser *ps, const struct litmus_place *place,
    const struct litmus_init *init)
{
	struct litmus *t = ps->t;

	for (unsigned i = 0; i < t->ninits; i++)
		if (t->inits[i].thread == (unsigned)place->thread &&
		    t->inits[i].reg == place->index)
			return litmus_refuse(t, ps->line, ps->err, "a register "
			    "of thread %d has a value twice", place->thread);
	if (t->ninits == LITMUS_INITS_MAX)
		return litmus_refuse(t, ps->line, ps->err, "more than %u "
		    "registers have a value at first", LITMUS_INITS_MAX);
	t->inits[t->ninits++] = *init;
	return 0;
}

static int
parse_init_entry(struct parser *ps)
{
	struct litmus_place place;
	struct litmus_init init = { 0 };
	struct litmus_location *l;
	int pointer, type = take_type(ps, &pointer);
	unsigned size;

	if (take_place(ps, &place) != 0)
		return -1;
	if (take(ps, '=') && take_value(ps, &init.value) != 0)
		return -1;
	skip_space(ps);
	if (*ps->p != '}' && want(ps, ';', "after a value at first") != 0)
		return -1;
	size = type < 0 ? 4 : pointer ? 8 : types[type].size;
	init.size = size;
	init.has_type = type >= 0;
	init.is_unsigned = type >= 0 && !pointer && types[type].is_unsigned;
	if (place.thread >= 0) {
		init.thread = (unsigned)place.thread;
		init.reg = place.index;
		return init_register(ps, &place, &init);
	}
	l = &ps->t->locations[place.index];
	l->value = init.value;
	if (type >= 0) {
		l->size = size;
		l->is_declared = 1;
		l->is_unsigned = init.is_unsigned;
	}
	return 0;
}

static int
parse_init(struct parser *ps)
{
	for (;;) {
		while (take(ps, ';'))
			;
		if (take(ps, '}'))
			return 0;
		if (parse_init_entry(ps) != 0)
			return -1;
	}
}

/* --- code --- */

static int
column_label(struct parser *ps, struct column *c, const char *name, size_t n)
{
	struct label *l;

	if (c->nlabels == LABELS_MAX || n >= sizeof l->name)
		return litmus_refuse(ps->t, ps->line, ps->err, "the label %.*s "
		    "is too long or one too many; a thread has at most %u",
		    (int)n, name, LABELS_MAX);
	l = &c->labels[c->nlabels++];
	memcpy(l->name, name, n);
	l->name[n] = '\0';
	l->uop = c->as.code->n;
	for (unsigned i = 0; i + 1 < c->nlabels; i++)
		if (strcmp(c->labels[i].name, l->name) == 0)
			return litmus_refuse(ps->t, ps->line, ps->err, "the "
			    "label %s is there twice", l->name);
	return 0;
}

/* One cell: labels, then an instruction or nothing. */
static int
parse_cell(struct parser *ps, struct column *c, char *cell)
{
	struct litmus_code *code = c->as.code;
	char *p = cell;
	size_t n;

	for (;;) {
		p += strspn(p, " \t\r\n");
		for (n = 0; is_word(p[n]); n++)
			;
		if (n == 0 || p[n + strspn(p + n, " \t")] != ':')
			break;
		if (column_label(ps, c, p, n) != 0)
			return -1;
		p = strchr(p, ':') + 1;
	}
	if (*p == '\0')
		return 0;
	for (n = strlen(p); n > 0 && isspace((unsigned char)p[n - 1]); n--)
		p[n - 1] = '\0';
	c->as.text = c->as.at = p;
	c->as.line = ps->line;
	c->as.temps = 0;
	c->as.instruction++;
	/* The longest instruction has fewer than 32 of them. */
	if (code->n + 32 > LITMUS_CODE_MAX || c->as.nfixups + 4 >
	    LITMUS_FIXUPS_MAX)
		return litmus_refuse(ps->t, ps->line, ps->err, "a thread is "
		    "too long; about %u instructions are taken",
		    LITMUS_CODE_MAX / 2);
	return ps->t->arch->assemble(&c->as, ps->err);
}

/*
 * A row up to its ';'.  The one of a lock prefix that stands alone is none:
 * "lock; incl (x);".
 */
static int
row_length(struct parser *ps, size_t *length)
{
	size_t n = 0, k;

	for (;; n++) {
		n += strcspn(ps->p + n, ";");
		if (ps->p[n] == '\0')
			return litmus_refuse(ps->t, ps->line, ps->err, "a row "
			    "of code has no \";\" at its end");
		for (k = n; k > 0 && isspace((unsigned char)ps->p[k - 1]); k--)
			;
		if (k < 4 || (strncmp(ps->p + k - 4, "lock", 4) != 0 &&
		    strncmp(ps->p + k - 4, "LOCK", 4) != 0))
			break;
	}
	*length = n;
	return 0;
}

static int
parse_row(struct parser *ps, int (*each)(struct parser *, unsigned, char *))
{
	char cell[256];
	size_t left = 0, n;
	unsigned column = 0;

	skip_space(ps);
	if (row_length(ps, &left) != 0)
		return -1;
	for (;; column++) {
		n = strcspn(ps->p, "|");
		n = n < left ? n : left;
		if (n >= sizeof cell)
			return litmus_refuse(ps->t, ps->line, ps->err, "a cell "
			    "of code has %zu characters; at most %zu are "
			    "taken", n, sizeof cell - 1);
		memcpy(cell, ps->p, n);
		cell[n] = '\0';
		for (char *p = cell; *p != '\0'; p++)
			if (*p == ';')
				*p = ' ';
		if (each(ps, column, cell) != 0)
			return -1;
		for (size_t i = 0; i <= n && i <= left; i++)
			ps->line += ps->p[i] == '\n';
		ps->p += n + 1;
		if (n == left)
			return 0;
		left -= n + 1;
	}
}

static int
head_cell(struct parser *ps, unsigned column, char *cell)
{
	char *p = cell + strspn(cell, " \t\r\n"), *end = p;
	unsigned long n;

	if (column == LITMUS_THREADS_MAX)
		return litmus_refuse(ps->t, ps->line, ps->err, "a test has at "
		    "most %u threads", LITMUS_THREADS_MAX);
	n = *p == 'P' && isdigit((unsigned char)p[1]) ? strtoul(p + 1, &end,
	    10) : LITMUS_THREADS_MAX;
	if (n != column || end[strspn(end, " \t\r\n")] != '\0')
		return litmus_refuse(ps->t, ps->line, ps->err, "\"%s\" was "
		    "found at the top of a column where P%u is wanted", p,
		    column);
	ps->columns[column].as.t = ps->t;
	ps->columns[column].as.code = &ps->t->code[column];
	ps->columns[column].as.fixups = check_calloc(LITMUS_FIXUPS_MAX,
	    sizeof ps->columns[column].as.fixups[0]);
	ps->t->nthreads = column + 1;
	return 0;
}

static int
code_cell(struct parser *ps, unsigned column, char *cell)
{
	if (column >= ps->t->nthreads)
		return litmus_refuse(ps->t, ps->line, ps->err, "this row has "
		    "more columns than there are threads (%u)",
		    ps->t->nthreads);
	return parse_cell(ps, &ps->columns[column], cell);
}

static int
column_fix(struct parser *ps, struct column *c)
{
	for (unsigned i = 0; i < c->as.nfixups; i++) {
		struct litmus_uop *u = &c->as.code->list[c->as.fixups[i].uop];
		unsigned k = 0;

		while (k < c->nlabels && strcmp(c->labels[k].name,
		    c->as.fixups[i].label) != 0)
			k++;
		if (k == c->nlabels)
			return litmus_refuse(ps->t, u->line, ps->err, "there is"
			    " no label %s in this thread",
			    c->as.fixups[i].label);
		u->target = c->labels[k].uop;
	}
	return 0;
}

/* What can follow the last row. */
static int
at_tail(struct parser *ps)
{
	static const char *const words[] = { "exists", "forall", "not",
	    "locations", "filter", "observed", "cases", "final", "with" };
	const char *was;
	int is = 0;

	skip_space(ps);
	was = ps->p;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		is |= take_text(ps, words[i]);
	ps->p = was;
	return is || *was == '~' || *was == '\0';
}

static int
parse_code(struct parser *ps)
{
	if (parse_row(ps, head_cell) != 0)
		return -1;
	while (!at_tail(ps))
		if (parse_row(ps, code_cell) != 0)
			return -1;
	for (unsigned i = 0; i < ps->t->nthreads; i++)
		if (column_fix(ps, &ps->columns[i]) != 0)
			return -1;
	for (unsigned i = 0; i < ps->t->ninits; i++)
		if (ps->t->inits[i].thread >= ps->t->nthreads)
			return litmus_refuse(ps->t, ps->line, ps->err, "thread "
			    "%u has a register at first and no column",
			    ps->t->inits[i].thread);
	return 0;
}

/* --- the condition --- */

/* The number of a place that is looked at, the same one once. */
static int
place_add(struct parser *ps, const struct litmus_place *place, unsigned *index)
{
	struct litmus *t = ps->t;
	struct litmus_place *p;

	if (place->thread >= (int)t->nthreads)
		return litmus_refuse(t, ps->line, ps->err, "there is no thread "
		    "%d", place->thread);
	for (*index = 0; *index < t->nplaces; ++*index) {
		p = &t->places[*index];
		if (p->thread == place->thread && p->index == place->index)
			return 0;
	}
	if (t->nplaces == LITMUS_PLACES_MAX)
		return litmus_refuse(t, ps->line, ps->err, "more than %u "
		    "registers and locations are looked at",
		    LITMUS_PLACES_MAX);
	t->places[t->nplaces++] = *place;
	return 0;
}

static int
parse_locations(struct parser *ps)
{
	struct litmus_place place;
	unsigned index;
	int pointer;

	if (want(ps, '[', "after locations") != 0)
		return -1;
	for (;;) {
		while (take(ps, ';'))
			;
		if (take(ps, ']'))
			return 0;
		take_type(ps, &pointer);
		if (take_place(ps, &place) != 0 ||
		    place_add(ps, &place, &index) != 0)
			return -1;
		skip_space(ps);
		if (*ps->p != ']' && want(ps, ';', "after a location") != 0)
			return -1;
	}
}

static int
node_add(struct parser *ps, enum litmus_node_kind kind, unsigned left,
    unsigned right, unsigned *node)
{
	struct litmus_node *n;

	if (ps->t->nnodes == LITMUS_NODES_MAX)
		return litmus_refuse(ps->t, ps->line, ps->err, "the condition "
		    "is too long; it has at most %u terms", LITMUS_NODES_MAX);
	*node = ps->t->nnodes++;
	n = &ps->t->nodes[*node];
	n->kind = kind;
	n->left = left;
	n->right = right;
	return 0;
}

static int parse_or(struct parser *ps, unsigned *node);

static int
parse_term(struct parser *ps, unsigned *node)
{
	struct litmus_place place;
	unsigned index;
	int unequal;

	if (take(ps, '~') || take_text(ps, "not"))
		return parse_term(ps, &index) != 0 ? -1 :
		    node_add(ps, NODE_NOT, index, 0, node);
	if (take(ps, '('))
		return parse_or(ps, node) != 0 ? -1 :
		    want(ps, ')', "in the condition");
	if (take_text(ps, "true"))
		return node_add(ps, NODE_TRUE, 0, 0, node);
	if (take_text(ps, "false"))
		return node_add(ps, NODE_FALSE, 0, 0, node);
	if (take_text(ps, "fault") || take_text(ps, "Fault"))
		return litmus_refuse(ps->t, ps->line, ps->err, "the condition "
		    "asks for a fault; faults are not taken");
	if (take_place(ps, &place) != 0 || place_add(ps, &place, &index) != 0)
		return -1;
	unequal = take_text(ps, "!=") || take_text(ps, "<>");
	if (!unequal && want(ps, '=', "in the condition") != 0)
		return -1;
	return node_add(ps, unequal ? NODE_IS_NOT : NODE_IS, index, 0, node) !=
	    0 ? -1 : take_value(ps, &ps->t->nodes[*node].value);
}

static int
parse_and(struct parser *ps, unsigned *node)
{
	unsigned right;

	if (parse_term(ps, node) != 0)
		return -1;
	while (take_text(ps, "/\\"))
		if (parse_term(ps, &right) != 0 ||
		    node_add(ps, NODE_AND, *node, right, node) != 0)
			return -1;
	return 0;
}

static int
parse_or(struct parser *ps, unsigned *node)
{
	unsigned right;

	if (parse_and(ps, node) != 0)
		return -1;
	while (take_text(ps, "\\/"))
		if (parse_and(ps, &right) != 0 ||
		    node_add(ps, NODE_OR, *node, right, node) != 0)
			return -1;
	if (take_text(ps, "=>"))
		return parse_or(ps, &right) != 0 ? -1 :
		    node_add(ps, NODE_IMPLIES, *node, right, node);
	return 0;
}

static int
parse_quantifier(struct parser *ps)
{
	int negated = take(ps, '~') || take_text(ps, "not");

	if (take_text(ps, "exists"))
		ps->t->quantifier = negated ? LITMUS_NOT_EXISTS :
		    LITMUS_EXISTS;
	else if (!negated && take_text(ps, "forall"))
		ps->t->quantifier = LITMUS_FORALL;
	else
		return litmus_refuse(ps->t, ps->line, ps->err, "%s was found "
		    "where exists, ~exists or forall is wanted", found(ps));
	return 0;
}

static int
parse_tail(struct parser *ps)
{
	static const char *const refused[] = { "filter", "observed", "cases",
	    "final", "with" };

	if (take_text(ps, "locations") && parse_locations(ps) != 0)
		return -1;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (take_text(ps, refused[i]))
			return litmus_refuse(ps->t, ps->line, ps->err, "%s is "
			    "not taken; ask with exists, ~exists or forall "
			    "alone", refused[i]);
	skip_space(ps);
	if (*ps->p == '\0')	/* herd's, too: nothing is asked */
		return node_add(ps, NODE_TRUE, 0, 0, &ps->t->root) != 0 ? -1 :
		    (ps->t->quantifier = LITMUS_FORALL, 0);
	if (parse_quantifier(ps) != 0 || parse_or(ps, &ps->t->root) != 0)
		return -1;
	take(ps, ';');
	skip_space(ps);
	return *ps->p == '\0' ? 0 : litmus_refuse(ps->t, ps->line, ps->err,
	    "%s was found after the condition, where the file should end",
	    found(ps));
}

/* --- sizes --- */

/* What is looked at is as large as its type says, or as it was accessed. */
static void
places_size(struct litmus *t)
{
	for (unsigned i = 0; i < t->nplaces; i++) {
		struct litmus_place *p = &t->places[i];

		if (p->thread < 0) {
			p->size = t->locations[p->index].size;
			p->is_unsigned = t->locations[p->index].is_unsigned;
			continue;
		}
		p->size = 8;
		for (unsigned k = 0; k < t->ninits; k++)
			if (t->inits[k].thread == (unsigned)p->thread &&
			    t->inits[k].reg == p->index &&
			    t->inits[k].has_type) {
				p->size = t->inits[k].size;
				p->is_unsigned = t->inits[k].is_unsigned;
				p->has_type = 1;
			}
	}
}

static int
parse(struct parser *ps)
{
	if (comments_blank(ps) != 0 || parse_header(ps) != 0 ||
	    parse_remarks(ps) != 0 || parse_init(ps) != 0 ||
	    parse_code(ps) != 0 || parse_tail(ps) != 0)
		return -1;
	places_size(ps->t);
	return 0;
}

struct litmus *
litmus_read(const char *name, const char *text, size_t len, struct error *err)
{
	struct parser ps = { .line = 1, .err = err };
	int ret;

	if (len > LITMUS_TEXT_MAX || memchr(text, '\0', len) != NULL) {
		error_set(err, ERROR_INPUT, "%s is no litmus test: it %s", name,
		    len > LITMUS_TEXT_MAX ? "is too long" : "is not text");
		return NULL;
	}
	ps.t = check_calloc(1, sizeof *ps.t);
	snprintf(ps.t->file, sizeof ps.t->file, "%s", name);
	ps.columns = check_calloc(LITMUS_THREADS_MAX, sizeof ps.columns[0]);
	ps.text = check_malloc(len + 1);
	memcpy(ps.text, text, len);
	ps.text[len] = '\0';
	ps.p = ps.text;
	ret = parse(&ps);
	for (unsigned i = 0; i < LITMUS_THREADS_MAX; i++)
		check_free(ps.columns[i].as.fixups);
	check_free(ps.columns);
	check_free(ps.text);
	if (ret == 0)
		return ps.t;
	check_free(ps.t);
	return NULL;
}

void
litmus_free(struct litmus *t)
{
	check_free(t);
}
