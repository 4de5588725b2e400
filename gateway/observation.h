/* observation.h - what one application does with its own sessions, as far as it shows: counts, in tables of fixed size
 * (1.5 MB). A session is a salted hash of its id, and what a key holds another one: neither ids nor values are here.
 *
 * Two sources: a visit is a request as its cookies tell it, a use is one as the adapter tells it, which sees the
 * session itself. What a use changed shows by comparison with the last use of the same session, which is whole where
 * the application's own sessions are locked; of a session that was there before we looked the first use shows nothing.
 * Owner    observation_new() until observation_free().
 * Time     monotonic microseconds; one clock for all.
 * Thread   one at a time. */
#ifndef SG_OBSERVATION_H
#define SG_OBSERVATION_H

#include "base/error.h"
#include "base/list.h"
#include "base/slice.h"

enum {
	OBSERVATION_SESSIONS =
		4096, /* known one by one; beyond it those seen last, and their number is an estimate */
	OBSERVATION_KEYS = 64, /* by name, but for the last, which stands for all others */
	OBSERVATION_OTHERS = OBSERVATION_KEYS - 1,
	OBSERVATION_NAME_BYTES =
		64, /* a longer key is one of the others; a longer cookie's name is cut */
	OBSERVATION_COOKIES = 8,
	OBSERVATION_WRITES = 4, /* of a session, that others are held against */
	OBSERVATION_SIZES = 40, /* powers of two */
	OBSERVATION_REGISTERS = 1024,
};

struct observed_name {
	char text[OBSERVATION_NAME_BYTES];
	size_t len; /* 0: nobody */
	uint64_t count;
};

struct observed_key {
	struct observed_name name; /* counts the uses in which it was there */
	uint64_t written, late;    /* uses that changed it, those that did after the header */
	uint64_t conflicts;        /* uses that changed it beside another that did */
	uint64_t max_bytes;
};

struct observed_session;

struct observation {
	uint64_t requests, with_session, created, cleared, parallel_requests;
	struct observed_name cookies[OBSERVATION_COOKIES]; /* that sessions came by */
	struct observed_name
		others[OBSERVATION_COOKIES]; /* that answers set and scripts cannot read */

	uint64_t reports; /* requests that the adapter told of; those with a session are the uses */
	uint64_t expected; /* requests that it should have told of, and that are over */
	uint64_t uses, writers, late_writers;
	uint64_t
		parallel_writers; /* that began before another had written; conflicts: and changed what it changed */
	uint64_t conflicts;
	uint64_t closed_early, unmeasured;
	uint64_t sizes[OBSERVATION_SIZES]; /* uses by the bits of their size */
	uint64_t max_bytes, most_keys;
	struct observed_name handler; /* the last one: "files" */
	struct observed_key keys[OBSERVATION_KEYS];

	uint64_t known; /* sessions, as long as none was forgotten */
	bool forgot;
	uint8_t registers[OBSERVATION_REGISTERS]; /* HyperLogLog */
	struct queue recent; /* struct observed_session, the longest unseen first */
	struct link *buckets[OBSERVATION_SESSIONS];
	struct observed_session *free, *sessions;
	size_t session_count;
};

/* SG_ENOMEM. */
SG_MUST_CHECK int observation_new(struct observation **out);
void observation_free(struct observation **o);

struct observed_visit {
	uint64_t session;          /* that the request brought; 0: none */
	uint64_t given;            /* that the answer set */
	bool cleared;              /* by the answer */
	struct slice cookie;       /* by whose name; empty: none */
	struct slice other_cookie; /* HttpOnly, and of no name that sessions go by; empty: none */
	bool reports;              /* the adapter is to tell of it, too */
	int64_t began_us, ended_us;
};
void observation_visit(struct observation *o, const struct observed_visit *visit);

struct observed_value {
	struct slice key;
	uint64_t bytes;
	uint32_t digest;
	bool late; /* changed after the header */
};

struct observed_use {
	uint64_t session; /* 0: the request used none; all the rest is then nothing */
	uint64_t from;    /* the one that it began as; 0: it is new */
	int64_t began_us, ended_us;
	bool late;       /* something changed after the header */
	bool closed;     /* before the request's end */
	bool unmeasured; /* not everything was looked at: nothing is known of its size and changes */
	struct slice handler;
	const struct observed_value *values;
	size_t value_count;
};

/* What showed for the first time. */
enum observed_news {
	OBSERVED_CONFLICT = 1, /* parallel requests changed one key */
	OBSERVED_LATE = 2,     /* a change after the header */
};
/* Bits of enum observed_news. *keys: bits of the keys that a conflict is about. */
unsigned observation_use(struct observation *o, const struct observed_use *use, uint64_t *keys);

/* How many sessions there have been. *estimated: give or take three in a hundred. */
uint64_t observation_sessions(const struct observation *o, bool *estimated);
/* So many in a hundred uses held at most that many bytes; 0 without any. */
uint64_t observation_size(const struct observation *o, unsigned percent);
static inline struct slice observed_text(const struct observed_name *name)
{
	return slice_of(name->text, name->len);
}

#endif
