/*
 * guest_source.h: which source files make a guest: the shim's kernel and the
 * drivers: ours, with faults put back, or those of an OpenBSD tree
 * (guest_tree.h); of either one replaced by the user's own.
 *
 * A fault is a unified diff drivers/faults/NAME.diff against our own drivers
 * (paths as "git diff" prints them: a/drivers/viogpu.c).  What stands before
 * its first "--- " line says in words what it does.
 */
#ifndef VIOTAPE_GUEST_SOURCE_H
#define VIOTAPE_GUEST_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "sim.h"

#define GUEST_SOURCES_MAX	128		/* *.c files of one guest */
#define GUEST_FAULTS_MAX	16		/* put back at once */
#define GUEST_FILE_SIZE_MAX	(4u << 20)	/* bytes, one file of a guest */

/* What the command line asks for; {0} is our own drivers as they are. */
struct guest_spec {
	const char *const *faults;	/* names, without ".diff" */
	size_t nfaults;
	/*
	 * The user's own FILE.c, or NULL.  It replaces the driver of the same
	 * name, or the one whose name it begins with: viogpu-1.12.c replaces
	 * viogpu.c.
	 */
	const char *driver;
	/*
	 * An OpenBSD source tree, or a repository and a revision with one; NULL
	 * is none.  Its drivers and its virtio stack are then in the place of
	 * ours; no faults.
	 */
	const char *sys;
	const char *repo, *rev;
	/* Tests only: further drivers' sources, and options like -DN=1. */
	const char *const *extra;
	size_t nextra;
	const char *const *defines;
	size_t ndefines;
};

struct guest_source {
	char *path;		/* the file */
	char *name;		/* what reports call it: "drivers/viogpu.c" */
	int is_driver;		/* 0: the shim's */
	int is_foreign;		/* the user's own FILE.c */
	unsigned says;		/* or'ed GUEST_SAYS_*: what its text uses */
	uint8_t digest[DIGEST_SIZE];	/* of its text */
};

/* What a driver uses of what has not been there in all years. */
#define GUEST_SAYS_FINISH	0x1u	/* calls virtio_attach_finish() */
#define GUEST_SAYS_COCOVM	0x2u	/* knows CD_COCOVM */

#define GUEST_DEFINES_MAX	16

/* Everything is owned by it; {0} is none. */
struct guest_sources {
	struct guest_source source[GUEST_SOURCES_MAX];	/* by name */
	size_t n;
	char *data;		/* host_data_dir() */
	char *drivers;		/* the drivers' directory of headers */
	/* What stands before their names, and what reports put there. */
	char *name_from, *name_to;
	int is_tree;		/* of an OpenBSD tree */
	int lacks_gpu, lacks_net;	/* it has no viogpu.c, no if_vio.c */
	int lacks_pci, lacks_mmio;	/* no virtio_pci.c, no virtio_mmio.c */
	/* "-DNVIO=1": what the kernel below them is to have; not owned. */
	const char *defines[GUEST_DEFINES_MAX];
	size_t ndefines;
	uint8_t headers[DIGEST_SIZE];	/* of the shim's, and their names */
	uint8_t own_headers[DIGEST_SIZE];	/* of the drivers' */
	uint8_t driver[DIGEST_SIZE];	/* of the drivers' sources and headers */
	uint8_t all[DIGEST_SIZE];	/* of the whole guest's */
};

/*
 * Finds and reads them.  -1: ERROR_USAGE for a fault that there is not (the
 * sentence lists those there are, near ones first) or a FILE.c that replaces
 * no driver; ERROR_INPUT for one that cannot be read, or a tree that is none;
 * ERROR_BUILD for a diff that does not apply, with the words of patch(1).  s is
 * empty then.
 */
int guest_sources_find(const struct guest_spec *spec, struct guest_sources *s,
    struct error *err);
void guest_sources_free(struct guest_sources *s);
/* The names of all faults, sorted; free by host_names_free(). */
int guest_faults_list(struct host_names *names, struct error *err);
/* What a fault does, in words: the head of its diff; added to text. */
int guest_fault_describe(const char *name, struct bytes *text,
    struct error *err);

/* Stands before the names of our own sources in debugging information. */
#define GUEST_SOURCE_MARK	"/viotape:/"

/* The directory of the cache that holds trees of drivers with faults ... */
#define GUEST_FAULT_TREES	"viotape-faults"
#define GUEST_FAULT_FILES_MAX	2000	/* ... halved when it has more files */

#endif
