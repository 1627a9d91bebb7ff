/* guest_build.c: sources in, a loadable guest out; see guest_build.h. */
#include "guest_build.h"
#include "guest_compiler.h"
#include "guest_cache.h"
#include "guest_messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGS_MAX	128
#define GUEST_INCLUDED_MAX	1000	/* files that are told */

/* One build, from its beginning to its end. */
struct build {
	const struct guest_spec *spec;
	struct guest_sources sources;
	struct guest_compiler cc;
	char *cache, *objects, *guests;
	char *include, *shim;		/* include path, with s->drivers */
	char *map_data, *map_drivers, *map_cwd, *macro_data, *macro_drivers;
	char *object[GUEST_SOURCES_MAX];	/* by source, where it will be */
	struct guest_built *out;
};

/* An array of arguments that grows up to ARGS_MAX. */
struct args {
	const char *word[ARGS_MAX];
	size_t n;
};

static void
args_add(struct args *a, const char *word)
{
	CHECK(a->n + 1 < ARGS_MAX);
	a->word[a->n++] = word;
	a->word[a->n] = NULL;
}

static void
args_add_all(struct args *a, const char *const *words)
{
	while (*words != NULL)
		args_add(a, *words++);
}

static char *
text_join(const char *a, const char *b, const char *c)
{
	size_t size = strlen(a) + strlen(b) + strlen(c) + 1;
	char *s = check_malloc(size);

	snprintf(s, size, "%s%s%s", a, b, c);
	return s;
}

/* --- the command line of a compilation ----------------------------------- */

/* "OPTION=FROM=TO" */
static char *
map_create(const char *option, const char *from, const char *mark,
    const char *to)
{
	struct bytes text = {0};
	char *map;

	bytes_printf(&text, "%s=%s=%s%s", option, from, mark, to);
	map = check_strdup((const char *)text.data);
	bytes_free(&text);
	return map;
}

/*
 * The names in the debugging information are cut short: below the data, below
 * a copy of a tree, and the directory that we happen to run in.  The first two
 * get a mark in front, so that they are absolute and nothing puts a directory
 * before them; symbolize.c takes it off.
 */
static void
build_prepare_maps(struct build *b)
{
	const struct guest_sources *s = &b->sources;
	char cwd[4096], *data = host_path_join(s->data, "");

	b->map_data = map_create("-fdebug-prefix-map", data,
	    GUEST_SOURCE_MARK, "");
	b->map_drivers = map_create("-fdebug-prefix-map", s->name_from,
	    GUEST_SOURCE_MARK, s->name_to);
	b->macro_data = map_create("-fmacro-prefix-map", data, "", "");
	b->macro_drivers = map_create("-fmacro-prefix-map", s->name_from, "",
	    s->name_to);
	check_free(data);
	if (b->cc.kind == GUEST_COMPILER_CLANG)
		b->map_cwd = check_strdup("-fdebug-compilation-dir=.");
	else if (getcwd(cwd, sizeof cwd) != NULL)
		b->map_cwd = text_join("-fdebug-prefix-map=", cwd, "=.");
	else
		b->map_cwd = check_strdup("-g");
	b->include = text_join("-I", b->sources.data, "/sim/shim/include");
	b->shim = text_join("-I", b->sources.data, "/sim/shim");
}

static void
build_compile_args(const struct build *b, const struct guest_source *src,
    struct args *a)
{
	for (size_t i = 0; i < b->cc.nwords; i++)
		args_add(a, b->cc.words[i]);
	args_add_all(a, guest_compiler_options(&b->cc));
	args_add(a, b->map_cwd);	/* gcc: of two that match, the last */
	args_add(a, b->map_data);
	args_add(a, b->map_drivers);
	args_add(a, b->macro_data);
	args_add(a, b->macro_drivers);
	args_add(a, b->include);
	if (src->is_driver) {
		args_add(a, "-I");
		args_add(a, b->sources.drivers);
	}
	args_add(a, b->shim);
	for (size_t i = 0; i < b->sources.ndefines; i++)
		args_add(a, b->sources.defines[i]);
	for (size_t i = 0; i < b->spec->ndefines; i++)
		args_add(a, b->spec->defines[i]);
}

/* --- keys ---------------------------------------------------------------- */

static int
is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

