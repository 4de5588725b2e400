/* directive.c - X-Session-* fields, read into one wish. */
#include "gateway/directive.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

enum { ALL = (1u << (DIRECTIVE_INDEX_IDLE_TIMEOUT + 1)) - 1 };

static void given_head(struct head *head, struct sample *s, struct slice lines)
{
	struct slice line, name;

	head_init(head, &s->arena);
	while (lines.len > 0) {
		slice_cut(&lines, '\n', &line);
		slice_cut(&line, ':', &name);
		cr_assert_eq(head_add(head, name, slice_trim(line)), 0);
	}
}

/* The wish as text: changes as "name=value", removals as "name-", then what else was said. */
static const char *wish_text(struct sample *s, const struct directives *d)
{
	struct buffer b = { 0 };
	const char *text;
	int rc = 0;

	for (size_t i = 0; i < d->change_count; i++) {
		const struct change *change = &d->changes[i];

		rc |= buffer_append_slice(&b, change->name);
		rc |= buffer_append(&b, change->value.ptr != NULL ? "=" : "-", 1);
		rc |= buffer_append_slice(&b, change->value);
		rc |= buffer_append(&b, " ", 1);
	}
	if (d->login)
		rc |= buffer_printf(&b, "login:%.*s ", SLICE_ARGS(d->user));
	if (d->idle_ms != 0)
		rc |= buffer_printf(&b, "idle:%lld ", (long long)d->idle_ms);
	rc |= buffer_printf(&b, "%s%s%s%s", d->logout ? "logout " : "", d->rotate ? "rotate " : "",
			    d->stores ? "stores " : "", d->any ? "any" : "");
	cr_assert_eq(rc, 0);
	text = arena_text(&s->arena, buffer_content(&b));
	buffer_fini(&b);
	return text;
}

static const struct {
	const char *name, *lines, *wish;
} rows[] = {
	{ "none", "A: b", "" },
	{ "set", "X-Session-Set: a=1", "a=\"1\" stores any" },
	{ "any case", "x-session-SET: a=1", "a=\"1\" stores any" },
	{ "set, encoded", "X-Session-Set: a%3Db=x%20y%0A%22=z+",
	  "a=b=\"x y\\n\\\"=z+\" stores any" },
	{ "set, UTF-8", "X-Session-Set: %c3%a4=\xc3\xb6", "\xc3\xa4=\"\xc3\xb6\" stores any" },
	{ "set to nothing", "X-Session-Set: a=", "a=\"\" stores any" },
	{ "update", "X-Session-Update: {\"a\":1,\"b\":null,\"c\":{\"d\":[true]}}",
	  "a=1 b- c={\"d\":[true]} stores any" },
	{ "$php where it is nothing's name",
	  "X-Session-Update: {\"a\":\"$php\",\"b\":\"{\\\"$php\\\":1}\",\"$php\":null}\n"
	  "X-Session-Set: c={\"$php\":1}",
	  "a=\"$php\" b=\"{\\\"$php\\\":1}\" $php- c=\"{\\\"$php\\\":1}\" stores any" },
	{ "update, escaped name", "X-Session-Update: {\"\\u00e4\\n\" : \"x\" }",
	  "\xc3\xa4\n=\"x\" stores any" },
	{ "update of one name twice", "X-Session-Update: {\"a\":1,\"a\":2}", "a=1 a=2 stores any" },
	{ "an update that only removes", "X-Session-Update: {\"a\":null}", "a- any" },
	{ "an empty update", "X-Session-Update: {}", "any" },
	{ "unset", "X-Session-Unset: a%20b", "a b- any" },
	{ "in their order",
	  "X-Session-Unset: a\nX-Session-Set: a=1\nX-Session-Update: {\"a\":2}\nX-Session-Unset: a",
	  "a- a=\"1\" a=2 a- stores any" },
	{ "login", "X-Session-Login: alice", "login:alice any" },
	{ "login, encoded", "X-Session-Login: a%3Bb%20%c3%a4", "login:a;b \xc3\xa4 any" },
	{ "login, no parameter", "X-Session-Login: alice ; ", "login:alice any" },
	{ "login twice", "X-Session-Login: alice\nX-Session-Login: %61lice", "login:alice any" },
	{ "logout", "X-Session-Logout: self", "logout any" },
	{ "logout 1", "X-Session-Logout: 1", "logout any" },
	{ "rotate", "X-Session-Rotate: 1", "rotate any" },
	{ "idle timeout", "X-Session-Idle-Timeout: 600", "idle:600000 any" },
	{ "idle timeout, the longest", "X-Session-Idle-Timeout: 43200", "idle:43200000 any" },
	{ "all of them",
	  "X-Session-Rotate: 1\nX-Session-Logout: 1\nX-Session-Login: bob\nX-Session-Set: a=1",
	  "a=\"1\" login:bob logout rotate stores any" },
	{ "unknown ones", "X-Session-Foo: 1\nX-Session-: 2\nX-Session-Login-Url: /", "" },
	{ "other spellings", "X_Session_Set: a=1\nX-Session_Set: a=2\nx.session-login: bob", "" },
};

