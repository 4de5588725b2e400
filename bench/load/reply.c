/* reply.c - what came back for one request, and what to think of it. */
#include "bench/load/reply.h"

#include "bench/pattern.h"

#include <stdio.h>
#include <stdlib.h>

const char *outcome_text(enum outcome outcome)
{
	static const char *const texts[] = {
#define OUTCOME_TEXT(name, text) #text,
		OUTCOMES(OUTCOME_TEXT)
#undef OUTCOME_TEXT
	};

	return texts[outcome];
}

void reply_begin(struct reply *r)
{
	r->ended = false;
	r->end_len = 0;
	r->head_len = 0;
	r->head_whole = false;
	r->got = 0;
	r->in_order = true;
}

static void reply_take_body(struct reply *r, struct slice bytes)
{
	if (r->got < sizeof(r->text)) {
		size_t room = sizeof(r->text) - (size_t)r->got;

		memcpy(r->text + r->got, bytes.ptr, bytes.len < room ? bytes.len : room);
	}
	r->in_order = r->in_order && pattern_is(bytes.ptr, bytes.len, r->nonce + r->got);
	r->got += bytes.len;
}

/* Byte for byte, since it is short, and may come in any pieces. */
static bool reply_take_head(struct reply *r, struct slice *bytes)
{
	while (bytes->len > 0 && !r->head_whole) {
		if (r->head_len == sizeof(r->head) - 1)
			return false;
		r->head[r->head_len++] = *bytes->ptr;
		*bytes = slice_after(*bytes, 1);
		r->head[r->head_len] = '\0';
		r->head_whole =
			r->head_len >= 4 && memcmp(r->head + r->head_len - 4, "\r\n\r\n", 4) == 0;
	}
	return true;
}

/* 4 bytes of the application's status, 1 of the protocol's, 3 of nothing; in any pieces. */
static bool reply_take_end(struct reply *r, const struct wire_piece *piece)
{
	for (size_t i = 0; i < piece->content.len; i++) {
		if (r->end_len++ == 4)
			r->protocol_status = (uint8_t)piece->content.ptr[i];
	}
	r->ended = piece->last;
	return r->end_len == 8 || (!r->ended && r->end_len < 8);
}

bool reply_take(struct reply *r, const struct wire_piece *piece)
{
	struct slice content = piece->content;

	if (r->ended)
		return false;
	switch (piece->type) {
	case WIRE_STDOUT:
		if (!reply_take_head(r, &content))
			return false;
		reply_take_body(r, content);
		return true;
	case WIRE_STDERR:
		return true;
	case WIRE_END:
		return reply_take_end(r, piece);
	default:
		return false;
	}
}

/* A field's value, at the beginning of a line of the head. NULL when it is not there. */
static const char *reply_field(const struct reply *r, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = r->head; *line != '\0'; line = strchr(line, '\n') + 1) {
		if (strncasecmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1;
	}
	return NULL;
}

static long reply_number(const struct reply *r, const char *name)
{
	const char *value = reply_field(r, name);

	return value != NULL ? strtol(value, NULL, 10) : -1;
}

/* Does the application say that this is the answer to what we asked, in our session? */
static bool reply_is_ours(const struct reply *r)
{
	const char *echo = reply_field(r, "X-Echo");
	char wanted[128];

	snprintf(wanted, sizeof(wanted), " %llu %llu right %s\r\n", (unsigned long long)r->nonce,
		 (unsigned long long)r->body_bytes, r->has_session ? "anonymous" : "none");
	return echo != NULL && strncmp(echo, wanted, strlen(wanted)) == 0;
}

static bool reply_right(const struct reply *r)
{
	long length = r->length_known ? (long)r->answer_bytes : -1;

	return r->protocol_status == 0 && reply_number(r, "Status") == 200 && reply_is_ours(r) &&
	       reply_number(r, "Content-Length") == length && r->got == r->answer_bytes &&
	       r->in_order;
}

static bool reply_refused(const struct reply *r)
{
	long status = reply_number(r, "Status");
	const char *type = reply_field(r, "Content-Type");

	return (status == 502 || status == 503 || status == 504) && type != NULL &&
	       strncmp(type, " application/problem+json", 25) == 0 &&
	       reply_number(r, "Content-Length") == (long)r->got;
}

/* Without KEEP_CONN the end of a connection says nothing, so the length has to. */
static bool reply_short(const struct reply *r)
{
	return !r->keep && reply_is_ours(r) && r->in_order && r->length_known &&
	       r->got < r->answer_bytes;
}

/* What comes before a cut must be ours all the same. */
static bool reply_strays(const struct reply *r)
{
	return r->head_whole && reply_number(r, "Status") == 200 &&
	       !(reply_is_ours(r) && r->in_order);
}

enum outcome reply_outcome(const struct reply *r)
{
	if (!r->ended)
		return reply_strays(r) ? OUTCOME_WRONG : OUTCOME_CUT;
	if (!r->head_whole)
		return OUTCOME_WRONG;
	if (reply_right(r))
		return OUTCOME_RIGHT;
	if (reply_refused(r))
		return OUTCOME_REFUSED;
	return reply_short(r) ? OUTCOME_CUT : OUTCOME_WRONG;
}
