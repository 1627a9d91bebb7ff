/*
 * host.c: all that differs between the systems that viotape runs on; see
 * host.h.  The only file with an #ifdef for a system.
 */
#if defined(__APPLE__)
#define _DARWIN_C_SOURCE 1
#define _XOPEN_SOURCE 700		/* ucontext(3) */
#elif defined(__linux__)
#define _GNU_SOURCE 1			/* dl_iterate_phdr(3), MAP_* */
#else
#undef _POSIX_C_SOURCE			/* the BSDs show all without it */
#endif

#include "host.h"
#include "check.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <mach-o/dyld.h>
#include <mach-o/loader.h>
#include <mach/vm_prot.h>
#else
#include <link.h>
#endif
#if defined(__FreeBSD__)
#include <sys/sysctl.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#define HOST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOST_ASAN 1
#endif
#endif
#if defined(HOST_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if !defined(VIOTAPE_DATA_DIR)
#define VIOTAPE_DATA_DIR ""
#endif
#if !defined(VIOTAPE_DATA_FROM_BIN)
#define VIOTAPE_DATA_FROM_BIN "../share/viotape"
#endif

#if !defined(MAP_NORESERVE)
#define MAP_NORESERVE 0
#endif
#if !defined(MAP_ANONYMOUS)
#define MAP_ANONYMOUS MAP_ANON
#endif

/* --- where things are ---------------------------------------------------- */

#if defined(__APPLE__)
static char *
executable_name(void)
{
	uint32_t size = 0;
	char *name;

	(void)_NSGetExecutablePath(NULL, &size);
	name = check_malloc((size_t)size + 1);
	if (_NSGetExecutablePath(name, &size) != 0) {
		check_free(name);
		return NULL;
	}
	return name;
}
#elif defined(__FreeBSD__)
static char *
executable_name(void)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1 };
	char name[PATH_MAX];
	size_t size = sizeof name;

	if (sysctl(mib, 4, name, &size, NULL, 0) != 0)
		return NULL;
	return check_strdup(name);
}
#else
static char *
executable_name(void)
{
	return check_strdup("/proc/self/exe");
}
#endif

char *
host_executable_path(struct error *err)
{
	char *name = executable_name();
	char *real = name != NULL ? realpath(name, NULL) : NULL;

	if (real == NULL)
		error_set(err, ERROR_SYSTEM, "cannot tell which file the "
		    "running program is: %s", strerror(errno));
	check_free(name);
	return real;
}

/* dir if it is a data directory, else NULL; dir is given away. */
static char *
data_dir_if_valid(char *dir)
{
	char *shim = host_path_join(dir, "sim/shim");
	char *real = NULL;

	if (host_is_directory(shim))
		real = realpath(dir, NULL);
	check_free(shim);
	check_free(dir);
	return real;
}

char *
host_data_dir(struct error *err)
{
	const char *env = getenv("VIOTAPE_DATA");
	char *exe, *dir = NULL;

	if (env != NULL && env[0] != '\0') {
		dir = data_dir_if_valid(check_strdup(env));
		if (dir == NULL)
			error_set(err, ERROR_INPUT, "VIOTAPE_DATA is %s, which "
			    "has no sim/shim; set it to viotape's source tree "
			    "or share/viotape, or unset it", env);
		return dir;
	}
	exe = host_executable_path(NULL);
	if (exe != NULL) {
		char *slash = strrchr(exe, '/');

		if (slash != NULL)
			*slash = '\0';
		dir = data_dir_if_valid(host_path_join(exe,
		    VIOTAPE_DATA_FROM_BIN));
		check_free(exe);
	}
	if (dir == NULL && VIOTAPE_DATA_DIR[0] != '\0')
		dir = data_dir_if_valid(check_strdup(VIOTAPE_DATA_DIR));
	if (dir == NULL)
		error_set(err, ERROR_INPUT, "viotape's data (drivers, shim, "
		    "traces) was not found beside the executable; set "
		    "VIOTAPE_DATA to its source tree or its share/viotape");
	return dir;
}

#if defined(__APPLE__)
#define HOME_CACHE "Library/Caches/viotape"
#else
#define HOME_CACHE ".cache/viotape"
#endif

