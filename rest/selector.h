/* selector.h - which sessions a caller asks for, in the words of the API (admin-api.md section 3), of a URL or of a body;
 * and what becomes of them when what his grant lets him see is added.
 * Borrow   all of it lies in the call's arena, or lasts as long as the call.
 * Thread   the admin API's. */
#ifndef SG_SELECTOR_H
#define SG_SELECTOR_H

#include "rest/call.h"
#include "session/filter.h"

/* clang-format off */
#define SELECTORS(X)									\
	X(REALM, "realm") X(USER, "user") X(USER_PREFIX, "user_prefix")			\
	X(APPLICATION, "application") X(HOST, "host") X(STATE, "state") X(IP, "ip")	\
	X(USER_AGENT, "user_agent") X(CREATED_AFTER, "created_after")			\
	X(CREATED_BEFORE, "created_before") X(SEEN_AFTER, "seen_after")			\
	X(SEEN_BEFORE, "seen_before") X(IDLE_GT_S, "idle_gt_s") X(MIN_BYTES, "min_bytes")
/* clang-format on */
enum selector_name {
#define SELECTOR_NAME(name, text) SELECTOR_##name,
	SELECTORS(SELECTOR_NAME)
#undef SELECTOR_NAME
		SELECTOR_COUNT
};

const char *selector_text(enum selector_name name);

struct selector {
	struct slice given[SELECTOR_COUNT]; /* ptr NULL: not asked for */
};

void selector_from_query(struct selector *s, const struct query *q);
bool selector_is_empty(const struct selector *s);
/* The same for a person: "realm=default user=alice". SG_ENOMEM. */
SG_MUST_CHECK int selector_describe(const struct selector *s, struct buffer *out);
/* All of it as one text: equal for equal ones alone. SG_ENOMEM. */
SG_MUST_CHECK int selector_write(const struct selector *s, struct buffer *out);
/* The way back; it borrows the text. False: selector_write() does not write that. */
bool selector_read(struct selector *s, struct slice text);
/* As members of a body's object: texts, and numbers where they are. Complains about what is none; what was copied lies in
 * the call's arena. */
void selector_from_json(struct selector *s, struct call *c, const cJSON *object);

struct selected {
	struct filter filter;
	struct network network;              /* filter's */
	struct slice wanted[SELECTOR_COUNT]; /* filter's names */
	bool nobody;                         /* nothing that he sees can match */
};

/* out keeps nothing of s but what its texts are. now_ms: what "idle" is reckoned from. Complains about what is none. */
void selector_apply(const struct selector *s, struct call *c, int64_t now_ms, struct selected *out);

#endif
