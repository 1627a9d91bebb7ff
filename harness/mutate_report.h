/*
 * mutate_report.h: what became of the mutants, for people and for programs.
 */
#ifndef VIOTAPE_MUTATE_REPORT_H
#define VIOTAPE_MUTATE_REPORT_H

#include "load.h"
#include "mutate_calls.h"

struct mutate_report {
	const char *guest;		/* in words */
	const char *driver_digest;
	const struct mutate_judge *judge;
	const struct mutate_bounds *bounds;
	const struct machines *machines;
	const struct loaded_traces *traces;
	const struct mutate_calls *calls;
	int verbose;			/* each call path by itself */
};

/*
 *	                             amd64-qemu  amd64-sev
 *	drivers/viogpu.c:799 viogpu_transfer_to_host_2d: sync PREWRITE
 *	  <- viogpu_repaint viogpu.c:904
 *	    dropped                  latent      killed      sync-missing-prewrite
 *
 * A helper has many callers: those whose rows are the same and that came by
 * the same call of it stand together, with the part of their paths that they
 * share.
 */
void mutate_report_text(const struct mutate_report *r, struct bytes *out);
/* The format is described in mutate_report_json.c. */
void mutate_report_json(const struct mutate_report *r, struct bytes *out);

#endif
