/*
 * litmus_aarch64.c: what instructions of AArch64 do, as micro-operations.  From
 * the Arm Architecture Reference Manual, chapter C6; what an instruction may do
 * one way or the other (a store exclusive may fail, CAS may write back what it
 * found) is a choice.
 */
#include "litmus_var.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SP		31u
#define FULL		(ORDER_RR | ORDER_RW | ORDER_WR | ORDER_WW)

/* --- registers --- */

static int
reg_find(const char *name, unsigned *size)
{
	int wide = toupper((unsigned char)name[0]) == 'X';
	char *end;
	unsigned long n;

	*size = wide || toupper((unsigned char)name[0]) == 'S' ? 8 : 4;
	if (strcmp(name, "SP") == 0 || strcmp(name, "sp") == 0)
		return SP;
	if (!wide && toupper((unsigned char)name[0]) != 'W')
		return -1;
	if (strcmp(name + 1, "ZR") == 0 || strcmp(name + 1, "zr") == 0)
		return LITMUS_ZERO;
	if (!isdigit((unsigned char)name[1]))
		return -1;
	n = strtoul(name + 1, &end, 10);
	return *end == '\0' && n <= 30 ? (int)n : -1;
}

static void
reg_name(unsigned reg, char *out, size_t n)
{
	if (reg == SP || reg == LITMUS_ZERO)
		snprintf(out, n, "%s", reg == SP ? "SP" : "XZR");
	else
		snprintf(out, n, "X%u", reg);
}

/* --- operands --- */

struct operand {
	unsigned reg;			/* LITMUS_NONE: imm */
	uint64_t imm;
};

static int
take_reg(struct litmus_asm *a, unsigned *reg, unsigned *size,
    struct error *err)
{
	char word[LITMUS_NAME_MAX];
	int n;

	litmus_lex(a, word, sizeof word);
	n = reg_find(word, size);
	if (n < 0)
		return litmus_asm_refuse(a, err, "\"%s\" stands where a "
		    "register is wanted", word);
	*reg = (unsigned)n;
	return 0;
}

static int
take_comma(struct litmus_asm *a, struct error *err)
{
	return litmus_lex_is(a, ",") ? 0 : litmus_asm_refuse(a, err,
	    "a comma is wanted before \"%s\"", a->at);
}

static int
take_imm(struct litmus_asm *a, uint64_t *imm, struct error *err)
{
	litmus_lex_is(a, "#");
	return litmus_lex_number(a, imm) == 0 ? 0 : litmus_asm_refuse(a, err,
	    "\"%s\" stands where a number is wanted", a->at);
}

/* reg and a comma. */
static int
take_reg_comma(struct litmus_asm *a, unsigned *reg, unsigned *size,
    struct error *err)
{
	return take_reg(a, reg, size, err) != 0 ? -1 : take_comma(a, err);
}

static const struct {
	const char *name;
	enum litmus_fn fn;		/* of a shift, else FN_MOV or FN_SEXT */
	unsigned bytes;			/* of an extension */
} shifts[] = {
	{ "LSL", FN_SHL, 0 }, { "LSR", FN_SHR, 0 }, { "ASR", FN_SAR, 0 },
	{ "UXTB", FN_MOV, 1 }, { "UXTH", FN_MOV, 2 }, { "UXTW", FN_MOV, 4 },
	{ "UXTX", FN_MOV, 8 }, { "SXTB", FN_SEXT, 1 }, { "SXTH", FN_SEXT, 2 },
	{ "SXTW", FN_SEXT, 4 }, { "SXTX", FN_SEXT, 8 },
};
#define NSHIFTS	(sizeof shifts / sizeof shifts[0])

/* ", LSL #n" or ", SXTW #n" behind a register, which becomes another. */
static int
take_shift(struct litmus_asm *a, unsigned *reg, unsigned size,
    struct error *err)
{
	char word[LITMUS_NAME_MAX];
	uint64_t by = 0;
	unsigned temp = litmus_temp(a);
	size_t i;

