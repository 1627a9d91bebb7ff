/*
 * guest_cache.h: directories of files that can be made again and are named by
 * what they were made of; any number of processes may use one at once.
 */
#ifndef VIOTAPE_GUEST_CACHE_H
#define VIOTAPE_GUEST_CACHE_H

#include <stddef.h>

#include "sim.h"

/* A name beside final that no other process uses; the caller's to free. */
char *guest_cache_temp(const char *final);
/* Gives the file temp its name; -1 and ERROR_SYSTEM. */
int guest_cache_commit(const char *temp, const char *final, struct error *err);
/*
 * If there are more than files_max files below dir: removes what lies in it,
 * directories with all that they have, the oldest first, until half as many are
 * left, so that nobody loses what he is just compiling.  Where there are too many
 * to list, all of it.  Never fails.
 */
void guest_cache_thin(const char *dir, size_t files_max);
/* It is in use, and young again. */
void guest_cache_touch(const char *path);
/* Removes the oldest files of dir until files_max are left; never fails. */
void guest_cache_prune(const char *dir, size_t files_max);

#endif
