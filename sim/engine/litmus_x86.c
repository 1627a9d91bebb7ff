/*
 * litmus_x86.c: what instructions of X86_64 do, as micro-operations.  Operands
 * are in AT&T's order, the source first; memory is (x), [x], 8(%rax) or
 * 8(%rax,%rbx,4).  From the Intel Software Developer's Manual, volume 2; what a
 * lock prefix orders is in its volume 3, section 9.2.
 */
#include "litmus_var.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AX = 0 };

static const struct {
	const char *name;
	unsigned reg, size;
} regs[] = {
	{ "RAX", 0, 8 }, { "EAX", 0, 4 }, { "AX", 0, 2 }, { "AL", 0, 1 },
	{ "RBX", 1, 8 }, { "EBX", 1, 4 }, { "BX", 1, 2 }, { "BL", 1, 1 },
	{ "RCX", 2, 8 }, { "ECX", 2, 4 }, { "CX", 2, 2 }, { "CL", 2, 1 },
	{ "RDX", 3, 8 }, { "EDX", 3, 4 }, { "DX", 3, 2 }, { "DL", 3, 1 },
	{ "RSI", 4, 8 }, { "ESI", 4, 4 }, { "SI", 4, 2 }, { "SIL", 4, 1 },
	{ "RDI", 5, 8 }, { "EDI", 5, 4 }, { "DI", 5, 2 }, { "DIL", 5, 1 },
	{ "RBP", 6, 8 }, { "EBP", 6, 4 }, { "BP", 6, 2 }, { "BPL", 6, 1 },
	{ "RSP", 7, 8 }, { "ESP", 7, 4 }, { "SP", 7, 2 }, { "SPL", 7, 1 },
};
#define NREGS	(sizeof regs / sizeof regs[0])

static int
reg_find(const char *name, unsigned *size)
{
	char up[8], *end;
	unsigned long n;
	size_t i;

	for (i = 0; i < sizeof up - 1 && name[i] != '\0'; i++)
		up[i] = (char)toupper((unsigned char)name[i]);
	up[i] = '\0';
	for (i = 0; i < NREGS; i++)
		if (strcmp(up, regs[i].name) == 0) {
			*size = regs[i].size;
			return (int)regs[i].reg;
		}
	if (up[0] != 'R' || !isdigit((unsigned char)up[1]))
		return -1;
	n = strtoul(up + 1, &end, 10);
	if (n < 8 || n > 15 || (end[0] != '\0' && end[1] != '\0'))
		return -1;
	*size = *end == 'D' ? 4 : *end == 'W' ? 2 : *end == 'B' ? 1 : 8;
	return *end == '\0' || *size != 8 ? (int)n : -1;
}

static void
reg_name(unsigned reg, char *out, size_t n)
{
	size_t i;

	snprintf(out, n, "r%u", reg);
	for (i = 0; i < NREGS; i++)
		if (regs[i].reg == reg && regs[i].size == 8)
			snprintf(out, n, "%s", regs[i].name);
	for (; *out != '\0'; out++)
		*out = (char)tolower((unsigned char)*out);
}

/* --- operands --- */

enum operand_kind { OPERAND_REG, OPERAND_IMM, OPERAND_MEM };

struct operand {
	enum operand_kind kind;
	unsigned reg, size;		/* size 0: not told */
	uint64_t imm;			/* MEM: offset from reg */
};

static int
take_register(struct litmus_asm *a, unsigned *reg, unsigned *size,
    struct error *err)
{
	char word[LITMUS_NAME_MAX];
	int n;

	litmus_lex_is(a, "%");
	litmus_lex(a, word, sizeof word);
	n = reg_find(word, size);
	if (n < 0)
		return litmus_asm_refuse(a, err, "\"%s\" is no register that "
		    "is known", word);
	*reg = (unsigned)n;
	return 0;
}

