/* choice.c: the one door for chance. */
#include "choice.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

void
choice_init(struct choice *c)
{
	memset(c, 0, sizeof *c);
}

void
choice_free(struct choice *c)
{
	check_free(c->made);
	memset(c, 0, sizeof *c);
}

static unsigned
choice_answer(struct choice *c, enum choice_kind kind, unsigned n)
{
	if ((c->kinds & 1u << kind) == 0)
		return 0;
	switch (c->mode) {
	case CHOICE_RECORDED:
		if (c->nanswered < c->nrecorded)
			return c->recorded[c->nanswered++] % n;
		return 0;
	case CHOICE_ONE:
		return kind == c->one_kind && c->asked[kind] == c->one_at;
	case CHOICE_ASKED:
		return c->ask(c->ask_self, kind, n);
	case CHOICE_EVERY:
		return 1;
	case CHOICE_RANDOM:
		return (unsigned)prng_below(&c->prng, n);
	default:
		return 0;
	}
}

unsigned
choice_pick(struct choice *c, enum choice_kind kind, unsigned n)
{
	unsigned picked;

	CHECK(n >= 1 && n <= 255);
	if (n == 1)
		return 0;
	c->asked[kind]++;
	picked = choice_answer(c, kind, n);
	if (c->nmade == c->made_max) {
		c->made_max = c->made_max != 0 ? 2 * c->made_max : 256;
		c->made = check_realloc(c->made,
		    c->made_max * sizeof c->made[0]);
	}
	c->made[c->nmade].kind = (uint8_t)kind;
	c->made[c->nmade].n = (uint8_t)n;
	c->made[c->nmade].picked = (uint8_t)picked;
	c->nmade++;
	return picked;
}
