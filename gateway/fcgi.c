/* fcgi.c - FastCGI records, in and out. */
#include "gateway/fcgi.h"

#include <assert.h>
#include <stdio.h>

/* The header is whole: take it apart. Content comes next. */
static enum fcgi_step fcgi_read_header(struct fcgi_decoder *d, const uint8_t *h)
{
	d->record.type = h[1];
	d->record.id = (uint16_t)(h[2] << 8 | h[3]);
	d->record.content_bytes = (uint32_t)(h[4] << 8 | h[5]);
	d->content_left = d->record.content_bytes;
	d->padding_left = h[6];
	d->open = true;
	d->started = false;
	return FCGI_FRAGMENT;
}

static size_t fcgi_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Give the padding's bytes away; the record is closed with the last of them. */
static void fcgi_skip_padding(struct fcgi_decoder *d, struct slice *in)
{
	size_t n = fcgi_least(d->padding_left, in->len);

	*in = slice_after(*in, n);
	d->padding_left -= (uint32_t)n;
	if (d->padding_left == 0) {
		d->open = false;
		d->header_bytes = 0;
	}
}

/* What there is of the header. */
static enum fcgi_step fcgi_gather_header(struct fcgi_decoder *d, struct slice *in)
{
	size_t n = fcgi_least(FCGI_HEADER_LEN - d->header_bytes, in->len);

	if (n > 0)
		memcpy(d->header + d->header_bytes, in->ptr, n);
	d->header_bytes = (uint8_t)(d->header_bytes + n);
	*in = slice_after(*in, n);
	/* a foreign protocol shows in its first byte: no need to wait for eight */
	if (d->header_bytes > 0 && d->header[0] != FCGI_VERSION_1)
		return FCGI_BAD;
	if (d->header_bytes < FCGI_HEADER_LEN)
		return FCGI_MORE;
	return fcgi_read_header(d, d->header);
}

/* Nearly always it lies in the input as a whole. */
static enum fcgi_step fcgi_decode_header(struct fcgi_decoder *d, struct slice *in)
{
	const uint8_t *header = (const uint8_t *)in->ptr;

	if (d->header_bytes > 0 || in->len < FCGI_HEADER_LEN || header[0] != FCGI_VERSION_1)
		return fcgi_gather_header(d, in);
	*in = slice_after(*in, FCGI_HEADER_LEN);
	return fcgi_read_header(d, header);
}

static enum fcgi_step fcgi_decode_content(struct fcgi_decoder *d, struct slice *in,
					  struct fcgi_fragment *out)
{
	size_t n = fcgi_least(d->content_left, in->len);

	if (d->content_left > 0 && n == 0)
		return FCGI_MORE;
	out->record = d->record;
	out->bytes = slice_of(in->ptr, n);
	out->first = !d->started;
	d->content_left -= (uint32_t)n;
	out->last = d->content_left == 0;
	d->started = true;
	*in = slice_after(*in, n);
	if (out->last)
		fcgi_skip_padding(d, in);
	return FCGI_FRAGMENT;
}

enum fcgi_step fcgi_decode(struct fcgi_decoder *d, struct slice *in, struct fcgi_fragment *out)
{
	for (;;) {
		if (!d->open) {
			enum fcgi_step step = fcgi_decode_header(d, in);

			if (step != FCGI_FRAGMENT)
				return step;
		}
		if (d->content_left > 0 || !d->started)
			return fcgi_decode_content(d, in, out);
		if (in->len == 0)
			return FCGI_MORE;
		fcgi_skip_padding(d, in);
	}
}

bool fcgi_mid_record(const struct fcgi_decoder *d)
{
	return d->open || d->header_bytes > 0;
}

bool fcgi_mid_padding(const struct fcgi_decoder *d)
{
	return d->open && d->started && d->content_left == 0;
}

/* The 8 bytes in d->small: 1 they are all there, 0 not yet, SG_EFORMAT they are not 8. */
static int fcgi_gather(struct fcgi_decoder *d, const struct fcgi_fragment *f)
{
	/* what of this record came before this fragment */
	uint32_t before = f->record.content_bytes - d->content_left - (uint32_t)f->bytes.len;

	if (before < sizeof(d->small) && f->bytes.len > 0)
		memcpy(d->small + before, f->bytes.ptr,
		       fcgi_least(f->bytes.len, sizeof(d->small) - before));
	if (!f->last)
		return 0;
	return f->record.content_bytes == sizeof(d->small) ? 1 : SG_EFORMAT;
}

int fcgi_read_begin(struct fcgi_decoder *d, const struct fcgi_fragment *f, struct fcgi_begin *out)
{
	const uint8_t *body = d->small;
	int rc = fcgi_gather(d, f);

	if (rc == 1)
		*out = (struct fcgi_begin){ .role = (uint16_t)(body[0] << 8 | body[1]),
					    .flags = body[2] };
	return rc;
}

int fcgi_read_end(struct fcgi_decoder *d, const struct fcgi_fragment *f, struct fcgi_end *out)
{
	const uint8_t *body = d->small;
	int rc = fcgi_gather(d, f);

	if (rc == 1)
		*out = (struct fcgi_end){ .app_status = (uint32_t)body[0] << 24 |
							(uint32_t)body[1] << 16 |
							(uint32_t)body[2] << 8 | body[3],
					  .protocol_status = body[4] };
	return rc;
}

