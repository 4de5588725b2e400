/* expose.c - a session spelled as params. */
#include "gateway/expose.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

static struct session *record(void)
{
	static struct session s = {
		.id = "AAAAAAAAAAAAAAAAAAAA",
		.version = 17,
		.created_ms = 1700000000999,
		.login_ms = 1700000100000,
		.seen_ms = 1700000200000,
		.expires_ms = 1700043200000,
		.idle_ms = 1800000,
	};

	s.user = SLICE("");
	s.attributes = NULL;
	s.attribute_count = s.attribute_bytes = 0;
	return &s;
}

static struct session *with_attributes(const struct attribute *attributes, size_t count)
{
	struct session *s = record();

	s->attributes = attributes;
	s->attribute_count = count;
	for (size_t i = 0; i < count; i++)
		s->attribute_bytes += attributes[i].name.len + attributes[i].value.len;
	return s;
}

static const struct {
	const char *name;
	enum expose_reason reason;
	const char *next_id, *params;
} nones[] = {
	{ "a first visit", REASON_NONE, "N", "SESSION_STATE=none|SESSION_NEXT_ID=N" },
	{ "malformed", REASON_MALFORMED, "N",
	  "SESSION_STATE=none|SESSION_REASON=malformed|SESSION_NEXT_ID=N" },
	{ "unknown, stale", REASON_UNKNOWN, "", "SESSION_STATE=none|SESSION_REASON=unknown" },
	{ "expired", REASON_EXPIRED, "N",
	  "SESSION_STATE=none|SESSION_REASON=expired|SESSION_NEXT_ID=N" },
	{ "unavailable", REASON_UNAVAILABLE, "", "SESSION_STATE=none|SESSION_REASON=unavailable" },
};

Test(expose, no_session)
{
	for (size_t i = 0; i < ROWS(nones); i++) {
		struct sample s;
		struct params p;

		sample_init(&s);
		p = sample_params(&s, "");
		cr_assert_eq(expose_session(&p, &s.route, false, NULL, nones[i].reason,
					    slice_from(nones[i].next_id)),
			     0);
		cr_expect_str_eq(sample_text(&s, &p), nones[i].params, "%s", nones[i].name);
		sample_fini(&s);
	}
}

#define REST                                                                                       \
	"|SESSION_ID=AAAAAAAAAAAAAAAAAAAA|SESSION_CREATED=1700000000|SESSION_LAST_SEEN=1700000200" \
	"|SESSION_EXPIRES=1700043200|SESSION_IDLE_TIMEOUT=1800|SESSION_VERSION=17"                 \
	"|SESSION_CSRF=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

Test(expose, anonymous_and_authenticated)
{
	struct session *session = record();
	struct sample s;
	struct params p;

	sample_init(&s);
	p = sample_params(&s, "");
	cr_assert_eq(expose_session(&p, &s.route, false, session, REASON_NONE, SLICE("")), 0);
	cr_expect_str_eq(sample_text(&s, &p), "SESSION_STATE=anonymous" REST);
	session->user = SLICE("alice");
	p = sample_params(&s, "");
	cr_assert_eq(expose_session(&p, &s.route, false, session, REASON_NONE, SLICE("")), 0);
	cr_expect_str_eq(sample_text(&s, &p), "SESSION_STATE=authenticated|SESSION_USER=alice|"
					      "SESSION_LOGIN=1700000100" REST);
	sample_fini(&s);
}

#define X16 "xxxxxxxxxxxxxxxx"
#define ATTRIBUTE(n, v)                                       \
	{                                                     \
		{ n, sizeof(n) - 1 }, { v, sizeof(v) - 1 }, 0 \
	}

static const struct {
	const char *name;
	struct attribute attribute;
	const char *each, *object; /* each "": left out */
} forms[] = {
	{ "string", ATTRIBUTE("a", "\"x y\""), "SESSION_ATTR_a=x y", "{\"a\":\"x y\"}" },
	{ "escapes", ATTRIBUTE("A_1", "\"\\\"\\u00e4=\\/\""), "SESSION_ATTR_A_1=\"\xc3\xa4=/",
	  "{\"A_1\":\"\\\"\\u00e4=\\/\"}" },
	{ "empty string", ATTRIBUTE("a", "\"\""), "SESSION_ATTR_a=", "{\"a\":\"\"}" },
	{ "number", ATTRIBUTE("a", "1.50"), "SESSION_ATTR_a=1.50", "{\"a\":1.50}" },
	{ "object", ATTRIBUTE("a", "{\"b\":[1]}"), "SESSION_ATTR_a={\"b\":[1]}",
	  "{\"a\":{\"b\":[1]}}" },
	{ "escape in an object stays", ATTRIBUTE("a", "[\"\\n\"]"), "SESSION_ATTR_a=[\"\\n\"]",
	  "{\"a\":[\"\\n\"]}" },
	{ "line break (H11)", ATTRIBUTE("a", "\"x\\r\\ny\""), "", "{\"a\":\"x\\r\\ny\"}" },
	{ "control character", ATTRIBUTE("a", "\"\\u007f\""), "", "{\"a\":\"\\u007f\"}" },
	{ "name that is no param's", ATTRIBUTE("a-b", "1"), "", "{\"a-b\":1}" },
	{ "name with = and quotes", ATTRIBUTE("a=\"b\r\n", "1"), "", "{\"a=\\\"b\\r\\n\":1}" },
	{ "name of 64", ATTRIBUTE(X16 X16 X16 X16, "1"), "SESSION_ATTR_" X16 X16 X16 X16 "=1",
	  "{\"" X16 X16 X16 X16 "\":1}" },
	{ "name of 65", ATTRIBUTE(X16 X16 X16 X16 "x", "1"), "", "{\"" X16 X16 X16 X16 "x\":1}" },
};

