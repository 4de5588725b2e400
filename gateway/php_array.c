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

/* Where the next byte is read, and where the next one is written. in is NULL: what was there is not for this form, or there
 * is no room. By value, and thereby in registers: compilers take each byte that is written for one that may have changed
 * whatever is in memory. */
struct php_place {
	const char *in;
	char *at;
};

struct php_bounds {
	const char *in; /* of the value, which was scanned when it was stored */
	char *at;
};

static const struct php_place php_nowhere;

static bool php_has_room(const struct php_bounds *end, const char *at, size_t bytes)
{
	return (size_t)(end->at - at) >= bytes;
}

static char *php_put(char *at, struct slice bytes)
{
	word_put(&at, bytes);
	return at;
}

static struct php_place php_put_word(struct php_place p, struct slice json, struct slice php)
{
	return (struct php_place){ p.in + json.len, php_put(p.at, php) };
}

/* Nearly all have one digit or two, nobody can foresee which. */
static char *php_put_count(char *at, size_t count)
{
	bool two = count >= 10;

	if (count >= 100)
		return at + decimal_write((int64_t)count, at);
	at[0] = (char)('0' + (two ? count / 10 : count));
	at[1] = (char)('0' + count % 10);
	return at + 1 + two;
}

/* --- strings --- */

/* s:5:" */
static char *php_text_begin(char *at, size_t len)
{
	*at++ = 's';
	*at++ = ':';
	at = php_put_count(at, len);
	*at++ = ':';
	*at++ = '"';
	return at;
}

static char *php_text_end(char *at)
{
	*at++ = '"';
	*at++ = ';';
	return at;
}

/* s:5:"words"; */
static char *php_put_text(char *at, struct slice text)
{
	return php_text_end(php_put(php_text_begin(at, text.len), text));
}

/* The same for one that stands in what is read, where most are short: of those a row is copied, whatever is behind them. */
static char *php_put_found(const struct php_bounds *end, char *at, struct slice text)
{
	if (text.len > WORD_ROW_BYTES || end->in - text.ptr < WORD_ROW_BYTES)
		return php_put_text(at, text);
	at = php_text_begin(at, text.len);
	memcpy(at, text.ptr, WORD_ROW_BYTES);
	return php_text_end(at + text.len);
}

/* The same for one that stands further on in the room. */
static char *php_put_moved(char *at, struct slice *text)
{
	at = php_text_begin(at, text->len);
	memmove(at, text->ptr, text->len);
	text->ptr = at;
	return php_text_end(at + text->len);
}

/* The next quote or backslash, of which there is one. */
static const char *php_plain_end(const char *in, const char *end)
{
	while (end - in >= WORD_ROW_BYTES) {
		size_t plain = word_row_before_either(in, '"', '\\');

		in += plain;
		if (plain < WORD_ROW_BYTES)
			return in;
	}
	while (*in != '"' && *in != '\\')
		in++;
	return in;
}

/* Its length stands before it and is known behind it, so it is unescaped a little further on and then moved. */
static struct php_place php_put_escaped(const struct php_bounds *end, struct php_place p,
					struct slice *text)
{
	const char *quote = php_plain_end(p.in + 1, end->in);
	char *room = p.at + PHP_TOKEN_BYTES / 2;
	struct slice string;

	while (*quote != '"')
		quote = php_plain_end(quote + 2, end->in);
	string = slice_of(p.in, (size_t)(quote + 1 - p.in));
	if (!php_has_room(end, p.at, string.len + PHP_TOKEN_BYTES))
		return php_nowhere;
	*text = slice_of(room, value_unquote(string, room));
	return (struct php_place){ quote + 1, php_put_moved(p.at, text) };
}

/* Most of what is written, and so in line: to save and restore registers would take a twelfth of the whole. */
static inline struct php_place php_put_string(const struct php_bounds *end, struct php_place p,
					      struct slice *text)
{
	const char *quote = php_plain_end(p.in + 1, end->in);

	if (*quote != '"')
		return php_put_escaped(end, p, text);
	*text = slice_of(p.in + 1, (size_t)(quote - p.in - 1));
	if (!php_has_room(end, p.at, text->len + PHP_TOKEN_BYTES))
		return php_nowhere;
	return (struct php_place){ quote + 1, php_put_found(end, p.at, *text) };
}

/* --- numbers --- */

/* Of an attribute of its own: may it be 0.0? */
static bool php_may_be_zero(struct slice number)
{
	return number.ptr[number.ptr[0] == '-'] == '0' ||
	       memchr(number.ptr, 'e', number.len) != NULL ||
	       memchr(number.ptr, 'E', number.len) != NULL;
}

