/*
 * guest_build.h: sources in, a loadable guest out; nothing is compiled twice.
 *
 *	spec = {0}				our own drivers
 *	guest_build(&spec, &built, &err)
 *	host_module_open(built.path, &err)
 *	guest_built_free(&built)
 *
 * Cache (host_cache_dir()), each file named by the digest of all it was made
 * of, written under another name and renamed, so that any number of viotapes
 * may use it at once:
 *
 *	compilers/	what each compiler predefines
 *	objects/	one .o a source, compiler and set of options
 *	guests/		the shared objects
 *	viotape-faults/	trees of drivers with faults in them
 *	trees/		copies of the drivers of OpenBSD trees
 *
 * A guest is the same, byte for byte, wherever it is built: the names in its
 * debugging information are "drivers/viogpu.c", "sim/shim/kern_bus.c", for a
 * FILE.c or a tree of the user what the user called it, and in a repository
 * the file's path there.
 */
#ifndef VIOTAPE_GUEST_BUILD_H
#define VIOTAPE_GUEST_BUILD_H

#include "guest_source.h"
#include "sim.h"

/* Files in objects/ and in guests/: the oldest go when there are more. */
#define GUEST_CACHE_FILES_MAX	1000

struct guest_built {
	char *path;			/* the shared object */
	char **object_paths;		/* first those of drivers, in order */
	size_t nobjects;
	char *drivers_dir;		/* where the drivers' sources are */
	/* The drivers' sources as reports call them: "drivers/viogpu.c". */
	struct host_names drivers;
	struct host_names driver_paths;	/* and the files, one for each */
	/*
	 * What a FILE.c of the user's own includes beside what the shim and the
	 * drivers have; paths from here, as far as they were found.
	 */
	struct host_names included;
	int lacks_gpu, lacks_net;	/* a tree without viogpu, without vio */
	int lacks_pci, lacks_mmio;	/* ... the driver of such a transport */
	char compiler[128];		/* "gcc 12.2.0" */
	/* Digests in hexadecimal: of all that the guest was made of, */
	char digest[DIGEST_HEX_SIZE];
	/* of its sources, and of the drivers' alone: for any compiler. */
	char source_digest[DIGEST_HEX_SIZE];
	char driver_digest[DIGEST_HEX_SIZE];
	/* What the compiler said, whole, ended by a NUL; also after failure. */
	struct bytes messages;
	int was_cached;			/* 1 if nothing had to be done */
};

/*
 * -1: as guest_sources_find(); or ERROR_BUILD: no compiler, a source that
 * does not compile (the sentence holds the compiler's messages, cut if need
 * be; out->messages has them whole), or a function that a driver needs and
 * the shim does not model.  out is set in every case, for guest_built_free().
 */
int guest_build(const struct guest_spec *spec, struct guest_built *out,
    struct error *err);
void guest_built_free(struct guest_built *built);

#endif
