/* redis_call.c - see redis_call.h. */
#include "backends/redis_call.h"

#include "backends/redis_script.h"
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

/* "$length\r\n…\r\n"; what follows it is behind rest. */
static struct slice call_cut(struct slice *rest)
{
	struct slice length, text;
	uint64_t bytes = 0;

	(void)slice_cut(rest, '\r', &length);
	(void)slice_number(slice_after(length, 1), rest->len, &bytes);
	text = slice_of(rest->ptr + 1, (size_t)bytes);
	*rest = slice_after(*rest, (size_t)bytes + 3);
	return text;
}

void redis_call_add_keys_of(struct redis_call *call, const struct redis_call *other)
{
	struct slice rest = buffer_content(&other->arguments), number = call_cut(&rest);
	uint64_t count = 0;

	(void)slice_number(number, other->argument_count, &count);
	redis_call_add(call, number);
	while (count-- > 0)
		redis_call_add(call, call_cut(&rest));
}

static int call_write_head(const struct redis_call *call, struct buffer *out)
{
	const struct redis_script *script = call->script;

	if (script == NULL)
		return buffer_printf(out, "*%u\r\n", call->argument_count);
	if (!call->loading)
		return buffer_printf(out, "*%u\r\n$7\r\nEVALSHA\r\n$%d\r\n%s\r\n",
				     call->argument_count + 2, REDIS_SCRIPT_HASH_CHARS,
				     script->hash);
	return buffer_printf(out, "*%u\r\n$4\r\nEVAL\r\n$%zu\r\n%.*s\r\n", call->argument_count + 2,
			     script->text.len, SLICE_ARGS(script->text));
}

int redis_call_write(const struct redis_call *call, struct buffer *out)
{
	int rc = 0;

	/* a node that takes a slot over serves it to those alone who say that they were sent to it */
	if (call->asking)
		rc = buffer_append_slice(out, SLICE("*1\r\n$6\r\nASKING\r\n"));
	if (rc == 0)
		rc = call_write_head(call, out);
	return rc == 0 ? buffer_append_slice(out, buffer_content(&call->arguments)) : rc;
}

void redis_call_fini(struct redis_call *call)
{
	buffer_wipe(&call->arguments);
}
