/* virtio_state_state.c: what a driver has told a device, as a state. */
#include "virtio_state.h"

/* As words beside each other, which are added faster than one after the other. */
#define QUEUE_WORDS	6u

static void
queue_words(const struct virtio_queue_state *q, uint64_t *words)
{
	words[0] = (uint64_t)q->size << 48 | (uint64_t)q->size_max << 32 |
	    (uint64_t)q->notify_off << 16 | q->vector;
	words[1] = (uint64_t)q->align << 32 | (uint64_t)q->size_known << 24 |
	    (uint64_t)q->notify_off_known << 16 |
	    (uint64_t)q->stop_pending << 8 | q->size_read;
	words[2] = (uint64_t)q->enabled << 24 |
	    (uint64_t)q->reset_pending << 16 |
	    (uint64_t)q->vector_unread << 8 | q->written;
	words[3] = q->desc;
	words[4] = q->driver;
	words[5] = q->device;
}

static void
add_layout(const struct virtio_pci_layout *l, struct state *s)
{
	state_add_u64(s, (uint64_t)l->device_id << 48 |
	    (uint64_t)l->modern << 40 | (uint64_t)l->legacy << 32 |
	    l->notify_multiplier);
	state_add_u64(s, (uint64_t)l->vectors << 32 |
	    (uint64_t)l->msix_cap << 16 | (uint64_t)l->access_cap << 8 |
	    l->irq_pin);
	for (unsigned i = 0; i < VIRTIO_PCI_PARTS; i++) {
		const struct virtio_pci_window *w = &l->window[i];

		state_add_u64(s, (uint64_t)w->present << 8 | w->bar);
		state_add_u64(s, (uint64_t)w->offset << 32 | w->length);
	}
}

/* Vectors that the function does not have cannot be written. */
static void
add_pci(const struct virtio_pci_part_state *p, struct state *s)
{
	unsigned vectors = p->layout.vectors < VIRTIO_VECTORS_MAX ?
	    p->layout.vectors : VIRTIO_VECTORS_MAX;

	state_add(s, p->image, sizeof p->image);
	state_add_u64(s, (uint64_t)p->image_changed << 16 |
	    (uint64_t)p->layout_valid << 8 | p->config_vector_unread);
	if (p->layout_valid)
		add_layout(&p->layout, s);
	state_add_u64(s, (uint64_t)p->config_vector << 32 |
	    (uint64_t)p->command << 16 | p->msix_control);
	for (unsigned i = 0; p->layout_valid && i < vectors; i++) {
		state_add_u64(s, p->vector[i].address);
		state_add_u64(s, (uint64_t)p->vector[i].data << 32 |
		    p->vector[i].control);
	}
}

static void
add_mmio(const struct virtio_mmio_part_state *m, struct state *s)
{
	state_add_u64(s, (uint64_t)m->version << 32 | m->page_size);
	state_add_u64(s, (uint64_t)m->identified << 24 |
	    (uint64_t)m->identity_told << 16 | (uint64_t)m->selected << 8 |
	    m->status_read);
}

/* How many changes there were says nothing; whether one came since does. */
static void
add_look(const struct virtio_state *st, struct state *s)
{
	const struct virtio_config_look *l = &st->look;

	state_add_u64(s, l->field != NULL);
	if (l->field == NULL)
		return;
	state_add_u64(s, l->field->offset);
	state_add_u64(s, l->seen);
	state_add_u64(s, (uint64_t)(l->torn != 0) << 1 |
	    (l->changes != st->config_changes));
}

void
virtio_state_state(const struct virtio_state *st, struct state *s)
{
	uint64_t words[VIRTIO_QUEUES_MAX * QUEUE_WORDS];

	state_add_u64(s, (uint64_t)st->bus << 32 |
	    (uint64_t)st->address << 16 | st->device_id);
	state_add_u64(s, (uint64_t)(st->port != NULL) << 8 | st->legacy);
	state_add_u64(s, (uint64_t)st->device_feature_select << 32 |
	    st->driver_feature_select);
	for (unsigned i = 0; i < 2; i++) {
		state_add_u64(s, (uint64_t)st->offered[i] << 32 |
		    st->shown[i]);
		state_add_u64(s, st->accepted[i]);
	}
	state_add_u64(s, (uint64_t)st->offered_known << 8 |
	    st->offered_read);
	state_add_u64(s, (uint64_t)st->num_queues << 32 |
	    (uint64_t)st->queue_select << 16 | (uint64_t)st->status << 8 |
	    st->config_generation);
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
		queue_words(&st->queue[i], words + (size_t)i * QUEUE_WORDS);
	state_add(s, words, sizeof words);
	/* Of resets it matters whether there was one; who waits for the next
	   says so itself.  Stopped queues are counted for one access only. */
	state_add_u64(s, (uint64_t)(st->resets != 0) << 16 |
	    (uint64_t)st->reset_pending << 8 | st->features_ok_read);
	add_look(st, s);
	if (st->bus == VIRTIO_BUS_PCI)
		add_pci(&st->pci, s);
	else
		add_mmio(&st->mmio, s);
}