static void fcgi_header(char *at, uint8_t type, uint16_t id, size_t content_bytes)
{
	assert(content_bytes <= 0xffff);
	at[0] = FCGI_VERSION_1;
	at[1] = (char)type;
	at[2] = (char)(id >> 8);
	at[3] = (char)(id & 0xff);
	at[4] = (char)(content_bytes >> 8);
	at[5] = (char)(content_bytes & 0xff);
	at[6] = 0; /* padding breaks PHP and libfcgi on empty records, and helps nobody on others */
	at[7] = 0;
}

int fcgi_append_record(struct buffer *out, uint8_t type, uint16_t id, struct slice content)
{
	char *at;
	int rc = buffer_reserve(out, FCGI_HEADER_LEN + content.len, &at);

	if (rc != 0)
		return rc;
	fcgi_header(at, type, id, content.len);
	if (content.len > 0)
		memcpy(at + FCGI_HEADER_LEN, content.ptr, content.len);
	buffer_commit(out, FCGI_HEADER_LEN + content.len);
	return 0;
}

int fcgi_append_stream(struct buffer *out, uint8_t type, uint16_t id, struct slice bytes)
{
	size_t before = buffer_len(out);

	while (bytes.len > 0) {
		size_t n = fcgi_least(bytes.len, FCGI_CONTENT_MAX);
		int rc = fcgi_append_record(out, type, id, slice_of(bytes.ptr, n));

		if (rc != 0) {
			buffer_truncate(out, before);
			return rc;
		}
		bytes = slice_after(bytes, n);
	}
	return 0;
}

int fcgi_append_begin(struct buffer *out, uint16_t id, uint16_t role, uint8_t flags)
{
	char body[8] = { (char)(role >> 8), (char)(role & 0xff), (char)flags, 0, 0, 0, 0, 0 };

	return fcgi_append_record(out, FCGI_BEGIN_REQUEST, id, slice_of(body, sizeof(body)));
}

int fcgi_append_end(struct buffer *out, uint16_t id, uint32_t app_status, uint8_t protocol_status)
{
	char body[8] = { (char)(app_status >> 24),
			 (char)(app_status >> 16),
			 (char)(app_status >> 8),
			 (char)app_status,
			 (char)protocol_status,
			 0,
			 0,
			 0 };

	return fcgi_append_record(out, FCGI_END_REQUEST, id, slice_of(body, sizeof(body)));
}

int fcgi_append_unknown_type(struct buffer *out, uint8_t type)
{
	char body[8] = { (char)type, 0, 0, 0, 0, 0, 0, 0 };

	return fcgi_append_record(out, FCGI_UNKNOWN_TYPE, FCGI_NULL_REQUEST_ID,
				  slice_of(body, sizeof(body)));
}

int fcgi_open(struct buffer *out, uint8_t type, uint16_t id, size_t *mark)
{
	char *at;
	int rc = buffer_reserve(out, FCGI_HEADER_LEN, &at);

	if (rc != 0)
		return rc;
	*mark = buffer_len(out);
	fcgi_header(at, type, id, 0);
	buffer_commit(out, FCGI_HEADER_LEN);
	return 0;
}

void fcgi_close(struct buffer *out, size_t mark)
{
	char *at = out->data + out->head + mark;
	size_t content_bytes = buffer_len(out) - mark - FCGI_HEADER_LEN;

	assert(content_bytes <= FCGI_CONTENT_MAX);
	at[4] = (char)(content_bytes >> 8);
	at[5] = (char)(content_bytes & 0xff);
}

int fcgi_append_params(struct buffer *out, uint16_t id, const struct param *items, size_t count)
{
	size_t before = buffer_len(out), mark, n;
	int rc;

	for (; count > 0; items += n, count -= n) {
		if ((rc = fcgi_open(out, FCGI_PARAMS, id, &mark)) != 0 ||
		    (rc = pairs_append(out, items, count, FCGI_CONTENT_MAX, &n)) != 0)
			goto fail;
		assert(n > 0);
		if (buffer_len(out) > mark + FCGI_HEADER_LEN)
			fcgi_close(out, mark);
		else /* all of them were removed: an empty record would be the end */
			buffer_truncate(out, mark);
	}
	if ((rc = fcgi_append_record(out, FCGI_PARAMS, id, SLICE(""))) == 0)
		return 0;
fail:
	buffer_truncate(out, before);
	return rc;
}

int fcgi_append_values(struct buffer *out, struct slice asked, unsigned max_conns,
		       unsigned max_reqs, bool multiplexes)
{
	static const char *const names[] = { FCGI_MAX_CONNS, FCGI_MAX_REQS, FCGI_MPXS_CONNS };
	const unsigned values[] = { max_conns, max_reqs, multiplexes };
	bool wanted[3] = { false };
	struct param pair;
	size_t before = buffer_len(out), mark, i;
	char text[16];
	int rc;

	while ((rc = pairs_next(&asked, &pair)) == 1)
		for (i = 0; i < 3; i++)
			wanted[i] |= slice_equal(pair.name, slice_from(names[i]));
	if (rc != 0)
		return rc;
	if ((rc = fcgi_open(out, FCGI_GET_VALUES_RESULT, FCGI_NULL_REQUEST_ID, &mark)) != 0)
		return rc;
	for (i = 0; i < 3; i++) {
		if (!wanted[i])
			continue;
		snprintf(text, sizeof(text), "%u", values[i]);
		rc = pairs_append_one(out, slice_from(names[i]), slice_from(text));
		if (rc != 0) {
			buffer_truncate(out, before);
			return rc;
		}
	}
	fcgi_close(out, mark);
	return 0;
}
