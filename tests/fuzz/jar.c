/* jar.c - see jar.h. */
#include "tests/fuzz/jar.h"

static const struct slice jar_names[] = {
	{ "sg_session", 10 },
	{ "__Host-sg_session", 17 },
	{ "intra", 5 },
};

bool jar_ours(struct slice name)
{
	name = slice_trim(name);
	for (size_t i = 0; i < sizeof(jar_names) / sizeof(jar_names[0]); i++)
		if (slice_equal(name, jar_names[i]))
			return true;
	return false;
}

/* "name=value", or what a nameless one comes back as. */
static bool jar_pair_is_ours(struct slice pair)
{
	struct slice name;

	return slice_cut(&pair, '=', &name) && jar_ours(name);
}

bool jar_sets_ours(struct slice set_cookie)
{
	struct slice pair, name, value;

	slice_cut(&set_cookie, ';', &pair);
	value = pair;
	if (!slice_cut(&value, '=', &name))
		return false; /* comes back as a lone word */
	/* it comes back in Cookie, and is read there as whatever else is */
	return jar_shows_ours(slice_trim(name).len > 0 ? pair : slice_trim(value));
}

bool jar_shows_ours(struct slice cookies)
{
	struct slice piece, member;

	while (cookies.len > 0) {
		slice_cut(&cookies, ';', &piece);
		while (piece.len > 0) {
			slice_cut(&piece, ',', &member);
			if (jar_pair_is_ours(member))
				return true;
		}
	}
	return false;
}
