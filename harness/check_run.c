/* check_run.c: what check and replay share; see check_run.h. */
#include "check_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BASELINE_SIZE_MAX	(1u << 20)	/* bytes */

void
check_guest_words(const struct options *o, struct bytes *out)
{
	if (o->driver != NULL)
		bytes_printf(out, "%s on ", o->driver);
	if (o->sys != NULL)
		bytes_printf(out, "the drivers of %s", o->sys);
	else if (o->repo != NULL)
		bytes_printf(out, "the drivers of %s at %s", o->repo, o->rev);
	else
		bytes_printf(out, o->driver != NULL ? "our virtio stack" :
		    "our drivers");
	for (size_t i = 0; i < o->faults.n; i++)
		bytes_printf(out, "%s%s", i > 0 ? ", " : o->driver != NULL ?
		    " and fault " : ", with fault ", o->faults.list[i]);
}

void
check_report_begin(struct report *r, const struct options *o,
    const struct guest_built *built, const struct loaded_trace *traces,
    size_t ntraces, const struct machines *machines)
{
	struct bytes words = {0}, host = {0};

	check_guest_words(o, &words);
	report_guest_set(r, (const char *)words.data, built->driver_digest,
	    (const char *const *)built->drivers.names, built->drivers.n);
	for (size_t i = 0; i < ntraces; i++) {
		const struct trace_header *h = trace_header(traces[i].trace);

		bytes_clear(&host);
		bytes_printf(&host, "%s%s%s", h->host_name,
		    h->host_version[0] != '\0' ? " " : "", h->host_version);
		report_trace_unseen(r, report_trace_add(r, traces[i].name,
		    h->device, (const char *)host.data, h->scenario_name,
		    trace_hash(traces[i].trace)), h->unseen);
	}
	for (size_t i = 0; i < machines->n; i++)
		(void)report_machine_add(r, &machines->list[i]);
	report_asked_set(r, o);
	bytes_free(&host);
	bytes_free(&words);
}

int
check_host_create(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	struct check_host *h = self;

	h->machine = m;
	return replay_host_create(host, h->tape, machine_port(m), err);
}

int
check_host_event(void *self, const struct event *e, struct error *err)
{
	struct check_host *h = self;
	struct report_request q;

	(void)err;
	if (e->kind != EVENT_CHAIN || e->data_len < 4 ||
	    h->nrequests == CHECK_REQUESTS_MAX)
		return 0;
	memset(&q, 0, sizeof q);
	q.id = machine_published(h->machine);
	q.word = (uint32_t)bytes_le(e->data, 4);
	for (size_t i = 0; i < h->nrequests; i++)
		if (h->requests[i].id == q.id &&
		    h->requests[i].word == q.word)
			return 0;
	h->requests = check_realloc(h->requests,
	    (h->nrequests + 1) * sizeof q);
	h->requests[h->nrequests++] = q;
	return 0;
}

void
check_host_pack(const struct check_host *h, struct bytes *out)
{
	bytes_add_le(out, h->nrequests, 8);
	for (size_t i = 0; i < h->nrequests; i++) {
		bytes_add_le(out, h->requests[i].id, 4);
		bytes_add_le(out, h->requests[i].word, 4);
	}
}

void
check_host_unpack(struct check_host *h, struct bytes_reader *in)
{
	h->nrequests = (size_t)bytes_reader_le(in, 8);
	CHECK(h->nrequests <= CHECK_REQUESTS_MAX);
	h->requests = check_calloc(h->nrequests + 1, sizeof h->requests[0]);
	for (size_t i = 0; i < h->nrequests; i++) {
		h->requests[i].id = (uint32_t)bytes_reader_le(in, 4);
		h->requests[i].word = (uint32_t)bytes_reader_le(in, 4);
	}
}

void
check_host_end(struct check_host *h)
{
	check_free(h->requests);
	h->requests = NULL;
	h->nrequests = 0;
}

void
check_run_add(struct report *r, size_t trace, size_t machine,
    const struct run_result *result, struct check_host *h)
{
	report_run_add(r, trace, machine, result);
	for (size_t i = 0; i < h->nrequests; i++)
		report_request_add(r, callpath_get(result->paths,
		    h->requests[i].id), h->requests[i].word);
	check_host_end(h);
	h->machine = NULL;
}

int
check_baseline_read(struct report *r, const struct options *o,
    struct error *err)
{
	struct bytes text = {0};
	int ret;

	if (o->baseline == NULL)
		return 0;
	ret = host_file_read(o->baseline, &text, BASELINE_SIZE_MAX, err);
	if (ret == 0)
		ret = baseline_read(r, o->baseline, (const char *)text.data,
		    text.len, err);
	bytes_free(&text);
	return ret;
}

void
check_report_end(struct report *r, const struct guest_built *built)
{
	struct symbolizer *s = symbolize_open(built->path);

	report_resolve(r, s);
	symbolize_close(s);
	report_judge(r);
}

int
check_write(const char *name, const struct bytes *text, struct error *err)
{
	if (strcmp(name, "-") != 0)
		return host_file_write_atomic(name, text->data, text->len,
		    err);
	if (fwrite(text->data, 1, text->len, stdout) != text->len)
		return error_set(err, ERROR_SYSTEM, "the standard output "
		    "cannot be written");
	return 0;
}

int
check_colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return host_isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}
