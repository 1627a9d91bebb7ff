/*
 * guest_tree.h: the drivers of an OpenBSD source tree, as a directory holds
 * them or as a revision of a git repository does, unmodified.
 *
 *	guest_tree_take(&spec, &tree, &err)
 *	... tree.stage has dev/pv/virtio.c, dev/pci/virtio_pci.c, ...
 *	guest_tree_free(&tree)
 *
 * Taken are, of dev/pv, dev/pci and dev/fdt, below sys/, below nothing, or
 * without the dev/:
 *
 *	pv/	virtio.c if_vio.c viogpu.c, parts of them (viogpu_*.c), vi*.h
 *	pci/	virtio_pci.c, virtio_pci_*.c, virtio_*.h
 *	fdt/	virtio_mmio.c, virtio_mmio_*.c, virtio_*.h
 *
 * No other header: those of the kernel are sim/shim/include's, so that what
 * the shim does not model is missed, by name, when a source is compiled.
 *
 * The files are copied to a directory of the cache that is named by the digest
 * of their texts: what is compiled is what was digested, whatever happens to
 * the tree meanwhile, and two revisions with the same drivers are one.
 * Nothing is written to the tree or to the repository (git(1): rev-parse,
 * ls-tree, cat-file).
 */
#ifndef VIOTAPE_GUEST_TREE_H
#define VIOTAPE_GUEST_TREE_H

#include "guest_source.h"
#include "sim.h"

/* The directory of the cache that holds copies, and what may be in it. */
#define GUEST_TREES		"trees"
#define GUEST_TREES_FILES_MAX	3000

#define GUEST_TREE_FILES_MAX	64		/* taken of one tree */

struct guest_tree {
	char *stage;		/* below it dev/pv, dev/pci, dev/fdt */
	/*
	 * What people call its "dev": "/usr/src/sys/dev", of a repository
	 * "sys/dev"; may be empty.
	 */
	char *name;
};

/*
 * spec->sys, or spec->repo and spec->rev.  -1: ERROR_INPUT if there is no such
 * directory, repository or revision, or it has no virtio(4) with a transport
 * and a device; ERROR_LIMIT, ERROR_SYSTEM.  t is {0} then.
 */
int guest_tree_take(const struct guest_spec *spec, struct guest_tree *t,
    struct error *err);
void guest_tree_free(struct guest_tree *t);

/*
 * The files above as git names them, wherever in a repository a tree may be:
 * git's pathspecs, to be freed by host_names_free().
 */
void guest_tree_pathspecs(struct host_names *names);

/*
 * The files of a directory that guest_tree_take() would take now, by their
 * paths from here; none where there is no tree, which take tells.
 */
void guest_tree_paths(const char *sys, void (*path)(void *self,
    const char *path), void *self);

#endif
