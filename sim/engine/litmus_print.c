/*
 * litmus_print.c: final states: what satisfies the condition, how many
 * executions end in each, and all of it as herd prints it.
 */
#include "litmus_var.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* --- values --- */

/* A value as its place's type has it; an address is one in any type. */
static int64_t
value_as(const struct litmus *t, const struct litmus_place *p, uint64_t value)
{
	uint64_t sign;

	if (litmus_located(t, value, 1) >= 0)
		return (int64_t)value;
	value = litmus_truncate(value, p->size);
	/* A register without a type was perhaps written as one of 32 bits. */
	if (p->size == 8 || p->is_unsigned)
		return p->thread >= 0 && !p->has_type && value >> 32 == 0 ?
		    (int32_t)value : (int64_t)value;
	sign = UINT64_C(1) << (8 * p->size - 1);
	return (int64_t)((value ^ sign) - sign);
}

/* The location whose address this is, -1: none. */
static int
address_of(const struct litmus *t, uint64_t value)
{
	int n = litmus_located(t, value, 1);

	return n >= 0 && litmus_address((unsigned)n) == value ? n : -1;
}

static void
value_print(const struct litmus *t, const struct litmus_place *p,
    uint64_t value, struct bytes *out)
{
	int n = address_of(t, value);

	if (n >= 0)
		bytes_printf(out, "%s", t->locations[n].name);
	else if (p->is_unsigned)
		bytes_printf(out, "%" PRIu64, (uint64_t)value_as(t, p, value));
	else
		bytes_printf(out, "%" PRId64, value_as(t, p, value));
}

/* --- the proposition --- */

static int
node_holds(const struct litmus *t, unsigned node, const uint64_t *values)
{
	const struct litmus_node *n = &t->nodes[node];
	int left = 0;

	if (n->kind == NODE_IS || n->kind == NODE_IS_NOT) {
		const struct litmus_place *p = &t->places[n->left];

		return (value_as(t, p, values[n->left]) == value_as(t, p,
		    n->value)) == (n->kind == NODE_IS);
	}
	if (n->kind != NODE_TRUE && n->kind != NODE_FALSE)
		left = node_holds(t, n->left, values);
	switch (n->kind) {
	case NODE_NOT:
		return !left;
	case NODE_AND:
		return left && node_holds(t, n->right, values);
	case NODE_OR:
		return left || node_holds(t, n->right, values);
	case NODE_IMPLIES:
		return !left || node_holds(t, n->right, values);
	default:
		return n->kind == NODE_TRUE;
	}
}

int
litmus_holds(const struct litmus *t, const uint64_t *values)
{
	return node_holds(t, t->root, values);
}

/* --- places in herd's order: registers by thread, then locations by name --- */

static int
place_before(const struct litmus *t, unsigned x, unsigned y)
{
	const struct litmus_place *p = &t->places[x], *q = &t->places[y];

	if (p->thread < 0 && q->thread < 0)
		return strcmp(t->locations[p->index].name,
		    t->locations[q->index].name) < 0;
	if (p->thread != q->thread)
		return q->thread < 0 || (p->thread >= 0 && p->thread <
		    q->thread);
	return p->index < q->index;
}