/* ", %index, scale" behind the base. */
static int
take_index(struct litmus_asm *a, struct operand *o, struct error *err)
{
	unsigned index = LITMUS_ZERO, size, temp = litmus_temp(a);
	uint64_t scale = 1;

	if (take_register(a, &index, &size, err) != 0)
		return -1;
	if (litmus_lex_is(a, ",") && litmus_lex_number(a, &scale) != 0)
		return litmus_asm_refuse(a, err, "a scale is wanted before "
		    "\"%s\"", a->at);
	if (scale != 1 && scale != 2 && scale != 4 && scale != 8)
		return litmus_asm_refuse(a, err, "the scale has to be 1, 2, 4 "
		    "or 8");
	litmus_emit_alu(a, FN_SHL, 8, temp, index, LITMUS_NONE,
	    scale == 8 ? 3 : scale / 2);
	litmus_emit_alu(a, FN_ADD, 8, temp, temp, o->reg, 0);
	o->reg = temp;
	return 0;
}

/* What is inside ( ) or [ ], up to close. */
static int
take_memory(struct litmus_asm *a, struct operand *o, const char *close,
    struct error *err)
{
	char name[LITMUS_NAME_MAX];
	const char *was;
	unsigned size;
	int location;

	o->kind = OPERAND_MEM;
	o->reg = LITMUS_ZERO;
	was = a->at;
	litmus_lex_label(a, name, sizeof name);
	if ((isalpha((unsigned char)name[0]) || name[0] == '_') &&
	    reg_find(name, &size) < 0) {
		location = litmus_location(a->t, name);
		if (location < 0)
			return litmus_asm_refuse(a, err, "%s is one location "
			    "too many; a test has at most %u", name,
			    LITMUS_LOCATIONS_MAX);
		o->imm += litmus_address((unsigned)location);
	} else {
		a->at = was;
		if (take_register(a, &o->reg, &size, err) != 0)
			return -1;
		if (size != 8)
			return litmus_asm_refuse(a, err, "an address has to be "
			    "in a register of 64 bits");
		if (litmus_lex_is(a, ",") && take_index(a, o, err) != 0)
			return -1;
	}
	return litmus_lex_is(a, close) ? 0 : litmus_asm_refuse(a, err,
	    "\"%s\" is wanted before \"%s\"", close, a->at);
}

static int
take_operand(struct litmus_asm *a, struct operand *o, struct error *err)
{
	memset(o, 0, sizeof *o);
	if (litmus_lex_is(a, "$")) {
		o->kind = OPERAND_IMM;
		return litmus_lex_number(a, &o->imm) == 0 ? 0 :
		    litmus_asm_refuse(a, err, "a number is wanted after $");
	}
	if (litmus_lex_number(a, &o->imm) == 0)
		o->kind = OPERAND_IMM;
	if (litmus_lex_is(a, "("))
		return take_memory(a, o, ")", err);
	if (litmus_lex_is(a, "["))
		return take_memory(a, o, "]", err);
	if (o->kind == OPERAND_IMM)
		return 0;
	o->kind = OPERAND_REG;
	return take_register(a, &o->reg, &o->size, err);
}

/* --- reading and writing operands --- */

/* A register with what the operand holds; LITMUS_NONE: imm. */
static unsigned
operand_read(struct litmus_asm *a, const struct operand *o, unsigned size,
    unsigned flags)
{
	unsigned temp;

	if (o->kind == OPERAND_IMM)
		return LITMUS_NONE;
	if (o->kind == OPERAND_REG)
		return o->reg;
	temp = litmus_temp(a);
	litmus_emit(a, LITMUS_LOAD, size, temp, o->reg, LITMUS_NONE,
	    o->imm)->flags = (uint8_t)flags;
	return temp;
}