/* What is exposed beyond the session's own params. */
static const char *exposed(struct sample *s, const struct session *session, unsigned expose)
{
	struct params p = sample_params(s, "");
	struct params rest;

	s->route.expose = expose;
	cr_assert_eq(expose_session(&p, &s->route, true, session, REASON_NONE, SLICE("")), 0);
	rest = p;
	rest.items += 8;
	rest.count -= 8;
	return sample_text(s, &rest);
}

/* As it is in a store, with what is known of the attribute since it was set. */
static const struct session *stored(const struct attribute *attribute)
{
	struct change change = { attribute->name, attribute->value };
	struct renewal secret = { .epoch = 1 };
	struct session_birth birth = {
		.id = SLICE("abcdefghijklmnopqrst"),
		.secret = &secret,
		.changes = &change,
		.change_count = 1,
		.limits = { .max_bytes = 1 << 20, .max_value = 1 << 20, .max_attributes = 10 },
	};
	const struct session *session = NULL;

	cr_assert_eq(session_new(&birth, 1, &session), 0);
	return session;
}

Test(expose, what_is_known_of_an_attribute_changes_nothing)
{
	for (size_t i = 0; i < ROWS(forms); i++) {
		const struct session *session = stored(&forms[i].attribute);
		struct sample s;

		sample_init(&s);
		cr_expect_str_eq(exposed(&s, session, EXPOSE_EACH), forms[i].each, "%s: %s",
				 forms[i].name, exposed(&s, session, EXPOSE_EACH));
		sample_fini(&s);
		session_unref(&session);
	}
}

Test(expose, attributes_in_both_forms)
{
	for (size_t i = 0; i < ROWS(forms); i++) {
		const struct session *session = with_attributes(&forms[i].attribute, 1);
		struct sample s;
		const char *object;

		sample_init(&s);
		cr_expect_str_eq(exposed(&s, session, EXPOSE_EACH), forms[i].each, "%s: %s",
				 forms[i].name, exposed(&s, session, EXPOSE_EACH));
		object = exposed(&s, session, EXPOSE_OBJECT);
		cr_expect_eq(strncmp(object, "SESSION_ATTRIBUTES=", 19), 0);
		cr_expect_str_eq(object + 19, forms[i].object, "%s: %s", forms[i].name, object);
		cr_expect_str_eq(exposed(&s, session, 0), "", "%s", forms[i].name);
		sample_fini(&s);
	}
}

Test(expose, no_attributes)
{
	struct sample s;

	sample_init(&s);
	cr_expect_str_eq(exposed(&s, record(), EXPOSE_EACH | EXPOSE_OBJECT),
			 "SESSION_ATTRIBUTES={}");
	sample_fini(&s);
}

Test(expose, several_in_both_forms)
{
	static const struct attribute attributes[] = { ATTRIBUTE("a", "1"),
						       ATTRIBUTE("b", "\"2\"") };
	struct sample s;

	sample_init(&s);
	cr_expect_str_eq(
		exposed(&s, with_attributes(attributes, 2), EXPOSE_EACH | EXPOSE_OBJECT),
		"SESSION_ATTR_a=1|SESSION_ATTR_b=2|SESSION_ATTRIBUTES={\"a\":1,\"b\":\"2\"}");
	sample_fini(&s);
}

/* A JSON string of that many characters. */
static struct slice long_string(struct sample *s, size_t chars)
{
	char *text = arena_alloc(&s->arena, chars + 2);

	memset(text, 'x', chars + 2);
	text[0] = text[chars + 1] = '"';
	return slice_of(text, chars + 2);
}