char *
host_cache_dir(struct error *err)
{
	const char *own = getenv("VIOTAPE_CACHE");
	const char *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char *dir;

	if (own != NULL && own[0] != '\0') {
		dir = check_strdup(own);
	} else if (xdg != NULL && xdg[0] == '/') {
		dir = host_path_join(xdg, "viotape");
	} else if (home != NULL && home[0] == '/') {
		dir = host_path_join(home, HOME_CACHE);
	} else {
		char name[64];
		char *temp = host_temp_dir();

		snprintf(name, sizeof name, "viotape-cache-%lu",
		    (unsigned long)getuid());
		dir = host_path_join(temp, name);
		check_free(temp);
	}
	if (host_mkdir_p(dir, err) == -1) {
		error_prefix(err, "no directory for the cache (VIOTAPE_CACHE "
		    "may name one)");
		check_free(dir);
		return NULL;
	}
	return dir;
}

char *
host_temp_dir(void)
{
	const char *env = getenv("TMPDIR");

	return check_strdup(env != NULL && env[0] == '/' ? env : "/tmp");
}

char *
host_temp_dir_create(const char *base, const char *prefix, struct error *err)
{
	char *temp = base != NULL ? check_strdup(base) : host_temp_dir();
	size_t size = strlen(temp) + strlen(prefix) + sizeof "/.XXXXXX";
	char *dir = check_malloc(size);

	snprintf(dir, size, "%s/%s.XXXXXX", temp, prefix);
	check_free(temp);
	if (mkdtemp(dir) == NULL) {
		error_set(err, ERROR_SYSTEM, "cannot make a temporary "
		    "directory %s: %s", dir, strerror(errno));
		check_free(dir);
		return NULL;
	}
	return dir;
}

char *
host_path_real(const char *path)
{
	return realpath(path, NULL);
}

struct host_stamp
host_file_stamp(const char *path)
{
	struct host_stamp s = { .inode = 0 };
	struct stat st;

	if (stat(path, &st) != 0)
		return s;
	s.device = (uint64_t)st.st_dev;
	s.inode = (uint64_t)st.st_ino;
	s.size = (uint64_t)st.st_size;
	s.written_s = (int64_t)st.st_mtime;
	s.changed_s = (int64_t)st.st_ctime;
#if defined(__APPLE__)
	s.written_ns = (int64_t)st.st_mtimespec.tv_nsec;
	s.changed_ns = (int64_t)st.st_ctimespec.tv_nsec;
#else
	s.written_ns = (int64_t)st.st_mtim.tv_nsec;
	s.changed_ns = (int64_t)st.st_ctim.tv_nsec;
#endif
	return s;
}

int
host_stamp_same(const struct host_stamp *a, const struct host_stamp *b)
{
	return a->device == b->device && a->inode == b->inode &&
	    a->size == b->size && a->written_s == b->written_s &&
	    a->changed_s == b->changed_s && a->written_ns == b->written_ns &&
	    a->changed_ns == b->changed_ns;
}

/* --- loaded modules ------------------------------------------------------ */

struct host_module {
	void *handle;
	uintptr_t base;
#if defined(__APPLE__)
	const struct mach_header_64 *header;
#endif
};

#if defined(__APPLE__)
/* Which image a handle is: the one that gives it when opened once more. */
static int
module_locate(struct host_module *m)
{
	for (uint32_t i = 0; i < _dyld_image_count(); i++) {
		const char *name = _dyld_get_image_name(i);
		void *h = dlopen(name, RTLD_NOLOAD | RTLD_LAZY);

		if (h == NULL)
			continue;
		dlclose(h);
		if (h != m->handle)
			continue;
		m->header = (const struct mach_header_64 *)
		    (const void *)_dyld_get_image_header(i);
		m->base = (uintptr_t)_dyld_get_image_vmaddr_slide(i);
		return 0;
	}
	return -1;
}

int
host_module_writable_ranges(const struct host_module *m,
    void (*range)(void *arg, void *start, size_t len), void *arg,
    struct error *err)
{
	const uint8_t *p = (const uint8_t *)(m->header + 1);