Test(directive, read_makes_one_wish_and_takes_all_out)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *reason = NULL;
		struct directives d;
		struct sample s;
		struct head head;
		int rc;

		sample_init(&s);
		given_head(&head, &s, slice_from(rows[i].lines));
		cr_assert_eq(head_add(&head, SLICE("Other"), SLICE("x")), 0);
		rc = directives_read(&head, ALL, &s.realms[0], "", &d, &reason);
		cr_expect_eq(rc, 0, "%s: %s", rows[i].name, reason);
		cr_expect_str_eq(wish_text(&s, &d), rows[i].wish, "%s: %s", rows[i].name,
				 wish_text(&s, &d));
		cr_expect_eq(head.count, rows[i].wish[0] == '\0' && i == 0 ? 2 : 1, "%s",
			     rows[i].name);
		sample_fini(&s);
	}
}

#define X10  "xxxxxxxxxx"
#define X120 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

static const struct {
	const char *name, *lines;
	int rc;
	const char *reason;
} refused[] = {
	{ "what PHP would unserialize", "X-Session-Update: {\"a\":[{\"\\u0024php\":\"\"}]}",
	  SG_EFORMAT,
	  "X-Session-Update: something is named $php, which only an application with adapter: php "
	  "may write" },
	{ "an attribute that PHP would unserialize", "X-Session-Update: {\"$php\":\"i:1;\"}",
	  SG_EFORMAT,
	  "X-Session-Update: something is named $php, which only an application with adapter: php "
	  "may write" },
	{ "a string under the name that PHP would unserialize", "X-Session-Set: %24php=i:1;",
	  SG_EFORMAT,
	  "X-Session-Set: something is named $php, which only an application with adapter: php may "
	  "write" },
	{ "set without =", "X-Session-Set: a", SG_EFORMAT, "X-Session-Set: no =" },
	{ "set without a name", "X-Session-Set: =a", SG_EFORMAT,
	  "X-Session-Set: no attribute's name" },
	{ "broken escape", "X-Session-Set: a=%4", SG_EFORMAT,
	  "X-Session-Set: not percent-encoded" },
	{ "broken escape in a name", "x-session-set: %zz=1", SG_EFORMAT,
	  "X-Session-Set: not percent-encoded" },
	{ "not UTF-8", "X-Session-Set: a=%ff", SG_EFORMAT, "X-Session-Set: not UTF-8 without NUL" },
	{ "NUL", "X-Session-Set: a=x%00", SG_EFORMAT, "X-Session-Set: not UTF-8 without NUL" },
	{ "NUL in a name", "X-Session-Set: %00=x", SG_EFORMAT,
	  "X-Session-Set: not UTF-8 without NUL" },
	{ "name over 128", "X-Session-Set: " X120 "xxxxxxxxx=1", SG_ELIMIT,
	  "X-Session-Set: an attribute's name over 128 bytes" },
	{ "value over max_value", "X-Session-Set: a=" X10 X10, SG_ELIMIT,
	  "X-Session-Set: a value over max_value: 22 bytes" },
	{ "unset without a name", "X-Session-Unset: ", SG_EFORMAT,
	  "X-Session-Unset: no attribute's name" },
	{ "unset, name over 128", "X-Session-Unset: " X120 "xxxxxxxxx", SG_ELIMIT,
	  "X-Session-Unset: an attribute's name over 128 bytes" },
	{ "update that is none", "X-Session-Update: a=1", SG_EFORMAT,
	  "X-Session-Update: not a JSON object" },
	{ "update of an array", "X-Session-Update: [1]", SG_EFORMAT,
	  "X-Session-Update: not a JSON object" },
	{ "update cut short", "X-Session-Update: {\"a\":1", SG_EFORMAT,
	  "X-Session-Update: not a JSON object" },
	{ "update with more behind", "X-Session-Update: {\"a\":1} x", SG_EFORMAT,
	  "X-Session-Update: not a JSON object" },
	{ "update without a name", "X-Session-Update: {\"\":1}", SG_EFORMAT,
	  "X-Session-Update: no attribute's name" },
	{ "update with NUL", "X-Session-Update: {\"a\":\"\\u0000\"}", SG_EFORMAT,
	  "X-Session-Update: not a JSON object" },
	{ "update, value over max_value", "X-Session-Update: {\"a\":[1,2,3,4,5,6,7,8,9]}",
	  SG_ELIMIT, "X-Session-Update: a value over max_value: 19 bytes" },
	{ "another parameter", "X-Session-Login: alice; forever", SG_EFORMAT,
	  "X-Session-Login: an unknown parameter" },
	{ "no user", "X-Session-Login: ", SG_EFORMAT,
	  "X-Session-Login: no user, or one with control characters or outer space" },
	{ "control character", "X-Session-Login: a%0ab", SG_EFORMAT,
	  "X-Session-Login: no user, or one with control characters or outer space" },
	{ "control character of the upper half", "X-Session-Login: a%c2%85b", SG_EFORMAT,
	  "X-Session-Login: no user, or one with control characters or outer space" },
	{ "control character alone", "X-Session-Login: %7f", SG_EFORMAT,
	  "X-Session-Login: no user, or one with control characters or outer space" },
	{ "space in front", "X-Session-Login: %20alice", SG_EFORMAT,
	  "X-Session-Login: no user, or one with control characters or outer space" },
	{ "space behind", "X-Session-Login: alice%20", SG_EFORMAT,
	  "X-Session-Login: no user, or one with control characters or outer space" },
	{ "no-break space behind", "X-Session-Login: alice%c2%a0", SG_EFORMAT,
	  "X-Session-Login: no user, or one with control characters or outer space" },
	{ "ideographic space in front", "X-Session-Login: %e3%80%80alice", SG_EFORMAT,
	  "X-Session-Login: no user, or one with control characters or outer space" },
	{ "en quad behind", "X-Session-Login: alice%e2%80%80", SG_EFORMAT,
	  "X-Session-Login: no user, or one with control characters or outer space" },
	{ "user over 255", "X-Session-Login: " X120 X120 X10 "xxxxxx", SG_EFORMAT,
	  "X-Session-Login: a user over 255 bytes" },
	{ "two users", "X-Session-Login: alice\nX-Session-Login: bob", SG_EFORMAT,
	  "X-Session-Login: two different users" },
	{ "logout of another", "X-Session-Logout: bob", SG_EFORMAT,
	  "X-Session-Logout: neither self nor 1 nor others nor all" },
	{ "rotate 2", "X-Session-Rotate: 2", SG_EFORMAT, "X-Session-Rotate: neither 1 nor grace" },
	{ "idle 0", "X-Session-Idle-Timeout: 0", SG_EFORMAT,
	  "X-Session-Idle-Timeout: not a number of seconds" },
	{ "idle, no number", "X-Session-Idle-Timeout: 10s", SG_EFORMAT,
	  "X-Session-Idle-Timeout: not a number of seconds" },
	{ "idle beyond absolute", "X-Session-Idle-Timeout: 43201", SG_EFORMAT,
	  "X-Session-Idle-Timeout: longer than the absolute timeout" },
	{ "two idles", "X-Session-Idle-Timeout: 1\nX-Session-Idle-Timeout: 2", SG_EFORMAT,
	  "X-Session-Idle-Timeout: two different numbers" },
	{ "all together over four times max_size",
	  "X-Session-Set: a=" X120 X120 "\nX-Session-Foo: " X120 X120, SG_ELIMIT,
	  "X-Session-*: together over four times max_size" },
};

