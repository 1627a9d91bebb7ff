/*
 * net_cases.h: the cases of the guest for tests of the network (net_guest.h),
 * shared by the guest and by test_net_shim.c, hence without any type.  A case
 * returns 0, or the line of its file where something was not as it should be, or
 * NET_AGAIN: it is to be called again when a tick has passed.
 */
#ifndef NET_CASES_H
#define NET_CASES_H

#define NET_CASES(N) \
	/* net_mbuf_cases.c */ \
	N(sizes) N(layout) N(rests) N(adj_front) N(adj_end) N(getptr) N(copydata) \
	N(copyback) N(pullup) N(prepend) N(defrag) N(defrag_shared) \
	N(copym) N(split) N(cat) N(dup_pkt) N(devget) N(lists) N(queues) \
	N(no_memory) N(pattern) N(checksum) \
	/* net_guest.c */ \
	N(rings) N(oactive) N(own_code) N(restart) N(serialised) N(queue_full) \
	N(deq_rollback) N(media) N(multicast) N(headers) N(tasks) \
	N(lock_waits) N(old_start) N(tapped) N(detached) N(detached_keeps)

#define NET_NUMBER(name)	NET_##name,
#define NET_AGAIN	(-1)

enum net_case { NET_CASES(NET_NUMBER) NET_COUNT };

#endif