/* A file of the user's that the preprocessor has been in. */
static void
included_add(struct build *b, const char *path, size_t len)
{
	struct host_names *to = &b->out->included;
	char *name = check_malloc(len + 1);

	memcpy(name, path, len);
	name[len] = '\0';
	if (name[0] == '<' || to->n == GUEST_INCLUDED_MAX ||
	    is_below(name, b->sources.data) ||
	    is_below(name, b->sources.drivers) || host_names_have(to, name) || !host_is_file(name)) {
		check_free(name);
		return;
	}
	to->names = check_realloc(to->names, (to->n + 1) * sizeof(char *));
	to->names[to->n++] = name;
}

/* Lines like: # 12 "file.h" 1 */
static void
included_read(struct build *b, const struct bytes *text)
{
	const char *p = (const char *)text->data, *end = p + text->len;

	while (p < end) {
		const char *line = memchr(p, '\n', (size_t)(end - p));
		const char *stop = line != NULL ? line : end, *from, *to;

		if (stop - p > 2 && p[0] == '#' && p[1] == ' ' &&
		    p[2] >= '0' && p[2] <= '9' &&
		    (from = memchr(p, '"', (size_t)(stop - p))) != NULL &&
		    (to = memchr(from + 1, '"', (size_t)(stop - from - 1))) !=
		    NULL)
			included_add(b, from + 1, (size_t)(to - from - 1));
		p = stop + 1;
	}
}

/*
 * The user's own file may include what we know nothing of: what the
 * preprocessor makes of it is part of its key.
 */
static int
key_add_preprocessed(struct build *b, const struct guest_source *src,
    struct digest *d, struct error *err)
{
	struct args a = {0};
	struct host_job job = {0};
	int ret;

	build_compile_args(b, src, &a);
	args_add(&a, "-E");
	args_add(&a, src->path);
	job.argv = a.word;
	ret = host_spawn_jobs(&job, 1, 1, err);
	if (ret == 0 && job.output_cut)
		ret = error_set(err, ERROR_LIMIT, "%s has more than %u bytes "
		    "with all that it includes", src->path, HOST_OUTPUT_MAX);
	/* What does not preprocess fails again, and is told, as it compiles. */
	if (ret == 0) {
		digest_add(d, job.output.data, job.output.len);
		included_read(b, &job.output);
	}
	bytes_free(&job.output);
	return ret;
}

/* The name in the cache of one source's object. */
static int
build_object_key(struct build *b, size_t i, struct error *err)
{
	const struct guest_source *src = &b->sources.source[i];
	char hex[DIGEST_HEX_SIZE], *stem;
	uint8_t sum[DIGEST_SIZE];
	struct digest d;

	digest_init(&d);
	digest_add(&d, b->cc.digest, DIGEST_SIZE);
	digest_add_string(&d, GUEST_SOURCE_MARK);
	for (const char *const *o = guest_compiler_options(&b->cc); *o; o++)
		digest_add_string(&d, *o);
	for (size_t n = 0; n < b->spec->ndefines; n++)
		digest_add_string(&d, b->spec->defines[n]);
	for (size_t n = 0; n < b->sources.ndefines; n++)
		digest_add_string(&d, b->sources.defines[n]);
	digest_add(&d, b->sources.headers, DIGEST_SIZE);
	if (src->is_driver)
		digest_add(&d, b->sources.own_headers, DIGEST_SIZE);
	digest_add(&d, src->digest, DIGEST_SIZE);
	digest_add_string(&d, src->name);
	if (src->is_foreign && key_add_preprocessed(b, src, &d, err) == -1)
		return -1;
	digest_final(&d, sum);
	digest_hex(sum, hex);
	stem = host_path_join(b->objects, hex);
	b->object[i] = text_join(stem, ".o", "");
	check_free(stem);
	return 0;
}

/* Sets out's digest and path from the objects. */
static void
build_guest_key(struct build *b)
{
	uint8_t sum[DIGEST_SIZE];
	struct digest d;
	char *stem;

	digest_init(&d);
	for (size_t i = 0; i < b->sources.n; i++)
		digest_add_string(&d, host_path_base(b->object[i]));
	for (const char *const *o = guest_compiler_link_options(); *o; o++)
		digest_add_string(&d, *o);
	digest_final(&d, sum);
	digest_hex(sum, b->out->digest);
	stem = host_path_join(b->guests, b->out->digest);
	b->out->path = text_join(stem, ".", host_module_suffix());
	check_free(stem);
}

/* --- compiling ----------------------------------------------------------- */

