/*
 * trace.h: the file that holds a recording, NAME.vtr.
 *
 * The life of a trace, as seen from outside:
 *
 *	trace_writer_open	NAME.vtr.part appears, with its header
 *	trace_writer_add ...	whole frames are appended as they fill
 *	trace_writer_close	end and index are appended, then the file is
 *				renamed to NAME.vtr: a file of that name is
 *				always whole
 *
 * A recorder that is killed leaves NAME.vtr.part; TRACE_RECOVER reads all its
 * whole frames.  The layout is written in traces/FORMAT.md.
 *
 *	w = trace_writer_open("boot.vtr", &header, &err);
 *	trace_writer_add(w, &event, &err);
 *	trace_writer_close(w, digest, &err);
 *
 *	t = trace_open("boot.vtr", TRACE_STRICT, &err);
 *	for (n = 0; n < trace_event_count(t); n++)
 *		trace_event_get(t, n, &event, &err);
 *	trace_close(t);
 *
 * Neither a writer nor a reader may be used by two threads at a time; two
 * readers of one file may.
 */
#ifndef VIOTAPE_TRACE_H
#define VIOTAPE_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "digest.h"
#include "error.h"
#include "event.h"

/*
 * The version of everything that traces/FORMAT.md says.  A trace is of the
 * lowest version that has what is in it, and so readable by who knows no more:
 * of TRACE_VERSION_UNSEEN if its header says what was not seen, else of
 * TRACE_VERSION_WAY with a way, else of TRACE_VERSION_PLAIN.  A reader reads
 * all versions up to TRACE_VERSION.
 */
#define TRACE_VERSION		3u
#define TRACE_VERSION_PLAIN	1u
#define TRACE_VERSION_WAY	2u
#define TRACE_VERSION_UNSEEN	3u

#define TRACE_SUFFIX		".vtr"
#define TRACE_PART_SUFFIX	".part"	/* behind the name, while recording */

/* Limits.  To pass one is ERROR_LIMIT on writing, an error on reading. */
#define TRACE_EVENT_MAX		(UINT64_C(1) << 32)
#define TRACE_FRAME_MAX		(UINT32_C(1) << 24)	/* frames of a trace */
#define TRACE_FRAME_SIZE_MAX	(UINT32_C(16) << 20)	/* bytes, unpacked */
#define TRACE_FRAME_SIZE_AIM	(UINT32_C(64) << 10)	/* a frame ends here, */
#define TRACE_FRAME_SIZE_FULL	(UINT32_C(1) << 20)	/* here with its keys */
#define TRACE_FILE_SIZE_MAX	(UINT64_C(1) << 30)	/* bytes */
#define TRACE_HEADER_SIZE_MAX	(UINT32_C(4) << 20)	/* bytes */
#define TRACE_NAME_SIZE_MAX	256u	/* each string but scenario_text */
#define TRACE_SCENARIO_SIZE_MAX	(UINT32_C(1) << 20)	/* scenario_text */
#define TRACE_MACHINE_SIZE_MAX	(UINT32_C(2) << 20)	/* machine */
#define TRACE_UNSEEN_SIZE_MAX	4096u
#define TRACE_WAY_SIZE_MAX	(UINT32_C(1) << 20)	/* block of the way */
#define TRACE_WAY_TAKEN_MAX	65536u	/* choices that are not 0 */
#define TRACE_WAY_NUMBER_END	(UINT32_C(1) << 24)	/* above all choices */
#define TRACE_FAULTS_SIZE_MAX	4096u

/*
 * A choice that is not the plain one: which of the run's choices, counted from
 * 0, and its answer, 1 to 254.
 */
struct trace_choice {
	uint32_t number;
	uint8_t answer;
};

/*
 * One way that a run can take over this recording, and what it leads to: a
 * counterexample of viotape prove.  Strings as in struct trace_header, of
 * TRACE_NAME_SIZE_MAX at most; the driver that is meant is that of the header's
 * driver_digest.
 */
