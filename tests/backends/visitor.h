/* visitor.h - sessions to try a store with, and deltas for them. */
#ifndef SG_TESTS_VISITOR_H
#define SG_TESTS_VISITOR_H

#include "tests/backends/bench.h"

enum {
	IDLE_MS = 10000,
	TOUCH_MS = 500, /* under a tenth of IDLE_MS: the interval is as configured */
	ABSOLUTE_MS = 60000,
};

extern const struct session_limits wide;
extern const struct slice absent; /* what an attribute is that is not there */

struct visitor {
	struct token token;
	struct slice id;
	uint64_t epoch;                 /* of the last secret */
	uint8_t hash[TOKEN_HASH_BYTES]; /* the last secret's */
	struct slice realm;
	struct session_quota quota; /* that its logins are under */
	struct slice application, host;
	const struct device_visit *visit; /* NULL: from nowhere */
};

uint64_t some_number(void); /* random, not 0 */
struct renewal some_renewal(void);
/* An id; in the realm "default" and the application "app", without a quota. Not to be copied: the id lies in it. */
void visitor_init(struct visitor *v);
/* A record for v that no store has seen yet; a reference. */
const struct session *visitor_session(struct visitor *v, struct bench *b, struct slice user,
				      const struct change *changes, size_t count);
/* With one attribute, first = 1, under v's quota. */
struct answer visitor_comes(struct visitor *v, struct bench *b, struct slice user);
/* A new one of them, which is stored. */
void visitor_arrives(struct visitor *v, struct bench *b, struct slice user);
struct delta visitor_delta(const struct visitor *v);
struct answer visitor_sets(const struct visitor *v, struct bench *b, struct slice name,
			   struct slice value);
struct answer visitor_touches(const struct visitor *v, struct bench *b);
/* An epoch that moves: so does v's. */
struct answer visitor_logs_in(struct visitor *v, struct bench *b, struct slice user);
/* value.ptr == NULL: there is no such attribute. */
void expect_attribute(struct bench *b, const struct visitor *v, struct slice name,
		      struct slice value);

#endif
