/* json.c - see json.h. */
#include "tests/fuzz/json.h"

#include <ctype.h>
#include <stdlib.h>

enum { JSON_DEPTH = 512 };

/* Each takes what it is named after from the front of s; NULL: it is not there. */
static const char *json_value(const char *s, const char *end, int depth);

static const char *json_space(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n'))
		s++;
	return s;
}

static const char *json_digits(const char *s, const char *end)
{
	const char *from = s;

	while (s < end && isdigit((unsigned char)*s))
		s++;
	return s > from ? s : NULL;
}

static const char *json_number(const char *s, const char *end)
{
	if (s < end && *s == '-')
		s++;
	s = s < end && *s == '0' ? s + 1 : json_digits(s, end);
	if (s != NULL && s < end && *s == '.')
		s = json_digits(s + 1, end);
	if (s != NULL && s < end && (*s == 'e' || *s == 'E')) {
		s++;
		if (s < end && (*s == '+' || *s == '-'))
			s++;
		s = json_digits(s, end);
	}
	return s;
}

/* The code unit of "\uXXXX"; -1: it is none. */
static long json_unit(const char *s, const char *end)
{
	char digits[5] = { 0 };

	if (end - s < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	for (int i = 0; i < 4; i++)
		if (!isxdigit((unsigned char)(digits[i] = s[2 + i])))
			return -1;
	return strtol(digits, NULL, 16);
}

static const char *json_escape(const char *s, const char *end)
{
	long unit, low;

	if (end - s < 2)
		return NULL;
	if (s[1] != 'u')
		return s[1] != '\0' && strchr("\"\\/bfnrt", s[1]) != NULL ? s + 2 : NULL;
	unit = json_unit(s, end);
	if (unit <= 0 || (unit >= 0xdc00 && unit <= 0xdfff))
		return NULL;
	if (unit < 0xd800 || unit > 0xdbff)
		return s + 6;
	low = json_unit(s + 6, end);
	return low >= 0xdc00 && low <= 0xdfff ? s + 12 : NULL;
}

static const char *json_string(const char *s, const char *end)
{
	const char *from = s + 1;

	if (s == end || *s != '"')
		return NULL;
	for (s = from; s != NULL && s < end && *s != '"';) {
		if ((unsigned char)*s < 0x20)
			return NULL;
		s = *s == '\\' ? json_escape(s, end) : s + 1;
	}
	if (s == NULL || s == end || !slice_is_utf8(slice_of(from, (size_t)(s - from))))
		return NULL;
	return s + 1;
}

static const char *json_member(const char *s, const char *end, int depth)
{
	s = json_string(json_space(s, end), end);
	if (s == NULL || (s = json_space(s, end)) == end || *s != ':')
		return NULL;
	return json_value(s + 1, end, depth);
}

static const char *json_container(const char *s, const char *end, int depth)
{
	char close = *s == '{' ? '}' : ']';
	bool object = *s == '{';

	if (depth == JSON_DEPTH)
		return NULL;
	s = json_space(s + 1, end);
	if (s < end && *s == close)
		return s + 1;
	for (;;) {
		s = object ? json_member(s, end, depth + 1) : json_value(s, end, depth + 1);
		if (s == NULL || s == end)
			return NULL;
		if (*s == close)
			return s + 1;
		if (*s != ',')
			return NULL;
		s++;
	}
}

static const char *json_word(const char *s, const char *end, const char *word)
{
	return slice_starts(slice_of(s, (size_t)(end - s)), slice_from(word)) ? s + strlen(word)
									      : NULL;
}

/* With the space around it. */
static const char *json_value(const char *s, const char *end, int depth)
{
	s = json_space(s, end);
	if (s == end)
		return NULL;
	if (*s == '{' || *s == '[')
		s = json_container(s, end, depth);
	else if (*s == '"')
		s = json_string(s, end);
	else if (*s == 't')
		s = json_word(s, end, "true");
	else if (*s == 'f')
		s = json_word(s, end, "false");
	else if (*s == 'n')
		s = json_word(s, end, "null");
	else
		s = json_number(s, end);
	return s != NULL ? json_space(s, end) : NULL;
}

bool json_valid(struct slice text)
{
	return text.len > 0 && json_value(text.ptr, text.ptr + text.len, 0) == text.ptr + text.len;
}