	litmus_lex(a, word, sizeof word);
	for (i = 0; i < NSHIFTS && strcmp(word, shifts[i].name) != 0; i++)
		;
	if (i == NSHIFTS)
		return litmus_asm_refuse(a, err, "\"%s\" is no shift or "
		    "extension that is known", word);
	if ((shifts[i].bytes == 0 || !(strchr("],", *a->at) != NULL)) &&
	    !litmus_lex_ended(a) && *a->at != ']' &&
	    take_imm(a, &by, err) != 0)
		return -1;
	if (shifts[i].bytes == 0) {
		litmus_emit_alu(a, shifts[i].fn, size, temp, *reg, LITMUS_NONE,
		    by);
	} else {
		litmus_emit_alu(a, shifts[i].fn, shifts[i].fn == FN_MOV ?
		    shifts[i].bytes : size, temp, LITMUS_ZERO, *reg,
		    shifts[i].bytes);
		litmus_emit_alu(a, FN_SHL, size, temp, temp, LITMUS_NONE, by);
	}
	*reg = temp;
	return 0;
}

/* A number, or a register that may be shifted or extended. */
static int
take_operand(struct litmus_asm *a, struct operand *o, unsigned size,
    struct error *err)
{
	unsigned width;
	uint64_t by;

	o->reg = LITMUS_NONE;
	o->imm = 0;
	if (litmus_lex_is(a, "#") || litmus_lex_number(a, &o->imm) == 0) {
		if (a->at[-1] == '#' && litmus_lex_number(a, &o->imm) != 0)
			return litmus_asm_refuse(a, err, "a number is wanted "
			    "after #");
		if (!litmus_lex_is(a, ","))
			return 0;
		if (!litmus_lex_is(a, "LSL"))
			return litmus_asm_refuse(a, err, "a number can only be "
			    "shifted by LSL");
		if (take_imm(a, &by, err) != 0)
			return -1;
		o->imm <<= by % 64;
		return 0;
	}
	if (take_reg(a, &o->reg, &width, err) != 0)
		return -1;
	return litmus_lex_is(a, ",") ? take_shift(a, &o->reg, size, err) : 0;
}

/*
 * [Xn], [Xn,#imm], [Xn,Xm,ext]; with "!" or behind ", #imm" Xn is written.  The
 * address comes out as register and offset; *after is what is added to Xn when
 * the access is done.
 */
struct address {
	unsigned base, reg;
	uint64_t imm, after;
};

static int
take_address(struct litmus_asm *a, struct address *ad, struct error *err)
{
	struct operand o = { .reg = LITMUS_NONE };
	unsigned size, temp;

	memset(ad, 0, sizeof *ad);
	if (!litmus_lex_is(a, "["))
		return litmus_asm_refuse(a, err, "an address in [ ] is wanted "
		    "before \"%s\"", a->at);
	if (take_reg(a, &ad->base, &size, err) != 0)
		return -1;
	if (size != 8)
		return litmus_asm_refuse(a, err, "an address has to be in an X "
		    "register");
	ad->reg = ad->base;
	if (litmus_lex_is(a, ",") && take_operand(a, &o, 8, err) != 0)
		return -1;
	if (!litmus_lex_is(a, "]"))
		return litmus_asm_refuse(a, err, "\"]\" is wanted before \"%s\"",
		    a->at);
	if (o.reg != LITMUS_NONE) {
		temp = litmus_temp(a);
		litmus_emit_alu(a, FN_ADD, 8, temp, ad->base, o.reg, 0);
		ad->reg = temp;
	} else {
		ad->imm = o.imm;
	}
	if (litmus_lex_is(a, "!")) {
		litmus_emit_alu(a, FN_ADD, 8, ad->base, ad->reg, LITMUS_NONE,
		    ad->imm);
		ad->reg = ad->base;
		ad->imm = 0;
	} else if (litmus_lex_is(a, ",")) {
		return take_imm(a, &ad->after, err);
	}
	return 0;
}

static void
address_done(struct litmus_asm *a, const struct address *ad)
{
	if (ad->after != 0)
		litmus_emit_alu(a, FN_ADD, 8, ad->base, ad->base, LITMUS_NONE,
		    ad->after);
}

static struct litmus_uop *
emit_load(struct litmus_asm *a, const struct address *ad, unsigned size,
    unsigned dst, unsigned flags)
{
	struct litmus_uop *u = litmus_emit(a, LITMUS_LOAD, size, dst, ad->reg,
	    LITMUS_NONE, ad->imm);

	u->flags = (uint8_t)flags;
	return u;
}

static struct litmus_uop *
emit_store(struct litmus_asm *a, const struct address *ad, unsigned size,
    unsigned data, unsigned flags)
{
	struct litmus_uop *u = litmus_emit(a, LITMUS_STORE, size, LITMUS_ZERO,
	    ad->reg, data, ad->imm);

	u->flags = (uint8_t)flags;
	return u;
}

