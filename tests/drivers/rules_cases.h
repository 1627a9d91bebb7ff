/*
 * rules_cases.h: the cases of the guest for tests, what each must be found to
 * be, and the registers of the device that they drive; shared by the guest
 * (rules_guest.h) and by the test (test_rules.c), hence without any type.
 *
 *	R(name, id, fatal)	id: the one finding, "" for none
 *	fatal			ALWAYS, NEVER (latent); or fatal on some
 *				machines and latent on the others: BOUNCE where
 *				devices see bounce pages, CACHE where they do
 *				not snoop the CPU's cache, BOTH on those two;
 *				LOADED where they reach only what is loaded,
 *				through bounce pages or an IOMMU; IOMMU;
 *				ARM64: on all but the one that is amd64;
 *				ATTRIBUTES where the host caches what is mapped
 *				uncached
 *
 * A line of the cache has 64 bytes: a sync of one byte of it is one of all, so
 * what is too short elsewhere may be enough there.
 *
 * A case left_* is followed by a detach, which gives back what the attach
 * took and nothing else.
 *
 * The line of the finding is the one of the guest's that ends in the comment
 * "LINE: name", if there is one; "STORE: name" is the first store concerned.
 */
#ifndef RULES_CASES_H
#define RULES_CASES_H

/* The device: one BAR of TD_SIZE bytes, registers of 4 bytes. */
#define TD_ADDR_LOW	0x00		/* what the next access is made to */
#define TD_ADDR_HIGH	0x04
#define TD_LEN		0x08
#define TD_PURPOSE	0x0c		/* enum dma_purpose */
#define TD_GO		0x10		/* one of TD_OP_*: does it */
#define TD_IRQ		0x14		/* level of the interrupt line */
#define TD_RING		0x18		/* bus address of the ring, low half */
#define TD_RING_HIGH	0x1c
#define TD_SIZE		0x1000

#define TD_OP_READ	1		/* reads memory */
#define TD_OP_WRITE	2		/* writes 0xa5 to memory */
#define TD_OP_COMPLETE	3		/* gives all chains back: entry, index */
#define TD_OP_LATER	4		/* completes once somebody waits for it */
#define TD_OP_RAISE	5		/* interrupts once somebody waits */
#define TD_OP_DIE	6		/* the host goes away */
#define TD_OP_HOLD	7		/* keeps the bytes, to write them later */

/* The ring: the used index (2 bytes), then an entry (8 bytes). */
#define TD_RING_INDEX	0
#define TD_RING_ENTRY	8

/* Numbers of enum dma_purpose, checked by the test. */
#define TD_DESCRIPTOR	0
#define TD_INDIRECT	1
#define TD_AVAIL_FLAGS	2
#define TD_AVAIL_INDEX	3
#define TD_AVAIL_EVENT	9
#define TD_PAYLOAD	10
#define TD_BACKING	11