/* A copy's place becomes the tree's, so that the user finds the line. */
static void
messages_rename(struct build *b)
{
	const char *from = b->sources.name_from, *p, *at;
	struct bytes renamed = {0};

	if (!b->sources.is_tree)
		return;
	p = (const char *)b->out->messages.data;
	while ((at = strstr(p, from)) != NULL) {
		bytes_add(&renamed, p, (size_t)(at - p));
		bytes_add(&renamed, b->sources.name_to,
		    strlen(b->sources.name_to));
		p = at + strlen(from);
	}
	bytes_add(&renamed, p, strlen(p) + 1);
	bytes_free(&b->out->messages);
	b->out->messages = renamed;
}

/* The error of sources that do not compile, from out->messages. */
static int
compile_failed(struct build *b, const char *names, struct error *err)
{
	struct bytes needs = {0};
	const char *messages;
	int ret;

	messages_rename(b);
	messages = (const char *)b->out->messages.data;
	guest_messages_needs(messages, &b->sources, &needs);
	if (needs.len > 0)
		ret = error_set(err, ERROR_BUILD, "the guest does not build: "
		    "%s; if it is no slip, a kernel's headers are modelled in "
		    "sim/shim/include, its functions in sim/shim/kern_*.c: "
		    "CONTRIBUTING.md, \"Add a kernel function\"%s\n%s",
		    (const char *)needs.data, b->sources.is_tree ? "; or take "
		    "a tree of another time" : "", messages);
	else
		ret = error_set(err, ERROR_BUILD, "the guest does not build: "
		    "%s does not compile\n%s", names, messages);
	bytes_free(&needs);
	return ret;
}

/* Runs one compilation for each source listed; all are tried. */
static int
build_compile_list(struct build *b, const size_t *list, size_t n,
    struct error *err)
{
	struct host_job *jobs = check_calloc(n, sizeof *jobs);
	struct args *args = check_calloc(n, sizeof *args);
	char **temp = check_calloc(n, sizeof *temp);
	struct bytes failed = {0};
	int ret;

	for (size_t i = 0; i < n; i++) {
		temp[i] = guest_cache_temp(b->object[list[i]]);
		build_compile_args(b, &b->sources.source[list[i]], &args[i]);
		args_add(&args[i], "-o");
		args_add(&args[i], temp[i]);
		args_add(&args[i], b->sources.source[list[i]].path);
		jobs[i].argv = args[i].word;
	}
	ret = host_spawn_jobs(jobs, n, 0, err);
	for (size_t i = 0; i < n; i++) {
		if (ret == 0 && jobs[i].status == 0) {
			ret = guest_cache_commit(temp[i], b->object[list[i]],
			    err);
		} else {
			(void)unlink(temp[i]);
			bytes_printf(&failed, "%s%s", failed.len ? ", " : "",
			    b->sources.source[list[i]].name);
			bytes_add(&b->out->messages, jobs[i].output.data,
			    jobs[i].output.len);
		}
		bytes_free(&jobs[i].output);
		check_free(temp[i]);
	}
	bytes_add(&b->out->messages, "", 1);
	if (ret == 0 && failed.len > 0)
		ret = compile_failed(b, (const char *)failed.data, err);
	bytes_free(&failed);
	check_free(temp);
	check_free(args);
	check_free(jobs);
	return ret;
}

static int
build_compile(struct build *b, struct error *err)
{
	size_t list[GUEST_SOURCES_MAX], n = 0;

	for (size_t i = 0; i < b->sources.n; i++)
		if (!host_is_file(b->object[i]))
			list[n++] = i;
	return n > 0 ? build_compile_list(b, list, n, err) : 0;
}

/* --- linking ------------------------------------------------------------- */

/* What object is called in reports: its source's name. */
static const char *
build_object_source(const struct build *b, const char *object, size_t len)
{
	for (size_t i = 0; i < b->sources.n; i++)
		if (strlen(b->object[i]) == len &&
		    strncmp(b->object[i], object, len) == 0)
			return b->sources.source[i].name;
	return "the guest";
}

/* Runs nm(1) over files; 1 if there is none. */
static int
symbols_undefined(char *const *files, size_t n, struct bytes *output,
    struct error *err)
{
	static const char *const programs[] = { "nm", "llvm-nm", "gnm" };
	struct args a = {0};
	int status;