struct trace_way {
	const char *finding;		/* its id, "queue-stuck" */
	const char *function;		/* of the driver, where it is; or "" */
	uint64_t event;			/* of the run, at which it is found */
	const char *machine;		/* what the machine is called */
	const char *faults;		/* that were put into our drivers: names,
					   each ended by a newline */
	const char *driver;		/* the name of the FILE.c in the place
					   of one of ours; "": none */
	const struct trace_choice *choices;	/* ascending */
	size_t nchoices;
};

/*
 * What the trace was made of.  No clock and no path: the same recording gives
 * the same header.  A writer copies all of it.  Strings are UTF-8 without
 * NUL; NULL counts as the empty string on writing, and is never given on
 * reading.
 */
struct trace_header {
	const char *device;		/* its name, "virtio-gpu-pci" */
	const char *host_name;		/* "qemu", "builtin" */
	const char *host_version;	/* as the host gives it */
	const char *scenario_name;
	const char *scenario_text;	/* all of it, many lines */
	const char *creator;		/* who wrote the file, "viotape 0.1" */
	const uint8_t *machine;		/* flattened device tree (DTB) */
	size_t machine_len;		/* bytes */
	uint8_t driver_digest[DIGEST_SIZE]; /* of the driver that was run */
	/* What crossed the boundary and is not in here, for people: of a trace
	   that was made from somebody else's log.  NULL or "": all is here. */
	const char *unseen;
	const struct trace_way *way;	/* or NULL */
};

/* ---- writing ---- */

struct trace_writer;

/*
 * Creates PATH.part and writes the header.  Returns the writer, or NULL with
 *   ERROR_LIMIT	a field of the header is too long
 *   ERROR_INPUT	PATH is a directory; or PATH.part is there: a
 *			recording goes on, or one was killed and can be
 *			recovered; it is left as it is
 *   ERROR_SYSTEM	the file cannot be created or written
 * PATH itself, if there is one, stays as it is until trace_writer_close.
 */
struct trace_writer *trace_writer_open(const char *path,
    const struct trace_header *header, struct error *err);

/* The same into memory; it is to be ended by trace_writer_close_memory. */
struct trace_writer *trace_writer_open_memory(
    const struct trace_header *header, struct error *err);

/*
 * Adds one event; all that it points to is copied.  A picture is given by its
 * pixels (EVENT_PACK_NONE), its hash is computed.  A chain may be unseen only if
 * the header says what is.  A full frame is written
 * at once.  Returns 0, or -1 with
 *   ERROR_LIMIT, ERROR_INPUT	event_check refuses e, or the trace has as many
 *			events, frames or bytes as it may; nothing is added,
 *			and the writer goes on
 *   ERROR_SYSTEM	the file could not be written.  The writer has failed:
 *			nothing more is accepted.  A full disk (or quota, or
 *			file size limit) removes PATH.part; any other failure
 *			leaves it when it has a whole frame, and says so
 */
int trace_writer_add(struct trace_writer *w, const struct event *e,
    struct error *err);

/*
 * Ends the frame and writes it, so that all events so far survive the
 * recorder.  Without events since the last frame it does nothing.  Returns 0,
 * or -1 as trace_writer_add.
 */
int trace_writer_flush(struct trace_writer *w, struct error *err);

/* Events added so far. */
uint64_t trace_writer_event_count(const struct trace_writer *w);

/*
 * Ends the trace: last frame, end, index; renames PATH.part to PATH.
 * run_digest is the digest of the recorded run, kept in the end (NULL: zeros).
 * The writer is gone afterwards, whatever is returned.  Returns 0, or -1 as
 * trace_writer_add.
 */
int trace_writer_close(struct trace_writer *w,
    const uint8_t run_digest[DIGEST_SIZE], struct error *err);

/* The same; the trace is appended to out. */
int trace_writer_close_memory(struct trace_writer *w,
    const uint8_t run_digest[DIGEST_SIZE], struct bytes *out,
    struct error *err);

/* Gives up: removes PATH.part and frees the writer.  w may be NULL. */
void trace_writer_abort(struct trace_writer *w);

/* ---- reading ---- */

struct trace;

enum trace_mode {
	TRACE_STRICT,		/* all of the trace or none of it */
	TRACE_RECOVER		/* whatever frames are whole; see trace_loss */
};