static void
emit_mov(struct litmus_asm *a, unsigned size, unsigned dst, unsigned src)
{
	litmus_emit_alu(a, FN_MOV, size, dst, LITMUS_ZERO, src, 0);
}

/* --- arithmetic: what, arguments --- */

struct row {
	const char *name;
	int (*take)(struct litmus_asm *a, const struct row *row,
	    struct error *err);
	unsigned what, more;
};

static int
take_mov(struct litmus_asm *a, const struct row *row, struct error *err)
{
	struct operand o;
	unsigned dst, size;

	if (take_reg_comma(a, &dst, &size, err) != 0 ||
	    take_operand(a, &o, size, err) != 0)
		return -1;
	litmus_emit_alu(a, (enum litmus_fn)row->what, size, dst, LITMUS_ZERO,
	    o.reg, o.imm);
	return 0;
}

/* OP dst, a, operand; more: the flags that it sets. */
static int
take_alu(struct litmus_asm *a, const struct row *row, struct error *err)
{
	struct operand o;
	unsigned dst, size, left, width;

	if (take_reg_comma(a, &dst, &size, err) != 0 ||
	    take_reg_comma(a, &left, &width, err) != 0 ||
	    take_operand(a, &o, size, err) != 0)
		return -1;
	if (width != size)
		return litmus_asm_refuse(a, err, "its registers are of two "
		    "widths");
	if (row->more != 0)
		litmus_emit_alu(a, (enum litmus_fn)row->more, size,
		    LITMUS_FLAGS, left, o.reg, o.imm);
	litmus_emit_alu(a, (enum litmus_fn)row->what, size, dst, left, o.reg,
	    o.imm);
	return 0;
}

static int
take_compare(struct litmus_asm *a, const struct row *row, struct error *err)
{
	struct operand o;
	unsigned left, size;

	if (take_reg_comma(a, &left, &size, err) != 0 ||
	    take_operand(a, &o, size, err) != 0)
		return -1;
	litmus_emit_alu(a, (enum litmus_fn)row->what, size, LITMUS_FLAGS, left,
	    o.reg, o.imm);
	return 0;
}

/* SXTW Xd, Wn and the like; more: bytes. */
static int
take_extend(struct litmus_asm *a, const struct row *row, struct error *err)
{
	unsigned dst, size, src = LITMUS_ZERO, width;

	if (take_reg_comma(a, &dst, &size, err) != 0 ||
	    take_reg(a, &src, &width, err) != 0)
		return -1;
	litmus_emit_alu(a, (enum litmus_fn)row->what, row->what == FN_MOV ?
	    row->more : size, dst, LITMUS_ZERO, src, row->more);
	return 0;
}

static const char *const conds[] = { "EQ", "NE", "CS", "CC", "MI", "PL", "VS",
    "VC", "HI", "LS", "GE", "LT", "GT", "LE" };

static int
cond_find(const char *word)
{
	for (size_t i = 0; i < sizeof conds / sizeof conds[0]; i++)
		if (strcmp(word, conds[i]) == 0)
			return (int)i;
	return strcmp(word, "HS") == 0 ? COND_CS : strcmp(word, "LO") == 0 ?
	    COND_CC : -1;
}

/*
 * CSEL dst, a, b, cond: a condition of its own picks a, or what row->what makes
 * of b.  CSET dst, cond (more: 1): 1 or 0.
 */
