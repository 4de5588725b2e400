/* php_array.c - see php_array.h. */
#include "gateway/php_array.h"

#include "base/decimal.h"
#include "base/word.h"
#include "session/value.h"

enum {
	PHP_DEPTH = 64,         /* deeper is JSON's: PHP can be told to refuse it */
	PHP_COUNT_CHARS = 5,    /* of an array's members, which are known when it ends: 00012 */
	PHP_INTEGER_CHARS = 18, /* always fits 64 bits */
	PHP_TOKEN_BYTES = 64,   /* more than any token takes but a string or a number */
	PHP_GROWTH = 8, /* at most so much longer than JSON: [[]] is i:0;a:00001:{i:0;a:00000:{}} */
};

/* One array that is being written. */
struct php_level {
	char *count_at;
	unsigned count;
	bool object;
	bool named; /* of an object: the member's name is there, its value follows */
};

struct php_writing {
	char *at, *end;
	unsigned depth;
	struct php_level levels[PHP_DEPTH];
};

/* What follows takes a piece of a value's JSON text, which was scanned when it was stored, and returns what stands behind
 * it; NULL: the piece is not for this form, or there is no room. Where it writes is kept at hand meanwhile: compilers take
 * each byte that is written for one that may have changed it. */

static bool php_has_room(const struct php_writing *w, size_t bytes)
{
	return (size_t)(w->end - w->at) >= bytes;
}

static void php_put(struct php_writing *w, struct slice bytes)
{
	char *at = w->at;

	word_put(&at, bytes);
	w->at = at;
}

/* --- strings --- */

/* s:5:"words"; */
static bool php_put_text(struct php_writing *w, struct slice text)
{
	char *at = w->at;

	if (!php_has_room(w, text.len + PHP_TOKEN_BYTES))
		return false;
	*at++ = 's';
	*at++ = ':';
	at += decimal_write((int64_t)text.len, at);
	*at++ = ':';
	*at++ = '"';
	word_put(&at, text);
	*at++ = '"';
	*at++ = ';';
	w->at = at;
	return true;
}

/* The next quote or backslash, of which there is one. */
static const char *php_plain_end(const char *in, const char *end)
{
	while (end - in >= WORD_BYTES && !word_has(word_load(in), '"') &&
	       !word_has(word_load(in), '\\'))
		in += WORD_BYTES;
	while (*in != '"' && *in != '\\')
		in++;
	return in;
}

/* Its length stands before it and is known behind it, so it is unescaped where nothing will be written before. */
static const char *php_put_escaped(struct php_writing *w, const char *in, const char *end,
				   struct slice *text)
{
	const char *quote = php_plain_end(in + 1, end);
	struct slice string;
	char *room;

	while (*quote != '"')
		quote = php_plain_end(quote + 2, end);
	string = slice_of(in, (size_t)(quote + 1 - in));
	if (!php_has_room(w, 2 * string.len + PHP_TOKEN_BYTES))
		return NULL;
	room = w->end - string.len;
	*text = slice_of(room, value_unquote(string, room));
	return php_put_text(w, *text) ? quote + 1 : NULL;
}

static const char *php_put_string(struct php_writing *w, const char *in, const char *end,
				  struct slice *text)
{
	const char *quote = php_plain_end(in + 1, end);

	if (*quote != '"')
		return php_put_escaped(w, in, end, text);
	*text = slice_of(in + 1, (size_t)(quote - in - 1));
	return php_put_text(w, *text) ? quote + 1 : NULL;
}

/* --- other scalars --- */

/* Of an attribute of its own: may it be 0.0? */
static bool php_may_be_zero(struct slice number)
{
	return number.ptr[number.ptr[0] == '-'] == '0' ||
	       memchr(number.ptr, 'e', number.len) != NULL ||
	       memchr(number.ptr, 'E', number.len) != NULL;
}

/* Both readers read the same digits by the same function; what PHP may read from JSON as something else than from here is
 * not for this form. */
static const char *php_put_number(struct php_writing *w, const char *in, const char *end)
{
	const char *from = in;
	bool integer = true;
	struct slice number;

	for (; in<end && * in> ' ' && *in != ',' && *in != ']' && *in != '}'; in++)
		integer = integer && *in != '.' && *in != 'e' && *in != 'E';
	number = slice_of(from, (size_t)(in - from));
	if (!php_has_room(w, number.len + PHP_TOKEN_BYTES) ||
	    (integer ? number.len > PHP_INTEGER_CHARS || slice_equal(number, SLICE("-0"))
		     : w->depth == 1 && php_may_be_zero(number)))
		return NULL;
	php_put(w, integer ? SLICE("i:") : SLICE("d:"));
	php_put(w, number);
	php_put(w, SLICE(";"));
	return in;
}

static const char *php_put_scalar(struct php_writing *w, const char *in, const char *end)
{
	struct slice text;

	switch (*in) {
	case '"':
		return php_put_string(w, in, end, &text);
	case 't':
		php_put(w, SLICE("b:1;"));
		return in + sizeof("true") - 1;
	case 'f':
		php_put(w, SLICE("b:0;"));
		return in + sizeof("false") - 1;
	case 'n':
		php_put(w, SLICE("N;"));
		return in + sizeof("null") - 1;
	default:
		return php_put_number(w, in, end);
	}
}

