/*
 * guest_source.h: which source files make a guest: the shim's kernel, the
 * drivers, with faults put back or one driver replaced by the user's own.
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
	int is_foreign;		/* the user's own */
	int finishes;		/* its text calls virtio_attach_finish() */
	uint8_t digest[DIGEST_SIZE];	/* of its text */
};

/* Everything is owned by it; {0} is none. */
struct guest_sources {
	struct guest_source source[GUEST_SOURCES_MAX];	/* by name */
	size_t n;
	char *data;		/* host_data_dir() */
	char *drivers;		/* directory of the drivers' sources */
	uint8_t headers[DIGEST_SIZE];	/* of all headers and their names */
	uint8_t driver[DIGEST_SIZE];	/* of the drivers' sources and headers */
	uint8_t all[DIGEST_SIZE];	/* of the whole guest's */
};

/*
 * Finds and reads them.  -1: ERROR_USAGE for a fault that there is not (the
 * sentence lists those there are, near ones first) or a FILE.c that replaces
 * no driver; ERROR_INPUT for one that cannot be read; ERROR_BUILD for a diff
 * that does not apply, with the words of patch(1).  s is empty then.
 */
int guest_sources_find(const struct guest_spec *spec, struct guest_sources *s,
    struct error *err);
void guest_sources_free(struct guest_sources *s);
/*
 * 1 if one of the drivers is a vio(4), which the kernel then configures; 2 if
 * it is one of before 2024, to which drivers/virtio_compat.c translates.
 */
int guest_sources_have_vio(const struct guest_sources *s);

/* The names of all faults, sorted; free by host_names_free(). */
int guest_faults_list(struct host_names *names, struct error *err);
/* What a fault does, in words: the head of its diff; added to text. */
int guest_fault_describe(const char *name, struct bytes *text,
    struct error *err);

/* Stands before the names of our own sources in debugging information. */
#define GUEST_SOURCE_MARK	"/viotape:/"

/* The directory of the cache that holds trees of drivers with faults ... */
#define GUEST_FAULT_TREES	"viotape-faults"
#define GUEST_FAULT_FILES_MAX	2000	/* ... emptied when it has more files */

#endif