Test(directive, read_refuses_with_header_and_cause)
{
	for (size_t i = 0; i < ROWS(refused); i++) {
		const char *reason = NULL;
		struct directives d;
		struct sample s;
		struct head head;
		int rc;

		sample_init(&s);
		s.realms[0].limits.max_value = 18;
		s.realms[0].limits.max_bytes = 100;
		given_head(&head, &s, slice_from(refused[i].lines));
		rc = directives_read(&head, ALL, &s.realms[0], "", &d, &reason);
		cr_expect_eq(rc, refused[i].rc, "%s: %d", refused[i].name, rc);
		cr_expect(reason != NULL && strcmp(reason, refused[i].reason) == 0, "%s: %s",
			  refused[i].name, reason);
		sample_fini(&s);
	}
}

Test(directive, read_takes_names_and_users_of_the_full_length)
{
	const char *reason = NULL;
	struct directives d;
	struct sample s;
	struct head head;

	sample_init(&s);
	given_head(&head, &s,
		   SLICE("X-Session-Unset: " X120 "xxxxxxxx\nX-Session-Login: " X120 X120 X10
			 "xxxxx"));
	cr_expect_eq(directives_read(&head, ALL, &s.realms[0], "", &d, &reason), 0, "%s", reason);
	cr_expect_eq(d.changes[0].name.len, 128);
	cr_expect_eq(d.user.len, 255);
	sample_fini(&s);
}