static int
take_csel(struct litmus_asm *a, const struct row *row, struct error *err)
{
	char word[LITMUS_NAME_MAX];
	unsigned dst, size, yes = LITMUS_NONE, no = LITMUS_NONE, width;
	unsigned choice, jump, test;
	int cond, is_set = row->what == FN_MOV && row->more == 1;

	if (take_reg_comma(a, &dst, &size, err) != 0 || (!is_set &&
	    (take_reg_comma(a, &yes, &width, err) != 0 ||
	    take_reg_comma(a, &no, &width, err) != 0)))
		return -1;
	litmus_lex(a, word, sizeof word);
	if ((cond = cond_find(word)) < 0)
		return litmus_asm_refuse(a, err, "\"%s\" is no condition", word);
	test = litmus_temp(a);
	choice = a->code->n;
	litmus_emit(a, LITMUS_CHOICE, 8, LITMUS_ZERO, LITMUS_ZERO, LITMUS_NONE,
	    0);
	litmus_emit_alu(a, FN_IS, 8, test, LITMUS_FLAGS, LITMUS_NONE,
	    (uint64_t)cond);
	litmus_emit(a, LITMUS_ASSERT, 8, LITMUS_ZERO, test, LITMUS_NONE, 0);
	litmus_emit_alu(a, FN_MOV, size, dst, LITMUS_ZERO, yes, 1);
	jump = a->code->n;
	litmus_emit(a, LITMUS_JUMP, 8, LITMUS_ZERO, LITMUS_ZERO, LITMUS_NONE,
	    0);
	a->code->list[choice].target = a->code->n;
	litmus_emit_alu(a, FN_IS, 8, test, LITMUS_FLAGS, LITMUS_NONE,
	    (uint64_t)cond ^ 1);
	litmus_emit(a, LITMUS_ASSERT, 8, LITMUS_ZERO, test, LITMUS_NONE, 0);
	if (row->what == FN_ADD)
		litmus_emit_alu(a, FN_ADD, size, dst, no, LITMUS_NONE, 1);
	else
		litmus_emit_alu(a, (enum litmus_fn)row->what, size, dst,
		    LITMUS_ZERO, no, 0);
	a->code->list[jump].target = a->code->n;
	return 0;
}

/* --- branches and barriers --- */

static int
take_label(struct litmus_asm *a, enum litmus_op op, unsigned reg,
    struct error *err)
{
	char label[LITMUS_NAME_MAX];

	litmus_lex_label(a, label, sizeof label);
	return litmus_emit_to(a, op, reg, label, err);
}

static int
take_branch(struct litmus_asm *a, const struct row *row, struct error *err)
{
	(void)row;
	return take_label(a, LITMUS_JUMP, LITMUS_ZERO, err);
}

/* CBZ, CBNZ; what: FN_EQ or FN_NE. */
static int
take_cb(struct litmus_asm *a, const struct row *row, struct error *err)
{
	unsigned reg, size, temp = litmus_temp(a);

	if (take_reg_comma(a, &reg, &size, err) != 0)
		return -1;
	litmus_emit_alu(a, (enum litmus_fn)row->what, size, temp, reg,
	    LITMUS_NONE, 0);
	return take_label(a, LITMUS_BRANCH, temp, err);
}

static int
take_tb(struct litmus_asm *a, const struct row *row, struct error *err)
{
	unsigned reg, size, temp = litmus_temp(a);
	uint64_t bit;

	if (take_reg_comma(a, &reg, &size, err) != 0 ||
	    take_imm(a, &bit, err) != 0 || take_comma(a, err) != 0)
		return -1;
	litmus_emit_alu(a, FN_AND, size, temp, reg, LITMUS_NONE,
	    UINT64_C(1) << bit % 64);
	litmus_emit_alu(a, (enum litmus_fn)row->what, size, temp, temp,
	    LITMUS_NONE, 0);
	return take_label(a, LITMUS_BRANCH, temp, err);
}

/* B.EQ and so on; BEQ, too. */
static int
take_b_cond(struct litmus_asm *a, const char *cond, struct error *err)
{
	unsigned temp = litmus_temp(a);
	int n = cond_find(cond);

	if (n < 0)
		return litmus_asm_refuse(a, err, "\"%s\" is no condition", cond);
	litmus_emit_alu(a, FN_IS, 8, temp, LITMUS_FLAGS, LITMUS_NONE,
	    (uint64_t)n);
	return take_label(a, LITMUS_BRANCH, temp, err);
}

/*
 * DMB and DSB (what: 1).  The domain does not matter: all agents are in one.
 * DSB ST makes everything wait for the stores before it.
 */
static int
take_barrier(struct litmus_asm *a, const struct row *row, struct error *err)
{
	char word[LITMUS_NAME_MAX];
	const char *kind = word;
	unsigned bits = FULL;

	litmus_lex(a, word, sizeof word);
	if (strncmp(word, "ISH", 3) == 0 || strncmp(word, "OSH", 3) == 0 ||
	    strncmp(word, "NSH", 3) == 0)
		kind += 3;
	if (strcmp(kind, "LD") == 0)
		bits = ORDER_RR | ORDER_RW;
	else if (strcmp(kind, "ST") == 0)
		bits = row->what ? ORDER_WR | ORDER_WW : ORDER_WW;
	else if (strcmp(word, "SY") != 0 && (kind == word || *kind != '\0'))
		return litmus_asm_refuse(a, err, "\"%s\" is no kind of barrier "
		    "that is known", word);
	litmus_emit(a, LITMUS_FENCE, 8, LITMUS_ZERO, LITMUS_ZERO, LITMUS_NONE,
	    bits)->flags = (uint8_t)row->what;
	return 0;
}

