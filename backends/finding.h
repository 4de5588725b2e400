/* finding.h - what somebody has found who looked whether all is well: a check, how it went, and what to change.
 * Owner    struct findings is the caller's: zero it to begin, findings_fini().
 * Borrow   texts last until then; check and advice are static.
 * Errors   want of memory, or too many of them, is kept in .incomplete.
 * Thread   one at a time. */
#ifndef SG_FINDING_H
#define SG_FINDING_H

#include "base/arena.h"
#include "base/error.h"

enum {
	FINDINGS = 1000,          /* no more are kept */
	FINDING_TEXT_BYTES = 800, /* what is longer is cut */
};

/* The worst first. */
enum finding_level {
	FINDING_FAIL, /* sessions are lost, or requests refused, or will be */
	FINDING_WARN, /* something is to be changed */
	FINDING_NOTE, /* worth knowing, and may be meant so */
	FINDING_PASS,
};

struct finding {
	const char *check; /* "store.eviction" */
	enum finding_level level;
	struct slice
		subject; /* the server, realm or application that it is about; empty: none of several */
	struct slice detail; /* printable ASCII, as is the subject */
	const char *advice;  /* NULL: nothing is to be done */
};

struct findings {
	struct arena arena;
	struct finding *each;
	size_t count, room;
	bool incomplete;
};

void findings_fini(struct findings *f);

/* With all but its detail, which format says; the subject is copied. Other bytes than printable ASCII become '?'. */
void findings_add(struct findings *f, const struct finding *found, const char *format, ...)
	SG_PRINTF(3, 4);
/* Those that another has; copied. */
void findings_add_all(struct findings *f, const struct finding *each, size_t count);
/* The worst first, those of one level as they came. */
void findings_sort(struct findings *f);

/* "fail", "warn", "note", "pass" */
struct slice finding_level_text(enum finding_level level);

#endif
