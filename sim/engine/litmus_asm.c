/*
 * litmus_asm.c: what the assemblers of all architectures share: words of an
 * instruction, micro-operations, what these compute.
 */
#include "litmus_var.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

int
litmus_asm_refuse(const struct litmus_asm *a, struct error *err,
    const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return litmus_refuse(a->t, a->line, err, "the instruction \"%s\" is not"
	    " understood: %s", a->text, why);
}

/* --- words --- */

static const char *
skip(struct litmus_asm *a)
{
	while (isspace((unsigned char)*a->at))
		a->at++;
	return a->at;
}

static int
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

void
litmus_lex_label(struct litmus_asm *a, char *label, size_t n)
{
	size_t len = 0;

	skip(a);
	if (*a->at != '\0' && !is_word(*a->at))
		len = 1;
	else
		while (is_word(a->at[len]))
			len++;
	snprintf(label, n, "%.*s", (int)len, a->at);
	a->at += len;
}

void
litmus_lex(struct litmus_asm *a, char *word, size_t n)
{
	litmus_lex_label(a, word, n);
	for (; *word != '\0'; word++)
		*word = (char)toupper((unsigned char)*word);
}

int
litmus_lex_is(struct litmus_asm *a, const char *word)
{
	const char *was = a->at;
	char next[LITMUS_NAME_MAX];

	litmus_lex(a, next, sizeof next);
	if (strcmp(next, word) == 0)
		return 1;
	a->at = was;
	return 0;
}

int
litmus_lex_number(struct litmus_asm *a, uint64_t *value)
{
	const char *p = skip(a);
	int negative = *p == '-';
	char *end;

	p += negative || *p == '+';
	if (!isdigit((unsigned char)*p))
		return -1;
	*value = strtoull(p, &end, p[0] == '0' && tolower((unsigned char)p[1])
	    == 'x' ? 16 : 10);
	if (negative)
		*value = 0 - *value;
	a->at = end;
	return 0;
}

int
litmus_lex_ended(struct litmus_asm *a)
{
	return *skip(a) == '\0';
}

/* --- micro-operations --- */

struct litmus_uop *
litmus_emit(struct litmus_asm *a, enum litmus_op op, unsigned size,
    unsigned dst, unsigned ra, unsigned rb, uint64_t imm)
{
	struct litmus_uop *u;

	CHECK(a->code->n < LITMUS_CODE_MAX);
	u = &a->code->list[a->code->n++];
	memset(u, 0, sizeof *u);
	u->op = (uint8_t)op;
	u->size = (uint8_t)size;
	u->dst = (uint8_t)dst;
	u->a = (uint8_t)ra;
	u->b = (uint8_t)rb;
	u->imm = imm;
	u->line = a->line;
	u->instruction = a->instruction;
	return u;
}

void
litmus_emit_alu(struct litmus_asm *a, enum litmus_fn fn, unsigned size,
    unsigned dst, unsigned ra, unsigned rb, uint64_t imm)
{
	litmus_emit(a, LITMUS_ALU, size, dst, ra, rb, imm)->fn = (uint8_t)fn;
}

int
litmus_emit_to(struct litmus_asm *a, enum litmus_op op, unsigned ra,
    const char *label, struct error *err)
{
	if (!isalpha((unsigned char)label[0]) && label[0] != '_' &&
	    label[0] != '.')
		return litmus_asm_refuse(a, err, "a label is wanted");
	CHECK(a->nfixups < LITMUS_FIXUPS_MAX);
	a->fixups[a->nfixups].uop = a->code->n;
	snprintf(a->fixups[a->nfixups].label, sizeof a->fixups[0].label, "%s",
	    label);
	a->nfixups++;
	litmus_emit(a, op, 8, LITMUS_ZERO, ra, LITMUS_NONE, 0);
	return 0;
}

unsigned
litmus_temp(struct litmus_asm *a)
{
	CHECK(LITMUS_TEMP + a->temps < LITMUS_REGISTERS);
	return LITMUS_TEMP + a->temps++;
}

/* --- what they compute --- */

uint64_t
litmus_truncate(uint64_t value, unsigned size)
{
	return size >= 8 ? value : value & ((UINT64_C(1) << 8 * size) - 1);
}

static int64_t
as_signed(uint64_t value, unsigned size)
{
	uint64_t sign = UINT64_C(1) << (8 * size - 1);

	value = litmus_truncate(value, size);
	return (int64_t)((value ^ sign) - sign);
}

static uint64_t
flags_of(uint64_t result, unsigned size)
{
	return (litmus_truncate(result, size) == 0 ? LITMUS_FLAG_Z : 0) |
	    (as_signed(result, size) < 0 ? LITMUS_FLAG_N : 0);
}