static int
take_isb(struct litmus_asm *a, const struct row *row, struct error *err)
{
	(void)row;
	(void)err;
	litmus_lex_is(a, "SY");
	litmus_emit(a, LITMUS_ISB, 8, LITMUS_ZERO, LITMUS_ZERO, LITMUS_NONE,
	    0);
	return 0;
}

static int
take_nop(struct litmus_asm *a, const struct row *row, struct error *err)
{
	(void)a;
	(void)row;
	(void)err;
	return 0;
}

static int
take_ret(struct litmus_asm *a, const struct row *row, struct error *err)
{
	(void)row;
	(void)err;
	litmus_emit(a, LITMUS_JUMP, 8, LITMUS_ZERO, LITMUS_ZERO, LITMUS_NONE,
	    0)->target = LITMUS_CODE_MAX;
	return 0;
}

/* --- loads and stores --- */

/* what: bytes, 0 by the register; more: flags. */
static int
take_load(struct litmus_asm *a, const struct row *row, struct error *err)
{
	struct address ad;
	unsigned dst, size;

	if (take_reg_comma(a, &dst, &size, err) != 0 ||
	    take_address(a, &ad, err) != 0)
		return -1;
	emit_load(a, &ad, row->what != 0 ? row->what : size, dst, row->more);
	address_done(a, &ad);
	return 0;
}

static int
take_load_signed(struct litmus_asm *a, const struct row *row,
    struct error *err)
{
	struct address ad;
	unsigned dst, size, temp = litmus_temp(a);

	if (take_reg_comma(a, &dst, &size, err) != 0 ||
	    take_address(a, &ad, err) != 0)
		return -1;
	emit_load(a, &ad, row->what, temp, 0);
	litmus_emit_alu(a, FN_SEXT, size, dst, LITMUS_ZERO, temp, row->what);
	address_done(a, &ad);
	return 0;
}

static int
take_store(struct litmus_asm *a, const struct row *row, struct error *err)
{
	struct address ad;
	unsigned src, size;

	if (take_reg_comma(a, &src, &size, err) != 0 ||
	    take_address(a, &ad, err) != 0)
		return -1;
	emit_store(a, &ad, row->what != 0 ? row->what : size, src, row->more);
	address_done(a, &ad);
	return 0;
}

/* LDP, STP (what: 1): two accesses, in no order. */
static int
take_pair(struct litmus_asm *a, const struct row *row, struct error *err)
{
	struct address ad;
	unsigned first, second, size, width;

	if (take_reg_comma(a, &first, &size, err) != 0 ||
	    take_reg_comma(a, &second, &width, err) != 0 ||
	    take_address(a, &ad, err) != 0)
		return -1;
	if (width != size || (!row->what && (first == ad.reg || first ==
	    second)))
		return litmus_asm_refuse(a, err, "its registers do not fit");
	if (row->what)
		emit_store(a, &ad, size, first, 0);
	else
		emit_load(a, &ad, size, first, 0);
	ad.imm += size;
	if (row->what)
		emit_store(a, &ad, size, second, 0);
	else
		emit_load(a, &ad, size, second, 0);
	address_done(a, &ad);
	return 0;
}

/* STXR Ws, Rt, [Xn]: it may fail. */
static int
take_stxr(struct litmus_asm *a, const struct row *row, struct error *err)
{
	struct address ad;
	unsigned status, width, src, size, choice, jump;

	if (take_reg_comma(a, &status, &width, err) != 0 ||
	    take_reg_comma(a, &src, &size, err) != 0 ||
	    take_address(a, &ad, err) != 0)
		return -1;
	choice = a->code->n;
	litmus_emit(a, LITMUS_CHOICE, 8, LITMUS_ZERO, LITMUS_ZERO, LITMUS_NONE,
	    0);
	emit_store(a, &ad, row->what != 0 ? row->what : size, src, row->more);
	litmus_emit_alu(a, FN_MOV, 4, status, LITMUS_ZERO, LITMUS_NONE, 0);
	jump = a->code->n;
	litmus_emit(a, LITMUS_JUMP, 8, LITMUS_ZERO, LITMUS_ZERO, LITMUS_NONE,
	    0);
	a->code->list[choice].target = a->code->n;
	litmus_emit_alu(a, FN_MOV, 4, status, LITMUS_ZERO, LITMUS_NONE, 1);
	/* What a store exclusive could be a pair with is over. */
	a->code->list[a->code->n - 1].flags = LITMUS_EXCLUSIVE;
	a->code->list[jump].target = a->code->n;
	return 0;
}