static void
operand_write(struct litmus_asm *a, const struct operand *o, unsigned size,
    unsigned src, uint64_t imm, unsigned flags)
{
	unsigned temp = src;

	if (o->kind == OPERAND_REG && size >= 4) {
		litmus_emit_alu(a, FN_MOV, size, o->reg, LITMUS_ZERO, src,
		    imm);
		return;
	}
	if (src == LITMUS_NONE) {
		temp = litmus_temp(a);
		litmus_emit_alu(a, FN_MOV, size, temp, LITMUS_ZERO,
		    LITMUS_NONE, imm);
	}
	if (o->kind == OPERAND_REG)
		litmus_emit_alu(a, FN_MERGE, 8, o->reg, o->reg, temp, size);
	else
		litmus_emit(a, LITMUS_STORE, size, LITMUS_ZERO, o->reg, temp,
		    o->imm)->flags = (uint8_t)flags;
}

/* --- instructions --- */

#define LOCK	(LITMUS_LOCKED | LITMUS_ATOMIC)

struct row {
	const char *name;
	int (*take)(struct litmus_asm *a, const struct row *row, unsigned size,
	    unsigned lock, struct error *err);
	unsigned what, more;
	int has_size;			/* B, W, L or Q may follow */
	int may_lock;
};

/* The size of an instruction: its letter's, else its register's. */
static int
size_of(struct litmus_asm *a, unsigned *size, const struct operand *x,
    const struct operand *y, struct error *err)
{
	if (*size == 0 && y != NULL && y->kind == OPERAND_REG)
		*size = y->size;
	if (*size == 0 && x->kind == OPERAND_REG)
		*size = x->size;
	if (*size == 0)
		return litmus_asm_refuse(a, err, "its size is not told; write "
		    "it as a letter (b, w, l, q)");
	if (x->kind == OPERAND_MEM && y != NULL && y->kind == OPERAND_MEM)
		return litmus_asm_refuse(a, err, "both operands are memory");
	if ((x->kind == OPERAND_REG && x->size != *size) || (y != NULL &&
	    y->kind == OPERAND_REG && y->size != *size))
		return litmus_asm_refuse(a, err, "a register has another size "
		    "than the instruction");
	return 0;
}

static int
take_two(struct litmus_asm *a, unsigned *size, struct operand *src,
    struct operand *dst, struct error *err)
{
	if (take_operand(a, src, err) != 0)
		return -1;
	if (!litmus_lex_is(a, ","))
		return litmus_asm_refuse(a, err, "a comma is wanted before "
		    "\"%s\"", a->at);
	if (take_operand(a, dst, err) != 0)
		return -1;
	return size_of(a, size, src, dst, err);
}

static int
not_a_target(struct litmus_asm *a, struct error *err)
{
	return litmus_asm_refuse(a, err, "a number cannot be written; the "
	    "source stands first");
}

static int
take_mov(struct litmus_asm *a, const struct row *row, unsigned size,
    unsigned lock, struct error *err)
{
	struct operand src, dst;

	(void)row;
	(void)lock;
	if (take_two(a, &size, &src, &dst, err) != 0)
		return -1;
	if (dst.kind == OPERAND_IMM)
		return not_a_target(a, err);
	operand_write(a, &dst, size, operand_read(a, &src, size, 0), src.imm,
	    0);
	return 0;
}

/* OP src, dst: dst = dst OP src; more: the flags' function. */
static int
take_alu(struct litmus_asm *a, const struct row *row, unsigned size,
    unsigned lock, struct error *err)
{
	struct operand src, dst;
	unsigned old, by, new = litmus_temp(a);

	if (take_two(a, &size, &src, &dst, err) != 0)
		return -1;
	if (dst.kind == OPERAND_IMM)
		return not_a_target(a, err);
	by = operand_read(a, &src, size, 0);
	old = operand_read(a, &dst, size, lock);
	litmus_emit_alu(a, (enum litmus_fn)row->what, size, new, old, by,
	    src.imm);
	litmus_emit_alu(a, (enum litmus_fn)row->more, size, LITMUS_FLAGS,
	    row->more == FN_FLAGS_AND ? new : old,
	    row->more == FN_FLAGS_AND ? new : by, src.imm);
	operand_write(a, &dst, size, new, 0, lock);
	return 0;
}