Test(directive, read_drops_what_the_application_may_not_say)
{
	const char *reason = NULL;
	struct directives d;
	struct sample s;
	struct head head;

	sample_init(&s);
	given_head(
		&head, &s,
		SLICE("X-Session-Login: %zz\nA: b\nX-Session-Set: a=1\nX-Session-Logout: others"));
	cr_expect_eq(directives_read(&head, DIRECTIVE_SET, &s.realms[0], "", &d, &reason), 0);
	cr_expect_str_eq(wish_text(&s, &d), "a=\"1\" stores any");
	cr_expect_eq(head.count, 1);
	sample_fini(&s);
}

Test(directive, drop_takes_them_out_unread)
{
	struct sample s;
	struct head head;

	sample_init(&s);
	given_head(&head, &s, SLICE("X-Session-Login: %zz\nA: b\nx-session-foo: 1\nX-Sessions: 2"));
	directives_drop(&head, "of a test", "");
	cr_expect_eq(head.count, 2);
	directives_drop(&head, "of a test", "");
	cr_expect_eq(head.count, 2);
	sample_fini(&s);
}

static void read_bytes(void *ctx, struct slice bytes)
{
	const char *reason = NULL;
	struct directives d;
	struct sample s;
	struct head head;
	int rc;

	sample_init(&s);
	head_init(&head, &s.arena);
	cr_assert_eq(head_add(&head, slice_from(ctx), bytes), 0);
	rc = directives_read(&head, ALL, &s.realms[0], "", &d, &reason);
	cr_expect(rc == 0 ? d.any : rc == SG_EFORMAT && reason != NULL);
	for (size_t i = 0; rc == 0 && i < d.change_count; i++)
		cr_expect(d.changes[i].name.len > 0 && slice_is_utf8(d.changes[i].name));
	sample_fini(&s);
}

Test(directive, read_survives_every_mutation)
{
	sample_mutate(SLICE("na%20me=va%c3%a4lue"), read_bytes, "X-Session-Set");
	sample_mutate(SLICE("{\"a\":1,\"\\u00e4\" : {\"x\":[null,\"\\n\"]},\"b\":null}"),
		      read_bytes, "X-Session-Update");
	sample_mutate(SLICE("a%e3%80%80\303\244b ; "), read_bytes, "X-Session-Login");
	sample_mutate(SLICE("1800"), read_bytes, "X-Session-Idle-Timeout");
}