/* --- atomic operations: NAME{A}{L}{B|H} --- */

static const struct {
	const char *name;
	enum litmus_fn fn;
} atomics[] = {
	{ "ADD", FN_ADD }, { "CLR", FN_BIC }, { "EOR", FN_XOR },
	{ "SET", FN_OR }, { "SMAX", FN_SMAX }, { "SMIN", FN_SMIN },
	{ "UMAX", FN_UMAX }, { "UMIN", FN_UMIN },
};
#define NATOMICS	(sizeof atomics / sizeof atomics[0])

/* The letters behind an atomic operation's name; -1: they are others. */
static int
atomic_suffix(const char *s, unsigned *load, unsigned *store, unsigned *size)
{
	*load = *store = LITMUS_ATOMIC;
	*size = 0;
	if (*s == 'A') {
		*load |= LITMUS_ACQUIRE;
		s++;
	}
	if (*s == 'L') {
		*store |= LITMUS_RELEASE;
		s++;
	}
	if (*s == 'B' || *s == 'H') {
		*size = *s == 'B' ? 1 : 2;
		s++;
	}
	return *s == '\0' ? 0 : -1;
}

/* A load that is not kept is not ordered as a load. */
static unsigned
atomic_load_flags(unsigned flags, unsigned dst)
{
	return dst == LITMUS_ZERO ? LITMUS_ATOMIC | LITMUS_NORET : flags;
}

/* LDADD Rs, Rt, [Xn], and SWP with FN_MOV; ST: no Rt. */
static int
take_atomic(struct litmus_asm *a, enum litmus_fn fn, const char *suffix,
    int is_st, struct error *err)
{
	struct address ad;
	unsigned src, dst = LITMUS_ZERO, width, size, load, store, bytes;
	unsigned old = litmus_temp(a), new = litmus_temp(a);

	if (atomic_suffix(suffix, &load, &store, &bytes) != 0)
		return litmus_asm_refuse(a, err, "\"%s\" is no ending of an "
		    "atomic operation", suffix);
	if (take_reg_comma(a, &src, &size, err) != 0 || (!is_st &&
	    take_reg_comma(a, &dst, &width, err) != 0) ||
	    take_address(a, &ad, err) != 0)
		return -1;
	bytes = bytes != 0 ? bytes : size;
	emit_load(a, &ad, bytes, old, atomic_load_flags(load, dst));
	if (fn != FN_MOV)
		litmus_emit_alu(a, fn, bytes, new, old, src, 0);
	emit_store(a, &ad, bytes, fn != FN_MOV ? new : src, store);
	emit_mov(a, bytes, dst, old);
	return 0;
}

/* What CAS makes of what it found; the register Rs gets it. */
struct cas {
	struct address ad;
	unsigned rs, rt, size, load, store;
};

/*
 * One way that CAS goes: fn is what it found against Rs, data is what is stored
 * (LITMUS_NONE: nothing), rs where the new value of Rs comes from.
 */
static unsigned
emit_cas(struct litmus_asm *a, const struct cas *c, enum litmus_fn fn,
    unsigned old, unsigned data, unsigned rs)
{
	unsigned test = LITMUS_TEMP + 7, new = LITMUS_TEMP + 6, jump;
	int is_decided = rs == c->rs;	/* only what was found equal is kept */

	emit_load(a, &c->ad, c->size, old, data != LITMUS_NONE ? c->load :
	    c->load & ~LITMUS_ATOMIC);
	litmus_emit_alu(a, fn, c->size, test, old, c->rs, 0);
	if (data != LITMUS_NONE)
		emit_mov(a, c->size, new, data);
	if (!is_decided)
		emit_mov(a, c->size, c->rs, rs);
	litmus_emit(a, LITMUS_ASSERT, 8, LITMUS_ZERO, test, LITMUS_NONE, 0);
	if (data != LITMUS_NONE)
		emit_store(a, &c->ad, c->size, new, c->store);
	if (is_decided)
		emit_mov(a, c->size, c->rs, rs);
	jump = a->code->n;
	litmus_emit(a, LITMUS_JUMP, 8, LITMUS_ZERO, LITMUS_ZERO, LITMUS_NONE,
	    0);
	return jump;
}