/* CMP, TEST: the flags alone. */
static int
take_compare(struct litmus_asm *a, const struct row *row, unsigned size,
    unsigned lock, struct error *err)
{
	struct operand src, dst;
	unsigned by;

	(void)lock;
	if (take_two(a, &size, &src, &dst, err) != 0)
		return -1;
	by = operand_read(a, &src, size, 0);
	if (dst.kind == OPERAND_IMM)
		return not_a_target(a, err);
	litmus_emit_alu(a, (enum litmus_fn)row->what, size, LITMUS_FLAGS,
	    operand_read(a, &dst, size, 0), by, src.imm);
	return 0;
}

/* INC, DEC. */
static int
take_one(struct litmus_asm *a, const struct row *row, unsigned size,
    unsigned lock, struct error *err)
{
	struct operand o;
	unsigned old, new = litmus_temp(a);

	if (take_operand(a, &o, err) != 0 || size_of(a, &size, &o, NULL, err)
	    != 0)
		return -1;
	if (o.kind == OPERAND_IMM)
		return not_a_target(a, err);
	old = operand_read(a, &o, size, lock);
	litmus_emit_alu(a, (enum litmus_fn)row->what, size, new, old,
	    LITMUS_NONE, 1);
	litmus_emit_alu(a, (enum litmus_fn)row->more, size, LITMUS_FLAGS, old,
	    LITMUS_NONE, 1);
	operand_write(a, &o, size, new, 0, lock);
	return 0;
}

/* Memory is locked by XCHG itself; either operand may be the memory. */
static int
take_xchg(struct litmus_asm *a, const struct row *row, unsigned size,
    unsigned lock, struct error *err)
{
	struct operand x, y, swap;
	unsigned old, new;

	(void)row;
	if (take_two(a, &size, &x, &y, err) != 0)
		return -1;
	if (x.kind == OPERAND_IMM || y.kind == OPERAND_IMM)
		return not_a_target(a, err);
	if (x.kind == OPERAND_MEM) {
		swap = x;
		x = y;
		y = swap;
	}
	lock = y.kind == OPERAND_MEM ? LOCK : 0;
	new = litmus_temp(a);
	old = litmus_temp(a);
	litmus_emit_alu(a, FN_MOV, size, new, LITMUS_ZERO, x.reg, 0);
	litmus_emit_alu(a, FN_MOV, size, old, LITMUS_ZERO, operand_read(a, &y,
	    size, lock), 0);
	operand_write(a, &y, size, new, 0, lock);
	operand_write(a, &x, size, old, 0, 0);
	return 0;
}

static int
take_xadd(struct litmus_asm *a, const struct row *row, unsigned size,
    unsigned lock, struct error *err)
{
	struct operand src, dst;
	unsigned old, new = litmus_temp(a);

	(void)row;
	if (take_two(a, &size, &src, &dst, err) != 0)
		return -1;
	if (src.kind != OPERAND_REG || dst.kind == OPERAND_IMM)
		return litmus_asm_refuse(a, err, "its source has to be a "
		    "register");
	old = operand_read(a, &dst, size, lock);
	litmus_emit_alu(a, FN_ADD, size, new, old, src.reg, 0);
	litmus_emit_alu(a, FN_FLAGS_ADD, size, LITMUS_FLAGS, old, src.reg, 0);
	operand_write(a, &dst, size, new, 0, lock);
	operand_write(a, &src, size, old, 0, 0);
	return 0;
}

/*
 * CMPXCHG reg, memory: memory that is %rax becomes reg, else %rax becomes
 * memory, and nothing is stored.
 */
