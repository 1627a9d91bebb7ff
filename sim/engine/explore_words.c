/* explore_words.c: kinds of choices and ways as words, and back. */
#include "check.h"
#include "explore.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *text;
} gaps[EXPLORE_GAPS] = {
	[GAP_INTERRUPTS] = { "interrupts", "interrupts come at once" },
	[GAP_PAUSES] = { "pauses", "chains that wait are served at once" },
	[GAP_TIMERS] = { "timers", "timeouts come when everybody waits "
	    "(--also timers)" },
	[GAP_SECOND_CPU] = { "second-cpu", "one CPU of several (--also cpus "
	    "has more)" },
	[GAP_CPUS] = { "cpus", "more at once than four CPUs can do" },
	[GAP_BETWEEN] = { "interrupt-race", "interrupts between the accesses "
	    "that interrupt-race tells" },
	[GAP_OVERTAKEN] = { "order-load-late", "loads as late as "
	    "order-load-late tells" },
	[GAP_LINES] = { "lines", "fates of lines of the cache that nobody "
	    "was asked for" },
	[GAP_TIME] = { "time", "times to the millisecond" },
	[GAP_IMPORT] = { "import", "what the log held that the trace was "
	    "made of" },
};

const char *
explore_gap_name(enum explore_gap gap)
{
	return gaps[gap].name;
}

const char *
explore_gap_text(enum explore_gap gap)
{
	return gaps[gap].text;
}

/* In the order of EXPLORE_MORE. */
static const struct {
	const char *name;
	enum choice_kind kind;
} kinds_more[] = {
	{ "interrupts", CHOICE_ARRIVAL }, { "pauses", CHOICE_HOST_PAUSE },
	{ "timers", CHOICE_TIMER }, { "cpus", CHOICE_CPU },
};
#define KINDS_MORE	(sizeof kinds_more / sizeof kinds_more[0])

int
explore_kinds_read(const char *list, uint32_t *kinds, struct error *err)
{
	const char *p = list;

	while (p != NULL) {
		size_t len = strcspn(p, ","), i = 0;

		while (i < KINDS_MORE && (strlen(kinds_more[i].name) != len ||
		    memcmp(kinds_more[i].name, p, len) != 0))
			i++;
		if (i == KINDS_MORE)
			return error_set(err, ERROR_USAGE, "\"%.*s\" is "
			    "nothing that can be tried: " EXPLORE_MORE ", or "
			    "several with commas between", (int)(len < 40 ?
			    len : 40), p);
		*kinds |= 1u << kinds_more[i].kind;
		p = p[len] == ',' ? p + len + 1 : NULL;
	}
	return 0;
}

void
explore_kinds_text(uint32_t kinds, struct bytes *out)
{
	const char *comma = "";

	for (size_t i = 0; i < KINDS_MORE; i++)
		if ((kinds >> kinds_more[i].kind & 1) != 0) {
			bytes_printf(out, "%s%s", comma, kinds_more[i].name);
			comma = ",";
		}
}

uint32_t
explore_gaps_of(uint32_t kinds)
{
	uint32_t left = ~kinds;

	return (left >> CHOICE_ARRIVAL & 1) << GAP_INTERRUPTS |
	    (left >> CHOICE_HOST_PAUSE & 1) << GAP_PAUSES |
	    (left >> CHOICE_TIMER & 1) << GAP_TIMERS |
	    (left >> CHOICE_CPU & 1) << GAP_SECOND_CPU |
	    (kinds >> CHOICE_CPU & 1) << GAP_CPUS | 1u << GAP_LINES |
	    1u << GAP_TIME;
}

void
explore_way_text(const struct explore_way *way, struct bytes *out)
{
	const char *comma = "";

	for (size_t i = 0; i < way->nchoices; i++)
		if (way->choices[i] != 0) {
			bytes_printf(out, "%s%zu=%u", comma, i,
			    way->choices[i]);
			comma = ",";
		}
}

/* One "NUMBER=ALTERNATIVE" behind what the way has, and *text behind it. */
static int
way_read_one(const char **text, struct explore_way *way)
{
	unsigned long long at, pick;
	char *end;

	if (**text < '0' || **text > '9')
		return -1;
	at = strtoull(*text, &end, 10);
	if (*end != '=' || end[1] < '0' || end[1] > '9' ||
	    at >= EXPLORE_CHOICES_MAX || at < way->nchoices)
		return -1;
	pick = strtoull(end + 1, &end, 10);
	if (pick == 0 || pick > 254)
		return -1;
	way->choices = check_realloc(way->choices, at + 1);
	memset(way->choices + way->nchoices, 0, at - way->nchoices);
	way->choices[at] = (uint8_t)pick;
	way->nchoices = (size_t)at + 1;
	way->taken++;
	*text = end;
	return 0;
}

int
explore_way_read(const char *text, struct explore_way *way, struct error *err)
{
	const char *at = text;
	int ret;

	memset(way, 0, sizeof *way);
	do {
		ret = way_read_one(&at, way);
	} while (ret == 0 && *at++ == ',');
	if (ret == 0 && at[-1] == '\0')
		return 0;
	check_free(way->choices);
	memset(way, 0, sizeof *way);
	return error_set(err, ERROR_USAGE, "\"%.40s\" is no list of choices: "
	    "NUMBER=ALTERNATIVE, ascending, with commas between, as prove "
	    "prints it", text);
}