	(void)err;
	for (uint32_t i = 0; i < m->header->ncmds; i++) {
		const struct load_command *lc =
		    (const struct load_command *)(const void *)p;
		const struct segment_command_64 *seg =
		    (const struct segment_command_64 *)(const void *)p;

		p += lc->cmdsize;
		if (lc->cmd != LC_SEGMENT_64 || seg->vmsize == 0 ||
		    (seg->initprot & VM_PROT_WRITE) == 0)
			continue;
		/* Read-only once bound (SG_READ_ONLY of newer headers). */
		if ((seg->flags & 0x10) != 0 ||
		    strncmp(seg->segname, "__DATA_CONST", 16) == 0)
			continue;
		range(arg, (void *)(m->base + (uintptr_t)seg->vmaddr),
		    (size_t)seg->vmsize);
	}
	return 0;
}
#else
static int
module_locate(struct host_module *m)
{
	struct link_map *map = NULL;

	if (dlinfo(m->handle, RTLD_DI_LINKMAP, &map) != 0 || map == NULL)
		return -1;
	m->base = (uintptr_t)map->l_addr;
	return 0;
}

struct range_search {
	uintptr_t base;
	void (*range)(void *arg, void *start, size_t len);
	void *arg;
	int found;
};

static void
range_call(struct range_search *s, uintptr_t start, uintptr_t end)
{
	if (start < end)
		s->range(s->arg, (void *)start, end - start);
}

static int
range_of_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct range_search *s = arg;
	uintptr_t page = host_page_size(), ro_start = 0, ro_end = 0;

	(void)size;
	if ((uintptr_t)info->dlpi_addr != s->base)
		return 0;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_GNU_RELRO)
			continue;
		/* The loader protects the whole pages of it, no more. */
		ro_start = (s->base + info->dlpi_phdr[i].p_vaddr) & ~(page - 1);
		ro_end = (s->base + info->dlpi_phdr[i].p_vaddr +
		    info->dlpi_phdr[i].p_memsz) & ~(page - 1);
	}
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		uintptr_t start = s->base + info->dlpi_phdr[i].p_vaddr;
		uintptr_t end = start + info->dlpi_phdr[i].p_memsz;

		if (info->dlpi_phdr[i].p_type != PT_LOAD ||
		    (info->dlpi_phdr[i].p_flags & PF_W) == 0)
			continue;
		if (ro_start >= ro_end || ro_end <= start || ro_start >= end) {
			range_call(s, start, end);
			continue;
		}
		range_call(s, start, ro_start);
		range_call(s, ro_end, end);
	}
	s->found = 1;
	return 1;
}

int
host_module_writable_ranges(const struct host_module *m,
    void (*range)(void *arg, void *start, size_t len), void *arg,
    struct error *err)
{
	struct range_search s = { m->base, range, arg, 0 };

	dl_iterate_phdr(range_of_object, &s);
	if (!s.found)
		return error_set(err, ERROR_SYSTEM, "the loader does not tell "
		    "where the guest's data is");
	return 0;
}
#endif

struct host_module *
host_module_open(const char *path, struct error *err)
{
	struct host_module *m = check_calloc(1, sizeof *m);

	m->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (m->handle == NULL) {
		const char *why = dlerror();

		error_set(err, ERROR_BUILD, "cannot load the guest: %s",
		    why != NULL ? why : path);
		check_free(m);
		return NULL;
	}
	if (module_locate(m) == -1) {
		error_set(err, ERROR_BUILD, "the loader does not tell where "
		    "%s is", path);
		host_module_close(m);
		return NULL;
	}
	return m;
}

void *
host_module_symbol(struct host_module *m, const char *name)
{
	return dlsym(m->handle, name);
}

uintptr_t
host_module_base(const struct host_module *m)
{
	return m->base;
}

void
host_module_close(struct host_module *m)
{
	if (m == NULL)
		return;
	dlclose(m->handle);
	check_free(m);
}

const char *
host_symbol_name(const void *address)
{
	Dl_info info;

	if (dladdr((void *)(uintptr_t)address, &info) == 0)
		return NULL;
	return info.dli_sname;
}

/* --- memory -------------------------------------------------------------- */

