/*
 * litmus_var.h: a litmus test inside: micro-operations, ways through the code.
 *
 *	text ──parse──► columns ──assemble──► micro-operations ──► ways
 *	                                                            │
 *	            litmus_run.c: every execution by the order engine, and
 *	            tests/litmus: every execution by the axioms, to compare
 *
 * An instruction becomes a few micro-operations, each with at most one access of
 * memory, one register written and two read.  What an architecture means is all
 * in these; nothing after the assembler knows one.  Dependencies need no rules of
 * their own: they follow the registers, temporary ones among them.
 *
 * A way is one path of a thread through its code, with every branch and every
 * choice of the architecture (a store exclusive may fail) already guessed; an
 * execution in which a guess proves wrong is none.
 */
#ifndef VIOTAPE_LITMUS_VAR_H
#define VIOTAPE_LITMUS_VAR_H

#include "litmus.h"

#define LITMUS_THREADS_MAX	8u
#define LITMUS_LOCATIONS_MAX	24u
#define LITMUS_PLACES_MAX	32u	/* that the condition looks at */
#define LITMUS_INITS_MAX	64u	/* registers with a value at first */
#define LITMUS_NODES_MAX	128u	/* of a condition */
#define LITMUS_CODE_MAX		256u	/* micro-operations of a thread */
#define LITMUS_INSTS_MAX	192u	/* of them on one way */
#define LITMUS_ACCESSES_MAX	24u	/* of memory, on one way */
#define LITMUS_STORES_MAX	63u	/* of all threads, on their ways */
#define LITMUS_WAYS_MAX		512u	/* of one thread */
#define LITMUS_UNROLL		2u	/* times that a loop goes round */
#define LITMUS_NAME_MAX		48u

/*
 * Registers of a thread.  The first 32 are the architecture's, in its own
 * numbers; then what both have, then the assembler's temporaries.
 */
enum {
	LITMUS_ZERO = 32,		/* reads 0, loses what is written */
	LITMUS_FLAGS,
	LITMUS_TEMP,			/* this one and those after it */
	LITMUS_REGISTERS = LITMUS_TEMP + 8,
	LITMUS_NONE = 255		/* no register: the immediate */
};

/* Flags are a value of these bits. */
#define LITMUS_FLAG_Z	1u
#define LITMUS_FLAG_N	2u
#define LITMUS_FLAG_C	4u		/* no borrow, of a subtraction */
#define LITMUS_FLAG_V	8u

enum litmus_op {
	LITMUS_ALU,			/* dst = fn(a, b) */
	LITMUS_LOAD,			/* dst = memory at a + imm */
	LITMUS_STORE,			/* memory at a + imm = b */
	LITMUS_FENCE,			/* imm: ORDER_* bits */
	LITMUS_ISB,
	LITMUS_BRANCH,			/* to target if a is not 0 */
	LITMUS_JUMP,			/* to target */
	LITMUS_CHOICE,			/* to target, or not, as it likes */
	LITMUS_ASSERT			/* an instruction's own condition: only
					   if a is not 0 */
};

enum litmus_fn {
	FN_MOV,				/* b */
	FN_ADD, FN_SUB, FN_AND, FN_BIC, FN_OR, FN_ORN, FN_XOR, FN_EON,
	FN_SHL, FN_SHR, FN_SAR,
	FN_SEXT,			/* b from imm bytes to size */
	FN_SMAX, FN_SMIN, FN_UMAX, FN_UMIN,
	FN_EQ, FN_NE,			/* 1 or 0 */
	FN_FLAGS_ADD, FN_FLAGS_SUB, FN_FLAGS_AND,
	FN_IS,				/* 1 if flags a satisfy condition imm */
	FN_MERGE			/* b in the low imm bytes, a above */
};

/* Conditions of FN_IS, in AArch64's numbers; an odd one negates. */
enum litmus_cond {
	COND_EQ, COND_NE, COND_CS, COND_CC, COND_MI, COND_PL, COND_VS, COND_VC,
	COND_HI, COND_LS, COND_GE, COND_LT, COND_GT, COND_LE
};

