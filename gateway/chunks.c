/* chunks.c - see chunks.h. */
#include "gateway/chunks.h"

#include "base/hex.h"

enum {
	CHUNKS_LINE_BYTES = 1024, /* of one with a size, or of a trailer */
	CHUNKS_TRAILER_BYTES = 8192,
	CHUNKS_SIZE_DIGITS = 8,
};

/* The line at the front of in, without its end. 1, 0 or SG_EFORMAT, as chunks_read(). */
static int chunks_line(const struct buffer *in, struct slice *line)
{
	struct slice content = buffer_content(in);
	const char *end = content.len > 0 ? memchr(content.ptr, '\n', content.len) : NULL;

	if (end == NULL)
		return content.len > CHUNKS_LINE_BYTES ? SG_EFORMAT : 0;
	*line = slice_of(content.ptr, (size_t)(end - content.ptr));
	if (line->len == 0 || line->len > CHUNKS_LINE_BYTES || line->ptr[line->len - 1] != '\r')
		return SG_EFORMAT;
	line->len--;
	return 1;
}

static void chunks_consume_line(struct buffer *in, struct slice line)
{
	buffer_consume(in, line.len + sizeof("\r\n") - 1);
}

/* "1f" of "1f;name=value" */
static int chunks_parse_size(struct slice line, size_t *size)
{
	struct slice digits;

	slice_cut(&line, ';', &digits);
	digits = slice_trim(digits);
	if (digits.len == 0 || digits.len > CHUNKS_SIZE_DIGITS)
		return SG_EFORMAT;
	*size = 0;
	for (size_t i = 0; i < digits.len; i++) {
		int digit = hex_digit(digits.ptr[i]);

		if (digit < 0)
			return SG_EFORMAT;
		*size = *size << 4 | (size_t)digit;
	}
	return 0;
}

/* --- the steps: 1 for the next one, else as chunks_read() --- */

static int chunks_read_size(struct chunks *c, struct buffer *in, size_t room)
{
	struct slice line;
	int rc = chunks_line(in, &line);

	if (rc != 1)
		return rc;
	if ((rc = chunks_parse_size(line, &c->left)) != 0)
		return rc;
	if (c->left > room)
		return SG_ELIMIT;
	chunks_consume_line(in, line);
	c->state = c->left > 0 ? CHUNKS_DATA : CHUNKS_TRAILER;
	return 1;
}

static int chunks_read_data(struct chunks *c, struct buffer *in, struct buffer *body)
{
	struct slice content = buffer_content(in);
	int rc;

	if (content.len == 0)
		return 0;
	if (content.len > c->left)
		content.len = c->left;
	if ((rc = buffer_append_slice(body, content)) != 0)
		return rc;
	buffer_consume(in, content.len);
	c->left -= content.len;
	if (c->left == 0)
		c->state = CHUNKS_DATA_END;
	return 1;
}

static int chunks_read_data_end(struct chunks *c, struct buffer *in)
{
	struct slice line;
	int rc = chunks_line(in, &line);

	if (rc != 1)
		return rc;
	if (line.len > 0)
		return SG_EFORMAT;
	chunks_consume_line(in, line);
	c->state = CHUNKS_SIZE;
	return 1;
}

static int chunks_read_trailer(struct chunks *c, struct buffer *in)
{
	struct slice line;
	int rc = chunks_line(in, &line);

	if (rc != 1)
		return rc;
	if (line.len == 0)
		c->state = CHUNKS_WHOLE;
	c->trailer_bytes += line.len;
	if (c->trailer_bytes > CHUNKS_TRAILER_BYTES)
		return SG_EFORMAT;
	chunks_consume_line(in, line);
	return 1;
}

/* It may have become less since the body began. */
static size_t chunks_room(const struct buffer *body, size_t max_bytes)
{
	return buffer_len(body) < max_bytes ? max_bytes - buffer_len(body) : 0;
}

static int chunks_step(struct chunks *c, struct buffer *in, struct buffer *body, size_t max_bytes)
{
	switch (c->state) {
	case CHUNKS_SIZE:
		return chunks_read_size(c, in, chunks_room(body, max_bytes));
	case CHUNKS_DATA:
		return chunks_read_data(c, in, body);
	case CHUNKS_DATA_END:
		return chunks_read_data_end(c, in);
	case CHUNKS_TRAILER:
		return chunks_read_trailer(c, in);
	case CHUNKS_WHOLE:
		break;
	}
	return 1;
}

int chunks_read(struct chunks *c, struct buffer *in, struct buffer *body, size_t max_bytes)
{
	int rc = 1;

	while (rc == 1 && c->state != CHUNKS_WHOLE)
		rc = chunks_step(c, in, body, max_bytes);
	return rc;
}
