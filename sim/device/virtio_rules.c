/*
 * virtio_rules.c: rules for drivers that take more than one register to judge:
 * features that need others, device configuration, going on after FAILED.
 */
#include "virtio_state_var.h"
#include "virtio_spec.h"

/* ---------------------------------------------------------------- features */

void
virtio_judge_lacks(const struct virtio_state *st)
{
	struct virtio_feature_lack lack;

	for (size_t i = 0; virtio_feature_lack(st->device_id,
	    virtio_state_features(st), i, &lack); i++)
		virtio_judge(st, "virtio-feature-needs-another", lack.section,
		    "feature %u (%s) accepted without %s, which it needs",
		    lack.bit, lack.name, lack.needs);
}

void
virtio_judge_failed(const struct virtio_state *st, const char *what)
{
	if ((st->status & VIRTIO_STATUS_FAILED) != 0)
		virtio_judge(st, "virtio-continued-after-failed", "3.1.1",
		    "%s after FAILED, without a reset", what);
}

void
virtio_judge_no_queue(const struct virtio_state *st, const char *name,
    const char *section)
{
	/* Above what is understood nothing is known. */
	if (st->num_queues != 0 && st->queue_select >= st->num_queues)
		virtio_judge(st, "virtio-queue-missing", section, "%s of queue "
		    "%u written, the device has %u queues", name,
		    st->queue_select, st->num_queues);
}

/* --------------------------------------------------- device configuration */

void
virtio_config_written(const struct virtio_state *st, uint32_t offset)
{
	const struct virtio_config_field *f =
	    virtio_config_field(st->device_id, offset);

	/* A legacy driver may write at any time, and set the MAC so (3.1.2,
	   5.1.4.3). */
	if (st->legacy)
		return;
	if ((st->status & VIRTIO_STATUS_FEATURES_OK) == 0)
		virtio_judge(st, "virtio-config-written-early", "3.1.1",
		    "device configuration offset 0x%lx written before "
		    "FEATURES_OK", (unsigned long)offset);
	else if (f != NULL && f->read_only)
		virtio_judge(st, "virtio-read-only-written", f->section,
		    "%s of the device configuration written, which the driver "
		    "must not write", f->name);
}

/* Whether the field is there, by what the device offers (2.5.1). */
static void
judge_field_offered(const struct virtio_state *st,
    const struct virtio_config_field *f)
{
	uint64_t known = 0;

	if ((st->offered_known & 1) != 0)
		known |= UINT32_MAX;
	if ((st->offered_known & 2) != 0 || st->legacy)
		known |= (uint64_t)UINT32_MAX << 32;
	if (f->features != 0 && (f->features & ~known) == 0 &&
	    (virtio_state_offered(st) & f->features) == 0)
		virtio_judge(st, "virtio-config-not-offered", "2.5.1",
		    "%s of the device configuration read, and the feature that "
		    "it comes with is not offered", f->name);
}

void
virtio_config_read(struct virtio_state *st, uint32_t offset, unsigned size)
{
	const struct virtio_config_field *f =
	    virtio_config_field(st->device_id, offset);
	struct virtio_config_look *look = &st->look;
	uint64_t now, whole;

	if (f == NULL)
		return;
	judge_field_offered(st, f);
	if (f->size <= f->width)
		return;
	whole = ((uint64_t)1 << f->size) - 1;
	now = (((uint64_t)1 << size) - 1) << (offset - f->offset) & whole;
	if (look->field != f || (look->seen & now) != 0) {
		look->field = f;
		look->seen = 0;
		look->torn = 0;
		look->changes = st->config_changes;
	}
	look->seen |= now;
	look->torn |= look->changes != st->config_changes;
	if (look->seen == whole && !look->torn)
		look->field = NULL;
}

/* Who looks at the generation will see that it has to read again. */
void
virtio_generation_read(struct virtio_state *st, uint32_t value)
{
	st->config_generation = (uint8_t)value;
	st->look.field = NULL;
}

void
virtio_state_config_changed(struct virtio_state *st)
{
	st->config_changes++;
}

/*
 * Reading in several accesses is no fault, nor is a change meanwhile; to go on
 * with what does not belong together is.
 */
void
virtio_judge_torn(struct virtio_state *st)
{
	const struct virtio_config_field *f = st->look.field;

	if (f == NULL)
		return;
	if (st->look.torn && st->look.seen == ((uint64_t)1 << f->size) - 1)
		virtio_judge(st, "virtio-config-torn", "2.5.1", "%s of the "
		    "device configuration was read in several accesses while "
		    "the device changed it, and config_generation was not "
		    "looked at", f->name);
	st->look.field = NULL;
}