size_t
host_page_size(void)
{
	long n = sysconf(_SC_PAGESIZE);

	CHECK(n > 0);
	return (size_t)n;
}

#define MAP_FLAGS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

int
host_map_fixed(void *addr, size_t size, struct error *err)
{
	int flags = MAP_FLAGS;
	void *p;

#if defined(MAP_FIXED_NOREPLACE)
	flags |= MAP_FIXED_NOREPLACE;
#elif defined(MAP_EXCL)
	flags |= MAP_FIXED | MAP_EXCL;
#endif
	/*
	 * Where neither exists (macOS), or the kernel is older than the flag,
	 * the address is a wish, and what came of it is looked at.
	 */
	p = mmap(addr, size, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (p == addr)
		return 0;
	if (p != MAP_FAILED) {
		munmap(p, size);
		errno = EEXIST;
	}
	return error_set(err, ERROR_SYSTEM, "cannot map %zu bytes at %#llx: %s",
	    size, (unsigned long long)(uintptr_t)addr, strerror(errno));
}

static void *
map_anywhere(size_t size, int flags, struct error *err)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (p != MAP_FAILED)
		return p;
	error_set(err, ERROR_SYSTEM, "cannot map %zu bytes: %s", size,
	    strerror(errno));
	return NULL;
}

void *
host_map(size_t size, struct error *err)
{
	return map_anywhere(size, MAP_FLAGS, err);
}

#define LARGE	((size_t)2 << 20)

/* A large page begins at a multiple of its size. */
void *
host_map_large(size_t size, struct error *err)
{
	size_t page = host_page_size(), before;
	uint8_t *p, *start;

	size = (size + page - 1) / page * page;
	p = map_anywhere(size + LARGE, MAP_FLAGS, err);
	if (p == NULL)
		return NULL;
	before = (LARGE - (uintptr_t)p % LARGE) % LARGE;
	start = p + before;
	if (before != 0)
		host_unmap(p, before);
	host_unmap(start + size, LARGE - before);
#if defined(MADV_HUGEPAGE)
	/* A wish: without, it is memory all the same. */
	(void)madvise(start, size, MADV_HUGEPAGE);
#endif
	return start;
}

void *
host_map_shared(size_t size, struct error *err)
{
	return map_anywhere(size, MAP_SHARED | MAP_ANONYMOUS, err);
}

void
host_soon(void *addr, size_t size)
{
#if defined(MADV_POPULATE_WRITE)
	int was = errno;

	/* An older system does not know it. */
	(void)madvise(addr, size, MADV_POPULATE_WRITE);
	errno = was;
#else
	(void)addr;
	(void)size;
#endif
}

int
host_protect(void *addr, size_t size, unsigned access, struct error *err)
{
	int prot = PROT_NONE;

	if (access & HOST_READ)
		prot |= PROT_READ;
	if (access & HOST_WRITE)
		prot |= PROT_WRITE;
	if (mprotect(addr, size, prot) == 0)
		return 0;
	return error_set(err, ERROR_SYSTEM, "cannot protect %zu bytes at "
	    "%#llx: %s", size, (unsigned long long)(uintptr_t)addr,
	    strerror(errno));
}

#if defined(__linux__) && defined(MFD_CLOEXEC)
#define TWINS_MAX	8u

/* Ranges that have, or had, a twin. */
static struct twin {
	void *addr, *twin;		/* NULL: no more */
	size_t size;
	int fd;
} twins[TWINS_MAX];
static size_t ntwins;

/* Each process has its own from now on. */
static void
twins_part(void)
{
	for (size_t i = 0; i < ntwins; i++) {
		struct twin *t = &twins[i];

		CHECK(t->twin == NULL);
		CHECK(mmap(t->addr, t->size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, t->fd, 0) ==
		    t->addr);
		close(t->fd);
	}
	ntwins = 0;
}

