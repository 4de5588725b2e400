/* redis_reply.c - see redis_reply.h. */
#include "backends/redis_reply.h"

#include <stdlib.h>

enum {
	REDIS_REPLY_FEW = 64,
	REDIS_REPLY_KEPT_ITEMS = 1024, /* as many as a large session has */
	REDIS_REPLY_KEPT_BYTES = 65536,
};

void redis_reply_fini(struct redis_reply *r)
{
	free(r->items);
	buffer_wipe(&r->text);
	*r = (struct redis_reply){ 0 };
}

void redis_reply_reset(struct redis_reply *r)
{
	if (r->room > REDIS_REPLY_KEPT_ITEMS || r->text.cap > REDIS_REPLY_KEPT_BYTES)
		redis_reply_fini(r);
	r->count = 0;
	buffer_truncate(&r->text, 0);
}

static bool reply_make_room(struct redis_reply *r)
{
	size_t room = r->room > 0 ? 2 * r->room : REDIS_REPLY_FEW;
	struct redis_item *items;

	if (r->count < r->room)
		return true;
	if (room > REDIS_REPLY_ITEMS ||
	    (items = reallocarray(r->items, room, sizeof(*items))) == NULL)
		return false;
	r->items = items;
	r->room = room;
	return true;
}

bool redis_reply_add(struct redis_reply *r, enum redis_type type, int64_t number, struct slice text)
{
	size_t at = buffer_len(&r->text);

	if (!reply_make_room(r) || text.len > REDIS_REPLY_TEXT_BYTES - at ||
	    buffer_append_slice(&r->text, text) != 0)
		return false;
	r->items[r->count++] = (struct redis_item){ type, number, at, text.len };
	return true;
}

bool redis_reply_copy(struct redis_reply *to, const struct redis_reply *from)
{
	redis_reply_reset(to);
	for (size_t i = 0; i < from->count; i++)
		if (!redis_reply_add(to, from->items[i].type, from->items[i].number,
				     redis_reply_text(from, i)))
			return false;
	return true;
}

enum redis_type redis_reply_type(const struct redis_reply *r, size_t item)
{
	return item < r->count ? r->items[item].type : REDIS_NIL;
}

struct slice redis_reply_text(const struct redis_reply *r, size_t item)
{
	if (item >= r->count || r->items[item].bytes == 0)
		return SLICE("");
	return slice_of(buffer_content(&r->text).ptr + r->items[item].at, r->items[item].bytes);
}

int64_t redis_reply_number(const struct redis_reply *r, size_t item)
{
	return item < r->count && r->items[item].type == REDIS_INTEGER ? r->items[item].number : 0;
}

size_t redis_reply_elements(const struct redis_reply *r, size_t item)
{
	return redis_reply_type(r, item) == REDIS_ARRAY ? (size_t)r->items[item].number : 0;
}

size_t redis_reply_after(const struct redis_reply *r, size_t item)
{
	size_t left = 1;

	for (; left > 0 && item < r->count; item++) {
		left--;
		if (r->items[item].type == REDIS_ARRAY)
			left += (size_t)r->items[item].number;
	}
	return item;
}

bool redis_reply_is_error(const struct redis_reply *r, struct slice word)
{
	struct slice text, first;

	if (redis_reply_type(r, 0) != REDIS_ERROR)
		return false;
	text = redis_reply_text(r, 0);
	slice_cut(&text, ' ', &first);
	return slice_equal(first, word);
}