	for (size_t i = 0; i < 3; i++) {
		char *found = host_program_find(programs[i]);

		if (found == NULL)
			continue;
		check_free(found);
		args_add(&a, programs[i]);
		args_add(&a, "-A");
		args_add(&a, "-u");
		for (size_t k = 0; k < n; k++)
			args_add(&a, files[k]);
		if (host_spawn_wait(a.word, output, &status, err) == -1)
			return -1;
		bytes_add(output, "", 1);
		if (status == 0)
			return 0;
		return error_set(err, ERROR_BUILD, "%s cannot read the guest\n"
		    "%s", programs[i], (const char *)output->data);
	}
	return 1;
}

/* The symbol at the end of a line of "nm -A -u", as C names it. */
static void
symbol_of_line(const char *line, size_t len, char *name, size_t size)
{
	size_t start = len;

	while (start > 0 && line[start - 1] != ' ' && line[start - 1] != ':')
		start--;
	if (strcmp(host_module_suffix(), "dylib") == 0 && line[start] == '_')
		start++;	/* Mach-O puts one before every name */
	snprintf(name, size, "%.*s", (int)(len - start), line + start);
}

/* 1 for what the hooks library or the loader itself gives. */
static int
symbol_is_given(const char *name)
{
	return strncmp(name, "__tsan_", 7) == 0 || name[0] == '\0' ||
	    strcmp(name, "dyld_stub_binder") == 0;
}

/* Which sources need a symbol; added to text. */
static void
symbol_users(const struct build *b, const char *nm, const char *symbol,
    struct bytes *text)
{
	for (const char *line = nm; *line != '\0';) {
		size_t len = strcspn(line, "\n");
		const char *end = strstr(line, ".o:");
		char name[256];

		symbol_of_line(line, len, name, sizeof name);
		if (strcmp(name, symbol) == 0 && end != NULL &&
		    end < line + len)
			bytes_printf(text, "%s%s", text->len ? ", " : "",
			    build_object_source(b, line,
			    (size_t)(end - line) + 2));
		line += len + (line[len] == '\n');
	}
}

/* One sentence a symbol that nobody gives. */
static int
link_unmodelled(struct build *b, const char *undefined, struct error *err)
{
	struct bytes all = {0}, nm = {0};
	int ret = symbols_undefined(b->object, b->sources.n, &nm, err);

	for (const char *line = undefined; ret == 0 && *line != '\0';) {
		size_t len = strcspn(line, "\n");
		struct bytes users = {0};
		char name[256];

		symbol_of_line(line, len, name, sizeof name);
		line += len + (line[len] == '\n');
		if (symbol_is_given(name))
			continue;
		symbol_users(b, (const char *)nm.data, name, &users);
		bytes_printf(&all, "%s%s needs %s, " GUEST_NEEDS_NONE,
		    all.len ? "\n" : "", users.len ?
		    (const char *)users.data : "the guest", name);
		bytes_free(&users);
	}
	if (ret == 0 && all.len > 0)
		ret = error_set(err, ERROR_BUILD, "the guest does not build: "
		    "%s; if it is no slip, a kernel function is modelled in "
		    "sim/shim/kern_*.c: CONTRIBUTING.md, \"Add a kernel function\"%s",
		    (const char *)all.data, b->sources.is_tree ? "; or take a "
		    "tree of another time" : "");
	bytes_free(&all);
	bytes_free(&nm);
	return ret;
}

static int
link_check(struct build *b, char *temp, struct error *err)
{
	struct bytes undefined = {0};
	int ret = symbols_undefined(&temp, 1, &undefined, err);

	if (ret == 0)
		ret = link_unmodelled(b, (const char *)undefined.data, err);
	bytes_free(&undefined);
	/* Without nm(1) the loader finds the same, but cannot say who. */
	return ret == -1 ? -1 : 0;
}

static int
build_link(struct build *b, struct error *err)
{
	char *temp = guest_cache_temp(b->out->path);
	struct args a = {0};
	struct bytes output = {0};
	int status, ret;

	for (size_t i = 0; i < b->cc.nwords; i++)
		args_add(&a, b->cc.words[i]);
	args_add_all(&a, guest_compiler_link_options());
	args_add(&a, "-o");
	args_add(&a, temp);
	for (size_t i = 0; i < b->sources.n; i++)
		args_add(&a, b->object[i]);
	ret = host_spawn_wait(a.word, &output, &status, err);
	if (ret == 0 && status != 0) {
		bytes_clear(&b->out->messages);
		bytes_add(&b->out->messages, output.data, output.len);
		bytes_add(&b->out->messages, "", 1);
		ret = error_set(err, ERROR_BUILD, "the guest does not link\n"
		    "%s", (const char *)b->out->messages.data);
	}
	if (ret == 0)
		ret = link_check(b, temp, err);
	if (ret == 0)
		ret = guest_cache_commit(temp, b->out->path, err);
	(void)unlink(temp);
	bytes_free(&output);
	check_free(temp);
	return ret;
}