/* Both readers read the same digits by the same function; what PHP may read from JSON as something else than from here is
 * not for this form. */
static struct php_place php_put_number(const struct php_bounds *end, struct php_place p,
				       unsigned depth)
{
	const char *in = p.in;
	bool integer = true;
	struct slice number;

	for (; in != end->in && *in > ' ' && *in != ',' && *in != ']' && *in != '}'; in++)
		integer = integer && *in != '.' && *in != 'e' && *in != 'E';
	number = slice_of(p.in, (size_t)(in - p.in));
	if (!php_has_room(end, p.at, number.len + PHP_TOKEN_BYTES) ||
	    (integer ? number.len > PHP_INTEGER_CHARS || slice_equal(number, SLICE("-0"))
		     : depth == 1 && php_may_be_zero(number)))
		return php_nowhere;
	*p.at++ = integer ? 'i' : 'd';
	*p.at++ = ':';
	p.at = php_put(p.at, number);
	*p.at++ = ';';
	return (struct php_place){ in, p.at };
}

/* --- arrays --- */

static struct php_place php_put_value(const struct php_bounds *end, struct php_place p,
				      unsigned depth);

/* To what is neither space nor a separator, of which there is one: at least the end of the array. */
static const char *php_skip(const char *in)
{
	while (*in == ',' || *in == ':' || *in == ' ' || *in == '\n' || *in == '\r' || *in == '\t')
		in++;
	return in;
}

/* A member's name; not the one that PHP's own serialized text is marked with. */
static struct php_place php_put_name(const struct php_bounds *end, struct php_place p)
{
	struct slice text = { 0 };

	p = php_put_string(end, p, &text);
	if (p.in == NULL || slice_equal(text, SLICE(VALUE_PHP)))
		return php_nowhere;
	p.in = php_skip(p.in);
	return p;
}

static char *php_put_index(char *at, size_t index)
{
	*at++ = 'i';
	*at++ = ':';
	at = php_put_count(at, index);
	*at++ = ';';
	return at;
}

/* Up to and with the bracket at its end; depth is that of what is in it. */
static struct php_place php_put_members(const struct php_bounds *end, struct php_place p,
					unsigned depth, bool object, size_t *count)
{
	for (p.in = php_skip(p.in); *p.in != ']' && *p.in != '}'; p.in = php_skip(p.in)) {
		if (object)
			p = php_put_name(end, p);
		else
			p.at = php_put_index(p.at, *count);
		if (p.in != NULL)
			p = php_put_value(end, p, depth);
		if (p.in == NULL)
			return php_nowhere;
		++*count;
	}
	p.in++;
	return p;
}

/* The digits of zero are there. */
static void php_set_count(char *digits, size_t count)
{
	for (char *digit = digits + PHP_COUNT_CHARS; count > 0; count /= 10)
		*--digit = (char)('0' + count % 10);
}

static struct php_place php_put_array(const struct php_bounds *end, struct php_place p,
				      unsigned depth)
{
	static const struct slice open = { "a:00000:{", sizeof("a:00000:{") - 1 };
	char *digits = p.at + 2;
	bool object = *p.in == '{';
	size_t count = 0;

	if (depth == PHP_DEPTH)
		return php_nowhere;
	p.at = php_put(p.at, open);
	p.in++;
	p = php_put_members(end, p, depth + 1, object, &count);
	if (p.in == NULL || !php_has_room(end, p.at, PHP_TOKEN_BYTES))
		return php_nowhere;
	php_set_count(digits, count);
	*p.at++ = '}';
	return p;
}

/* Room is looked for before each value, so that half a token's is left behind it: for an index, or a separator. */
static struct php_place php_put_value(const struct php_bounds *end, struct php_place p,
				      unsigned depth)
{
	struct slice text;

	if (!php_has_room(end, p.at, PHP_TOKEN_BYTES))
		return php_nowhere;
	switch (*p.in) {
	case '"':
		return php_put_string(end, p, &text);
	case '[':
	case '{':
		return php_put_array(end, p, depth);
	case 't':
		return php_put_word(p, SLICE("true"), SLICE("b:1;"));
	case 'f':
		return php_put_word(p, SLICE("false"), SLICE("b:0;"));
	case 'n':
		return php_put_word(p, SLICE("null"), SLICE("N;"));
	default:
		return php_put_number(end, p, depth);
	}
}

/* --- attributes --- */

/* PHP would take it for an integer, which $_SESSION cannot have for a key. */
static bool php_may_be_number(struct slice name)
{
	return name.ptr[0] == '-' || (name.ptr[0] >= '0' && name.ptr[0] <= '9');
}

