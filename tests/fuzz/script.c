/* script.c - see script.h. */
#include "tests/fuzz/script.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/stage.h"
#include "tests/fuzz/wallet.h"

enum { LINE_BYTES = 80000, SAID_BYTES = 300000, TIMES = 5000 };

unsigned script_number(struct script *s)
{
	unsigned number = 0;

	while (s->line.len > 0 && s->line.ptr[0] == ' ')
		s->line = slice_after(s->line, 1);
	while (s->line.len > 0 && s->line.ptr[0] >= '0' && s->line.ptr[0] <= '9' && number < 100000)
		number = number * 10 + (unsigned)(input_byte(&s->line) - '0');
	return number;
}

static void put_byte(struct buffer *out, int byte)
{
	char c = (char)byte;

	CLAIM(buffer_append(out, &c, 1) == 0);
}

static int hex(uint8_t c)
{
	const char *at = c != '\0' ? strchr("0123456789abcdef", c) : NULL;

	return at != NULL ? (int)(at - "0123456789abcdef") : 0;
}

static void put_escape(struct script *s, struct buffer *out)
{
	const struct web_server *w = &stage.web_servers[s->web_server];
	uint8_t c = input_byte(&s->line);
	int high;

	switch (c) {
	case 'n':
		put_byte(out, '\n');
		break;
	case 'r':
		put_byte(out, '\r');
		break;
	case 't':
	case 'T':
		CLAIM(buffer_append_slice(out, slice_from(c == 't' ? w->token : w->older)) == 0);
		break;
	case 'k':
	case 'K':
		CLAIM(buffer_append_slice(out, wallet_take(c == 'k' ? 0 : 1)) == 0);
		break;
	case 'x':
		high = hex(input_byte(&s->line));
		put_byte(out, high * 16 + hex(input_byte(&s->line)));
		break;
	default:
		put_byte(out, c);
	}
}

struct buffer script_bytes(struct script *s)
{
	struct buffer once = { 0 }, out = { 0 };

	if (s->line.len > 0 && s->line.ptr[0] == ' ')
		s->line = slice_after(s->line, 1);
	while (s->line.len > 0) {
		uint8_t c = input_byte(&s->line);

		if (c == '\\')
			put_escape(s, &once);
		else
			put_byte(&once, c);
	}
	do {
		CLAIM(buffer_append_slice(&out, buffer_content(&once)) == 0);
	} while (--s->times > 0 && s->times < TIMES && buffer_len(&out) < LINE_BYTES);
	s->times = 1;
	buffer_fini(&once);
	return out;
}

/* --- saying it --- */

void script_put_record(struct buffer *out, unsigned type, unsigned id, unsigned padding,
		       struct slice content)
{
	size_t before = buffer_len(out);

	do { /* what is longer than a record becomes two */
		struct slice piece = input_take(&content, UINT16_MAX);
		char header[FCGI_HEADER_LEN] = { 1,
						 (char)type,
						 (char)(id >> 8),
						 (char)id,
						 (char)(piece.len >> 8),
						 (char)piece.len,
						 (char)padding,
						 0 };

		CLAIM(buffer_append(out, header, sizeof(header)) == 0);
		CLAIM(buffer_append_slice(out, piece) == 0);
		for (unsigned i = 0; i < (padding & 0xff); i++)
			put_byte(out, 0);
	} while (content.len > 0 && buffer_len(out) - before < LINE_BYTES);
}

void script_say(struct script *s, script_say_fn *to_whom, void *to, struct buffer *out)
{
	struct slice rest = buffer_content(out);
	unsigned pieces = 0;

	s->said_bytes += rest.len;
	while (rest.len > 0 && s->said_bytes < SAID_BYTES) {
		bool whole = s->piece_bytes == 0 || pieces++ > 100;

		to_whom(to, input_take(&rest, whole ? 8192 : s->piece_bytes));
		if (rest.len > 0)
			stage_settle();
	}
	buffer_fini(out);
}