static void *
twin_map(struct twin *t, size_t used)
{
	int flags = MAP_SHARED | MAP_NORESERVE;
	void *p;

	if (ftruncate(t->fd, (off_t)t->size) != 0)
		return NULL;
	p = mmap(NULL, t->size, PROT_READ | PROT_WRITE, flags, t->fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	memcpy(p, t->addr, used);
	CHECK(mmap(t->addr, t->size, PROT_READ | PROT_WRITE, flags | MAP_FIXED,
	    t->fd, 0) == t->addr);
	return p;
}

static void
twin_forget(const void *addr)
{
	for (size_t i = 0; i < ntwins; i++)
		if (twins[i].addr == addr) {
			close(twins[i].fd);
			twins[i] = twins[--ntwins];
			return;
		}
}

void *
host_twin(void *addr, size_t size, size_t used)
{
	static int told;
	struct twin t = { addr, NULL, size, -1 };
	struct rlimit most;

	/* Of a file larger than that the process would die. */
	if (ntwins == TWINS_MAX || getrlimit(RLIMIT_FSIZE, &most) != 0 ||
	    (most.rlim_cur != RLIM_INFINITY && most.rlim_cur < size))
		return NULL;
	if (!told && pthread_atfork(twins_part, NULL, NULL) != 0)
		return NULL;
	told = 1;
	t.fd = memfd_create("viotape", MFD_CLOEXEC);
	if (t.fd < 0)
		return NULL;
	t.twin = twin_map(&t, used);
	if (t.twin == NULL) {
		close(t.fd);
		return NULL;
	}
	twin_forget(addr);		/* one that it had before */
	twins[ntwins++] = t;
	return t.twin;
}

void
host_untwin(void *twin, size_t size)
{
	CHECK(munmap(twin, size) == 0);
	for (size_t i = 0; i < ntwins; i++)
		if (twins[i].twin == twin)
			twins[i].twin = NULL;
}
#else
void *
host_twin(void *addr, size_t size, size_t used)
{
	(void)addr;
	(void)size;
	(void)used;
	return NULL;
}

void
host_untwin(void *twin, size_t size)
{
	(void)twin;
	(void)size;
}

static void
twin_forget(const void *addr)
{
	(void)addr;
}
#endif

void
host_unmap(void *addr, size_t size)
{
	CHECK(munmap(addr, size) == 0);
	twin_forget(addr);
}

#if defined(HOST_ASAN)
/* volatile: no loop is taken for a call of memcpy(3), which is watched. */
__attribute__((no_sanitize("address"))) void
host_copy(void *to, const void *from, size_t size)
{
	volatile uint64_t *t = to;
	const volatile uint64_t *f = from;

	for (size_t i = 0; i < size / sizeof *t; i++)
		t[i] = f[i];
}

__attribute__((no_sanitize("address"))) int
host_same(const void *a, const void *b, size_t size)
{
	const volatile uint64_t *x = a, *y = b;
	size_t i = 0;

	while (i < size / sizeof *x && x[i] == y[i])
		i++;
	return i == size / sizeof *x;
}
#else
void
host_copy(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
}

int
host_same(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size) == 0;
}
#endif

/* --- fibers -------------------------------------------------------------- */

/* macOS calls ucontext(3) deprecated and has it all the same. */
#if defined(__APPLE__)
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
#endif

struct host_fiber {
	ucontext_t context;
	void (*fn)(void *);
	void *arg;
	int ended;
	/* For AddressSanitizer only: */
	void *fake_stack;
	const void *stack;
	size_t size;
};

/* Who switched last, until the one that goes on has seen it. */
static struct host_fiber *switched_from;

/* First thing after every switch, on the new stack. */
static void
fiber_arrived(struct host_fiber *self)
{
#if defined(HOST_ASAN)
	/* The bounds of a thread's own stack are learnt on leaving it. */
	__sanitizer_finish_switch_fiber(self->fake_stack,
	    &switched_from->stack, &switched_from->size);
#else
	(void)self;
#endif
	switched_from = NULL;
}

/* makecontext(3) passes ints: a pointer goes in two of them. */
static void
fiber_begin(unsigned high, unsigned low)
{
	struct host_fiber *self = (struct host_fiber *)(uintptr_t)
	    ((uint64_t)high << 32 | low);

	fiber_arrived(self);
	self->fn(self->arg);
	CHECK(!"a fiber's function returned");
}

struct host_fiber *
host_fiber_create_self(void)
{
	return check_calloc(1, sizeof(struct host_fiber));
}