/* --- arrays --- */

static struct php_level *php_level(struct php_writing *w)
{
	return &w->levels[w->depth - 1];
}

static bool php_open(struct php_writing *w, bool object)
{
	if (w->depth == PHP_DEPTH)
		return false;
	php_put(w, SLICE("a:"));
	w->levels[w->depth++] = (struct php_level){ .count_at = w->at, .object = object };
	php_put(w, SLICE("00000:{"));
	return true;
}

static void php_close(struct php_writing *w)
{
	struct php_level *level = php_level(w);
	unsigned rest = level->count;

	for (char *digit = level->count_at + PHP_COUNT_CHARS; rest > 0; rest /= 10)
		*--digit = (char)('0' + rest % 10);
	php_put(w, SLICE("}"));
	w->depth--;
}

/* A member's name; not the one that PHP's own serialized text is marked with. */
static const char *php_put_name(struct php_writing *w, const char *in, const char *end)
{
	struct slice text;

	php_level(w)->named = true;
	in = php_put_string(w, in, end, &text);
	return in != NULL && !slice_equal(text, SLICE(VALUE_PHP)) ? in : NULL;
}

/* A list's value has its index before it, an object's has its name there already. */
static void php_begin_value(struct php_writing *w)
{
	struct php_level *level = php_level(w);

	if (!level->object) {
		char *at = w->at;

		*at++ = 'i';
		*at++ = ':';
		at += decimal_write(level->count, at);
		*at++ = ';';
		w->at = at;
	}
	level->count++;
	level->named = false;
}

static const char *php_put_value(struct php_writing *w, const char *in, const char *end)
{
	php_begin_value(w);
	if (*in != '[' && *in != '{')
		return php_put_scalar(w, in, end);
	return php_open(w, *in == '{') ? in + 1 : NULL;
}

/* Whatever comes next in an array. */
static const char *php_put_token(struct php_writing *w, const char *in, const char *end)
{
	switch (*in) {
	case ' ':
	case '\t':
	case '\r':
	case '\n':
	case ',':
	case ':':
		return in + 1;
	case ']':
	case '}':
		php_close(w);
		return in + 1;
	case '"':
		if (php_level(w)->object && !php_level(w)->named)
			return php_put_name(w, in, end);
		return php_put_value(w, in, end);
	default:
		return php_put_value(w, in, end);
	}
}

/* --- attributes --- */

/* PHP would take it for an integer, which $_SESSION cannot have for a key. */
static bool php_may_be_number(struct slice name)
{
	return name.ptr[0] == '-' || (name.ptr[0] >= '0' && name.ptr[0] <= '9');
}

static bool php_put_attribute(struct php_writing *w, const struct attribute *a)
{
	const char *in = a->value.ptr, *end = in + a->value.len;

	if (!php_put_text(w, a->name))
		return false;
	php_level(w)->named = true;
	while (in != end)
		if (!php_has_room(w, PHP_TOKEN_BYTES) || (in = php_put_token(w, in, end)) == NULL)
			return false;
	return true;
}

/* The adapter's notes; NULL where there are none, or such that say something special. They are sorted. */
static const struct attribute *php_find_notes(const struct session *s)
{
	static const struct slice head = { "{\"name\":\"", sizeof("{\"name\":\"") - 1 };
	size_t i = 0;

	while (i < s->attribute_count && (unsigned char)s->attributes[i].name.ptr[0] < VALUE_PHP[0])
		i++;
	if (i == s->attribute_count || !slice_equal(s->attributes[i].name, SLICE(VALUE_PHP)) ||
	    !slice_starts(s->attributes[i].value, head) ||
	    memchr(s->attributes[i].value.ptr, '\\', s->attributes[i].value.len) != NULL)
		return NULL;
	return &s->attributes[i];
}

static bool php_put_attributes(struct php_writing *w, const struct session *s)
{
	const struct attribute *notes = php_find_notes(s), *a;

	if (notes == NULL || !php_has_room(w, PHP_TOKEN_BYTES) || !php_open(w, true) ||
	    !php_put_attribute(w, notes))
		return false;
	for (a = s->attributes; a != s->attributes + s->attribute_count; a++)
		if (a != notes && (slice_starts(a->name, SLICE(VALUE_PHP)) ||
				   php_may_be_number(a->name) || !php_put_attribute(w, a)))
			return false;
	php_close(w);
	return true;
}

bool php_array_append(const struct session *session, size_t limit, struct buffer *out)
{
	size_t most = PHP_GROWTH * session->attribute_bytes +
		      PHP_TOKEN_BYTES * (session->attribute_count + 2);
	struct php_writing w;
	char *room;

	if (most > limit + PHP_TOKEN_BYTES)
		most = limit + PHP_TOKEN_BYTES;
	if (buffer_reserve(out, most, &room) != 0)
		return false;
	w.at = room;
	w.end = room + most;
	w.depth = 0;
	if (!php_put_attributes(&w, session) || (size_t)(w.at - room) > limit)
		return false;
	buffer_commit(out, (size_t)(w.at - room));
	return true;
}
