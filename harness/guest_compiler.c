/*
 * guest_compiler.c: the C compiler of this machine that compiles guests; see
 * guest_compiler.h.
 */
#include "guest_compiler.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What both compilers are told.  -O1 and not more: at -O2 gcc merges byte
 * loads and clang fuses byte stores, so that fewer accesses are seen than the
 * source makes.  -fno-inline keeps the call path; a guest has no library but
 * its own hidden mem*() functions, hence -fno-builtin.  A call of a function
 * that no header declares is an error, because it is one that the shim does
 * not model.
 */
#define OPTIONS_COMMON \
	"-c", "-std=gnu11", "-nostdinc", "-ffreestanding", "-fno-builtin", \
	"-fPIC", "-g", "-O1", "-fno-inline", "-fno-optimize-sibling-calls", \
	"-fno-omit-frame-pointer", "-fno-strict-aliasing", "-fno-common", \
	"-fno-stack-protector", "-fvisibility=hidden", "-U_FORTIFY_SOURCE", \
	"-Werror=implicit-function-declaration", "-fsanitize=thread", \
	"-D_KERNEL", \
	/* The devices that kern_ioconf.c knows of, as config(8) would. */ \
	"-DNVIRTIO=1", "-DNVIRTIO_PCI=1", "-DNVIRTIO_MMIO=1", \
	"-DNVIOGPU=1", "-DNWSDISPLAY=1"

/* ELF: calls of hooks without a detour.  Mach-O has no such table. */
#define OPTIONS_ELF "-fno-plt"

static const char *const options_gcc[] = {
	OPTIONS_COMMON, OPTIONS_ELF,
	"--param", "tsan-distinguish-volatile=1",
	"--param", "tsan-instrument-func-entry-exit=0",
	NULL
};

#define OPTIONS_CLANG \
	"-fno-vectorize", "-fno-slp-vectorize", \
	"-mllvm", "-tsan-distinguish-volatile=1", \
	"-mllvm", "-tsan-instrument-func-entry-exit=0", \
	/* Else the load of x++ comes before any hook. */ \
	"-mllvm", "-tsan-instrument-read-before-write=1", \
	"-gdwarf-aranges"

static const char *const options_clang[] = {
	OPTIONS_COMMON, OPTIONS_ELF, OPTIONS_CLANG, NULL
};

static const char *const options_clang_macho[] = {
	OPTIONS_COMMON, OPTIONS_CLANG, NULL
};

/* -nostdlib: what a guest needs is in it or is a hook, nothing of libc. */
static const char *const link_elf[] = {
	"-shared", "-nostdlib", "-Wl,-z,now", "-Wl,-z,relro",
	"-Wl,--build-id=none", NULL
};

static const char *const link_macho[] = {
	"-dynamiclib", "-undefined", "dynamic_lookup", NULL
};

static int
is_macho(void)
{
	return strcmp(host_module_suffix(), "dylib") == 0;
}

const char *const *
guest_compiler_options(const struct guest_compiler *cc)
{
	if (cc->kind == GUEST_COMPILER_GCC)
		return options_gcc;
	return is_macho() ? options_clang_macho : options_clang;
}

const char *const *
guest_compiler_link_options(void)
{
	return is_macho() ? link_macho : link_elf;
}

/* --- which it is --------------------------------------------------------- */

/* Splits "ccache gcc" at blanks into words. */
static int
words_split(struct guest_compiler *cc, const char *text, struct error *err)
{
	while (*text != '\0') {
		size_t n = strcspn(text, " \t");

		if (n > 0) {
			if (cc->nwords == GUEST_COMPILER_WORDS_MAX)
				return error_set(err, ERROR_USAGE, "the name "
				    "of the compiler has more than %d words",
				    GUEST_COMPILER_WORDS_MAX);
			cc->words[cc->nwords] = check_calloc(n + 1, 1);
			memcpy(cc->words[cc->nwords++], text, n);
		}
		text += n + (text[n] != '\0');
	}
	return 0;
}

/* Finds the program and puts its words into cc. */
static int
program_find(struct guest_compiler *cc, char **file, struct error *err)
{
	static const char *const variables[] = { "VIOTAPE_CC", "CC" };
	static const char *const names[] = { "cc", "gcc", "clang" };

	for (size_t i = 0; i < 2; i++) {
		const char *env = getenv(variables[i]);

		if (env == NULL || env[strspn(env, " \t")] == '\0')
			continue;
		if (words_split(cc, env, err) == -1)
			return -1;
		*file = host_program_find(cc->words[0]);
		if (*file == NULL)
			return error_set(err, ERROR_BUILD, "%s names the "
			    "compiler %s, which is not there; set it right or "
			    "unset it", variables[i], cc->words[0]);
		return 0;
	}
	for (size_t i = 0; i < 3; i++) {
		*file = host_program_find(names[i]);
		if (*file == NULL)
			continue;
		return words_split(cc, names[i], err);
	}
	return error_set(err, ERROR_BUILD, "no C compiler was found (cc, gcc, "
	    "clang); guests are compiled on the spot, so install one or name "
	    "one in VIOTAPE_CC");
}

