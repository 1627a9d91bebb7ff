/*
 * litmus_way.c: every way of a thread through its code.
 *
 * Each branch is guessed both ways, unless what it depends on is the same in
 * every run; each choice is taken both ways.  On the way registers are renamed:
 * an instruction knows which one made its sources, and which loads these depend
 * on.  A loop that is guessed to go round more than LITMUS_UNROLL times is cut
 * there, as herd does.
 */
#include "litmus_var.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

struct walk {
	const struct litmus *t;
	const struct litmus_code *code;
	struct litmus_ways *ways;
	struct error *err;
};

/* Loads that a value depends on; and with what instructions decided. */
struct taint {
	uint32_t data, pick;
};

struct walker {
	struct litmus_inst list[LITMUS_INSTS_MAX];
	unsigned n, accesses, pc;
	int16_t from[LITMUS_REGISTERS];
	uint64_t value[LITMUS_REGISTERS];
	struct taint regs[LITMUS_REGISTERS], ctrl, before_addr;
	unsigned instruction;
	uint32_t own;			/* what it decided on */
	int16_t exclusive, atomic;	/* the last such loads, or -1 */
	uint8_t rounds[LITMUS_CODE_MAX];
	int cut;
};

static void
way_add(struct walk *w, const struct walker *k)
{
	struct litmus_way *way;

	w->ways->list = check_realloc(w->ways->list, (w->ways->n + 1) *
	    sizeof w->ways->list[0]);
	way = &w->ways->list[w->ways->n++];
	way->n = k->n;
	way->accesses = k->accesses;
	way->cut = k->cut;
	way->list = check_malloc((k->n + 1) * sizeof way->list[0]);
	memcpy(way->list, k->list, k->n * sizeof way->list[0]);
	memcpy(way->from, k->from, sizeof way->from);
	memcpy(way->value, k->value, sizeof way->value);
}

/* Who makes a register, and its value if that is always the same. */
static int16_t
source(const struct walker *k, unsigned reg, uint64_t imm, uint64_t *value,
    int *known)
{
	int16_t from;

	*known = 1;
	*value = reg == LITMUS_NONE ? imm : 0;
	if (reg == LITMUS_NONE || reg == LITMUS_ZERO)
		return -1;
	from = k->from[reg];
	*value = from < 0 ? k->value[reg] : k->list[from].value;
	*known = from < 0 || k->list[from].known;
	return from;
}

static struct taint
taint_of(const struct walker *k, unsigned reg)
{
	struct taint none = { 0, 0 };

	return reg < LITMUS_REGISTERS && reg != LITMUS_ZERO ? k->regs[reg] :
	    none;
}

/* Values that do not depend on their sources, though registers say so. */
static void
fold(struct litmus_inst *in)
{
	const struct litmus_uop *u = in->u;

	if (in->known || u->op != LITMUS_ALU)
		return;
	if (u->a == u->b && u->a != LITMUS_NONE &&
	    (u->fn == FN_XOR || u->fn == FN_SUB || u->fn == FN_BIC))
		in->known = 1;
	if (u->fn == FN_AND && u->b == LITMUS_NONE && u->imm == 0)
		in->known = 1;
	in->value = 0;
}

static void
write_reg(struct walker *k, unsigned reg, int16_t inst, struct taint taint)
{
	if (reg == LITMUS_ZERO)
		return;
	k->from[reg] = inst;
	k->regs[reg] = taint;
	k->regs[reg].pick |= k->own | taint.data;
}

/* An access: -1 if the way ends here, since it can be no pair. */
static int
walk_access(struct walker *k, struct litmus_inst *in, int16_t self)
{
	const struct litmus_uop *u = in->u;
	struct taint address = taint_of(k, u->a), data = taint_of(k, u->b);

	in->access = (int16_t)k->accesses++;
	in->addr = address.data;
	in->pick_addr = address.pick;
	k->before_addr.data |= address.data;
	k->before_addr.pick |= address.pick;
	if (u->op == LITMUS_LOAD) {
		struct taint taint = { 1u << in->access, 1u << in->access };

		if ((u->flags & LITMUS_EXCLUSIVE) != 0)
			k->exclusive = self;
		if ((u->flags & LITMUS_ATOMIC) != 0)
			k->atomic = self;
		write_reg(k, u->dst, self, taint);
		return 0;
	}
	in->data = data.data;
	in->pick_data = data.pick | k->own;
	in->pair = (u->flags & LITMUS_EXCLUSIVE) != 0 ? k->exclusive :
	    (u->flags & LITMUS_ATOMIC) != 0 ? k->atomic : -1;
	if ((u->flags & LITMUS_EXCLUSIVE) == 0)
		return 0;
	k->exclusive = -1;
	return in->pair < 0 || k->list[in->pair].u->size != u->size ? -1 : 0;
}

static int walk_on(struct walk *w, struct walker *k);

