/* event_print.c: an event as one line of text, for people. */
#include "event.h"

#include <inttypes.h>

#define DATA_SHOWN	24u	/* bytes of data that are printed */

static void
print_text(const struct event *e, struct bytes *out)
{
	bytes_printf(out, " \"");
	for (size_t i = 0; i < e->data_len; i++) {
		uint8_t c = e->data[i];

		if (c == '"' || c == '\\')
			bytes_printf(out, "\\%c", c);
		else if (c == '\n')
			bytes_printf(out, "\\n");
		else if (c >= 0x20 && c < 0x7f)
			bytes_printf(out, "%c", c);
		else
			bytes_printf(out, "\\x%02x", c);
	}
	bytes_printf(out, "\"");
}

static void
print_data(const struct event *e, struct bytes *out)
{
	if (e->data_len == 0)
		return;
	bytes_printf(out, " %zu bytes:", e->data_len);
	for (size_t i = 0; i < e->data_len && i < DATA_SHOWN; i++)
		bytes_printf(out, "%s%02x", i % 4 == 0 ? " " : "", e->data[i]);
	if (e->data_len > DATA_SHOWN)
		bytes_printf(out, " ...");
}

static void
print_access(const struct event_access *a, struct bytes *out)
{
	if (a->region == EVENT_REGION_MMIO)
		bytes_printf(out, " window %u mmio", a->bdf);
	else
		bytes_printf(out, " %02x:%02x.%u ", a->bdf >> 8,
		    a->bdf >> 3 & 0x1fu, a->bdf & 7u);
	if (a->region == EVENT_REGION_CONFIG)
		bytes_printf(out, "config");
	else if (a->region != EVENT_REGION_MMIO)
		bytes_printf(out, "bar%u", a->region - EVENT_REGION_BAR0);
	bytes_printf(out, "+0x%" PRIx32 "/%u = 0x%0*" PRIx64, a->offset,
	    a->size, a->size * 2, a->value);
}

static void
print_chain(const struct event_chain *c, struct bytes *out)
{
	bytes_printf(out, " queue %u #%" PRIu32 " [", c->queue, c->ordinal);
	for (uint32_t i = 0; i < c->descriptor_count; i++)
		bytes_printf(out, "%s%s %" PRIu32, i != 0 ? ", " : "",
		    c->descriptors[i].write ? "write" : "read",
		    c->descriptors[i].len);
	bytes_printf(out, "]%s%s",
	    (c->flags & EVENT_CHAIN_INFERRED) != 0 ? " inferred" : "",
	    (c->flags & EVENT_CHAIN_UNSEEN) != 0 ? " unseen" : "");
}

static void
print_irq(const struct event_irq *irq, struct bytes *out)
{
	static const char *const how[] = { "raise line", "lower line",
	    "MSI-X" };

	bytes_printf(out, " %s %" PRIu32,
	    irq->how <= EVENT_IRQ_MSIX ? how[irq->how] : "?", irq->number);
}

static void
print_picture(const struct event *e, struct bytes *out)
{
	const struct event_picture *p = &e->picture;
	uint8_t hash[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	event_picture_hash(e, hash);
	digest_hex(hash, hex);
	bytes_printf(out, " scanout %" PRIu32 " %" PRIu32 "x%" PRIu32
	    " from the %s, sha256 %.16s", p->scanout, p->width, p->height,
	    p->origin == EVENT_ORIGIN_VIEW ? "device's view" : "host", hex);
}

void
event_print(const struct event *e, struct bytes *out)
{
	bytes_printf(out, "%s", event_kind_name(e->kind));
	switch (e->kind) {
	case EVENT_STEP:
		bytes_printf(out, " %" PRIu32, e->step.index);
		print_text(e, out);
		break;
	case EVENT_READ:
	case EVENT_WRITE:
		print_access(&e->access, out);
		break;
	case EVENT_CHAIN:
		print_chain(&e->chain, out);
		print_data(e, out);
		break;
	case EVENT_USED:
		bytes_printf(out, " queue %u #%" PRIu32 " len %" PRIu32,
		    e->used.queue, e->used.ordinal, e->used.used_len);
		print_data(e, out);
		break;
	case EVENT_IRQ:
		print_irq(&e->irq, out);
		break;
	case EVENT_TIME:
		bytes_printf(out, " %" PRIu64 " ns", e->time_ns);
		break;
	case EVENT_PICTURE:
		print_picture(e, out);
		break;
	default:
		print_text(e, out);
		break;
	}
}
