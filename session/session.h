/* session.h - one visitor's data: an immutable, shared record.
 * A change makes a new record (session_apply); a reader keeps the one it has as long as it holds a
 * reference, so no lock outlives the moment of handing it out.
 * Owner    whoever holds a reference; session_unref() gives it up, the last one wipes and frees.
 * Borrow   everything inside lasts as long as the reference.
 * Time     wall clock, int64_t milliseconds since 1970 (names end in _ms), handed in: nothing here
 *          reads a clock.
 * Errors   0 or a negative SG_E*; after an error out-parameters are untouched.
 * Thread   references may be taken and given up on any thread; the rest never changes. */
#ifndef SG_SESSION_H
#define SG_SESSION_H

#include "session/delta.h"

struct attribute {
	struct slice name, value; /* value: JSON text, or within a store what a cipher made of it */
	/* the name is letters, digits and "_", the value a string that stands for itself: without escapes
	 * and control characters. Known since it was set, so that nobody looks again. */
	bool plain;
};

enum {
	SESSION_CSRF_BYTES = 32,
	SESSION_SAVE_IDS = 8,
	SESSION_HOST_BYTES = 255,
	SESSION_REPLACED =
		2, /* two, since a login may follow on a rotation while old requests are on their way */
};

/* A secret that another has replaced. */
struct session_replaced {
	uint8_t hash[TOKEN_HASH_BYTES];
	/* until when it is good all the same; 0: it was dead at once; SESSION_UNSEEN: until the new one is
	 * first presented */
	int64_t good_until_ms;
	int64_t stale_until_ms; /* until when it is known what it was */
};
#define SESSION_UNSEEN INT64_MAX

/* What a token travels in. */
enum session_transport { SESSION_BY_COOKIE, SESSION_BY_HEADER };

struct session {
	char id[TOKEN_ID_CHARS + 1];
	uint8_t hash[TOKEN_HASH_BYTES];          /* of the current secret */
	int64_t rotated_ms;                      /* when that became so */
	const struct session_replaced *replaced; /* up to SESSION_REPLACED, the last first */
	unsigned replaced_count, save_count;
	uint64_t epoch;
	uint64_t version; /* 1 at creation, one more with every save but a touch */
	uint8_t csrf[SESSION_CSRF_BYTES];
	struct slice realm;
	struct slice application; /* the one that created it */
	struct slice user;        /* empty: anonymous */
	int64_t created_ms;
	int64_t login_ms;   /* 0: never */
	int64_t seen_ms;    /* last seen, as far as it was written */
	int64_t expires_ms; /* the absolute end */
	int64_t idle_ms;    /* this session's idle timeout */
	int64_t touch_ms;   /* the configured touch interval, not yet capped */
	bool idle_chosen;   /* idle_ms came from a directive */
	bool remembered;    /* by its login: its cookie outlives the browser */
	bool rotation_asked; /* from outside: the next request gets a new secret, whatever the age of this one */
	size_t attribute_bytes; /* names and values */
	size_t attribute_count;
	const struct attribute *attributes; /* sorted by name, bytewise */
	const uint64_t *save_ids; /* of the last saves, up to SESSION_SAVE_IDS, newest first */
	struct slice
		host; /* that it was created at, up to SESSION_HOST_BYTES; empty: nobody said */
	enum session_transport transport; /* of the token that it was created with */
	struct device device;
};

/* What a new session starts from; everything is copied. */
struct session_birth {
	struct slice id; /* well-formed */
	struct slice realm, application;
	struct slice user; /* empty: anonymous */
	const struct renewal *secret;
	int64_t idle_ms, absolute_ms, touch_ms;
	bool idle_chosen, remembered;
	uint64_t save_id;
	const struct change *changes; /* as in a delta; removals are skipped */
	size_t change_count;
	struct session_limits limits;
	struct slice host; /* there may be anything in there */
	enum session_transport transport;
	const struct device_visit *visit; /* NULL: nothing is known of it */
};

/* One reference, the caller's. SG_ENOMEM; SG_ELIMIT when the attributes are over a limit. */
SG_MUST_CHECK int session_new(const struct session_birth *birth, int64_t now_ms,
			      const struct session **out);

