/*
 * error.h: bad input and failed operations, as a code and one sentence.
 *
 * Three kinds of failure are never mixed.  Our own bug is a CHECK (check.h).
 * Bad input, or an operation that the system refused, is a struct error: a
 * function that can fail takes one, fills it and returns -1.  A fault of the
 * driver under test is a finding, which is a result and not an error.
 *
 * The sentence says what was found, what was wanted and what to do; it has no
 * full stop and no newline at its end.
 */
#ifndef VIOTAPE_ERROR_H
#define VIOTAPE_ERROR_H

#if defined(__GNUC__)
#define ERROR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define ERROR_PRINTF(fmt, args)
#endif

enum error_code {
	ERROR_NONE = 0,
	ERROR_USAGE,		/* the command line; exit status 2 */
	ERROR_INPUT,		/* a trace, machine, scenario, option; 2 */
	ERROR_LIMIT,		/* a stated limit was reached; 2 */
	ERROR_SYSTEM,		/* a file or a process: errno's text is in it; 2 */
	ERROR_BUILD,		/* the guest does not build; 3 */
	ERROR_HOST		/* a real host died or could not be had; 2 */
};

#define ERROR_TEXT_MAX 4096

struct error {
	enum error_code code;
	char text[ERROR_TEXT_MAX];
};

/*
 * Sets code and sentence (truncated to ERROR_TEXT_MAX - 1 bytes).  Always
 * returns -1, so that "return error_set(...)" reads well.  err may be NULL.
 */
int error_set(struct error *err, enum error_code code, const char *fmt, ...)
    ERROR_PRINTF(3, 4);

/* Puts "prefix: " before the sentence that is there.  Always returns -1. */
int error_prefix(struct error *err, const char *fmt, ...) ERROR_PRINTF(2, 3);

/* Forgets what was there: code ERROR_NONE, empty sentence. */
void error_clear(struct error *err);

#endif