/*
 * Opens a trace for reading; the file is read whole and closed, and never
 * written.  Every frame's hash is checked, and every event decoded once; what
 * is left to trace_verify is the inside of packed pictures.  Returns the
 * trace, or NULL with
 *   ERROR_SYSTEM	it cannot be read
 *   ERROR_LIMIT	the file is larger than TRACE_FILE_SIZE_MAX
 *   ERROR_INPUT	it is no trace, or one of another version; or, with
 *			TRACE_STRICT, it is damaged or ends too early: the
 *			sentence says where, and what recovery would give
 * TRACE_RECOVER also opens what has no whole frame, as long as the file's
 * header or one of its frames can be recognised.
 */
struct trace *trace_open(const char *path, enum trace_mode mode,
    struct error *err);

/*
 * The same from memory, which is copied.  name is what errors call it.
 */
struct trace *trace_open_memory(const char *name, const void *data, size_t len,
    enum trace_mode mode, struct error *err);

void trace_close(struct trace *t);	/* t may be NULL */

/*
 * Never NULL with TRACE_STRICT; NULL when recovery found the header lost.  Its
 * way is NULL, too, when that is lost: then trace_version() is
 * TRACE_VERSION_WAY.
 */
const struct trace_header *trace_header(const struct trace *t);
unsigned trace_version(const struct trace *t);

/* Events that can be had; after a loss fewer than were recorded. */
size_t trace_event_count(const struct trace *t);

/*
 * The number that event n (below trace_event_count) had when it was recorded.
 * Differs from n only behind a loss.
 */
uint64_t trace_event_number(const struct trace *t, size_t n);

/*
 * Event n; in any order, though neighbours are cheap.  Pictures come as
 * pixels (EVENT_PACK_NONE).  What e points to belongs to t and lasts until
 * the next call with t.  Returns 0; or -1 with ERROR_INPUT when a picture
 * cannot be unpacked or has not the pixels its hash says.
 */
int trace_event_get(struct trace *t, size_t n, struct event *e,
    struct error *err);

/*
 * The same for who does not look at pixels: a picture's data is as it is in
 * the file (its pack says how), and nothing can fail.
 */
void trace_event_get_packed(struct trace *t, size_t n, struct event *e);

/*
 * Checks what trace_open left: unpacks every picture and compares its hash.
 * Returns 0; or -1 with ERROR_INPUT, saying which event it is.
 */
int trace_verify(struct trace *t, struct error *err);

struct trace_stat {
	uint64_t file_size;	/* bytes of the file */
	uint64_t frame_count;
	uint64_t event_count;
	uint64_t raw_size;	/* bytes of all events, encoded */
	uint64_t packed_size;	/* bytes of the frames that hold them */
	uint64_t pixels_size;	/* bytes of all pictures, unpacked */
	uint64_t kind_count[EVENT_KIND_END];	/* events of each kind */
};

/* Of what can be had (after a loss: of what is left). */
void trace_stat(const struct trace *t, struct trace_stat *s);

/* The recorded run's digest; zeros if there is none or the end is lost. */
const uint8_t *trace_run_digest(const struct trace *t);

/*
 * SHA-256 over the seals of the header and of all frames (FORMAT.md): two
 * traces with the same hash say the same.  Zeros if anything is lost.
 */
const uint8_t *trace_hash(const struct trace *t);

/*
 * A stretch of the file that recovery could not use.  Frames and events that
 * were there are known from the numbers of their neighbours.
 */
struct trace_loss {
	uint64_t byte_first, byte_count;	/* in the file */
	uint64_t frame_first, frame_count;	/* lost data frames */
	uint64_t event_first, event_count;	/* lost events */
	int open_end;		/* 1: at least so many; the trace's end is
				   lost, and nobody knows how many there were */
	char cause[256];	/* what is wrong there, a sentence */
};

/* How many; 0 means the trace is complete, which TRACE_STRICT ensures. */
size_t trace_loss_count(const struct trace *t);
const struct trace_loss *trace_loss(const struct trace *t, size_t n);

#endif
