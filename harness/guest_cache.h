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
/* Removes dir with all below it if that is more than files_max files. */
void guest_cache_empty(const char *dir, size_t files_max);
/* Removes the oldest files of dir until files_max are left; never fails. */
void guest_cache_prune(const char *dir, size_t files_max);

#endif