static int
walk_fork(struct walk *w, const struct walker *k, unsigned pc, int guess,
    int is_loop)
{
	struct walker *other = check_malloc(sizeof *other);
	int ret = 0;

	*other = *k;
	other->list[other->n - 1].guess = guess;
	if (is_loop && ++other->rounds[pc] > LITMUS_UNROLL) {
		other->cut = 1;
		way_add(w, other);
	} else {
		other->pc = pc;
		ret = walk_on(w, other);
	}
	check_free(other);
	return ret;
}

/* Both ways of a branch or a choice; a branch that is known goes one way. */
static int
walk_branch(struct walk *w, struct walker *k, const struct litmus_inst *in)
{
	unsigned next = k->pc + 1, target = in->u->target;
	struct taint taint = taint_of(k, in->u->a);

	if (in->u->op == LITMUS_BRANCH) {
		k->ctrl.data |= taint.data;
		k->ctrl.pick |= taint.pick;
		if (in->known)
			return walk_fork(w, k, in->a != 0 ? target : next,
			    in->a != 0, 0);
	}
	if (walk_fork(w, k, next, 0, 0) != 0)
		return -1;
	return walk_fork(w, k, target, 1, target < next);
}

/* One more instruction; 1: the way goes on, 0: it does not, -1: an error. */
static int
walk_one(struct walk *w, struct walker *k)
{
	const struct litmus_uop *u = &w->code->list[k->pc];
	struct litmus_inst *in = &k->list[k->n];
	struct taint a = taint_of(k, u->a), b = taint_of(k, u->b);
	int known_a, known_b;

	if (k->n == LITMUS_INSTS_MAX || k->accesses == LITMUS_ACCESSES_MAX)
		return error_set(w->err, ERROR_LIMIT, "%s:%d: a way through "
		    "the code has more than %u micro-operations or %u accesses"
		    " of memory", w->t->file, u->line, LITMUS_INSTS_MAX,
		    LITMUS_ACCESSES_MAX);
	memset(in, 0, sizeof *in);
	if (u->instruction != k->instruction)
		k->own = 0;
	k->instruction = u->instruction;
	in->u = u;
	in->access = in->pair = -1;
	in->from_a = source(k, u->a, 0, &in->a, &known_a);
	in->from_b = source(k, u->b, u->imm, &in->b, &known_b);
	in->ctrl = k->ctrl.data;
	in->pick_ctrl = k->ctrl.pick;
	in->before_addr = k->before_addr.data | k->before_addr.pick;
	in->address_known = known_a;
	in->address = in->a + u->imm;
	in->known = known_a && (u->op != LITMUS_ALU || known_b);
	k->n++;
	switch (u->op) {
	case LITMUS_ALU:
		a.data |= b.data;
		a.pick |= b.pick;
		if (in->known)
			in->value = litmus_alu(u, in->a, in->b);
		fold(in);
		write_reg(k, u->dst, (int16_t)(k->n - 1), a);
		if (u->flags == LITMUS_EXCLUSIVE)
			k->exclusive = -1;
		break;
	case LITMUS_LOAD:
	case LITMUS_STORE:
		in->known = 0;
		if (walk_access(k, in, (int16_t)(k->n - 1)) != 0)
			return 0;
		break;
	case LITMUS_ASSERT:
		k->own |= a.pick;
		if (in->known && in->a == 0)
			return 0;
		break;
	case LITMUS_BRANCH:
	case LITMUS_CHOICE:
		return walk_branch(w, k, in) != 0 ? -1 : 0;
	}
	if (u->op != LITMUS_JUMP) {
		k->pc++;
		return 1;
	}
	if (u->target <= k->pc && ++k->rounds[u->target] > LITMUS_UNROLL) {
		k->cut = 1;
		way_add(w, k);
		return 0;
	}
	k->pc = u->target;
	return 1;
}

static int
walk_on(struct walk *w, struct walker *k)
{
	int ret = 1;

	while (ret > 0 && k->pc < w->code->n)
		ret = walk_one(w, k);
	if (ret < 0)
		return -1;
	if (ret == 0)
		return 0;
	if (w->ways->n == LITMUS_WAYS_MAX)
		return error_set(w->err, ERROR_LIMIT, "%s: a thread has more "
		    "than %u ways through its code", w->t->file,
		    LITMUS_WAYS_MAX);
	way_add(w, k);
	return 0;
}

int
litmus_ways_of(const struct litmus *t, unsigned thread,
    struct litmus_ways *ways, struct error *err)
{
	struct walk w = { t, &t->code[thread], ways, err };
	struct walker *k = check_calloc(1, sizeof *k);
	int ret;

	memset(ways, 0, sizeof *ways);
	for (unsigned i = 0; i < LITMUS_REGISTERS; i++)
		k->from[i] = -1;
	for (unsigned i = 0; i < t->ninits; i++)
		if (t->inits[i].thread == thread)
			k->value[t->inits[i].reg] = t->inits[i].value;
	k->exclusive = k->atomic = -1;
	ret = walk_on(&w, k);
	check_free(k);
	return ret;
}

void
litmus_ways_free(struct litmus_ways *ways)
{
	for (size_t i = 0; i < ways->n; i++)
		check_free(ways->list[i].list);
	check_free(ways->list);
	memset(ways, 0, sizeof *ways);
}
