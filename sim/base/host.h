/*
 * host.h: what differs between the systems that viotape runs on (Linux, macOS,
 * the BSDs): where files are, processes, loaded modules, memory at a given
 * address, fibers.  Nothing above sim/base has an #ifdef for a system.
 *
 * Sources: host.c holds all that differs; host_file.c and host_spawn.c are
 * POSIX.  Unless they say otherwise, functions that return int return 0, or -1
 * with err filled (ERROR_SYSTEM, errno's text in the sentence); err may be
 * NULL.  Strings returned as char * are the caller's, to be given to check_free().
 */
#ifndef VIOTAPE_HOST_H
#define VIOTAPE_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "check.h"
#include "error.h"

/* --- where things are ---------------------------------------------------- */

/* The file of the running program, symbolic links resolved; NULL on failure. */
char *host_executable_path(struct error *err);

/*
 * The directory that holds drivers/, sim/shim/ and traces/, the first of:
 * $VIOTAPE_DATA (must then be right); ../share/viotape from the executable's
 * directory (an installed viotape); the source tree it was built from.  NULL
 * and ERROR_INPUT if none of them has a sim/shim.
 */
char *host_data_dir(struct error *err);

/*
 * The directory for things that can be made again, created if it is not
 * there: $VIOTAPE_CACHE, else $XDG_CACHE_HOME/viotape, else ~/.cache/viotape
 * (macOS: ~/Library/Caches/viotape), else, without a home, a directory of the
 * user's own below the temporary one.  NULL on failure.
 */
char *host_cache_dir(struct error *err);

/* $TMPDIR if it is an absolute path, else /tmp.  Never NULL. */
char *host_temp_dir(void);

/*
 * Makes a directory of one's own, mode 0700, in base (NULL: host_temp_dir());
 * prefix is the beginning of its name.  Remove it by host_tree_remove().
 */
char *host_temp_dir_create(const char *base, const char *prefix,
    struct error *err);

/* path without symbolic links, or NULL if there is no such file. */
char *host_path_real(const char *path);

/* --- files (host_file.c) --------------------------------------------------- */

/* "a/b" of "a" and "b"; never NULL.  "a" may end in a slash. */
char *host_path_join(const char *a, const char *b);
/* What follows the last slash; points into path. */
const char *host_path_base(const char *path);
/* 1 if path is a directory; a regular file. */
int host_is_directory(const char *path);
int host_is_file(const char *path);

/* Makes path and what is missing above it, mode 0777 less umask. */
int host_mkdir_p(const char *path, struct error *err);

/*
 * Adds the whole of a regular file to b; b is unchanged on failure.  A file of
 * more than size_max bytes is ERROR_LIMIT; what cannot be opened or is no
 * regular file is ERROR_INPUT.
 */
int host_file_read(const char *path, struct bytes *b, size_t size_max,
    struct error *err);

/* All n bytes to a descriptor, or from it: 0; -1 with errno, which is 0 where
   it ended before. */
int host_fd_write(int fd, const void *p, size_t n);
int host_fd_read(int fd, void *p, size_t n);

/*
 * Writes a file so that there is the old one or the whole new one, even when
 * the disk fills: a temporary file beside it, fsync(2), rename(2).
 */
int host_file_write_atomic(const char *path, const void *data, size_t len,
    struct error *err);

/* Copies a file by the two functions above; at most size_max bytes. */
int host_file_copy(const char *from, const char *to, size_t size_max,
    struct error *err);

#define HOST_TREE_DEPTH_MAX	16
#define HOST_TREE_FILES_MAX	4096

/* Names, each and the array allocated; free by host_names_free(). */
struct host_names {
	char **names;
	size_t n;
};

/*
 * The regular files below dir, as paths relative to dir, sorted by byte
 * value; hidden ones (".x") are left out.  recursive 0: only dir itself.  Too
 * many or too deep is ERROR_LIMIT.  names is set anew.
 */
int host_tree_list(const char *dir, int recursive, struct host_names *names,
    struct error *err);
void host_names_free(struct host_names *names);
/* 1 if name is one of them. */
int host_names_have(const struct host_names *names, const char *name);
/* Bytes of the longest; 0 if there is none. */
size_t host_names_widest(const struct host_names *names);

