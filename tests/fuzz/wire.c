/* wire.c - see wire.h. */
#include "tests/fuzz/wire.h"

#include "tests/fuzz/claim.h"

void wire_put(struct wire *w, struct slice bytes)
{
	CLAIM(buffer_append_slice(&w->bytes, bytes) == 0);
}

/* Forget the last record, and as much of its padding as has come. */
static void wire_drop(struct wire *w)
{
	size_t padding;

	buffer_consume(&w->bytes, w->taken);
	w->taken = 0;
	padding = buffer_len(&w->bytes) < w->padding ? buffer_len(&w->bytes) : w->padding;
	buffer_consume(&w->bytes, padding);
	w->padding -= padding;
}

bool wire_next(struct wire *w, struct wire_record *r)
{
	const uint8_t *h;
	size_t content_bytes;
	struct slice in;

	wire_drop(w);
	in = buffer_content(&w->bytes);
	h = (const uint8_t *)in.ptr;
	w->bad |= in.len > 0 && h[0] != FCGI_VERSION_1;
	if (w->bad || in.len < FCGI_HEADER_LEN)
		return false;
	content_bytes = (size_t)h[4] * 256 + h[5];
	r->type = h[1];
	r->id = (uint16_t)(h[2] * 256 + h[3]);
	r->padding = h[6];
	if (in.len < FCGI_HEADER_LEN + content_bytes)
		return false;
	r->content = slice_of(in.ptr + FCGI_HEADER_LEN, content_bytes);
	w->taken = FCGI_HEADER_LEN + content_bytes;
	w->padding = r->padding;
	return true;
}

bool wire_mid_record(const struct wire *w)
{
	return buffer_len(&w->bytes) > w->taken || w->padding > 0;
}

void wire_fini(struct wire *w)
{
	buffer_fini(&w->bytes);
	*w = (struct wire){ .bad = false };
}
