/* bisect_report.c: a search in a history, for people; see bisect.h. */
#include "bisect.h"
#include "report.h"

#include <string.h>

const char *
bisect_class_name(enum bisect_class c)
{
	static const char *const names[] = { [BISECT_UNTRIED] = "untried",
	    [BISECT_GOOD] = "good", [BISECT_BAD] = "bad",
	    [BISECT_SKIPPED] = "skipped" };

	return names[c];
}

void
bisect_head(const struct bisect *b, struct bytes *out)
{
	const struct options *o = b->o;

	report_clean(b->repo, out);
	bytes_printf(out, ": %zu commits change the drivers between %s %s and "
	    "%s %s; ", b->history.n - 1,
	    b->history.mended ? "bad" : "good",
	    b->history.mended ? o->bad : o->good,
	    b->history.mended ? "good" : "bad",
	    b->history.mended ? o->good : o->bad);
	if (o->by_host)
		bytes_printf(out, "by what the host sees");
	else if (o->finding != NULL)
		bytes_printf(out, "by the finding %s%s%s", o->finding,
		    o->at != NULL ? " at " : "", o->at != NULL ? o->at : "");
	else
		bytes_printf(out, "by the verdict of check");
	bytes_printf(out, "\n\n");
}

void
bisect_line(const struct bisect *b, size_t i, struct bytes *out)
{
	const struct history_commit *c = &b->history.list[i];
	const struct bisect_try *t = &b->tries[i];

	bytes_printf(out, "  %-7s  %.*s  %.*s  ", bisect_class_name(t->what),
	    GIT_SHORT, c->hash, HISTORY_DAY, c->date);
	report_clean(t->says, out);
	bytes_printf(out, "  (");
	report_clean(c->subject, out);
	bytes_printf(out, ")\n");
}

static void
commit_print(const struct bisect *b, size_t i, struct bytes *out)
{
	const struct history_commit *c = &b->history.list[i];
	const struct host_names *files = &b->files[i - b->low - 1];

	bytes_printf(out, "  subject  ");
	report_clean(c->subject, out);
	bytes_printf(out, "\n  date     %s\n", c->date);
	for (size_t k = 0; k < files->n; k++) {
		bytes_printf(out, "  %-7s  ", k == 0 ? "files" : "");
		report_clean(files->names[k], out);
		bytes_printf(out, "\n");
	}
}

/* What was said on one side of the change. */
static void
side_print(const struct bisect *b, size_t i, const char *what,
    struct bytes *out)
{
	const struct bisect_try *t = &b->tries[i];

	bytes_printf(out, "\n%s, %.*s: ", what, GIT_SHORT,
	    b->history.list[i].hash);
	report_clean(t->says, out);
	bytes_printf(out, "\n");
	for (size_t k = 0; k < t->nfindings; k++) {
		const struct bisect_finding *f = &t->findings[k];

		bytes_printf(out, "  ");
		report_clean(f->file, out);
		bytes_printf(out, ":%u: %s: ", f->line, f->kind->id);
		report_clean(f->text, out);
		bytes_printf(out, "\n    %s\n", f->where);
	}
}

/* A word of a command line that people may copy. */
static void
word_print(const char *word, struct bytes *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-+,:@%";

	if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
		bytes_printf(out, " %s", word);
		return;
	}
	bytes_printf(out, " '");
	for (; *word != '\0'; word++)
		if (*word == '\'')
			bytes_printf(out, "'\\''");
		else
			bytes_printf(out, "%c", *word);
	bytes_printf(out, "'");
}

static void
revision_print(const struct bisect *b, size_t i, struct bytes *out)
{
	if (b->o->driver != NULL) {
		bytes_printf(out, " --driver");
		word_print(b->o->driver, out);
	}
	bytes_printf(out, " --repo");
	word_print(b->repo, out);
	bytes_printf(out, " --rev %.*s", GIT_SHORT, b->history.list[i].hash);
}

static void
diff_print(const struct bisect *b, struct bytes *out)
{
	struct bytes command = { 0 };

	if (!b->has_diff)
		return;
	bytes_printf(out, "\n");
	if (!diff_differs(&b->diff))
		bytes_printf(out, "all that diff compares is the same\n");
	else if (b->o->verbose)
		diff_text(&b->diff, out);
	else
		diff_begin(&b->diff, out);
	bytes_printf(&command, "viotape diff");
	revision_print(b, b->low, &command);
	bytes_printf(&command, " --against");
	revision_print(b, b->high, &command);
	if (b->diff_machine != NULL) {
		bytes_printf(&command, " -m");
		word_print(b->diff_machine, &command);
	}
	word_print(b->diff_trace, &command);
	bytes_printf(out, "\nthe whole difference: ");
	report_clean((const char *)command.data, out);
	bytes_printf(out, "\n");
	bytes_free(&command);
}

void
bisect_text(const struct bisect *b, struct bytes *out)
{
	const char *class = bisect_class_name(b->tries[b->high].what);

	bytes_printf(out, "\n");
	if (b->high - b->low == 1) {
		bytes_printf(out, "%s is the first %s one\n",
		    b->history.list[b->high].hash, class);
		commit_print(b, b->high, out);
	} else {
		bytes_printf(out, "one of these %zu is the first %s one; all "
		    "but the last could not be judged:\n", b->high - b->low,
		    class);
		for (size_t i = b->low + 1; i <= b->high; i++) {
			bytes_printf(out, "%s\n", b->history.list[i].hash);
			commit_print(b, i, out);
		}
	}
	side_print(b, b->low, "before it", out);
	side_print(b, b->high, b->high - b->low == 1 ? "with it" :
	    "with the last of them", out);
	diff_print(b, out);
}
