/*
 * fuzz_main.c: for builds without libFuzzer: runs a target on the files, and
 * on the files of the folders, of the command line.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "bytes.h"
#include "check.h"
#include "host.h"

#define INPUT_SIZE_MAX	(4u << 20)	/* bytes */

static int
run_file(const char *path)
{
	struct bytes b = { 0 };
	struct error err;
	uint8_t *exact;

	error_clear(&err);
	if (host_file_read(path, &b, INPUT_SIZE_MAX, &err) != 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	/* Of its own size, so that a sanitizer sees a read past it. */
	exact = malloc(b.len != 0 ? b.len : 1);
	if (exact == NULL)
		return -1;
	if (b.len != 0)
		memcpy(exact, b.data, b.len);
	/* Whoever crashes has said where. */
	printf("%s\n", path);
	fflush(stdout);
	(void)LLVMFuzzerTestOneInput(exact, b.len);
	check_free(exact);
	bytes_free(&b);
	return 0;
}

static int
run_folder(const char *path, size_t *n)
{
	struct host_names names;
	struct error err;
	int ret = 0;

	error_clear(&err);
	if (host_tree_list(path, 0, &names, &err) != 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	for (size_t i = 0; ret == 0 && i < names.n; i++, ++*n) {
		char *file = host_path_join(path, names.names[i]);

		ret = run_file(file);
		check_free(file);
	}
	host_names_free(&names);
	return ret;
}

int
main(int argc, char **argv)
{
	size_t n = 0;
	int ret = 0;

	for (int i = 1; ret == 0 && i < argc; i++) {
		if (host_is_directory(argv[i])) {
			ret = run_folder(argv[i], &n);
		} else {
			ret = run_file(argv[i]);
			n++;
		}
	}
	if (ret == 0 && n == 0) {
		fprintf(stderr, "%s: no input; give files or folders\n",
		    argv[0]);
		return 1;
	}
	printf("%zu inputs\n", n);
	return ret != 0;
}
