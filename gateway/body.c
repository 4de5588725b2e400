/* body.c - a request's body on its way. */
#include "gateway/body.h"

#include "gateway/fcgi.h"

#include <assert.h>

void body_init(struct body *b, const struct config_limits *limits, struct tally *tally,
	       int64_t length, size_t window, uint64_t max_bytes)
{
	*b = (struct body){
		.limits = limits,
		.tally = tally,
		.window = window,
		.max_bytes = max_bytes,
		.length = length,
		.unknown = length == BODY_UNKNOWN,
		.complete = length == 0,
		.streaming = length > 0 && (uint64_t)length > window,
	};
	spool_init(&b->spool);
}

void body_fini(struct body *b)
{
	if (b->tally != NULL) {
		spool_close(&b->spool);
		tally_sub(&b->tally->spooled_bytes, b->spool_counted);
	}
	buffer_wipe(&b->memory);
}

static int body_spool(struct body *b, struct slice bytes)
{
	int rc;

	if (!tally_add(&b->tally->spooled_bytes, bytes.len, b->limits->spool_total_bytes))
		return SG_ENOMEM;
	b->spool_counted += bytes.len;
	if (b->spool.fd < 0 && (rc = spool_open(&b->spool, b->limits->spool_dir)) != 0)
		return rc;
	return spool_write(&b->spool, bytes);
}

/* So much lies in the file and was not given yet; what comes next must then go there too. */
static uint64_t body_spool_pending(const struct body *b)
{
	return b->spool.written - b->spool.read;
}

/* Once some of it is in the spool, what follows goes there too, until that was given. */
static bool body_fits(const struct body *b, struct slice bytes, size_t memory)
{
	return body_spool_pending(b) == 0 && buffer_len(&b->memory) + bytes.len <= memory;
}

static int body_take_known(struct body *b, struct slice bytes, size_t memory)
{
	if (body_fits(b, bytes, memory))
		return buffer_append_slice(&b->memory, bytes);
	if (b->spool.written + bytes.len > b->limits->spool_bytes)
		return SG_ENOMEM; /* the length was announced and accepted: there is no room now */
	return body_spool(b, bytes);
}

static int body_take_unknown(struct body *b, struct slice bytes, size_t memory)
{
	if (b->received + bytes.len > b->limits->spool_bytes)
		return SG_ELIMIT;
	if (body_fits(b, bytes, memory < b->window ? memory : b->window))
		return buffer_append_slice(&b->memory, bytes);
	return body_spool(b, bytes);
}

int body_take(struct body *b, struct slice bytes, size_t memory)
{
	int rc;

	if (b->complete)
		return 0;
	if (!b->unknown && bytes.len > (uint64_t)b->length - b->received)
		bytes.len = (size_t)((uint64_t)b->length - b->received);
	if (b->max_bytes != 0 && b->received + bytes.len > b->max_bytes)
		return SG_ELIMIT;
	rc = b->unknown ? body_take_unknown(b, bytes, memory) : body_take_known(b, bytes, memory);
	if (rc != 0)
		return rc;
	b->received += bytes.len;
	b->complete = !b->unknown && b->received == (uint64_t)b->length;
	return 0;
}

int body_end(struct body *b)
{
	if (b->complete)
		return 0;
	if (!b->unknown)
		return SG_EFORMAT;
	b->length = (int64_t)b->received;
	b->complete = true;
	return 0;
}

/* Come, and not given yet. */
static uint64_t body_waiting(const struct body *b)
{
	return buffer_len(&b->memory) + body_spool_pending(b);
}

bool body_ready(const struct body *b)
{
	return b->complete || (b->streaming && body_waiting(b) >= b->window);
}

bool body_full(const struct body *b)
{
	/* a window of 0 means "at once", not "one byte at a time" */
	return b->streaming &&
	       body_waiting(b) >= (b->window > BODY_PIECE_BYTES ? b->window : BODY_PIECE_BYTES);
}

static struct slice body_pending_memory(const struct body *b)
{
	return slice_after(buffer_content(&b->memory), b->memory_given);
}

static int body_give_memory(struct body *b, struct buffer *out, uint16_t id, size_t room)
{
	struct slice bytes = body_pending_memory(b);
	int rc;

	if (bytes.len > room)
		bytes.len = room;
	if (bytes.len == 0)
		return 0;
	if ((rc = fcgi_append_stream(out, FCGI_STDIN, id, bytes)) != 0)
		return rc;
	if (b->streaming)
		buffer_consume(&b->memory, bytes.len);
	else
		b->memory_given += bytes.len;
	return 0;
}

/* All of it was given, and will not be again: memory takes what follows. */
static int body_empty_spool(struct body *b)
{
	tally_sub(&b->tally->spooled_bytes, b->spool_counted);
	b->spool_counted = 0;
	return spool_empty(&b->spool);
}

/* One record straight from the file into out. */
static int body_give_spool(struct body *b, struct buffer *out, uint16_t id)
{
	size_t mark, got, before = buffer_len(out);
	char *room;
	int rc;

	if ((rc = fcgi_open(out, FCGI_STDIN, id, &mark)) != 0)
		return rc;
	if ((rc = buffer_reserve(out, BODY_PIECE_BYTES, &room)) != 0 ||
	    (rc = spool_read(&b->spool, room, BODY_PIECE_BYTES, &got)) != 0) {
		buffer_truncate(out, before);
		return rc;
	}
	assert(got > 0); /* asked only while there is more */
	buffer_commit(out, got);
	fcgi_close(out, mark);
	if (b->streaming && body_spool_pending(b) == 0)
		return body_empty_spool(b);
	return 0;
}

int body_give(struct body *b, struct buffer *out, uint16_t id, size_t room)
{
	size_t end = buffer_len(out) + room;
	int rc = body_give_memory(b, out, id, room);

	while (rc == 0 && body_pending_memory(b).len == 0 && body_spool_pending(b) > 0 &&
	       buffer_len(out) < end)
		rc = body_give_spool(b, out, id);
	if (rc != 0 || !b->complete || b->given || body_pending_memory(b).len > 0 ||
	    body_spool_pending(b) > 0)
		return rc;
	if ((rc = fcgi_append_record(out, FCGI_STDIN, id, SLICE(""))) == 0)
		b->given = true;
	return rc;
}

bool body_rewindable(const struct body *b)
{
	return b->complete && !b->streaming;
}

void body_rewind(struct body *b)
{
	assert(body_rewindable(b));
	b->memory_given = 0;
	b->spool.read = 0;
	b->given = false;
}
