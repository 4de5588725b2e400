/* redis_call.c - see redis_call.h. */
#include "backends/redis_call.h"

#include "base/decimal.h"
#include "base/word.h"

enum { REDIS_CALL_KEPT_BYTES = 16384 };

void redis_call_begin(struct redis_call *call, unsigned bucket, const struct redis_script *script,
		      redis_answer_fn *answer)
{
	struct buffer arguments;

	redis_call_rest(call);
	arguments = call->arguments;
	*call = (struct redis_call){
		.bucket = bucket, .script = script, .answer = answer, .arguments = arguments
	};
}

void redis_call_rest(struct redis_call *call)
{
	if (call->arguments.cap > REDIS_CALL_KEPT_BYTES)
		buffer_wipe(&call->arguments);
	buffer_truncate(&call->arguments, 0);
}

void redis_call_add(struct redis_call *call, struct slice argument)
{
	enum { FRAME = 1 + DECIMAL_BYTES + 2 + 2 }; /* $length, and two ends of lines */
	char *at;

	if (call->no_memory || buffer_reserve(&call->arguments, FRAME + argument.len, &at) != 0) {
		call->no_memory = true;
		return;
	}
	call->argument_count++;
	*at = '$';
	at += 1 + decimal_write((int64_t)argument.len, at + 1);
	word_put(&at, SLICE("\r\n"));
	word_put(&at, argument);
	word_put(&at, SLICE("\r\n"));
	buffer_commit(&call->arguments, (size_t)(at - call->arguments.data) - call->arguments.tail);
}

void redis_call_add_number(struct redis_call *call, int64_t number)
{
	char text[DECIMAL_BYTES];

	redis_call_add(call, decimal_text(number, text));
}

void redis_call_add_u64(struct redis_call *call, uint64_t number)
{
	char text[DECIMAL_BYTES];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	redis_call_add(call, slice_of(text + at, sizeof(text) - at));
}

void redis_call_fini(struct redis_call *call)
{
	buffer_wipe(&call->arguments);
}