#define RULES_CASES(R) \
	/* addresses */ \
	R(address_kva, "address-kva", ALWAYS) \
	R(address_nowhere, "address-nowhere", ALWAYS) \
	R(address_segment, "address-not-loaded", LOADED) \
	R(address_unloaded, "address-not-loaded", LOADED) \
	R(address_of_nobody, "address-not-loaded", LOADED) \
	R(address_past_end, "address-not-loaded", LOADED) \
	R(address_to_end, "", NEVER) \
	R(mmap_kva, "mmap-kva", ALWAYS) \
	R(mmap_nowhere, "mmap-nowhere", ALWAYS) \
	R(mmap_right, "", NEVER) \
	/* PREWRITE */ \
	R(prewrite_missing, "sync-missing-prewrite", BOTH) \
	R(prewrite_short, "sync-missing-prewrite", BOUNCE) \
	R(prewrite_elsewhere, "sync-missing-prewrite", BOUNCE) \
	R(prewrite_early, "sync-missing-prewrite", BOTH) \
	R(prewrite_other_op, "sync-missing-prewrite", BOUNCE) \
	R(prewrite_same_value, "sync-missing-prewrite", NEVER) \
	R(prewrite_zeroed, "sync-missing-prewrite", NEVER) \
	R(prewrite_heap, "sync-missing-prewrite", BOTH) \
	R(prewrite_by_client, "sync-missing-prewrite", BOTH) \
	R(prewrite_backing, "sync-missing-prewrite", BOTH) \
	R(prewrite_index, "sync-missing-prewrite", BOTH) \
	R(prewrite_made, "", NEVER) \
	R(prewrite_made_heap, "", NEVER) \
	R(prewrite_twice, "", NEVER) \
	R(flags_stale, "", NEVER) \
	R(backing_drawn, "", NEVER) \
	/* PREREAD */ \
	R(preread_missing, "sync-missing-preread", NEVER) \
	R(preread_early, "sync-missing-preread", CACHE) \
	R(preread_never, "sync-missing-preread", CACHE) \
	R(preread_made, "", NEVER) \
	R(preread_reposted, "", NEVER) \
	R(preread_once_for_ring, "", NEVER) \
	/* POSTREAD */ \
	R(postread_missing, "sync-missing-postread", BOTH) \
	R(postread_at_once, "sync-missing-postread", BOTH) \
	R(postread_short, "sync-missing-postread", BOUNCE) \
	R(postread_early, "sync-missing-postread", BOTH) \
	R(postread_of_entry, "sync-missing-postread", BOUNCE) \
	R(postread_lost, "sync-missing-postread", BOTH) \
	R(load_late, "", NEVER) \
	R(load_before_sync, "", NEVER) \
	R(postread_made, "", NEVER) \
	R(postread_twice, "", NEVER) \
	R(postread_clean, "", NEVER) \
	R(postread_then_unload, "", NEVER) \
	R(index_polled_again, "sync-missing-postread", NEVER) \
	R(index_polled_for_ever, "sync-missing-postread", BOTH) \
	R(index_polled_in_passing, "sync-missing-postread", NEVER) \
	R(index_polled, "", NEVER) \
	/* ownership */ \
	R(posted_stored, "posted-buffer-touched", ALWAYS) \
	R(posted_loaded, "posted-buffer-touched", ALWAYS) \
	R(posted_held, "posted-buffer-touched", ALWAYS) \
	R(posted_held_beside, "", NEVER) \
	R(posted_unseen, "posted-buffer-touched", ALWAYS) \
	R(posted_looked_early, "posted-buffer-touched", ALWAYS) \
	R(posted_readable_loaded, "", NEVER) \
	R(posted_given_back, "", NEVER) \
	R(posted_neighbour, "", NEVER) \
	R(one_line, "", NEVER) \
	/* the queue */ \
	R(descriptor_altered, "ring-descriptor-altered", ALWAYS) \
	R(indirect_altered, "ring-descriptor-altered", ALWAYS) \
	R(descriptor_free, "", NEVER) \
	R(used_written, "ring-used-written", ALWAYS) \
	R(used_index_written, "ring-used-written", ALWAYS) \
	R(used_beside, "", NEVER) \
	R(event_old, "sync-missing-postread", BOTH) \
	R(event_synced, "", NEVER) \
	/* lines of a cache, attributes of mappings */ \
	R(line_beside, "line-shared", CACHE) \
	R(line_beside_after, "line-shared", CACHE) \
	R(line_given, "", NEVER) \
	R(postread_over_store, "sync-loses-store", BOTH) \
	R(postread_before_store, "", NEVER) \
	R(uncached_read, "memory-uncached", ATTRIBUTES) \
	R(uncached_written, "memory-uncached", ATTRIBUTES) \
	R(uncached_by_client, "memory-uncached", ATTRIBUTES) \
	R(uncached_alone, "", NEVER) \
	R(coherent_hint, "", NEVER) \
	/* the calls of bus_dma(9) */ \
	R(create_nothing, "dma-create-arguments", ALWAYS) \
	R(create_boundary, "dma-create-arguments", ALWAYS) \
	R(create_limits, "", NEVER) \
	R(alloc_alignment, "dma-alloc-arguments", ALWAYS) \
	R(alloc_limits, "", NEVER) \
	R(map_destroyed, "dma-map-unknown", ALWAYS) \
	R(load_twice, "dma-load-over-load", IOMMU) \
	R(load_twice_failed, "dma-load-over-load", IOMMU) \
	R(load_static, "dma-load-address", ALWAYS) \
	R(unload_twice, "dma-unload-unloaded", NEVER) \
	R(sync_unloaded, "dma-sync-unloaded", CACHE) \
	R(sync_past_end, "dma-sync-past-end", CACHE) \
	R(sync_to_end, "", NEVER) \
	R(sync_mixed, "dma-sync-mixed", NEVER) \
	R(sync_both_ways, "", NEVER) \
	R(free_other_length, "dma-free-size", ALWAYS) \
	R(free_mapped, "dma-free-mapped", ALWAYS) \
	R(map_freed, "dma-mem-map-unknown", ALWAYS) \
	R(unmap_half, "dma-unmap-size", ALWAYS) \
	R(unmap_pointer, "dma-unmap-unknown", ALWAYS) \
	R(destroy_loaded, "", NEVER) \
	R(unload_without_post, "", NEVER) \
	/* what is loaded, which way, until when */ \
	R(load_stack, "dma-load-stack", ALWAYS) \
	R(load_freed, "dma-load-freed", ALWAYS) \
	R(load_beyond, "dma-load-beyond", NEVER) \
	R(load_whole, "", NEVER) \
	R(load_nothing, "dma-load-nothing", NEVER) \
	R(load_one_byte, "", NEVER) \
	R(load_failed, "", NEVER) \
	R(load_unchecked, "dma-sync-unloaded", CACHE) \
	R(load_flags, "", NEVER) \
	R(raw_freed, "dma-load-raw-unknown", ALWAYS) \
	R(raw_more, "dma-load-raw-size", NEVER) \
	R(raw_part, "", NEVER) \
	R(uio_short, "sync-missing-prewrite", BOTH) \
	R(uio_pieces, "", NEVER) \
	R(mbuf_short, "sync-missing-prewrite", BOTH) \
	R(mbuf_freed_loaded, "dma-free-loaded", NEVER) \
	R(mbuf_loaded, "", NEVER) \
	R(direction_of_device, "dma-direction", NEVER) \
	R(direction_of_sync, "dma-direction", NEVER) \
	R(direction_kept, "", NEVER) \
	R(unload_posted, "dma-unload-posted", LOADED) \
	R(destroy_posted, "dma-unload-posted", LOADED) \
	R(unload_given_back, "", NEVER) \
	R(unload_other, "", NEVER) \
	R(overlap_written, "dma-overlap", BOUNCE) \
	R(overlap_read_and_written, "dma-overlap", BOUNCE) \
	R(overlap_read, "", NEVER) \
	R(overlap_in_turn, "", NEVER) \
	R(overlap_of_one_map, "", NEVER) \
	R(sync_no_operation, "dma-sync-operation", NEVER) \
	R(sync_unknown_operation, "dma-sync-operation", NEVER) \
	R(sync_each_operation, "", NEVER) \
	R(sync_unmapped, "dma-sync-unmapped", BOTH) \
	R(unmap_then_unload, "", NEVER) \
	/* memory for DMA */ \
	R(alloc_boundary, "dma-alloc-arguments", ALWAYS) \
	R(alloc_in_range, "", NEVER) \
	R(alloc_segments, "", NEVER) \
	R(dmafree_again, "dma-free-twice", ALWAYS) \
	R(dmafree_unknown, "dma-free-unknown", ALWAYS) \
	R(dmafree_whole, "", NEVER) \
	R(dmafree_loaded, "dma-free-loaded", NEVER) \
	R(dmafree_posted, "dma-free-loaded", ALWAYS) \
	R(free_loaded, "dma-free-loaded", NEVER) \
	R(free_unloaded, "", NEVER) \
	R(map_less, "dma-mem-map-size", ARM64) \
	R(map_more, "dma-mem-map-size", NEVER) \
	R(map_rounded, "", NEVER) \
	R(mmap_freed, "dma-mmap-unknown", ALWAYS) \
	R(mmap_inside, "dma-mmap-offset", ALWAYS) \
	R(mmap_past_end, "", NEVER) \
	R(map_in_interrupt, "dma-call-in-interrupt", ALWAYS) \
	R(unmap_in_interrupt, "dma-call-in-interrupt", ALWAYS) \
	R(create_in_interrupt, "sleep-in-interrupt", ALWAYS) \
	R(load_in_interrupt, "sleep-in-interrupt", ALWAYS) \
	R(nowait_in_interrupt, "", NEVER) \
	/* kernel */ \
	R(access_unmapped, "access-unmapped", ALWAYS) \
	R(access_null, "access-unmapped", ALWAYS) \
	R(access_wild, "access-unmapped", ALWAYS) \
	R(access_null_load, "access-unmapped", ALWAYS) \
	R(stack_overrun, "guest-panic", ALWAYS) \
	R(stack_deep, "", NEVER) \
	R(call_null, "guest-panic", ALWAYS) \
	R(trapped, "guest-panic", ALWAYS) \
	R(access_freed, "access-freed", ALWAYS) \
	R(access_beyond, "access-beyond", ALWAYS) \
	R(access_last_byte, "", NEVER) \
	R(access_last_mapped, "", NEVER) \
	R(free_inside, "free-unknown", ALWAYS) \
	R(free_again, "free-twice", ALWAYS) \
	R(free_size, "free-mismatch", ALWAYS) \
	R(free_type, "free-mismatch", ALWAYS) \
	R(free_size_untold, "", NEVER) \
	R(sleep_in_interrupt, "sleep-in-interrupt", ALWAYS) \
	R(waitok_in_interrupt, "sleep-in-interrupt", ALWAYS) \
	R(sleep_below_the_shim, "sleep-not-allowed", ALWAYS) \
	R(sleep_woken, "", NEVER) \
	R(mutex_again, "mutex-held-twice", ALWAYS) \
	R(mutex_left_twice, "mutex-not-held", ALWAYS) \
	R(mutex_nested, "", NEVER) \
	R(spl_too_low, "splassert", ALWAYS) \
	R(spl_right, "", NEVER) \
	R(rule_unnamed, "kernel-rule", ALWAYS) \
	R(register_past_end, "register-unclaimed", ALWAYS) \
	R(register_last, "", NEVER) \
	/* mbufs */ \
	R(mbuf_used_freed, "access-freed", ALWAYS) \
	R(mbuf_cluster_freed, "access-freed", ALWAYS) \
	R(mbuf_cluster_shared, "", NEVER) \
	R(mbuf_freed_again, "mbuf-double-free", ALWAYS) \
	R(mbuf_freed_once, "", NEVER) \
	R(mbuf_not_one, "mbuf-free-unknown", ALWAYS) \
	R(mbuf_kept, "mbuf-leak", ALWAYS) \
	R(mbuf_given_back, "", NEVER) \
	R(mbuf_written_once, "", NEVER) \
	R(unmap_registers_twice, "register-unmap", ALWAYS) \
	R(unmap_registers_size, "register-unmap", ALWAYS) \
	R(unmap_registers_right, "", NEVER) \
	/* what is left after a detach */ \
	R(left_handler, "interrupt-left-behind", ALWAYS) \
	R(left_timeout, "timeout-left-behind", ALWAYS) \
	R(left_map, "leak", ALWAYS) \
	R(left_dma_memory, "leak", ALWAYS) \
	R(left_memory, "leak", ALWAYS) \
	R(left_registers, "leak", ALWAYS) \
	R(left_timeout_fired, "", NEVER) \
	R(left_timeout_deleted, "", NEVER) \
	R(left_memory_freed, "", NEVER) \
	R(left_nothing, "", NEVER) \
	/* interfaces */ \
	R(input_length, "mbuf-bad", ALWAYS) \
	R(input_room, "mbuf-bad", ALWAYS) \
	R(input_no_header, "mbuf-bad", ALWAYS) \
	R(input_whole, "", NEVER) \
	R(ring_put_many, "ifnet-rule", ALWAYS) \
	R(ring_put_all, "", NEVER) \
	R(task_waits, "sleep-in-interrupt", ALWAYS) \
	R(net_unlocked, "splassert", ALWAYS) \
	R(net_shared, "splassert", ALWAYS) \
	R(net_locked, "", NEVER) \
	/* what nobody will do */ \
	R(poll_for_ever, "no-progress", ALWAYS) \
	R(poll_answered, "", NEVER) \
	R(sleep_for_ever, "no-progress", ALWAYS) \
	R(step_refused, "step-failed", ALWAYS) \
	R(panicked, "guest-panic", ALWAYS) \
	R(host_gone, "host-died", ALWAYS) \
	R(barriers, "", NEVER) \
	R(nothing, "", NEVER)

