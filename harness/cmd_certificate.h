/* cmd_certificate.h: what verify and prove have to do with certificates. */
#ifndef VIOTAPE_CMD_CERTIFICATE_H
#define VIOTAPE_CMD_CERTIFICATE_H

#include "options.h"
#include "report.h"

/* Whether a file could be one: it begins as JSON does. */
int certificate_is(const char *name);
/* The exit status; what is wrong is told. */
int certificate_verify(const struct options *o, const char *name);
/* viotape prove with these options, but that done gets the report; if they are
   quick, of nothing that was run. */
int prove_again(const struct options *o, int (*done)(void *self,
    const struct report *r, struct error *err), void *self);

#endif