/* What is special about an access. */
#define LITMUS_ACQUIRE		0x01u
#define LITMUS_ACQUIRE_PC	0x02u	/* LDAPR */
#define LITMUS_RELEASE		0x04u
#define LITMUS_EXCLUSIVE	0x08u	/* LDXR, STXR: a pair of instructions */
#define LITMUS_ATOMIC		0x10u	/* both halves in one instruction */
#define LITMUS_NORET		0x20u	/* a load whose value is not kept */
#define LITMUS_LOCKED		0x40u	/* x86: a full barrier on both sides */

struct litmus_uop {
	uint8_t op, fn;
	uint8_t size;			/* bytes: of the access, or the result */
	uint8_t flags;
	uint8_t dst, a, b;
	uint64_t imm;
	unsigned target;
	unsigned instruction;		/* its number in the thread, from 1 */
	int line;
};

struct litmus_code {
	struct litmus_uop list[LITMUS_CODE_MAX];
	unsigned n;
};

struct litmus_location {
	char name[LITMUS_NAME_MAX];
	unsigned size;			/* bytes that are looked at */
	int is_unsigned;
	int is_declared;		/* size comes from a type */
	uint64_t value;			/* at first */
};

struct litmus_init {
	unsigned thread, reg;
	uint64_t value;
	int has_type;
	unsigned size;
	int is_unsigned;
};

/* A register or a location that a condition, or "locations", looks at. */
struct litmus_place {
	int thread;			/* -1: a location */
	unsigned index;			/* of register or location */
	unsigned size;
	int is_unsigned;
	int has_type;
};

enum litmus_node_kind { NODE_TRUE, NODE_FALSE, NODE_IS, NODE_IS_NOT, NODE_NOT,
    NODE_AND, NODE_OR, NODE_IMPLIES };

struct litmus_node {
	enum litmus_node_kind kind;
	unsigned left, right;		/* nodes; left of NODE_IS: a place */
	uint64_t value;
};

enum litmus_quantifier { LITMUS_EXISTS, LITMUS_NOT_EXISTS, LITMUS_FORALL };

struct litmus_arch;

struct litmus {
	char file[256];
	char name[128];
	const struct litmus_arch *arch;
	unsigned nthreads;
	struct litmus_code code[LITMUS_THREADS_MAX];
	struct litmus_location locations[LITMUS_LOCATIONS_MAX];
	unsigned nlocations;
	struct litmus_init inits[LITMUS_INITS_MAX];
	unsigned ninits;
	struct litmus_place places[LITMUS_PLACES_MAX];
	unsigned nplaces;
	enum litmus_quantifier quantifier;
	struct litmus_node nodes[LITMUS_NODES_MAX];
	unsigned nnodes, root;
};

/* --- addresses --- */

/* A location has this many bytes, so that wide accesses stay inside. */
#define LITMUS_LOCATION_BYTES	16u
#define LITMUS_ADDRESS		0x40000000u
#define LITMUS_ADDRESS_STEP	0x100u

uint64_t litmus_address(unsigned location);
/* The location of all these bytes, -1 if there is none. */
int litmus_located(const struct litmus *t, uint64_t address, unsigned size);
/* By name; made if there is none.  -1 at the limit. */
int litmus_location(struct litmus *t, const char *name);

/* --- the assembler --- */

/* One instruction being taken apart; see litmus_lex(). */
struct litmus_asm {
	struct litmus *t;
	struct litmus_code *code;
	int line;
	const char *text;		/* whole, for messages */
	const char *at;			/* what is left of it */
	unsigned temps;
	unsigned instruction;
	/* Branches whose target is not known yet. */
	struct {
		unsigned uop;
		char label[LITMUS_NAME_MAX];
	} *fixups;
	unsigned nfixups;
};
#define LITMUS_FIXUPS_MAX	64u

struct litmus_arch {
	const char *name;
	enum order_model model;
	int sorts_unsigned;		/* its states, as herd does */
	/* A register by its name in any case; -1.  *size is its width. */
	int (*reg)(const char *name, unsigned *size);
	void (*reg_name)(unsigned reg, char *out, size_t n);
	/* One instruction; -1 with ERROR_INPUT. */
	int (*assemble)(struct litmus_asm *a, struct error *err);
};

