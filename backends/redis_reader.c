/* redis_reader.c - see redis_reader.h.
 *
 * hiredis wants an object for each element, to hand the first of them back at the end. Ours go into the reply as they
 * come, and the object is always the reply itself. What hiredis does not limit is limited here: how much it gathers for
 * a text whose length a server has announced, and how many elements there are. */
#include "backends/redis_reader.h"

#include <hiredis/read.h>
#include <stdlib.h>

struct redis_reader {
	redisReader *codec;
	struct redis_reply reply;
	bool whole; /* the reply was handed out */
	size_t fed; /* since the last whole one */
};

static void *reader_add(const redisReadTask *task, enum redis_type type, int64_t number,
			struct slice text)
{
	struct redis_reply *reply = task->privdata;

	return redis_reply_add(reply, type, number, text) ? reply : NULL;
}

static void *reader_on_string(const redisReadTask *task, char *text, size_t len)
{
	enum redis_type type = task->type == REDIS_REPLY_ERROR    ? REDIS_ERROR
			       : task->type == REDIS_REPLY_STATUS ? REDIS_STATUS
								  : REDIS_STRING;

	return reader_add(task, type, 0, slice_of(text, len));
}

static void *reader_on_array(const redisReadTask *task, int elements)
{
	if (elements > REDIS_REPLY_ITEMS)
		return NULL;
	return reader_add(task, REDIS_ARRAY, elements, SLICE(""));
}

static void *reader_on_integer(const redisReadTask *task, long long number)
{
	return reader_add(task, REDIS_INTEGER, number, SLICE(""));
}

static void *reader_on_nil(const redisReadTask *task)
{
	return reader_add(task, REDIS_NIL, 0, SLICE(""));
}

static void reader_on_free(void *object)
{
	(void)object; /* the reader's own */
}

int redis_reader_new(struct redis_reader **out)
{
	static redisReplyObjectFunctions functions = {
		.createString = reader_on_string,
		.createArray = reader_on_array,
		.createInteger = reader_on_integer,
		.createNil = reader_on_nil,
		.freeObject = reader_on_free,
	};
	struct redis_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return SG_ENOMEM;
	r->codec = redisReaderCreateWithFunctions(&functions);
	if (r->codec == NULL) {
		free(r);
		return SG_ENOMEM;
	}
	r->codec->privdata = &r->reply;
	*out = r;
	return 0;
}

void redis_reader_free(struct redis_reader **reader)
{
	struct redis_reader *r = *reader;

	*reader = NULL;
	if (r == NULL)
		return;
	redisReaderFree(r->codec);
	redis_reply_fini(&r->reply);
	free(r);
}

int redis_reader_feed(struct redis_reader *r, struct slice bytes)
{
	r->fed += bytes.len;
	if (r->fed > REDIS_REPLY_TEXT_BYTES)
		return SG_ELIMIT;
	return redisReaderFeed(r->codec, bytes.ptr, bytes.len) == REDIS_OK ? 0 : SG_ENOMEM;
}

int redis_reader_next(struct redis_reader *r, const struct redis_reply **out)
{
	void *object = NULL;

	if (r->whole)
		redis_reply_reset(&r->reply);
	r->whole = false;
	if (redisReaderGetReply(r->codec, &object) != REDIS_OK)
		return SG_EFORMAT;
	if (object == NULL)
		return 0;
	r->whole = true;
	r->fed = r->codec->len - r->codec->pos;
	*out = &r->reply;
	return 1;
}
