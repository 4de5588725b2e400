/* redis_mend.c - see redis_mend.h. */
#include "backends/redis_mend.h"

#include "base/log.h"

static void mend_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	size_t count = answer->items > 5 ? redis_reply_elements(answer->reply, answer->fields) : 0;

	for (size_t i = 0; i < count; i++) {
		struct slice key = redis_reply_text(answer->reply, answer->fields + 1 + i);

		log_error("",
			  "Redis: %.*s is of another type than the gateway has there: it is set "
			  "aside, as %.*s:aside",
			  SLICE_ARGS(key), SLICE_ARGS(key));
	}
	redis_op_finish(op);
}

bool redis_mend(struct redis_op *op)
{
	struct redis_op *mend;

	if (op->mended || (mend = redis_op_begin(op->st, SLICE(""), NULL, NULL)) == NULL)
		return false;
	op->mended = true;
	redis_op_ask(mend, op->call.bucket, REDIS_SCRIPT_mend, mend_on_answer);
	mend->call.question = true; /* nobody needs to know */
	mend->mended = true;
	redis_call_add_keys_of(&mend->call, &op->call);
	redis_op_send(mend);
	redis_net_send(op->st->net, &op->call);
	return true;
}