extern const struct litmus_arch litmus_aarch64, litmus_x86_64;

/* "FILE:LINE: sentence", ERROR_INPUT; returns -1. */
int litmus_refuse(const struct litmus *t, int line, struct error *err,
    const char *fmt, ...) ERROR_PRINTF(4, 5);
/* The instruction is not understood, and why. */
int litmus_asm_refuse(const struct litmus_asm *a, struct error *err,
    const char *fmt, ...) ERROR_PRINTF(3, 4);

/*
 * The next word of an instruction, in capitals: letters, digits, '_' and '.', or
 * one other character.  "" at the end.  A word of more than n - 1 is cut.
 */
void litmus_lex(struct litmus_asm *a, char *word, size_t n);
/* 1 and past it if the next word is this one. */
int litmus_lex_is(struct litmus_asm *a, const char *word);
/* A number, after a sign; -1: it is none. */
int litmus_lex_number(struct litmus_asm *a, uint64_t *value);
/* A label, in the letters it is written in. */
void litmus_lex_label(struct litmus_asm *a, char *label, size_t n);
int litmus_lex_ended(struct litmus_asm *a);

/* Adds one; its place is code->n - 1.  The limit is checked by the parser. */
struct litmus_uop *litmus_emit(struct litmus_asm *a, enum litmus_op op,
    unsigned size, unsigned dst, unsigned ra, unsigned rb, uint64_t imm);
void litmus_emit_alu(struct litmus_asm *a, enum litmus_fn fn, unsigned size,
    unsigned dst, unsigned ra, unsigned rb, uint64_t imm);
/* A branch, jump or choice to a label of the text. */
int litmus_emit_to(struct litmus_asm *a, enum litmus_op op, unsigned ra,
    const char *label, struct error *err);
unsigned litmus_temp(struct litmus_asm *a);

/* --- ways --- */

/* One micro-operation on a way. */
struct litmus_inst {
	const struct litmus_uop *u;
	int16_t from_a, from_b;		/* who makes a and b; -1: nobody, they */
	uint64_t a, b;			/* are these */
	int16_t pair;			/* a store's: the load it is atomic with */
	int16_t access;			/* its number among accesses, or -1 */
	int guess;			/* of a branch: whether it is taken */
	/*
	 * Loads, by their numbers, on whose values this one's address, data
	 * and execution depend; and those on which they depend only through
	 * what an instruction decided itself ("pick").
	 */
	uint32_t addr, data, ctrl, pick_addr, pick_data, pick_ctrl;
	/* Loads whose value decides the address of an access before it. */
	uint32_t before_addr;
	int known;			/* the value is the same in every run */
	uint64_t value;
	int address_known;
	uint64_t address;
};

struct litmus_way {
	struct litmus_inst *list;
	unsigned n, accesses;
	/* Who made each register at last, or what it was at first. */
	int16_t from[LITMUS_REGISTERS];
	uint64_t value[LITMUS_REGISTERS];
	int cut;			/* it went round a loop too often */
};

struct litmus_ways {
	struct litmus_way *list;
	size_t n;
};

/* Every way of a thread.  -1 with ERROR_LIMIT; to be freed in any case. */
int litmus_ways_of(const struct litmus *t, unsigned thread,
    struct litmus_ways *ways, struct error *err);
void litmus_ways_free(struct litmus_ways *ways);

/* fn(a, b) in size bytes. */
uint64_t litmus_alu(const struct litmus_uop *u, uint64_t a, uint64_t b);

/* --- what comes out --- */

uint64_t litmus_truncate(uint64_t value, unsigned size);
/* Whether the values of the places satisfy the proposition. */
int litmus_holds(const struct litmus *t, const uint64_t *values);
/* One more execution that ends in these values. */
void litmus_result_add(const struct litmus *t, struct litmus_result *r,
    const uint64_t *values);

#endif