/* A key that changes with the compiler's file, without running it. */
static int
program_key(const struct guest_compiler *cc, const char *file,
    char hex[DIGEST_HEX_SIZE])
{
	char *real = host_path_real(file);
	uint8_t sum[DIGEST_SIZE];
	struct digest d;
	struct stat st;

	if (real == NULL || stat(real, &st) != 0) {
		check_free(real);
		return -1;
	}
	digest_init(&d);
	for (size_t i = 0; i < cc->nwords; i++)
		digest_add_string(&d, cc->words[i]);
	digest_add_string(&d, real);
	digest_add_u64(&d, (uint64_t)st.st_size);
	digest_add_u64(&d, (uint64_t)st.st_mtime);
	digest_add_u64(&d, (uint64_t)st.st_ino);
	digest_final(&d, sum);
	digest_hex(sum, hex);
	check_free(real);
	return 0;
}

/* Asks the compiler for its predefined macros. */
static int
macros_ask(const struct guest_compiler *cc, struct bytes *macros,
    struct error *err)
{
	const char *argv[GUEST_COMPILER_WORDS_MAX + 8];
	size_t n = 0;
	int status;

	for (size_t i = 0; i < cc->nwords; i++)
		argv[n++] = cc->words[i];
	argv[n++] = "-dM";
	argv[n++] = "-E";
	argv[n++] = "-x";
	argv[n++] = "c";
	argv[n++] = "/dev/null";
	argv[n] = NULL;
	if (host_spawn_wait(argv, macros, &status, err) == -1)
		return -1;
	if (status != 0)
		return error_set(err, ERROR_BUILD, "the compiler %s does not "
		    "work (status %d)\n%.*s", cc->words[0], status,
		    (int)macros->len, (const char *)macros->data);
	return 0;
}

/* The value of a macro in "#define NAME VALUE" lines, or "". */
static void
macro_value(const char *macros, const char *name, char *out, size_t size)
{
	char line[64];
	const char *p;

	snprintf(line, sizeof line, "#define %s ", name);
	p = strstr(macros, line);
	out[0] = '\0';
	if (p != NULL) {
		p += strlen(line);
		snprintf(out, size, "%.*s", (int)strcspn(p, "\n"), p);
	}
}

static int
compiler_judge(struct guest_compiler *cc, const char *macros,
    struct error *err)
{
	int clang = strstr(macros, "#define __clang__ ") != NULL;
	char major[16], minor[16], patch[16];
	const char *prefix = clang ? "__clang" : "__GNUC";
	char name[32];

	if (!clang && strstr(macros, "#define __GNUC__ ") == NULL)
		return error_set(err, ERROR_BUILD, "the compiler %s is neither "
		    "gcc nor clang, and others do not instrument every load "
		    "and store; name one of them in VIOTAPE_CC", cc->words[0]);
	cc->kind = clang ? GUEST_COMPILER_CLANG : GUEST_COMPILER_GCC;
	macro_value(macros, clang ? "__clang_major__" : "__GNUC__", major,
	    sizeof major);
	snprintf(name, sizeof name, clang ? "%s_minor__" : "%s_MINOR__",
	    prefix);
	macro_value(macros, name, minor, sizeof minor);
	snprintf(name, sizeof name, clang ? "%s_patchlevel__" :
	    "%s_PATCHLEVEL__", prefix);
	macro_value(macros, name, patch, sizeof patch);
	snprintf(cc->version, sizeof cc->version, "%s %s.%s.%s",
	    clang ? "clang" : "gcc", major, minor, patch);
	if (cc->kind == GUEST_COMPILER_GCC && atoi(major) < 11)
		return error_set(err, ERROR_BUILD, "the compiler %s is %s, "
		    "and gcc tells volatile accesses apart since 11; install "
		    "a newer one or clang and name it in VIOTAPE_CC",
		    cc->words[0], cc->version);
	return 0;
}

int
guest_compiler_find(const char *cache, struct guest_compiler *cc,
    struct error *err)
{
	char *file = NULL, *dir = host_path_join(cache, "compilers");
	char hex[DIGEST_HEX_SIZE], *kept = NULL;
	struct bytes macros = {0};
	struct digest d;
	int ret = -1;

	memset(cc, 0, sizeof *cc);
	if (program_find(cc, &file, err) == -1)
		goto out;
	if (program_key(cc, file, hex) == 0)
		kept = host_path_join(dir, hex);
	if (kept == NULL || host_file_read(kept, &macros, GUEST_MACROS_MAX,
	    NULL) == -1) {
		if (macros_ask(cc, &macros, err) == -1)
			goto out;
		if (kept != NULL && host_mkdir_p(dir, NULL) == 0)
			(void)host_file_write_atomic(kept, macros.data,
			    macros.len, NULL);
	}
	digest_init(&d);
	for (size_t i = 0; i < cc->nwords; i++)
		digest_add_string(&d, cc->words[i]);
	digest_add(&d, macros.data, macros.len);
	digest_final(&d, cc->digest);
	bytes_add(&macros, "", 1);
	ret = compiler_judge(cc, (const char *)macros.data, err);
out:
	if (ret == -1)
		guest_compiler_free(cc);
	bytes_free(&macros);
	check_free(kept);
	check_free(file);
	check_free(dir);
	return ret;
}

void
guest_compiler_free(struct guest_compiler *cc)
{
	for (size_t i = 0; i < cc->nwords; i++)
		check_free(cc->words[i]);
	memset(cc, 0, sizeof *cc);
}