/* --- the whole ----------------------------------------------------------- */

static void
build_describe(struct build *b)
{
	struct guest_built *out = b->out;

	out->drivers_dir = check_strdup(b->sources.drivers);
	out->drivers.names = check_calloc(b->sources.n + 1, sizeof(char *));
	out->driver_paths.names = check_calloc(b->sources.n + 1,
	    sizeof(char *));
	out->object_paths = check_calloc(b->sources.n + 1, sizeof(char *));
	for (size_t i = 0; i < b->sources.n; i++) {
		out->object_paths[out->nobjects++] =
		    check_strdup(b->object[i]);
		if (!b->sources.source[i].is_driver)
			continue;
		out->drivers.names[out->drivers.n++] =
		    check_strdup(b->sources.source[i].name);
		out->driver_paths.names[out->driver_paths.n++] =
		    check_strdup(b->sources.source[i].path);
	}
	out->lacks_gpu = b->sources.lacks_gpu;
	out->lacks_net = b->sources.lacks_net;
	out->lacks_pci = b->sources.lacks_pci;
	out->lacks_mmio = b->sources.lacks_mmio;
	snprintf(out->compiler, sizeof out->compiler, "%s", b->cc.version);
	digest_hex(b->sources.all, out->source_digest);
	digest_hex(b->sources.driver, out->driver_digest);
}

static int
build_run(struct build *b, const struct guest_spec *spec, struct error *err)
{
	b->cache = host_cache_dir(err);
	if (b->cache == NULL ||
	    guest_sources_find(spec, &b->sources, err) == -1 ||
	    guest_compiler_find(b->cache, &b->cc, err) == -1)
		return -1;
	b->objects = host_path_join(b->cache, "objects");
	b->guests = host_path_join(b->cache, "guests");
	build_prepare_maps(b);
	for (size_t i = 0; i < b->sources.n; i++)
		if (build_object_key(b, i, err) == -1)
			return -1;
	build_guest_key(b);
	build_describe(b);
	if (host_is_file(b->out->path)) {
		b->out->was_cached = 1;
		return 0;
	}
	if (b->sources.n == 0)
		return error_set(err, ERROR_BUILD, "there is nothing to build "
		    "in %s", b->sources.drivers);
	if (host_mkdir_p(b->objects, err) == -1 ||
	    host_mkdir_p(b->guests, err) == -1)
		return -1;
	guest_cache_prune(b->objects, GUEST_CACHE_FILES_MAX);
	guest_cache_prune(b->guests, GUEST_CACHE_FILES_MAX);
	if (build_compile(b, err) == -1)
		return -1;
	return build_link(b, err);
}

static void
build_free(struct build *b)
{
	for (size_t i = 0; i < b->sources.n; i++)
		check_free(b->object[i]);
	guest_sources_free(&b->sources);
	guest_compiler_free(&b->cc);
	check_free(b->cache);
	check_free(b->objects);
	check_free(b->guests);
	check_free(b->include);
	check_free(b->shim);
	check_free(b->map_data);
	check_free(b->map_drivers);
	check_free(b->macro_data);
	check_free(b->macro_drivers);
	check_free(b->map_cwd);
}

int
guest_build(const struct guest_spec *spec, struct guest_built *out,
    struct error *err)
{
	struct build *b = check_calloc(1, sizeof *b);
	int ret;

	memset(out, 0, sizeof *out);
	b->out = out;
	b->spec = spec;
	ret = build_run(b, spec, err);
	build_free(b);
	check_free(b);
	return ret;
}

void
guest_built_free(struct guest_built *built)
{
	for (size_t i = 0; i < built->nobjects; i++)
		check_free(built->object_paths[i]);
	check_free(built->object_paths);
	check_free(built->path);
	check_free(built->drivers_dir);
	host_names_free(&built->drivers);
	host_names_free(&built->driver_paths);
	host_names_free(&built->included);
	bytes_free(&built->messages);
	memset(built, 0, sizeof *built);
}