Test(expose, what_no_record_holds_is_named)
{
	struct attribute attributes[] = { ATTRIBUTE("a", ""), ATTRIBUTE("b", "1"),
					  ATTRIBUTE("c", ""), ATTRIBUTE("d d", ""),
					  ATTRIBUTE("*", "") };
	struct sample s;
	const char *text;

	sample_init(&s);
	attributes[0].value = attributes[2].value = attributes[3].value = attributes[4].value =
		long_string(&s, 60001);
	cr_expect_str_eq(exposed(&s, with_attributes(attributes, 5), EXPOSE_EACH | EXPOSE_OBJECT),
			 "SESSION_ATTR_b=1|SESSION_OMITTED=a,c,d%20d,%2A,*");
	attributes[0].value = long_string(&s, 60000);
	text = exposed(&s, with_attributes(attributes, 1), EXPOSE_EACH | EXPOSE_OBJECT);
	cr_expect_eq(strncmp(text, "SESSION_ATTR_a=xxx", 18), 0);
	cr_expect_not_null(strstr(text, "|SESSION_OMITTED=*"));
	sample_fini(&s);
}

/* Whose adapter reads PHP's form, which says nothing of what it cannot be made of. */
Test(expose, of_some_size_the_object_is_left_out_where_nobody_asked_for_it)
{
	enum { BOTH = EXPOSE_OBJECT | EXPOSE_PHP, ALONE = BOTH | EXPOSE_PHP_ALONE };
	struct attribute attributes[] = { ATTRIBUTE("$php", "{\"name\":\"S\"}"),
					  ATTRIBUTE("v", "") };
	const struct session *session;
	struct sample s;

	sample_init(&s);
	attributes[1].value = long_string(&s, 1024 - 4 - 12 - 1 - 2);
	session = with_attributes(attributes, 2);
	cr_expect_not_null(strstr(exposed(&s, session, ALONE), "|SESSION_ATTRIBUTES="), "small");
	attributes[1].value = long_string(&s, 1024 - 4 - 12 - 1 - 1);
	session = with_attributes(attributes, 2);
	cr_expect_not_null(strstr(exposed(&s, session, BOTH), "|SESSION_ATTRIBUTES="), "asked for");
	cr_expect_eq(strncmp(exposed(&s, session, ALONE), "SESSION_PHP=", 12), 0);
	cr_expect_not_null(strstr(exposed(&s, session, ALONE), ";}|SESSION_OMITTED=*"));
	attributes[0].value = SLICE("[]");
	session = with_attributes(attributes, 2);
	cr_expect_eq(strncmp(exposed(&s, session, ALONE), "SESSION_ATTRIBUTES=", 19), 0, "no PHP");
	sample_fini(&s);
}

static const struct {
	const char *name;
	enum route_remote_user rule;
	const char *user; /* NULL: no session, "": an anonymous one */
	const char *given, *left;
} remote_users[] = {
	{ "session: its user", REMOTE_USER_SESSION, "alice", "REMOTE_USER=x", "REMOTE_USER=alice" },
	{ "session: without the server's", REMOTE_USER_SESSION, "alice", "", "REMOTE_USER=alice" },
	{ "session: anonymous", REMOTE_USER_SESSION, "", "REMOTE_USER=x", "" },
	{ "session: none", REMOTE_USER_SESSION, NULL, "REMOTE_USER=x", "" },
	{ "prefer: its user", REMOTE_USER_PREFER_SESSION, "alice", "REMOTE_USER=x",
	  "REMOTE_USER=alice" },
	{ "prefer: the server's", REMOTE_USER_PREFER_SESSION, "", "REMOTE_USER=x",
	  "REMOTE_USER=x" },
	{ "session: however it is spelled", REMOTE_USER_SESSION, "alice",
	  "REMOTE.USER=x|remote_user=y|REDIRECT_REMOTE_USER=z|A=1", "A=1|REMOTE_USER=alice" },
	{ "prefer: the server's, before a redirect", REMOTE_USER_PREFER_SESSION, "",
	  "REDIRECT_REMOTE_USER=x", "REDIRECT_REMOTE_USER=x" },
	{ "pass", REMOTE_USER_PASS, "alice", "REMOTE_USER=x", "REMOTE_USER=x" },
	{ "drop", REMOTE_USER_DROP, "alice", "REMOTE_USER=x|REDIRECT_REMOTE_USER=x", "" },
};

Test(expose, remote_user_by_the_route)
{
	for (size_t i = 0; i < ROWS(remote_users); i++) {
		struct session *session = record();
		struct sample s;
		struct params p;

		sample_init(&s);
		session->user = slice_from(remote_users[i].user);
		s.route.remote_user = remote_users[i].rule;
		p = sample_params(&s, remote_users[i].given);
		cr_assert_eq(expose_remote_user(&p, &s.route,
						remote_users[i].user != NULL ? session : NULL),
			     0);
		cr_expect_str_eq(sample_text(&s, &p), remote_users[i].left, "%s",
				 remote_users[i].name);
		sample_fini(&s);
	}
}
