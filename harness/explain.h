/* explain.h: what viotape explain says of a finding, for it and for reports. */
#ifndef VIOTAPE_EXPLAIN_H
#define VIOTAPE_EXPLAIN_H

#include "sim.h"

/* Adds a paragraph, broken into lines, and a newline. */
void explain_paragraph(const char *text, struct bytes *out);
/* Adds title, reason and source of a kind of finding. */
void explain_finding(const struct finding_kind *k, struct bytes *out);

#endif