static unsigned
emit_choice(struct litmus_asm *a)
{
	litmus_emit(a, LITMUS_CHOICE, 8, LITMUS_ZERO, LITMUS_ZERO, LITMUS_NONE,
	    0);
	return a->code->n - 1;
}

/*
 * CAS Rs, Rt, [Xn].  Where it finds Rs, the new value of Rs may come from Rs or
 * from memory; where not, it may write back what it found, or nothing.
 */
static int
take_cas(struct litmus_asm *a, const char *suffix, struct error *err)
{
	struct cas c;
	unsigned width, bytes, old = litmus_temp(a), choice, jumps[4];

	if (atomic_suffix(suffix, &c.load, &c.store, &bytes) != 0)
		return litmus_asm_refuse(a, err, "\"%s\" is no ending of CAS",
		    suffix);
	if (take_reg_comma(a, &c.rs, &c.size, err) != 0 ||
	    take_reg_comma(a, &c.rt, &width, err) != 0 ||
	    take_address(a, &c.ad, err) != 0)
		return -1;
	c.size = bytes != 0 ? bytes : c.size;
	c.load = atomic_load_flags(c.load, c.rs);
	choice = emit_choice(a);
	jumps[0] = emit_cas(a, &c, FN_EQ, old, c.rt, c.rs);
	a->code->list[choice].target = a->code->n;
	choice = emit_choice(a);
	jumps[1] = emit_cas(a, &c, FN_EQ, old, c.rt, old);
	a->code->list[choice].target = a->code->n;
	choice = emit_choice(a);
	jumps[2] = emit_cas(a, &c, FN_NE, old, old, old);
	a->code->list[choice].target = a->code->n;
	jumps[3] = emit_cas(a, &c, FN_NE, old, LITMUS_NONE, old);
	for (int i = 0; i < 4; i++)
		a->code->list[jumps[i]].target = a->code->n;
	return 0;
}

/* --- the table --- */

#define ACQ	LITMUS_ACQUIRE
#define ACQPC	LITMUS_ACQUIRE_PC
#define REL	LITMUS_RELEASE
#define EX	LITMUS_EXCLUSIVE

