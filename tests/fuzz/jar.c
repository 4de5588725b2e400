/* jar.c - see jar.h. */
#include "tests/fuzz/jar.h"

static const struct slice jar_names[] = {
	{ "sg_session", 10 },
	{ "__Host-sg_session", 17 },
	{ "intra", 5 },
};

/* White space by any definition, NUL included. */
static bool jar_blank(char c)
{
	return (uint8_t)c <= 0x20;
}

static bool jar_separates(char c)
{
	return jar_blank(c) || c == ',' || c == ';';
}

/* "name=value", or "name = value". */
static bool jar_begins_ours(struct slice text)
{
	for (size_t i = 0; i < sizeof(jar_names) / sizeof(jar_names[0]); i++) {
		size_t at = jar_names[i].len;

		if (!slice_starts(text, jar_names[i]))
			continue;
		while (at < text.len && jar_blank(text.ptr[at]))
			at++;
		if (at < text.len && text.ptr[at] == '=')
			return true;
	}
	return false;
}

bool jar_sets_ours(struct slice set_cookie)
{
	struct slice pair, name, value;

	slice_cut(&set_cookie, ';', &pair);
	value = pair;
	if (!slice_cut(&value, '=', &name))
		return false; /* comes back as a lone word */
	return jar_shows_ours(slice_trim(slice_trim(name).len > 0 ? pair : value));
}

bool jar_shows_ours(struct slice cookies)
{
	for (size_t i = 0; i < cookies.len; i++)
		if ((i == 0 || jar_separates(cookies.ptr[i - 1])) &&
		    jar_begins_ours(slice_after(cookies, i)))
			return true;
	return false;
}