/* At *at, which moves behind it; or, when it is not for this form, behind all that may have been written. */
static bool php_put_attribute(char **at, char *end, const struct attribute *a)
{
	struct php_bounds bounds = { a->value.ptr + a->value.len, end };
	struct php_place p = { php_skip(a->value.ptr), *at };
	size_t most = PHP_GROWTH * (a->name.len + a->value.len) + PHP_TOKEN_BYTES;

	if (!php_has_room(&bounds, *at, a->name.len + PHP_TOKEN_BYTES))
		return false;
	p.at = php_put_text(*at, a->name);
	p = php_put_value(&bounds, p, 1);
	if (p.in != NULL)
		*at = p.at;
	else
		*at = most < (size_t)(end - *at) ? *at + most : end;
	return p.in != NULL;
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

/* Of $_SESSION's own, and under a name that stays one. */
static bool php_put_value_of(char **at, char *end, const struct attribute *a)
{
	return !slice_starts(a->name, SLICE(VALUE_PHP)) && !php_may_be_number(a->name) &&
	       php_put_attribute(at, end, a);
}

/* The notes; instead of the order, which *order is then, that there is one: it shows. */
static bool php_put_notes(char **at, char *end, struct slice json, struct slice *order)
{
	struct slice name, value;
	size_t count = 0;
	char *digits;

	if (end - *at < (ptrdiff_t)2 * PHP_TOKEN_BYTES || value_object_open(&json) != 0)
		return false;
	*at = php_put_text(*at, SLICE(VALUE_PHP));
	digits = *at + 2;
	*at = php_put(*at, SLICE("a:00000:{"));
	for (; value_object_next(&json, count == 0, &name, &value) == 1; count++) {
		if (slice_equal(name, SLICE("order"))) {
			*order = value;
			value = SLICE("true");
		}
		if (!php_put_attribute(at, end, &(struct attribute){ name, value, false }))
			return false;
	}
	php_set_count(digits, count);
	*at = php_put(*at, SLICE("}"));
	return true;
}

static bool php_put_sorted(char **at, char *end, const struct session *s,
			   const struct attribute *notes)
{
	const struct attribute *a;

	for (a = s->attributes; a != s->attributes + s->attribute_count; a++)
		if (a != notes && !php_put_value_of(at, end, a))
			return false;
	return true;
}

/* As noted, where that names all of them: others have written as well where it does not. */
static bool php_put_ordered(char **at, char *end, const struct session *s, struct slice order)
{
	const char *in = php_skip(order.ptr + 1), *quote;
	size_t left = s->attribute_count - 1;
	struct attribute a = { 0 };

	for (; *in == '"' && left > 0; in = php_skip(quote + 1), left--) {
		quote = php_plain_end(in + 1, order.ptr + order.len);
		a.name = slice_of(in + 1, (size_t)(quote - in - 1));
		if (!session_get(s, a.name, &a.value) || !php_put_value_of(at, end, &a))
			return false;
	}
	return order.ptr[0] == '[' && *in == ']' && left == 0;
}

static bool php_put_attributes(char **at, char *end, const struct session *s)
{
	const struct attribute *notes = php_find_notes(s);
	struct slice order = { 0 };
	char *digits = *at + 2;

	if (notes == NULL)
		return false;
	*at = php_put(*at, SLICE("a:00000:{"));
	if (!php_put_notes(at, end, notes->value, &order) ||
	    !(order.len > 0 ? php_put_ordered(at, end, s, order)
			    : php_put_sorted(at, end, s, notes)))
		return false;
	php_set_count(digits, s->attribute_count);
	*at = php_put(*at, SLICE("}"));
	return true;
}

/* Of so many bytes, of which the last ones have an unescaped text's place a little behind where it stands now. */
static size_t php_touched(size_t written, size_t most)
{
	return written + PHP_TOKEN_BYTES < most ? written + PHP_TOKEN_BYTES : most;
}

bool php_array_write(const struct session *session, size_t limit, struct arena *arena,
		     struct slice *out)
{
	size_t most = PHP_GROWTH * session->attribute_bytes +
		      PHP_TOKEN_BYTES * (session->attribute_count + 2);
	char *room, *at;
	bool written;

	if (most > limit + PHP_TOKEN_BYTES)
		most = limit + PHP_TOKEN_BYTES;
	if ((room = at = arena_room(arena, most)) == NULL)
		return false;
	written = php_put_attributes(&at, room + most, session) && (size_t)(at - room) <= limit;
	arena_shrink(arena, room, most, php_touched((size_t)(at - room), most));
	if (written)
		*out = slice_of(room, (size_t)(at - room));
	return written;
}
