/* php_ini.c - see php_ini.h. */
#include "gateway/php_ini.h"

static bool ini_at(struct slice s, const char *chars)
{
	return s.len > 0 && s.ptr[0] != '\0' && strchr(chars, s.ptr[0]) != NULL;
}

static struct slice ini_skip(struct slice s, const char *chars)
{
	while (ini_at(s, chars))
		s = slice_after(s, 1);
	return s;
}

static size_t ini_length_until(struct slice s, const char *chars)
{
	size_t len = 0;

	while (len < s.len && !ini_at(slice_after(s, len), chars))
		len++;
	return len;
}

/* The text between two quotes, from the first one on; a backslash in double ones takes the next quote or backslash for
 * a character. What follows the last one. */
static struct slice ini_quoted(struct slice s, char quote, char **to)
{
	for (s = slice_after(s, 1); s.len > 0 && s.ptr[0] != quote; s = slice_after(s, 1)) {
		if (quote == '"' && s.len > 1 && s.ptr[0] == '\\' &&
		    ini_at(slice_after(s, 1), "\"'\\"))
			s = slice_after(s, 1);
		*(*to)++ = s.ptr[0];
	}
	return s.len > 0 ? slice_after(s, 1) : s;
}

/* A run without quotes. */
static struct slice ini_bare(struct slice s, char **to)
{
	size_t len = ini_length_until(s, "\"';\r\n");
	struct slice run = slice_trim(slice_of(s.ptr, len));

	memcpy(*to, run.ptr, run.len);
	*to += run.len;
	return slice_after(s, len);
}

/* Words that stand for a value, where no quotes are around them. */
static struct slice ini_meaning(struct slice value)
{
	static const char *const nothing[] = { "none", "null", "off", "no", "false" };
	static const char *const one[] = { "on", "yes", "true" };

	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
		if (slice_equal_nocase(value, slice_from(nothing[i])))
			return slice_of(value.ptr, 0);
	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++)
		if (slice_equal_nocase(value, slice_from(one[i])))
			return SLICE("1");
	return value;
}

/* The value at the front, into room for as many bytes; what follows it. */
static struct slice ini_value(struct slice s, char *room, struct slice *value, bool *variable)
{
	const char *from = s.ptr;
	bool quoted = false;
	char *to = room;

	while (s.len > 0 && !ini_at(s, ";\r\n")) {
		quoted |= ini_at(s, "\"'");
		s = ini_at(s, "\"'") ? ini_quoted(s, s.ptr[0], &to) : ini_bare(s, &to);
	}
	*variable = memmem(from, (size_t)(s.ptr - from), "${", 2) != NULL;
	*value = slice_of(room, (size_t)(to - room));
	if (!quoted)
		*value = ini_meaning(*value);
	return s;
}

/* Of a setting, a comment or the head of a section: its name, and then what stands behind its "="; *value is NULL
 * without that. What follows. */
static struct slice ini_setting(struct slice s, char *room, struct slice *name, struct slice *value,
				bool *variable)
{
	size_t len = ini_length_until(s, ini_at(s, ";[") ? "\r\n" : "=\r\n");

	*name = slice_trim(slice_of(s.ptr, len));
	*value = (struct slice){ 0 };
	s = slice_after(s, len);
	if (ini_at(s, "="))
		s = ini_value(ini_skip(slice_after(s, 1), " \t"), room, value, variable);
	return slice_after(s, ini_length_until(s, "\r\n"));
}

int php_ini_get(struct slice lines, struct slice name, struct arena *arena, struct slice *out)
{
	struct slice rest = ini_skip(lines, " \t\r\n"), found, value;
	bool variable = false, unknown = false;
	char *room, *kept;

	*out = (struct slice){ 0 };
	if (lines.len < name.len || memmem(lines.ptr, lines.len, name.ptr, name.len) == NULL)
		return 0;
	if ((room = arena_room(arena, 2 * lines.len)) == NULL)
		return SG_ENOMEM;
	kept = room + lines.len;
	for (; rest.len > 0; rest = ini_skip(rest, " \t\r\n")) {
		rest = ini_setting(rest, room, &found, &value, &variable);
		if (value.ptr == NULL || !slice_equal(found, name))
			continue;
		memcpy(kept, value.ptr, value.len);
		*out = slice_of(kept, value.len);
		unknown = variable;
	}
	return unknown ? SG_EFORMAT : 0;
}