/* A record as somebody has kept it: all that is in s, whose slices and attributes may lie anywhere; these attributes, in
 * any order but no name twice, are sorted where they lie. Their count and bytes are set. One reference, the caller's.
 * SG_ENOMEM. */
SG_MUST_CHECK int session_restore(const struct session *s, struct attribute *attributes,
				  size_t count, const struct session **out);

/* The record that follows from old by d; one reference, the caller's. The epoch is not compared
 * here: that is the store's part of the step. seen_ms never moves backwards. SG_ENOMEM; SG_ELIMIT
 * when the outcome is over one of d->limits (a session that is over them already may shrink). */
SG_MUST_CHECK int session_apply(const struct session *old, const struct delta *d, int64_t now_ms,
				const struct session **out);

/* What is left of an ended session, so that a token that comes later can be told whose it was: all but the
 * attributes. One reference, the caller's. SG_ENOMEM. */
SG_MUST_CHECK int session_remains(const struct session *s, const struct session **out);

/* What a record's values become: sealed, or opened again. */
struct session_coder {
	size_t (*bytes)(struct slice value); /* so many */
	/* Writes them; NULL where all are empty. What is not 0 ends it, and is what session_recode() returns. */
	int (*write)(void *ctx, struct slice name, struct slice value, char *out);
};

/* A record like s with other values; one reference, the caller's. SG_ENOMEM, and what the coder says. */
SG_MUST_CHECK int session_recode(const struct session *s, const struct session_coder *coder,
				 void *ctx, const struct session **out);

/* The same of what a list shows: values are empty, and attribute_bytes is as s has it. */
SG_MUST_CHECK int session_restore_outline(const struct session *s, struct attribute *attributes,
					  size_t count, const struct session **out);

/* What a list shows: all but the values, of which nothing is left but their number and size. attribute_bytes is less by
 * value_overhead for each (delta.h). One reference, the caller's. SG_ENOMEM. */
SG_MUST_CHECK int session_outline(const struct session *s, size_t value_overhead,
				  const struct session **out);

/* Of names and values, without the overhead of each value. */
size_t session_counted_bytes(const struct session *s, size_t value_overhead);

const struct session *session_ref(const struct session *s);
void session_unref(const struct session **s); /* *s may be NULL, becomes NULL */

/* The record will be read soon, all of it: its lines come from memory side by side, and not one after the
 * other when each is waited for. NULL is fine. */
void session_prefetch(const struct session *s);

/* Borrow the value under name. False when there is none; *value is then untouched. */
bool session_get(const struct session *s, struct slice name, struct slice *value);

/* Has this save been applied already? */
bool session_has_save(const struct session *s, uint64_t save_id);

bool session_authenticated(const struct session *s);

/* Of two records of one session: has s had more saves than the other or, of as many, been seen later? */
bool session_is_newer(const struct session *s, const struct session *than);

/* What a presented secret is to the session. */
enum session_secret {
	SECRET_CURRENT,
	SECRET_OLD,   /* replaced, and good all the same */
	SECRET_STALE, /* not good any more since less than SESSION_STALE_MS ago */
	SECRET_WRONG,
};
enum {
	SESSION_STALE_MS = 60000,
	SESSION_LOST_MS =
		60000, /* a new secret that was not presented for so long may be replaced */
};
enum session_secret session_secret(const struct session *s, const uint8_t hash[TOKEN_HASH_BYTES],
				   int64_t now_ms);

/* Nobody has presented the current secret yet, as far as is known. */
bool session_unseen(const struct session *s);
/* May whoever presented secret (CURRENT or OLD) get a new one now? False: someone else has been given it. */
bool session_may_rotate(const struct session *s, enum session_secret secret, int64_t now_ms);

/* min(touch interval, a tenth of the idle timeout). */
int64_t session_touch_interval_ms(const struct session *s);
/* Is last_seen old enough to be written again? Without an interval always: now_ms may be behind the store's clock. */
bool session_touch_due(const struct session *s, int64_t now_ms);
/* The end as it stands: the earlier of last seen + idle timeout + touch interval and the absolute
 * end. At that moment the session has ended. */
int64_t session_end_ms(const struct session *s);

#endif