static uint64_t
flags_add(uint64_t a, uint64_t b, unsigned size)
{
	uint64_t sum = litmus_truncate(a + b, size);
	int x = as_signed(a, size) < 0, y = as_signed(b, size) < 0;
	int z = as_signed(sum, size) < 0;

	return flags_of(sum, size) |
	    (sum < litmus_truncate(a, size) ? LITMUS_FLAG_C : 0) |
	    (x == y && x != z ? LITMUS_FLAG_V : 0);
}

static uint64_t
flags_sub(uint64_t a, uint64_t b, unsigned size)
{
	uint64_t left = a - b;
	int x = as_signed(a, size) < 0, y = as_signed(b, size) < 0;
	int z = as_signed(left, size) < 0;

	return flags_of(left, size) | (litmus_truncate(a, size) >=
	    litmus_truncate(b, size) ? LITMUS_FLAG_C : 0) |
	    (x != y && x != z ? LITMUS_FLAG_V : 0);
}

static int
flags_satisfy(uint64_t flags, unsigned cond)
{
	int z = (flags & LITMUS_FLAG_Z) != 0, n = (flags & LITMUS_FLAG_N) != 0;
	int c = (flags & LITMUS_FLAG_C) != 0, v = (flags & LITMUS_FLAG_V) != 0;
	int is = 0;

	switch (cond & ~1u) {
	case COND_EQ: is = z; break;
	case COND_CS: is = c; break;
	case COND_MI: is = n; break;
	case COND_VS: is = v; break;
	case COND_HI: is = c && !z; break;
	case COND_GE: is = n == v; break;
	case COND_GT: is = n == v && !z; break;
	}
	return (cond & 1) != 0 ? !is : is;
}

static uint64_t
shifted(enum litmus_fn fn, unsigned size, uint64_t a, uint64_t b)
{
	unsigned by = (unsigned)(b % (8 * size));

	if (fn == FN_SHL)
		return a << by;
	return fn == FN_SHR ? litmus_truncate(a, size) >> by :
	    (uint64_t)(as_signed(a, size) >> by);
}

static uint64_t
compared(enum litmus_fn fn, unsigned size, uint64_t a, uint64_t b)
{
	uint64_t ua = litmus_truncate(a, size), ub = litmus_truncate(b, size);
	int64_t sa = as_signed(a, size), sb = as_signed(b, size);

	switch (fn) {
	case FN_SMAX: return sa > sb ? a : b;
	case FN_SMIN: return sa < sb ? a : b;
	case FN_UMAX: return ua > ub ? a : b;
	case FN_UMIN: return ua < ub ? a : b;
	case FN_EQ: return ua == ub;
	default: return ua != ub;
	}
}

static uint64_t
combined(enum litmus_fn fn, uint64_t a, uint64_t b)
{
	switch (fn) {
	case FN_ADD: return a + b;
	case FN_SUB: return a - b;
	case FN_AND: return a & b;
	case FN_BIC: return a & ~b;
	case FN_OR: return a | b;
	case FN_ORN: return a | ~b;
	case FN_XOR: return a ^ b;
	case FN_EON: return a ^ ~b;
	default: return b;		/* FN_MOV */
	}
}

uint64_t
litmus_alu(const struct litmus_uop *u, uint64_t a, uint64_t b)
{
	enum litmus_fn fn = (enum litmus_fn)u->fn;
	uint64_t low;

	switch (fn) {
	case FN_SHL: case FN_SHR: case FN_SAR:
		return litmus_truncate(shifted(fn, u->size, a, b), u->size);
	case FN_SEXT:
		return litmus_truncate((uint64_t)as_signed(b,
		    (unsigned)u->imm), u->size);
	case FN_SMAX: case FN_SMIN: case FN_UMAX: case FN_UMIN: case FN_EQ:
	case FN_NE:
		return litmus_truncate(compared(fn, u->size, a, b), u->size);
	case FN_FLAGS_ADD:
		return flags_add(a, b, u->size);
	case FN_FLAGS_SUB:
		return flags_sub(a, b, u->size);
	case FN_FLAGS_AND:
		return flags_of(a & b, u->size);
	case FN_IS:
		return (uint64_t)flags_satisfy(a, (unsigned)u->imm);
	case FN_MERGE:
		low = litmus_truncate(b, (unsigned)u->imm);
		return a - litmus_truncate(a, (unsigned)u->imm) + low;
	default:
		return litmus_truncate(combined(fn, a, b), u->size);
	}
}