/* For each kind of finding the case that comes as close to it as is legal. */
#define RULES_TWINS(T) \
	T("ring-descriptor-altered", descriptor_free) \
	T("ring-used-written", used_beside) \
	T("address-kva", address_to_end) \
	T("address-nowhere", address_to_end) \
	T("address-not-loaded", address_to_end) \
	T("mmap-kva", mmap_right) \
	T("mmap-nowhere", mmap_right) \
	T("sync-missing-prewrite", prewrite_made) \
	T("sync-missing-preread", preread_made) \
	T("sync-missing-postread", postread_made) \
	T("order-load-late", load_before_sync) \
	T("posted-buffer-touched", posted_neighbour) \
	T("line-shared", line_given) \
	T("sync-loses-store", postread_before_store) \
	T("memory-uncached", coherent_hint) \
	T("dma-create-arguments", create_limits) \
	T("dma-alloc-arguments", alloc_limits) \
	T("dma-map-unknown", destroy_loaded) \
	T("dma-load-over-load", load_whole) \
	T("dma-load-address", load_whole) \
	T("dma-load-stack", load_whole) \
	T("dma-load-freed", load_whole) \
	T("dma-load-beyond", load_whole) \
	T("dma-load-nothing", load_one_byte) \
	T("dma-load-raw-unknown", raw_part) \
	T("dma-load-raw-size", raw_part) \
	T("dma-direction", direction_kept) \
	T("dma-overlap", overlap_in_turn) \
	T("dma-unload-posted", unload_given_back) \
	T("dma-unload-unloaded", load_whole) \
	T("dma-sync-unloaded", sync_to_end) \
	T("dma-sync-past-end", sync_to_end) \
	T("dma-sync-operation", sync_each_operation) \
	T("dma-sync-unmapped", unmap_then_unload) \
	T("dma-sync-mixed", sync_both_ways) \
	T("dma-free-unknown", dmafree_whole) \
	T("dma-free-twice", dmafree_whole) \
	T("dma-free-size", dmafree_whole) \
	T("dma-free-loaded", free_unloaded) \
	T("dma-free-mapped", free_unloaded) \
	T("dma-mem-map-unknown", map_rounded) \
	T("dma-mem-map-size", map_rounded) \
	T("dma-mmap-unknown", mmap_past_end) \
	T("dma-mmap-offset", mmap_past_end) \
	T("dma-call-in-interrupt", nowait_in_interrupt) \
	T("dma-unmap-size", map_rounded) \
	T("dma-unmap-unknown", map_rounded) \
	T("access-unmapped", access_last_mapped) \
	T("access-freed", access_last_byte) \
	T("access-beyond", access_last_byte) \
	T("free-unknown", free_size_untold) \
	T("free-twice", free_size_untold) \
	T("free-mismatch", free_size_untold) \
	T("sleep-not-allowed", sleep_woken) \
	T("sleep-in-interrupt", nowait_in_interrupt) \
	T("mutex-held-twice", mutex_nested) \
	T("mutex-not-held", mutex_nested) \
	T("splassert", spl_right) \
	T("kernel-rule", nothing) \
	T("mbuf-leak", mbuf_given_back) \
	T("mbuf-bad", input_whole) \
	T("ifnet-rule", ring_put_all) \
	T("mbuf-double-free", mbuf_freed_once) \
	T("mbuf-free-unknown", mbuf_freed_once) \
	T("register-unclaimed", register_last) \
	T("register-unmap", unmap_registers_right) \
	T("interrupt-left-behind", left_nothing) \
	T("timeout-left-behind", left_timeout_fired) \
	T("leak", left_memory_freed)

#define RULES_NUMBER(name, id, fatal)	RULE_##name,
enum rules_case { RULES_CASES(RULES_NUMBER) RULES };

#endif