static const struct row rows[] = {
	{ "MOV", take_mov, FN_MOV, 0 }, { "MOVZ", take_mov, FN_MOV, 0 },
	{ "MVN", take_mov, FN_ORN, 0 }, { "NEG", take_mov, FN_SUB, 0 },
	{ "ADD", take_alu, FN_ADD, 0 }, { "SUB", take_alu, FN_SUB, 0 },
	{ "AND", take_alu, FN_AND, 0 }, { "BIC", take_alu, FN_BIC, 0 },
	{ "ORR", take_alu, FN_OR, 0 }, { "ORN", take_alu, FN_ORN, 0 },
	{ "EOR", take_alu, FN_XOR, 0 }, { "EON", take_alu, FN_EON, 0 },
	{ "LSL", take_alu, FN_SHL, 0 }, { "LSR", take_alu, FN_SHR, 0 },
	{ "ASR", take_alu, FN_SAR, 0 },
	{ "ADDS", take_alu, FN_ADD, FN_FLAGS_ADD },
	{ "SUBS", take_alu, FN_SUB, FN_FLAGS_SUB },
	{ "ANDS", take_alu, FN_AND, FN_FLAGS_AND },
	{ "CMP", take_compare, FN_FLAGS_SUB, 0 },
	{ "CMN", take_compare, FN_FLAGS_ADD, 0 },
	{ "TST", take_compare, FN_FLAGS_AND, 0 },
	{ "SXTB", take_extend, FN_SEXT, 1 }, { "SXTH", take_extend, FN_SEXT, 2 },
	{ "SXTW", take_extend, FN_SEXT, 4 }, { "UXTB", take_extend, FN_MOV, 1 },
	{ "UXTH", take_extend, FN_MOV, 2 }, { "UXTW", take_extend, FN_MOV, 4 },
	{ "CSEL", take_csel, FN_MOV, 0 }, { "CSET", take_csel, FN_MOV, 1 },
	{ "CSINC", take_csel, FN_ADD, 0 }, { "CSINV", take_csel, FN_ORN, 0 },
	{ "CSNEG", take_csel, FN_SUB, 0 },
	{ "B", take_branch, 0, 0 },
	{ "CBZ", take_cb, FN_EQ, 0 }, { "CBNZ", take_cb, FN_NE, 0 },
	{ "TBZ", take_tb, FN_EQ, 0 }, { "TBNZ", take_tb, FN_NE, 0 },
	{ "RET", take_ret, 0, 0 }, { "NOP", take_nop, 0, 0 },
	{ "DMB", take_barrier, 0, 0 }, { "DSB", take_barrier, 1, 0 },
	{ "ISB", take_isb, 0, 0 },
	{ "LDR", take_load, 0, 0 }, { "LDUR", take_load, 0, 0 },
	{ "LDRB", take_load, 1, 0 }, { "LDURB", take_load, 1, 0 },
	{ "LDRH", take_load, 2, 0 }, { "LDURH", take_load, 2, 0 },
	{ "LDRSB", take_load_signed, 1, 0 }, { "LDRSH", take_load_signed, 2, 0 },
	{ "LDRSW", take_load_signed, 4, 0 },
	{ "LDAR", take_load, 0, ACQ }, { "LDARB", take_load, 1, ACQ },
	{ "LDARH", take_load, 2, ACQ }, { "LDAPR", take_load, 0, ACQPC },
	{ "LDAPRB", take_load, 1, ACQPC }, { "LDAPRH", take_load, 2, ACQPC },
	{ "LDXR", take_load, 0, EX }, { "LDXRB", take_load, 1, EX },
	{ "LDXRH", take_load, 2, EX }, { "LDAXR", take_load, 0, EX | ACQ },
	{ "LDAXRB", take_load, 1, EX | ACQ },
	{ "LDAXRH", take_load, 2, EX | ACQ },
	{ "LDP", take_pair, 0, 0 }, { "STP", take_pair, 1, 0 },
	{ "STR", take_store, 0, 0 }, { "STUR", take_store, 0, 0 },
	{ "STRB", take_store, 1, 0 }, { "STURB", take_store, 1, 0 },
	{ "STRH", take_store, 2, 0 }, { "STURH", take_store, 2, 0 },
	{ "STLR", take_store, 0, REL }, { "STLRB", take_store, 1, REL },
	{ "STLRH", take_store, 2, REL },
	{ "STXR", take_stxr, 0, EX }, { "STXRB", take_stxr, 1, EX },
	{ "STXRH", take_stxr, 2, EX }, { "STLXR", take_stxr, 0, EX | REL },
	{ "STLXRB", take_stxr, 1, EX | REL },
	{ "STLXRH", take_stxr, 2, EX | REL },
};

/* 1: it is one of the families that are put together of parts. */
static int
assemble_family(struct litmus_asm *a, const char *word, int *ret,
    struct error *err)
{
	int is_st = strncmp(word, "ST", 2) == 0;

	if (strncmp(word, "CAS", 3) == 0 && word[3] != 'P') {
		*ret = take_cas(a, word + 3, err);
		return 1;
	}
	if (strncmp(word, "SWP", 3) == 0) {
		*ret = take_atomic(a, FN_MOV, word + 3, 0, err);
		return 1;
	}
	if (strncmp(word, "B.", 2) == 0) {
		*ret = take_b_cond(a, word + 2, err);
		return 1;
	}
	for (size_t i = 0; i < NATOMICS &&
	    (is_st || strncmp(word, "LD", 2) == 0); i++) {
		size_t n = strlen(atomics[i].name);

		if (strncmp(word + 2, atomics[i].name, n) != 0)
			continue;
		*ret = take_atomic(a, atomics[i].fn, word + 2 + n, is_st, err);
		return 1;
	}
	return 0;
}

static int
assemble(struct litmus_asm *a, struct error *err)
{
	char word[LITMUS_NAME_MAX];
	int ret = -1, is = 0;

	litmus_lex(a, word, sizeof word);
	for (size_t i = 0; !is && i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].name, word) == 0) {
			ret = rows[i].take(a, &rows[i], err);
			is = 1;
		}
	if (!is && !assemble_family(a, word, &ret, err))
		return litmus_asm_refuse(a, err, "%s is no instruction of "
		    "AArch64 that is known", word);
	if (ret == 0 && !litmus_lex_ended(a))
		return litmus_asm_refuse(a, err, "\"%s\" is left over", a->at);
	return ret;
}

const struct litmus_arch litmus_aarch64 = { "AArch64", ORDER_ARM, 0, reg_find,
    reg_name, assemble };