static void
places_sort(const struct litmus *t, unsigned *order)
{
	for (unsigned i = 0; i < t->nplaces; i++) {
		unsigned k = i;

		for (; k > 0 && place_before(t, i, order[k - 1]); k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
}

static void
place_print(const struct litmus *t, const struct litmus_place *p,
    struct bytes *out)
{
	char name[16];

	if (p->thread < 0) {
		bytes_printf(out, "[%s]", t->locations[p->index].name);
		return;
	}
	t->arch->reg_name(p->index, name, sizeof name);
	bytes_printf(out, "%d:%s", p->thread, name);
}

/* --- states --- */

/* Numbers before addresses, addresses by the names of their locations. */
static int
value_compare(const struct litmus *t, const struct litmus_place *p,
    uint64_t x, uint64_t y)
{
	int at = address_of(t, x), other = address_of(t, y);
	int64_t a = value_as(t, p, x), b = value_as(t, p, y);

	if (at >= 0 && other >= 0)
		return strcmp(t->locations[at].name, t->locations[other].name);
	if (at >= 0 || other >= 0)
		return at >= 0 ? 1 : -1;
	if (t->arch->sorts_unsigned)
		return (uint64_t)a < (uint64_t)b ? -1 : (uint64_t)a !=
		    (uint64_t)b;
	return a < b ? -1 : a != b;
}

static int
state_compare(const struct litmus *t, const unsigned *order,
    const uint64_t *x, const uint64_t *y)
{
	for (unsigned i = 0; i < t->nplaces; i++) {
		int c = value_compare(t, &t->places[order[i]], x[order[i]],
		    y[order[i]]);

		if (c != 0)
			return c;
	}
	return 0;
}

void
litmus_result_add(const struct litmus *t, struct litmus_result *r,
    const uint64_t *values)
{
	unsigned order[LITMUS_PLACES_MAX];
	struct litmus_state *s;
	size_t at = 0;
	int c = 1;

	places_sort(t, order);
	while (at < r->n && (c = state_compare(t, order, r->list[at].values,
	    values)) < 0)
		at++;
	if (at == r->n || c != 0) {
		r->list = check_realloc(r->list, (r->n + 1) *
		    sizeof r->list[0]);
		memmove(&r->list[at + 1], &r->list[at], (r->n - at) *
		    sizeof r->list[0]);
		r->n++;
		s = &r->list[at];
		s->values = check_calloc(t->nplaces + 1, sizeof s->values[0]);
		memcpy(s->values, values, t->nplaces * sizeof values[0]);
		s->satisfies = litmus_holds(t, values);
		s->executions = 0;
	}
	s = &r->list[at];
	s->executions++;
	if (s->satisfies)
		r->positive++;
	else
		r->negative++;
}

void
litmus_result_free(struct litmus_result *r)
{
	for (size_t i = 0; i < r->n; i++)
		check_free(r->list[i].values);
	check_free(r->list);
	memset(r, 0, sizeof *r);
}

/* --- printing --- */

static int
binds(enum litmus_node_kind kind)
{
	return kind == NODE_IMPLIES ? 0 : kind == NODE_OR ? 1 :
	    kind == NODE_AND ? 2 : 3;
}

/* In parentheses if it binds less than where it stands. */
static void
node_print(const struct litmus *t, unsigned node, int within,
    struct bytes *out)
{
	const struct litmus_node *n = &t->nodes[node];
	int own = binds(n->kind), parens = own < within;

	if (parens)
		bytes_printf(out, "(");
	switch (n->kind) {
	case NODE_TRUE:
	case NODE_FALSE:
		bytes_printf(out, n->kind == NODE_TRUE ? "true" : "false");
		break;
	case NODE_IS:
	case NODE_IS_NOT:
		bytes_printf(out, n->kind == NODE_IS ? "" : "not (");
		place_print(t, &t->places[n->left], out);
		bytes_printf(out, "=");
		value_print(t, &t->places[n->left], n->value, out);
		bytes_printf(out, n->kind == NODE_IS ? "" : ")");
		break;
	case NODE_NOT:
		bytes_printf(out, "not (");
		node_print(t, n->left, 0, out);
		bytes_printf(out, ")");
		break;
	case NODE_AND:
	case NODE_OR:
	case NODE_IMPLIES:
		node_print(t, n->left, n->kind == NODE_IMPLIES ? 1 : own, out);
		bytes_printf(out, n->kind == NODE_AND ? " /\\ " :
		    n->kind == NODE_OR ? " \\/ " : " => ");
		node_print(t, n->right, own, out);
		break;
	}
	if (parens)
		bytes_printf(out, ")");
}

static void
state_print(const struct litmus *t, const unsigned *order,
    const struct litmus_state *s, struct bytes *out)
{
	for (unsigned i = 0; i < t->nplaces; i++) {
		const struct litmus_place *p = &t->places[order[i]];

		if (i > 0)
			bytes_printf(out, " ");
		place_print(t, p, out);
		bytes_printf(out, "=");
		value_print(t, p, s->values[order[i]], out);
		bytes_printf(out, ";");
	}
	bytes_printf(out, "\n");
}

void
litmus_print(const struct litmus *t, const struct litmus_result *r,
    struct bytes *out)
{
	static const char *const kinds[] = { [LITMUS_EXISTS] = "Allowed",
	    [LITMUS_NOT_EXISTS] = "Forbidden", [LITMUS_FORALL] = "Required" };
	static const char *const words[] = { [LITMUS_EXISTS] = "exists",
	    [LITMUS_NOT_EXISTS] = "~exists", [LITMUS_FORALL] = "forall" };
	unsigned order[LITMUS_PLACES_MAX];
	uint64_t pos = r->positive, neg = r->negative;
	int is_not = t->quantifier == LITMUS_NOT_EXISTS;
	int ok = t->quantifier == LITMUS_EXISTS ? pos > 0 : is_not ? pos == 0 :
	    neg == 0;

	places_sort(t, order);
	bytes_printf(out, "Test %s %s\nStates %zu\n", t->name,
	    kinds[t->quantifier], r->n);
	for (size_t i = 0; i < r->n; i++)
		state_print(t, order, &r->list[i], out);
	bytes_printf(out, "%s%s\nWitnesses\nPositive: %" PRIu64
	    " Negative: %" PRIu64 "\nCondition %s (", r->loops ? "Loop " : "",
	    ok ? "Ok" : "No", is_not ? neg : pos, is_not ? pos : neg,
	    words[t->quantifier]);
	node_print(t, t->root, 0, out);
	bytes_printf(out, ")\nObservation %s %s %" PRIu64 " %" PRIu64 "\n",
	    t->name, pos == 0 ? "Never" : neg == 0 ? "Always" : "Sometimes",
	    pos, neg);
}

/* --- which model --- */

int
litmus_model_of(const struct litmus *t, const char *given,
    enum order_model *model, struct error *err)
{
	int n = given != NULL ? order_find(given) : (int)t->arch->model;

	if (n < 0)
		return error_set(err, ERROR_USAGE, "there is no model %s; sc, "
		    "tso, arm and rvwmo are known", given);
	if (n != ORDER_SC && n != (int)t->arch->model)
		return error_set(err, ERROR_INPUT, "%s: the model %s is not one"
		    " of %s; it is run with %s or sc", t->file, given,
		    t->arch->name, order_name(t->arch->model));
	*model = (enum order_model)n;
	return 0;
}
