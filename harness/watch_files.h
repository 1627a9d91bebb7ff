/*
 * watch_files.h: the files that what watch shows is made of, and whether they
 * are other ones by now.
 *
 *	watch_files_list(o, &built.included, &f)	which, and their stamps
 *	watch_files_read(&f)				... and their contents
 *	for (;;) {
 *		while (!watch_files_moved(&f)) wait
 *		watch_files_settle(&f, o, &included, &stop, &what, &touched)
 *		... build, run ...
 *		watch_files_again(&f, o, &built.included)
 *	}
 *	watch_files_free(&f)
 *
 * Files are looked at and not subscribed to (inotify(7), kqueue(2)): a file
 * that an editor replaces by rename(2) is another file of the same name, a
 * network's file system tells nobody, and a few hundred stat(2) take less
 * than a millisecond.  A stamp that moved says that a file is to be read; only
 * other contents count.
 */
#ifndef VIOTAPE_WATCH_FILES_H
#define VIOTAPE_WATCH_FILES_H

#include <signal.h>
#include <stddef.h>

#include "git.h"
#include "guest_tree.h"
#include "options.h"
#include "sim.h"

#define WATCH_FILES_MAX		8192
#define WATCH_QUIET_MS		30	/* nothing moves so long: it is saved */
/* A file that is gone may come back: editors take a few ms. */
#define WATCH_GONE_MS		1000
#define WATCH_SETTLE_MS		10000	/* as long as that at most */

struct watch_file {
	char *path;
	char *name;			/* for people */
	struct host_stamp stamp;
	uint8_t digest[DIGEST_SIZE];	/* 0: not there */
	int is_read;			/* digest is of this stamp */
	int was_new;			/* its contents were other ones lately */
	int is_listed;			/* watch_files_again()'s */
};

/* By path; {0} is none. */
struct watch_files {
	struct watch_file *list;
	size_t n;
	/* The commit that --repo's --rev is; "": there is none. */
	char revision[GIT_HASH_MAX + 1];
};

/*
 * What the guest, the machines and the traces of o are made of now, with their
 * stamps, not read.  included is the guest's, or NULL.  What is not there or
 * cannot be listed is left out: whoever builds or loads it says so.
 */
void watch_files_list(const struct options *o,
    const struct host_names *included, struct watch_files *f);
void watch_files_free(struct watch_files *f);

/* Reads those that were not; f is then what later ones are compared with. */
void watch_files_read(struct watch_files *f);
/* 1 if a stamp of f is not the file's; nothing is read. */
int watch_files_moved(const struct watch_files *f);
/* 1 if there are files that f has not, or the revision is another commit. */
int watch_files_others(const struct watch_files *f, const struct options *o,
    const struct host_names *included);

/*
 * Waits until nothing moves, lists and reads anew into f.  Returns how many
 * have other contents, are new or are gone; their names are added to words
 * ("viogpu.c, virtio.h (gone) and 3 more"), those of files that were only
 * written again to touched.
 */
size_t watch_files_settle(struct watch_files *f, const struct options *o,
    const struct host_names *included, const volatile sig_atomic_t *stop,
    struct bytes *words, struct bytes *touched);
/* The list anew, after a build told what is included; contents stay known. */
void watch_files_again(struct watch_files *f, const struct options *o,
    const struct host_names *included);
/*
 * Reads those again whose contents were other ones lately: whether there was
 * a write within the file system's grain of time that no stamp told.
 */
size_t watch_files_reread(struct watch_files *f, struct bytes *words);

#endif