/*
 * What tells, without a look into it, that a file is another one by now or was
 * written to; all 0: there is none.  Two writes of one length within the file
 * system's own grain of time (a few ms; on HFS+ and FAT one and two seconds)
 * may have the same.
 */
struct host_stamp {
	uint64_t device, inode, size;
	int64_t written_s, changed_s;	/* since 1970: contents, anything */
	int64_t written_ns, changed_ns;
};
struct host_stamp host_file_stamp(const char *path);
int host_stamp_same(const struct host_stamp *a, const struct host_stamp *b);

/* Removes a directory and all in it; what is missing is no error. */
int host_tree_remove(const char *dir, struct error *err);

/* --- processes (host_spawn.c) ------------------------------------------------ */

/*
 * A program that is run to its end.  It has our environment with LC_ALL=C, no
 * standard input, and its output is kept up to HOST_OUTPUT_MAX bytes; what is
 * beyond is read and dropped.  It inherits whatever we did not open with
 * O_CLOEXEC, so do.
 */
#define HOST_OUTPUT_MAX		(4u << 20)	/* bytes */

struct host_job {
	const char *const *argv;	/* argv[0] is looked up in PATH */
	/* Set by the run: */
	struct bytes output;		/* stdout and stderr; the caller's */
	int output_cut;			/* 1 if bytes were dropped */
	/* Exit status; 128 + signal; 127 if it could not be started. */
	int status;
};

/*
 * Runs n jobs, at most parallel_max at a time (0: as many as there are
 * processors).  A job that fails is no error: see its status.  Where one dies
 * of SIGINT, which a terminal's Ctrl-C sends to all, no more are begun; they
 * have that status, too.
 */
int host_spawn_jobs(struct host_job *jobs, size_t n, unsigned parallel_max,
    struct error *err);

/*
 * Runs one program; its output is added to output, which may be NULL.  -1 if
 * it could not be started; else 0 and *status as in struct host_job.
 */
int host_spawn_wait(const char *const argv[], struct bytes *output, int *status,
    struct error *err);

/* The file that name is in PATH (a name with a slash: itself), or NULL. */
char *host_program_find(const char *name);

/* --- loaded modules ------------------------------------------------------ */

struct host_module;

/*
 * Loads a shared object, all symbols bound, none of its own seen by others.
 * The same file twice is the same module, so copy it to have two.  NULL and
 * ERROR_BUILD with the loader's words if it cannot be loaded.
 */
struct host_module *host_module_open(const char *path, struct error *err);
/* The address of an exported symbol, or NULL. */
void *host_module_symbol(struct host_module *m, const char *name);
/* What to subtract from an address in it to get an address of its file. */
uintptr_t host_module_base(const struct host_module *m);
void host_module_close(struct host_module *m);	/* NULL is allowed */

/*
 * Calls range for each part of the module's memory that its own code may
 * write: data and bss, without what the loader made read-only, in ascending
 * order.  Saved after loading and put back, they reset the module.
 */
int host_module_writable_ranges(const struct host_module *m,
    void (*range)(void *arg, void *start, size_t len), void *arg,
    struct error *err);

/*
 * The name of the exported function that holds an address, or NULL: what
 * dladdr(3) knows.  The string belongs to the loader.
 */
const char *host_symbol_name(const void *address);

/* --- memory -------------------------------------------------------------- */

size_t host_page_size(void);

/*
 * Maps size bytes of zeros exactly at addr, readable and writable, private,
 * without reserving swap.  Both are multiples of host_page_size().  Whatever
 * is there already stays: then -1.
 */
int host_map_fixed(void *addr, size_t size, struct error *err);
/* The same wherever there is room; NULL on failure. */
void *host_map(size_t size, struct error *err);
/*
 * The same for MB that will be used from end to end, or all over: in large
 * pages, where the system has them.
 */
void *host_map_large(size_t size, struct error *err);
/* The same, and processes that are forked from now on have it in common. */
void *host_map_shared(size_t size, struct error *err);
/* Pages may be protected: access is an or of the following; 0 is none. */
#define HOST_READ	1u
#define HOST_WRITE	2u
/* All of it is about to be stored to, which costs less if that is known. */
void host_soon(void *addr, size_t size);
int host_protect(void *addr, size_t size, unsigned access, struct error *err);
void host_unmap(void *addr, size_t size);
/*
 * The bytes of what was just mapped, of which nobody stored to more than the
 * first used ones, at other addresses as well: who stores there does not mind
 * how addr is protected.  NULL: this system has no such thing.  host_untwin()
 * comes before the next fork(2); what addr has stays until host_unmap().
 */
