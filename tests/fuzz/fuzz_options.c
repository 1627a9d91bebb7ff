/* fuzz_options.c: the words of the command line, one a line of the input. */
#include "fuzz.h"

#include <stdlib.h>

#include "check.h"
#include "options.h"

#define WORDS_MAX	64

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = check_malloc(size + 1), *argv[WORDS_MAX + 1];
	struct bytes help = { 0 };
	struct options o;
	struct error err;
	int argc = 0, ret;

	if (size != 0)
		memcpy(text, data, size);
	text[size] = '\0';
	argv[argc++] = text;
	for (size_t i = 0; i < size && argc < WORDS_MAX; i++) {
		if (text[i] == '\n') {
			text[i] = '\0';
			argv[argc++] = text + i + 1;
		}
	}
	argv[argc] = NULL;
	error_clear(&err);
	ret = options_parse(argc, argv, &o, &err);
	if (ret != 0) {
		/* A refusal says why. */
		CHECK(err.code == ERROR_USAGE && err.text[0] != '\0');
	} else {
		(void)options_guest(&o);
		options_help(o.command, &help);
	}
	options_free(&o);
	bytes_free(&help);
	check_free(text);
	return 0;
}
