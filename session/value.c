/* value.c - see value.h. */
#include "session/value.h"

#include "base/hex.h"
#include "base/word.h"

#include <assert.h>

/* --- Scanning: each moves *s behind what it has found, or says false ------------------------ */

static void scan_space(struct slice *s)
{
	while (s->len > 0 &&
	       (s->ptr[0] == ' ' || s->ptr[0] == '\t' || s->ptr[0] == '\n' || s->ptr[0] == '\r'))
		*s = slice_after(*s, 1);
}

static bool scan_char(struct slice *s, char c)
{
	if (s->len == 0 || s->ptr[0] != c)
		return false;
	*s = slice_after(*s, 1);
	return true;
}

/* The four digits of a \u escape. */
static bool scan_hex4(struct slice *s, uint32_t *unit)
{
	uint32_t out = 0;

	if (s->len < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		int digit = hex_digit(s->ptr[i]);

		if (digit < 0)
			return false;
		out = out << 4 | (uint32_t)digit;
	}
	*s = slice_after(*s, 4);
	*unit = out;
	return true;
}

/* What follows "\u": one unit, or a pair of surrogates. */
static bool scan_code_point(struct slice *s, uint32_t *code)
{
	uint32_t high, low;

	if (!scan_hex4(s, &high) || high == 0)
		return false;
	*code = high;
	if (high < 0xd800 || high > 0xdfff)
		return true;
	if (high > 0xdbff || !scan_char(s, '\\') || !scan_char(s, 'u') || !scan_hex4(s, &low) ||
	    low < 0xdc00 || low > 0xdfff)
		return false;
	*code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

/* What follows a backslash. */
static bool scan_escape(struct slice *s, uint32_t *code)
{
	static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (s->len == 0 || s->ptr[0] == '\0')
		return false;
	if (scan_char(s, 'u'))
		return scan_code_point(s, code);
	letter = strchr(letters, s->ptr[0]);
	if (letter == NULL)
		return false;
	*code = (unsigned char)means[letter - letters];
	*s = slice_after(*s, 1);
	return true;
}

/* Most of most strings, and no call for each byte of it. */
static void scan_plain(struct slice *s)
{
	size_t n = 0;

	while (n < s->len && s->ptr[n] >= 0x20 && s->ptr[n] < 0x7f && s->ptr[n] != '"' &&
	       s->ptr[n] != '\\')
		n++;
	*s = slice_after(*s, n);
}

/* One character, or one escape. */
static bool scan_string_char(struct slice *s)
{
	uint32_t code;
	size_t len;

	if (scan_char(s, '\\'))
		return scan_escape(s, &code);
	len = slice_utf8_char(*s);
	if (len == 0 || (unsigned char)s->ptr[0] < 0x20)
		return false;
	*s = slice_after(*s, len);
	return true;
}

/* *inner: what stands between the quotes. */
static bool scan_string(struct slice *s, struct slice *inner)
{
	const char *start;

	if (!scan_char(s, '"'))
		return false;
	start = s->ptr;
	for (scan_plain(s); s->len > 0 && s->ptr[0] != '"'; scan_plain(s)) {
		if (!scan_string_char(s))
			return false;
	}
	*inner = slice_of(start, (size_t)(s->ptr - start));
	return scan_char(s, '"');
}

static bool scan_digits(struct slice *s)
{
	size_t n = 0;

	while (n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9')
		n++;
	*s = slice_after(*s, n);
	return n > 0;
}

static bool scan_number(struct slice *s)
{
	scan_char(s, '-');
	if (!scan_char(s, '0') && !scan_digits(s))
		return false;
	if (scan_char(s, '.') && !scan_digits(s))
		return false;
	if (scan_char(s, 'e') || scan_char(s, 'E')) {
		if (!scan_char(s, '+'))
			scan_char(s, '-');
		return scan_digits(s);
	}
	return true;
}

static bool scan_word(struct slice *s, struct slice word)
{
	if (!slice_starts(*s, word))
		return false;
	*s = slice_after(*s, word.len);
	return true;
}

static bool scan_scalar(struct slice *s)
{
	struct slice inner;

	if (s->len == 0)
		return false;
	switch (s->ptr[0]) {
	case '"':
		return scan_string(s, &inner);
	case 't':
		return scan_word(s, SLICE("true"));
	case 'f':
		return scan_word(s, SLICE("false"));
	case 'n':
		return scan_word(s, SLICE("null"));
	default:
		return scan_number(s);
	}
}

/* A member's name and its colon. */
static bool scan_name(struct slice *s, struct slice *name)
{
	scan_space(s);
	if (!scan_string(s, name))
		return false;
	scan_space(s);
	return scan_char(s, ':');
}

/* The containers around the place being scanned: one bit each, 1: an object. */
struct nest {
	uint64_t objects[VALUE_DEPTH / 64]; /* a bit for each level */
	unsigned depth;
};

static bool nest_in_object(const struct nest *nest)
{
	unsigned level = nest->depth - 1;

	return nest->depth > 0 && (nest->objects[level / 64] >> level % 64 & 1) != 0;
}

static void nest_enter(struct nest *nest, bool object)
{
	uint64_t bit = UINT64_C(1) << nest->depth % 64, *word = &nest->objects[nest->depth / 64];

	*word = object ? *word | bit : *word & ~bit;
	nest->depth++;
}

/* A bracket that opens, and for a member its name: what follows is a value, unless *empty. */
static bool scan_open(struct slice *s, struct nest *nest, bool *empty)
{
	bool object = s->ptr[0] == '{';
	struct slice name;

	if (nest->depth == VALUE_DEPTH)
		return false;
	*s = slice_after(*s, 1);
	nest_enter(nest, object);
	scan_space(s);
	*empty = s->len > 0 && s->ptr[0] == (object ? '}' : ']');
	return *empty || !object || scan_name(s, &name);
}

/* After a value: close what closes here. *more: a comma came, and for a member its name. */
static bool scan_after(struct slice *s, struct nest *nest, bool *more)
{
	struct slice name;

	*more = false;
	while (nest->depth > 0) {
		scan_space(s);
		if (scan_char(s, ',')) {
			*more = true;
			return !nest_in_object(nest) || scan_name(s, &name);
		}
		if (!scan_char(s, nest_in_object(nest) ? '}' : ']'))
			return false;
		nest->depth--;
	}
	return true;
}

/* Not recursive: how deep a peer nests must not decide how deep our stack gets. */
static bool scan_value(struct slice *s)
{
	struct nest nest = { .depth = 0 };
	bool more = true;

	while (more) {
		bool empty;

		scan_space(s);
		if (s->len > 0 && (s->ptr[0] == '{' || s->ptr[0] == '[')) {
			if (!scan_open(s, &nest, &empty))
				return false;
			if (!empty)
				continue;
		} else if (!scan_scalar(s))
			return false;
		if (!scan_after(s, &nest, &more))
			return false;
	}
	return true;
}

int value_scan(struct slice *text, struct slice *value)
{
	struct slice rest = *text, start;

	scan_space(&rest);
	start = rest;
	if (!scan_value(&rest))
		return SG_EFORMAT;
	*value = slice_of(start.ptr, start.len - rest.len);
	scan_space(&rest);
	*text = rest;
	return 0;
}

int value_object_open(struct slice *text)
{
	struct slice rest = *text;

	scan_space(&rest);
	if (!scan_char(&rest, '{'))
		return SG_EFORMAT;
	*text = rest;
	return 0;
}

int value_object_next(struct slice *text, bool first, struct slice *name, struct slice *value)
{
	struct slice rest = *text, key;

	scan_space(&rest);
	if (scan_char(&rest, '}')) {
		scan_space(&rest);
		*text = rest;
		return 0;
	}
	if ((!first && !scan_char(&rest, ',')) || !scan_name(&rest, &key) ||
	    value_scan(&rest, value) != 0)
		return SG_EFORMAT;
	*name = key;
	*text = rest;
	return 1;
}

bool value_is_string(struct slice value)
{
	return value.len > 0 && value.ptr[0] == '"';
}

bool value_is_null(struct slice value)
{
	return slice_equal(value, SLICE("null"));
}

/* --- Quoting ------------------------------------------------------------------------------------ */

enum { VALUE_ESCAPE_CHARS = 6 };

static size_t value_escape(unsigned char c, char out[VALUE_ESCAPE_CHARS])
{
	static const char bytes[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	static const char hex[] = "0123456789abcdef";
	const char *at;

	if (c >= 0x20 && c != '"' && c != '\\') {
		out[0] = (char)c;
		return 1;
	}
	at = c != '\0' ? strchr(bytes, c) : NULL;
	out[0] = '\\';
	if (at != NULL) {
		out[1] = letters[at - bytes];
		return 2;
	}
	memcpy(out + 1, "u00", 3);
	out[4] = hex[c >> 4];
	out[5] = hex[c & 15];
	return VALUE_ESCAPE_CHARS;
}

static bool value_word_is_plain(uint64_t word)
{
	return !word_has_below(word, 0x20) && !word_has(word, '"') && !word_has(word, '\\');
}

/* The bytes at the front that stand in a string as they are: nearly always all of them. */
static size_t value_plain_run(struct slice text)
{
	static const bool escaped[256] = { [0 ... 0x1f] = true, ['"'] = true, ['\\'] = true };
	size_t n = 0;

	while (text.len - n >= WORD_BYTES && value_word_is_plain(word_load(text.ptr + n)))
		n += WORD_BYTES;
	while (n < text.len && !escaped[(unsigned char)text.ptr[n]])
		n++;
	return n;
}

size_t value_quoted_bytes(struct slice text)
{
	char escape[VALUE_ESCAPE_CHARS];
	size_t bytes = 2 + value_plain_run(text);

	for (size_t i = bytes - 2; i < text.len; i++)
		bytes += value_escape((unsigned char)text.ptr[i], escape);
	return bytes;
}

char *value_put_quoted(char *at, struct slice text)
{
	size_t plain = value_plain_run(text);

	*at++ = '"';
	if (plain > 0)
		memcpy(at, text.ptr, plain);
	at += plain;
	for (size_t i = plain; i < text.len; i++) {
		char escape[VALUE_ESCAPE_CHARS];
		size_t len = value_escape((unsigned char)text.ptr[i], escape);

		memcpy(at, escape, len);
		at += len;
	}
	*at++ = '"';
	return at;
}

int value_quote(struct buffer *out, struct slice text)
{
	size_t bytes = value_quoted_bytes(text);
	char *room;
	int rc = buffer_reserve(out, bytes, &room);

	if (rc != 0)
		return rc;
	value_put_quoted(room, text);
	buffer_commit(out, bytes);
	return 0;
}

static size_t value_put_utf8(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Never longer than the string: the shortest escape of each length of UTF-8 is longer than it. */
size_t value_unquote(struct slice string, char *out)
{
	char *at = out;

	/* between its quotes a string never begins with one: there it has a backslash */
	if (value_is_string(string)) {
		assert(string.len >= 2 && string.ptr[string.len - 1] == '"');
		string = slice_of(string.ptr + 1, string.len - 2);
	}
	while (string.len > 0) {
		uint32_t code;
		bool whole;

		if (!scan_char(&string, '\\')) {
			*at++ = string.ptr[0];
			string = slice_after(string, 1);
			continue;
		}
		whole = scan_escape(&string, &code);
		assert(whole);
		at += value_put_utf8(code, at);
	}
	return (size_t)(at - out);
}

/* --- PHP's own --- */

enum { VALUE_PHP_ESCAPED = (sizeof(VALUE_PHP) - 1) * VALUE_ESCAPE_CHARS };

/* A string's text between its quotes; what is longer than all of the name in escapes is another. */
static bool value_names_php(struct slice inner)
{
	char text[VALUE_PHP_ESCAPED];

	if (inner.len > sizeof(text))
		return false;
	return slice_equal(slice_of(text, value_unquote(inner, text)), SLICE(VALUE_PHP));
}

/* Strings are looked for one after the other, whatever they are in: what a colon follows is a member's name. Nothing is
 * done where neither the name's first character nor an escape is in sight, as in nearly all values. */
bool value_has_php(struct slice value)
{
	struct slice inner;

	if (value.len == 0 || (memchr(value.ptr, VALUE_PHP[0], value.len) == NULL &&
			       memchr(value.ptr, '\\', value.len) == NULL))
		return false;
	for (;;) {
		const char *quote = memchr(value.ptr, '"', value.len);
		bool whole;

		if (quote == NULL)
			return false;
		value = slice_after(value, (size_t)(quote - value.ptr));
		whole = scan_string(&value, &inner);
		assert(whole);
		scan_space(&value);
		if (scan_char(&value, ':') && value_names_php(inner))
			return true;
	}
}