void
host_stack_unmark(void *stack, size_t size)
{
#if defined(HOST_ASAN)
	__asan_unpoison_memory_region(stack, size);
#else
	(void)stack;
	(void)size;
#endif
}

struct host_fiber *
host_fiber_create(void *stack, size_t size, void (*fn)(void *), void *arg)
{
	struct host_fiber *f = check_calloc(1, sizeof *f);
	uint64_t self = (uintptr_t)f;

	CHECK(size >= HOST_FIBER_STACK_MIN);
	f->fn = fn;
	f->arg = arg;
	f->stack = stack;
	f->size = size;
	CHECK(getcontext(&f->context) == 0);
	f->context.uc_stack.ss_sp = stack;
	f->context.uc_stack.ss_size = size;
	f->context.uc_link = NULL;
	makecontext(&f->context, (void (*)(void))fiber_begin, 2,
	    (unsigned)(self >> 32), (unsigned)self);
	return f;
}

void
host_fiber_switch(struct host_fiber *from, struct host_fiber *to)
{
	CHECK(from != to && !from->ended && !to->ended);
	/* The caller's registers go to the stack: see host_fiber_sp(). */
	__builtin_unwind_init();
	switched_from = from;
#if defined(HOST_ASAN)
	__sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->size);
#endif
	CHECK(swapcontext(&from->context, &to->context) == 0);
	fiber_arrived(from);
}

_Noreturn void
host_fiber_leave(struct host_fiber *from, struct host_fiber *to)
{
	CHECK(from != to && !to->ended);
	from->ended = 1;
	switched_from = from;
#if defined(HOST_ASAN)
	__sanitizer_start_switch_fiber(NULL, to->stack, to->size);
#endif
	setcontext(&to->context);
	check_failed("setcontext", __FILE__, __LINE__);
}

void
host_fiber_destroy(struct host_fiber *f)
{
	/* Its stack is anybody's now, also when it stood in the middle. */
	if (f->fn != NULL)
		host_stack_unmark((void *)(uintptr_t)f->stack, f->size);
	check_free(f);
}

uint64_t
host_fiber_sp(const struct host_fiber *f)
{
#if defined(__APPLE__) && defined(__x86_64__)
	return f->context.uc_mcontext->__ss.__rsp;
#elif defined(__APPLE__) && defined(__aarch64__)
	return f->context.uc_mcontext->__ss.__sp;
#elif defined(__linux__) && defined(__x86_64__)
	return (uint64_t)f->context.uc_mcontext.gregs[REG_RSP];
#elif defined(__linux__) && defined(__aarch64__)
	return f->context.uc_mcontext.sp;
#else
	(void)f;
	return 0;
#endif
}

/* --- faults of the processor ---------------------------------------------- */

#define FAULT_STACK_SIZE (256u << 10)

static const int fault_signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL,
    SIGTRAP };
#define FAULT_SIGNALS (sizeof fault_signals / sizeof fault_signals[0])

static void (*fault_handler)(void *self, const struct host_fault *fault);
static void *fault_self;
static int (*store_watch)(void *address);
static struct sigaction fault_before[FAULT_SIGNALS];
static stack_t fault_stack_before;
static _Alignas(16) char fault_stack[FAULT_STACK_SIZE];

/* pc, frame and from of f. */
static void
fault_place(const ucontext_t *u, struct host_fault *f)
{
#if defined(__APPLE__) && defined(__x86_64__)
	f->pc = u->uc_mcontext->__ss.__rip;
	f->frame = u->uc_mcontext->__ss.__rbp;
	f->from = u->uc_mcontext->__ss.__rsp;
#elif defined(__APPLE__) && defined(__aarch64__)
	f->pc = u->uc_mcontext->__ss.__pc;
	f->frame = u->uc_mcontext->__ss.__fp;
	f->from = u->uc_mcontext->__ss.__lr;
#elif defined(__linux__) && defined(__x86_64__)
	f->pc = (uint64_t)u->uc_mcontext.gregs[REG_RIP];
	f->frame = (uint64_t)u->uc_mcontext.gregs[REG_RBP];
	f->from = (uint64_t)u->uc_mcontext.gregs[REG_RSP];
#elif defined(__linux__) && defined(__aarch64__)
	f->pc = u->uc_mcontext.pc;
	f->frame = u->uc_mcontext.regs[29];
	f->from = u->uc_mcontext.regs[30];
#else
	(void)u;
	f->pc = HOST_PC_UNKNOWN;
#endif
	/* A call pushes on x86-64; elsewhere it is a register. */
#if defined(__x86_64__)
	if (f->kind == HOST_FAULT_MEMORY && f->pc == f->address)
		f->from = *(const uint64_t *)(uintptr_t)f->from;
#endif
	if (f->kind != HOST_FAULT_MEMORY || f->pc != f->address)
		f->from = 0;
}

