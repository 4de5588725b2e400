/* reply.h - what came back for one request, and what to think of it. */
#ifndef SG_BENCH_REPLY_H
#define SG_BENCH_REPLY_H

#include "bench/load/wire.h"

/* right: all of what was asked for. refused: a complete 502, 503 or 504 of the gateway. cut: visibly not whole.
 * left: we went first. closed: so did the gateway, which it may with who breaks the rules. wrong, unanswered: never. */
#define OUTCOMES(X)         \
	X(RIGHT, right)     \
	X(REFUSED, refused) \
	X(CUT, cut) X(LEFT, left) X(CLOSED, closed) X(WRONG, wrong) X(UNANSWERED, unanswered)

enum outcome {
#define OUTCOME_NAME(name, text) OUTCOME_##name,
	OUTCOMES(OUTCOME_NAME)
#undef OUTCOME_NAME
		OUTCOME_COUNT
};

const char *outcome_text(enum outcome outcome);

enum { REPLY_HEAD_BYTES = 2048, REPLY_TEXT_BYTES = 256 };

struct reply {
	uint64_t nonce, body_bytes, answer_bytes; /* what was asked: sent, and wanted */
	bool keep, has_session, length_known;
	bool ended;
	size_t end_len; /* of END_REQUEST, so far */
	uint8_t protocol_status;
	char head[REPLY_HEAD_BYTES];
	size_t head_len; /* without the blank line, once it has come */
	bool head_whole;
	uint64_t got;
	char text[REPLY_TEXT_BYTES]; /* how the body begins */
	bool in_order;               /* what has come is the pattern */
};

/* Forget what came; what was asked stays. */
void reply_begin(struct reply *reply);
/* A piece of a record under its id. False: such a record has no place here. */
bool reply_take(struct reply *reply, const struct wire_piece *piece);
/* When it has ended, or the connection has. */
enum outcome reply_outcome(const struct reply *reply);

#endif
