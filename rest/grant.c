/* grant.c - see grant.h. */
#include "rest/grant.h"

#include "base/hex.h"

#include <assert.h>

const char *scope_text(enum scope scope)
{
	static const char *const texts[] = {
#define SCOPE_TEXT(name, text) text,
		SCOPES(SCOPE_TEXT)
#undef SCOPE_TEXT
	};
	unsigned bits = scope, i = 0;

	assert(bits != 0 && (bits & (bits - 1)) == 0);
	while ((bits >>= 1) != 0)
		i++;
	return texts[i];
}

bool grant_is_limited(const struct grant *g)
{
	return g->realm_count > 0 || g->application_count > 0 || g->user_count > 0;
}

static bool grant_lists(const struct slice *names, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(names[i], name))
			return true;
	return count == 0;
}

bool grant_sees_realm(const struct grant *g, struct slice realm)
{
	return grant_lists(g->realms, g->realm_count, realm);
}

bool grant_sees_user(const struct grant *g, struct slice realm, struct slice user)
{
	return grant_sees_realm(g, realm) && grant_lists(g->users, g->user_count, user);
}

bool grant_sees_of(const struct grant *g, struct slice realm, struct slice user,
		   struct slice application)
{
	return grant_sees_user(g, realm, user) &&
	       grant_lists(g->applications, g->application_count, application);
}

bool grant_sees(const struct grant *g, const struct session *s)
{
	return grant_sees_of(g, s->realm, s->user, s->application);
}

bool grant_read_hash(struct slice hex, uint8_t out[GRANT_HASH_BYTES])
{
	if (hex.len != (size_t)GRANT_HASH_BYTES * 2)
		return false;
	for (size_t i = 0; i < GRANT_HASH_BYTES; i++) {
		int high = hex_digit(hex.ptr[2 * i]), low = hex_digit(hex.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