static int
take_cmpxchg(struct litmus_asm *a, const struct row *row, unsigned size,
    unsigned lock, struct error *err)
{
	struct operand x, y, ax = { .kind = OPERAND_REG, .reg = AX };
	unsigned old, test = litmus_temp(a), choice, jump;

	(void)row;
	if (take_two(a, &size, &x, &y, err) != 0)
		return -1;
	if (x.kind == OPERAND_MEM) {
		struct operand swap = x;

		x = y;
		y = swap;
	}
	if (x.kind != OPERAND_REG || y.kind != OPERAND_MEM)
		return litmus_asm_refuse(a, err, "a register and memory are "
		    "wanted");
	choice = a->code->n;
	litmus_emit(a, LITMUS_CHOICE, 8, LITMUS_ZERO, LITMUS_ZERO, LITMUS_NONE,
	    0);
	old = operand_read(a, &y, size, lock);
	litmus_emit_alu(a, FN_FLAGS_SUB, size, LITMUS_FLAGS, AX, old, 0);
	litmus_emit_alu(a, FN_EQ, size, test, AX, old, 0);
	litmus_emit(a, LITMUS_ASSERT, 8, LITMUS_ZERO, test, LITMUS_NONE, 0);
	operand_write(a, &y, size, x.reg, 0, lock);
	jump = a->code->n;
	litmus_emit(a, LITMUS_JUMP, 8, LITMUS_ZERO, LITMUS_ZERO, LITMUS_NONE,
	    0);
	a->code->list[choice].target = a->code->n;
	old = operand_read(a, &y, size, lock);
	litmus_emit_alu(a, FN_FLAGS_SUB, size, LITMUS_FLAGS, AX, old, 0);
	litmus_emit_alu(a, FN_NE, size, test, AX, old, 0);
	litmus_emit(a, LITMUS_ASSERT, 8, LITMUS_ZERO, test, LITMUS_NONE, 0);
	operand_write(a, &ax, size, old, 0, 0);
	a->code->list[jump].target = a->code->n;
	return 0;
}

static int
take_fence(struct litmus_asm *a, const struct row *row, unsigned size,
    unsigned lock, struct error *err)
{
	(void)size;
	(void)lock;
	(void)err;
	if (row->what != 0)
		litmus_emit(a, LITMUS_FENCE, 8, LITMUS_ZERO, LITMUS_ZERO,
		    LITMUS_NONE, row->what);
	return 0;
}

static int
take_ret(struct litmus_asm *a, const struct row *row, unsigned size,
    unsigned lock, struct error *err)
{
	(void)row;
	(void)size;
	(void)lock;
	(void)err;
	litmus_emit(a, LITMUS_JUMP, 8, LITMUS_ZERO, LITMUS_ZERO, LITMUS_NONE,
	    0)->target = LITMUS_CODE_MAX;
	return 0;
}

/* what: JUMP or BRANCH; more: the condition. */
static int
take_jump(struct litmus_asm *a, const struct row *row, unsigned size,
    unsigned lock, struct error *err)
{
	char label[LITMUS_NAME_MAX];
	unsigned test = LITMUS_ZERO;

	(void)size;
	(void)lock;
	litmus_lex_label(a, label, sizeof label);
	if (row->what == LITMUS_BRANCH) {
		test = litmus_temp(a);
		litmus_emit_alu(a, FN_IS, 8, test, LITMUS_FLAGS, LITMUS_NONE,
		    row->more);
	}
	return litmus_emit_to(a, (enum litmus_op)row->what, test, label, err);
}

#define FULL	(ORDER_RR | ORDER_RW | ORDER_WR | ORDER_WW)