void *host_twin(void *addr, size_t size, size_t used);
void host_untwin(void *twin, size_t size);
/*
 * memcpy(3), and whether memcmp(3) is 0, of whole words, over whatever lies
 * there: AddressSanitizer does not look.
 */
void host_copy(void *to, const void *from, size_t size);
int host_same(const void *a, const void *b, size_t size);

/* --- fibers -------------------------------------------------------------- */

/*
 * A stack and a place in a function: what runs is chosen, never preempted.
 *
 *	self = host_fiber_create_self()			the thread's own stack
 *	f = host_fiber_create(stack, size, fn, arg)
 *	host_fiber_switch(self, f)		runs fn(arg) until it ...
 *	host_fiber_switch(f, self)		... does this
 *	host_fiber_destroy(f)
 *
 * One thread only.  A fiber that is not running may be destroyed wherever it
 * stands: what its functions hold is not freed.  AddressSanitizer is told of
 * every switch.
 */
struct host_fiber;

#define HOST_FIBER_STACK_MIN	(64u << 10)	/* bytes */

struct host_fiber *host_fiber_create_self(void);
/*
 * fn begins at the first switch and must not return (a CHECK): it leaves by
 * host_fiber_leave().  The stack is the caller's and may be used again after
 * host_fiber_destroy().
 */
struct host_fiber *host_fiber_create(void *stack, size_t size,
    void (*fn)(void *), void *arg);
/* Takes back what AddressSanitizer noted of calls that will not return. */
void host_stack_unmark(void *stack, size_t size);
/* Goes on in to; returns when someone switches to from, which is running. */
void host_fiber_switch(struct host_fiber *from, struct host_fiber *to);
/* The same for the last time: from may then only be destroyed. */
_Noreturn void host_fiber_leave(struct host_fiber *from, struct host_fiber *to);
void host_fiber_destroy(struct host_fiber *f);	/* NULL is allowed */
/*
 * The stack pointer of a fiber that was left by host_fiber_switch(): from there
 * to the stack's end lies all that it goes on with, its registers too.  0 where
 * nobody knows.
 */
uint64_t host_fiber_sp(const struct host_fiber *f);

/* --- faults of the processor ---------------------------------------------- */

enum host_fault_kind {
	HOST_FAULT_MEMORY,		/* an access to what is not there */
	HOST_FAULT_ARITHMETIC,		/* a division by zero and the like */
	HOST_FAULT_INSTRUCTION		/* none that can be executed */
};

#define HOST_PC_UNKNOWN	UINT64_MAX

struct host_fault {
	enum host_fault_kind kind;
	uint64_t address;		/* of the access, as far as is told */
	/* Of the thread then; HOST_PC_UNKNOWN: this system does not tell. */
	uint64_t pc;
	uint64_t frame;			/* the frame pointer; 0 then */
	uint64_t from;			/* where to return to, if pc is where
					   a call went; 0 then */
};

/*
 * Calls handler at each fault from now on, on a stack of its own, so that a
 * stack that ran over is one, too.  It either leaves by host_fiber_leave() or
 * host_fiber_switch(), or returns: then the process dies of it, as ever.  NULL
 * ends it.
 */
void host_fault_handler_set(void (*handler)(void *self,
    const struct host_fault *fault), void *self);
/*
 * Is asked first at each fault of memory: 1, the access is to be tried again,
 * for what was wrong was put right.  NULL ends it.
 */
void host_store_watch_set(int (*watch)(void *address));

/* --- the rest ------------------------------------------------------------ */

unsigned host_cpu_count(void);		/* processors in use, at least 1 */
/* For benchmarks and for time limits of processes only, never for a run. */
uint64_t host_monotonic_ns(void);
/* Waits so long, or until a signal came. */
void host_sleep_ms(unsigned ms);
int host_isatty(int fd);		/* 1 if fd is a terminal */
const char *host_system_name(void);	/* "Linux", "macOS", ... */
/* "so" or "dylib": the ending of a shared object's name. */
const char *host_module_suffix(void);

#endif
