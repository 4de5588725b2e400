/* wire.c - FastCGI 1.0 as a web server speaks it. */
#include "bench/load/wire.h"

#include <assert.h>
#include <stdlib.h>

void wire_append(struct buffer *out, const void *bytes, size_t len)
{
	if (buffer_append(out, bytes, len) != 0)
		abort();
}

void wire_record(struct buffer *out, enum wire_type type, uint16_t id, struct slice content)
{
	uint8_t header[8] = { 1, (uint8_t)type };

	assert(content.len <= UINT16_MAX);
	header[2] = (uint8_t)(id >> 8);
	header[3] = (uint8_t)id;
	header[4] = (uint8_t)(content.len >> 8);
	header[5] = (uint8_t)content.len;
	wire_append(out, header, sizeof(header));
	wire_append(out, content.ptr, content.len);
}

void wire_begin(struct buffer *out, uint16_t id, bool keep)
{
	const char body[8] = { 0, 1, keep };

	wire_record(out, WIRE_BEGIN, id, slice_of(body, sizeof(body)));
}

static void wire_length(struct buffer *out, size_t len)
{
	const uint8_t bytes[4] = { (uint8_t)(len >> 24 | 0x80), (uint8_t)(len >> 16),
				   (uint8_t)(len >> 8), (uint8_t)len };

	if (len < 128)
		wire_append(out, &bytes[3], 1);
	else
		wire_append(out, bytes, 4);
}

void wire_pair(struct buffer *pairs, const char *name, const char *value)
{
	wire_length(pairs, strlen(name));
	wire_length(pairs, strlen(value));
	wire_append(pairs, name, strlen(name));
	wire_append(pairs, value, strlen(value));
}

static bool wire_next_header(struct wire_reader *r, struct slice *in)
{
	while (r->header_len < sizeof(r->header) && in->len > 0) {
		r->header[r->header_len++] = (uint8_t)*in->ptr;
		*in = slice_after(*in, 1);
	}
	if (r->header_len < sizeof(r->header))
		return false;
	r->content_left = (size_t)(r->header[4] << 8 | r->header[5]);
	r->padding_left = r->header[6];
	return true;
}

bool wire_next(struct wire_reader *r, struct slice *in, struct wire_piece *piece)
{
	size_t padding;

	if (r->header_len < sizeof(r->header) && !wire_next_header(r, in))
		return false;
	piece->type = r->header[1];
	piece->id = (uint16_t)(r->header[2] << 8 | r->header[3]);
	piece->content = slice_of(in->ptr, in->len < r->content_left ? in->len : r->content_left);
	*in = slice_after(*in, piece->content.len);
	r->content_left -= piece->content.len;
	padding = in->len < r->padding_left ? in->len : r->padding_left;
	if (r->content_left == 0) {
		*in = slice_after(*in, padding);
		r->padding_left -= padding;
	}
	piece->last = r->content_left == 0 && r->padding_left == 0;
	if (piece->last)
		r->header_len = 0;
	return piece->last || piece->content.len > 0;
}