static const struct row rows[] = {
	{ "MOV", take_mov, 0, 0, 1, 0 },
	{ "ADD", take_alu, FN_ADD, FN_FLAGS_ADD, 1, 1 },
	{ "SUB", take_alu, FN_SUB, FN_FLAGS_SUB, 1, 1 },
	{ "AND", take_alu, FN_AND, FN_FLAGS_AND, 1, 1 },
	{ "OR", take_alu, FN_OR, FN_FLAGS_AND, 1, 1 },
	{ "XOR", take_alu, FN_XOR, FN_FLAGS_AND, 1, 1 },
	{ "CMP", take_compare, FN_FLAGS_SUB, 0, 1, 0 },
	{ "TEST", take_compare, FN_FLAGS_AND, 0, 1, 0 },
	{ "INC", take_one, FN_ADD, FN_FLAGS_ADD, 1, 1 },
	{ "DEC", take_one, FN_SUB, FN_FLAGS_SUB, 1, 1 },
	{ "XCHG", take_xchg, 0, 0, 1, 1 },
	{ "XADD", take_xadd, 0, 0, 1, 1 },
	{ "CMPXCHG", take_cmpxchg, 0, 0, 1, 1 },
	{ "MFENCE", take_fence, FULL, 0, 0, 0 },
	/* TSO keeps what these order in any case. */
	{ "LFENCE", take_fence, 0, 0, 0, 0 },
	{ "SFENCE", take_fence, 0, 0, 0, 0 },
	{ "NOP", take_fence, 0, 0, 0, 0 }, { "ENDBR64", take_fence, 0, 0, 0, 0 },
	{ "RET", take_ret, 0, 0, 0, 0 },
	{ "JMP", take_jump, LITMUS_JUMP, 0, 0, 0 },
	{ "JE", take_jump, LITMUS_BRANCH, COND_EQ, 0, 0 },
	{ "JZ", take_jump, LITMUS_BRANCH, COND_EQ, 0, 0 },
	{ "JNE", take_jump, LITMUS_BRANCH, COND_NE, 0, 0 },
	{ "JNZ", take_jump, LITMUS_BRANCH, COND_NE, 0, 0 },
	{ "JS", take_jump, LITMUS_BRANCH, COND_MI, 0, 0 },
	{ "JNS", take_jump, LITMUS_BRANCH, COND_PL, 0, 0 },
	{ "JGE", take_jump, LITMUS_BRANCH, COND_GE, 0, 0 },
	{ "JL", take_jump, LITMUS_BRANCH, COND_LT, 0, 0 },
	{ "JLT", take_jump, LITMUS_BRANCH, COND_LT, 0, 0 },
	{ "JG", take_jump, LITMUS_BRANCH, COND_GT, 0, 0 },
	{ "JGT", take_jump, LITMUS_BRANCH, COND_GT, 0, 0 },
	{ "JLE", take_jump, LITMUS_BRANCH, COND_LE, 0, 0 },
};

static const struct row *
row_find(const char *word, unsigned *size)
{
	static const char letters[] = "BWLQ";

	*size = 0;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t n = strlen(rows[i].name);
		const char *letter;

		if (strcmp(word, rows[i].name) == 0)
			return &rows[i];
		if (!rows[i].has_size || strncmp(word, rows[i].name, n) != 0 ||
		    word[n] == '\0' || word[n + 1] != '\0' ||
		    (letter = strchr(letters, word[n])) == NULL)
			continue;
		*size = 1u << (letter - letters);
		return &rows[i];
	}
	return NULL;
}

static int
assemble(struct litmus_asm *a, struct error *err)
{
	char word[LITMUS_NAME_MAX];
	const struct row *row;
	unsigned size, first = a->code->n, locks = 0;
	int is_locked = litmus_lex_is(a, "LOCK");

	litmus_lex(a, word, sizeof word);
	row = row_find(word, &size);
	if (row == NULL)
		return litmus_asm_refuse(a, err, "%s is no instruction of "
		    "X86_64 that is known", word);
	if (is_locked && !row->may_lock)
		return litmus_asm_refuse(a, err, "%s takes no lock prefix",
		    word);
	if (row->take(a, row, size, is_locked ? LOCK : 0, err) != 0)
		return -1;
	if (!litmus_lex_ended(a))
		return litmus_asm_refuse(a, err, "\"%s\" is left over", a->at);
	for (unsigned i = first; i < a->code->n; i++)
		locks += (a->code->list[i].flags & LITMUS_LOCKED) != 0;
	if (is_locked && locks == 0)
		return litmus_asm_refuse(a, err, "it writes no memory, so it "
		    "takes no lock prefix");
	return 0;
}

const struct litmus_arch litmus_x86_64 = { "X86_64", ORDER_TSO, 1, reg_find,
    reg_name, assemble };