static void
fault_signal(int sig, siginfo_t *info, void *context)
{
	struct host_fault f = { .kind = HOST_FAULT_MEMORY,
	    .address = (uint64_t)(uintptr_t)info->si_addr };

	/* macOS has SIGBUS for what is protected, the others SIGSEGV. */
	if (store_watch != NULL && (sig == SIGSEGV || sig == SIGBUS) &&
	    store_watch(info->si_addr))
		return;
	if (sig == SIGFPE)
		f.kind = HOST_FAULT_ARITHMETIC;
	else if (sig == SIGILL || sig == SIGTRAP)
		f.kind = HOST_FAULT_INSTRUCTION;
	fault_place(context, &f);
	if (fault_handler != NULL)
		fault_handler(fault_self, &f);
	/* It happens again, and then to whoever was there before. */
	for (size_t i = 0; i < FAULT_SIGNALS; i++)
		if (fault_signals[i] == sig)
			sigaction(sig, &fault_before[i], NULL);
}

static void
faults_catch(void)
{
	struct sigaction act;
	stack_t stack;

	memset(&act, 0, sizeof act);
	memset(&stack, 0, sizeof stack);
	stack.ss_sp = fault_stack;
	stack.ss_size = sizeof fault_stack;
	CHECK(sigaltstack(&stack, &fault_stack_before) == 0);
	/* It may be left for good, so nothing stays blocked. */
	act.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	act.sa_sigaction = fault_signal;
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < FAULT_SIGNALS; i++)
		CHECK(sigaction(fault_signals[i], &act, &fault_before[i]) == 0);
}

static void
faults_release(void)
{
	for (size_t i = 0; i < FAULT_SIGNALS; i++)
		sigaction(fault_signals[i], &fault_before[i], NULL);
	sigaltstack(&fault_stack_before, NULL);
}

/* They are caught as long as somebody wants them. */
static void
faults_wanted(void (*handler)(void *self, const struct host_fault *fault),
    int (*watch)(void *address))
{
	int was = fault_handler != NULL || store_watch != NULL;
	int is = handler != NULL || watch != NULL;

	fault_handler = handler;
	store_watch = watch;
	if (is && !was)
		faults_catch();
	else if (was && !is)
		faults_release();
}

void
host_fault_handler_set(void (*handler)(void *self,
    const struct host_fault *fault), void *self)
{
	fault_self = self;
	faults_wanted(handler, store_watch);
}

void
host_store_watch_set(int (*watch)(void *address))
{
	faults_wanted(fault_handler, watch);
}

/* --- the rest ------------------------------------------------------------ */

unsigned
host_cpu_count(void)
{
	long n = -1;

#if defined(_SC_NPROCESSORS_ONLN)
	n = sysconf(_SC_NPROCESSORS_ONLN);
#endif
	return n > 0 ? (unsigned)n : 1;
}

uint64_t
host_monotonic_ns(void)
{
	struct timespec ts;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void
host_sleep_ms(unsigned ms)
{
	struct timespec ts = { .tv_sec = (time_t)(ms / 1000),
	    .tv_nsec = (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&ts, NULL);
}

int
host_isatty(int fd)
{
	return isatty(fd) == 1;
}

const char *
host_system_name(void)
{
#if defined(__APPLE__)
	return "macOS";
#elif defined(__linux__)
	return "Linux";
#else
	return "BSD";
#endif
}

const char *
host_module_suffix(void)
{
#if defined(__APPLE__)
	return "dylib";
#else
	return "so";
#endif
}
