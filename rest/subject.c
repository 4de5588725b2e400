/* subject.c - see subject.h. */
#include "rest/subject.h"

#include "base/percent.h"
#include "rest/call_answer.h"
#include "session/user.h"

static const char subject_plain[] = "@+:,!*()'$&; ";

static void subject_refuse(struct call *c)
{
	call_refuse(c, REFUSAL_NOT_FOUND, "There is no such user, or he is not yours to see");
}

/* "intranet/alice" for the audit, where a name alone is one of the realm "default"; without memory it has that alone. */
static void subject_note(struct call *c, struct slice realm, struct slice name)
{
	struct buffer target = { 0 };

	if (buffer_printf(&target, "%.*s/", SLICE_ARGS(realm)) == 0 &&
	    percent_encode(&target, name, subject_plain) == 0)
		c->target = arena_copy(&c->arena, buffer_content(&target));
	buffer_fini(&target);
}

bool subject_read(struct call *c, struct store_user *out)
{
	out->name = c->subject;
	if (!query_get(&c->query, "realm", &out->realm))
		out->realm = SLICE("default");
	else if (!slice_equal(out->realm, SLICE("default")))
		subject_note(c, out->realm, out->name);
	if (grant_sees_user(c->auth.grant, out->realm, out->name))
		return true;
	subject_refuse(c);
	return false;
}

static bool subject_realm_is_known(const struct call *c, struct slice realm)
{
	for (size_t i = 0; i < c->settings->realm_count; i++)
		if (slice_equal(realm, slice_from(c->settings->realms[i].name)))
			return true;
	return false;
}

bool subject_can_be(const struct store_user *who)
{
	return who->realm.len <= STORE_REALM_BYTES && user_is_name(who->name);
}

bool subject_check_known(struct call *c, const struct store_user *who)
{
	if (!subject_realm_is_known(c, who->realm))
		call_complain(c, "realm", "must be one of this gateway's configuration");
	if (call_refuse_complaints(c))
		return false;
	if (user_is_name(who->name))
		return true;
	subject_refuse(c);
	return false;
}
