/* session.c - tests of session/session.c and delta.c. What every store does with them as well is
 * tried in tests/backends/suite_save.c. */
#include "session/session.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { NOW = 1000000 };

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct session_limits wide = { 1u << 20, 512u << 10, 256 };

static struct session_birth birth_of(const struct renewal *secret, struct slice user)
{
	return (struct session_birth){
		.id = SLICE("abcdefghijklmnopqrst"),
		.realm = SLICE("default"),
		.application = SLICE("app"),
		.user = user,
		.secret = secret,
		.idle_ms = 10000,
		.absolute_ms = 100000,
		.touch_ms = 500,
		.save_id = 1,
		.limits = wide,
	};
}

static const struct session *some_session(struct slice user, const struct change *changes,
					  size_t count)
{
	struct renewal secret = { .hash = { 1 }, .epoch = 11, .csrf = { 1 } };
	struct session_birth birth = birth_of(&secret, user);
	const struct session *s = NULL;

	birth.changes = changes;
	birth.change_count = count;
	cr_assert_eq(session_new(&birth, NOW, &s), 0);
	return s;
}

static struct delta delta_of(uint64_t save_id)
{
	return (struct delta){ .save_id = save_id, .epoch = 11, .limits = wide };
}

/* Replaces *s by what follows from it. */
static void follow(const struct session **s, const struct delta *d, int64_t now_ms)
{
	const struct session *next = NULL;

	cr_assert_eq(session_apply(*s, d, now_ms, &next), 0);
	session_unref(s);
	*s = next;
}

static void expect_attributes(const char *name, const struct session *s, const char *expected)
{
	char text[512];
	size_t len = 0, bytes = 0;

	text[0] = '\0';
	for (size_t i = 0; i < s->attribute_count; i++) {
		const struct attribute *a = &s->attributes[i];

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s=%.*s ",
					SLICE_ARGS(a->name), SLICE_ARGS(a->value));
		bytes += a->name.len + a->value.len;
	}
	cr_expect_str_eq(text, expected, "%s: %s", name, text);
	cr_expect_eq(s->attribute_bytes, bytes, "%s", name);
}

Test(session, a_new_one)
{
	const struct change changes[] = { { SLICE("b"), SLICE("2") }, { SLICE("a"), SLICE("1") } };
	const struct session *s = some_session(SLICE("alice"), changes, 2), *other;
	struct slice value = { NULL, 0 };

	cr_expect_str_eq(s->id, "abcdefghijklmnopqrst");
	cr_expect_eq(s->version, 1);
	cr_expect_eq(s->epoch, 11);
	cr_expect_eq(s->created_ms, NOW);
	cr_expect_eq(s->login_ms, NOW);
	cr_expect_eq(s->seen_ms, NOW);
	cr_expect_eq(s->expires_ms, NOW + 100000);
	cr_expect_eq(s->replaced_count, 0);
	cr_expect(session_authenticated(s));
	cr_expect(session_has_save(s, 1));
	cr_expect_not(session_has_save(s, 0));
	expect_attributes("new", s, "a=1 b=2 ");
	cr_expect(session_get(s, SLICE("b"), &value) && slice_equal(value, SLICE("2")));
	cr_expect_not(session_get(s, SLICE("c"), &value));
	cr_expect_not(session_get(s, SLICE(""), &value));
	session_unref(&s);
	cr_expect_null(s);
	session_unref(&s);
	other = some_session(SLICE(""), NULL, 0);
	cr_expect_eq(other->login_ms, 0);
	cr_expect_not(session_authenticated(other));
	session_unref(&other);
}

Test(session, a_device_is_kept_and_followed)
{
	const struct device_visit first = { SLICE("192.0.2.1"), SLICE("curl/7"), DEVICE_FULL };
	const struct device_visit next = { SLICE("192.0.2.2"), SLICE("curl/8"), DEVICE_FULL };
	struct renewal secret = { .epoch = 11 };
	struct session_birth birth = birth_of(&secret, SLICE(""));
	struct delta touch = delta_of(2);
	const struct session *s = NULL, *remains = NULL;

	birth.visit = &first;
	birth.host = SLICE("www.example.org");
	birth.transport = SESSION_BY_HEADER;
	cr_assert_eq(session_new(&birth, NOW, &s), 0);
	cr_expect_eq(s->attribute_bytes, 0); /* it is nothing that max_size speaks of */
	follow(&s, &touch, NOW);
	cr_expect(slice_equal(s->device.last_ip, SLICE("192.0.2.1")), "nobody's delta");
	touch.visit = &next;
	cr_expect(delta_is_touch(&touch));
	follow(&s, &touch, NOW);
	cr_assert_eq(session_remains(s, &remains), 0);
	session_unref(&s);
	cr_expect(slice_equal(remains->device.first_ip, SLICE("192.0.2.1")));
	cr_expect(slice_equal(remains->device.last_ip, SLICE("192.0.2.2")));
	cr_expect(slice_equal(remains->device.user_agent, SLICE("curl/7")));
	cr_expect(slice_equal(remains->host, SLICE("www.example.org")));
	cr_expect_eq(remains->transport, SESSION_BY_HEADER);
	session_unref(&remains);
}

Test(session, changes_merge)
{
	static const struct {
		const char *name;
		struct change changes[4];
		size_t count;
		const char *attributes;
	} rows[] = {
		{ "none", { { { NULL, 0 }, { NULL, 0 } } }, 0, "b=1 d=1 " },
		{ "before, between, behind",
		  { { { "e", 1 }, { "2", 1 } },
		    { { "a", 1 }, { "2", 1 } },
		    { { "c", 1 }, { "2", 1 } } },
		  3,
		  "a=2 b=1 c=2 d=1 e=2 " },
		{ "over both",
		  { { { "d", 1 }, { "2", 1 } }, { { "b", 1 }, { "2", 1 } } },
		  2,
		  "b=2 d=2 " },
		{ "a removal", { { { "b", 1 }, { NULL, 0 } } }, 1, "d=1 " },
		{ "removal of nothing", { { { "x", 1 }, { NULL, 0 } } }, 1, "b=1 d=1 " },
		{ "the last of a name wins",
		  { { { "b", 1 }, { "2", 1 } },
		    { { "b", 1 }, { NULL, 0 } },
		    { { "b", 1 }, { "3", 1 } } },
		  3,
		  "b=3 d=1 " },
		{ "set and taken back",
		  { { { "x", 1 }, { "2", 1 } }, { { "x", 1 }, { NULL, 0 } } },
		  2,
		  "b=1 d=1 " },
		{ "a prefix is another name", { { { "bb", 2 }, { "2", 1 } } }, 1, "b=1 bb=2 d=1 " },
		{ "bytes sort unsigned",
		  { { { "\xc3\xa9", 2 }, { "2", 1 } } },
		  1,
		  "b=1 d=1 \xc3\xa9=2 " },
		{ "all go", { { { "b", 1 }, { NULL, 0 } }, { { "d", 1 }, { NULL, 0 } } }, 2, "" },
	};
	const struct change first[] = { { SLICE("b"), SLICE("1") }, { SLICE("d"), SLICE("1") } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct session *s = some_session(SLICE(""), first, 2);
		struct delta d = delta_of(2);

		d.changes = rows[i].changes;
		d.change_count = rows[i].count;
		follow(&s, &d, NOW);
		expect_attributes(rows[i].name, s, rows[i].attributes);
		session_unref(&s);
	}
}

Test(session, more_changes_than_usual)
{
	const struct session *s = some_session(SLICE(""), NULL, 0);
	struct change changes[200];
	char names[200][8];
	struct delta d = delta_of(2);

	for (size_t i = 0; i < COUNT(changes); i++) {
		snprintf(names[i], sizeof(names[i]), "n%03zu", (i * 7) % 100);
		changes[i] =
			(struct change){ slice_from(names[i]), i < 100 ? SLICE("1") : SLICE("2") };
	}
	d.changes = changes;
	d.change_count = COUNT(changes);
	follow(&s, &d, NOW);
	cr_assert_eq(s->attribute_count, 100);
	for (size_t i = 0; i < 100; i++)
		cr_expect(slice_equal(s->attributes[i].value, SLICE("2")));
	session_unref(&s);
}

Test(session, limits_let_one_that_is_over_them_shrink)
{
	static const struct {
		const char *name;
		struct change change;
		struct session_limits limits;
		int rc;
	} rows[] = {
		{ "at the limits", { { "b", 1 }, { "222", 3 } }, { 8, 3, 2 }, 0 },
		{ "bytes", { { "b", 1 }, { "222", 3 } }, { 7, 3, 2 }, SG_ELIMIT },
		{ "one value", { { "b", 1 }, { "222", 3 } }, { 8, 2, 2 }, SG_ELIMIT },
		{ "attributes", { { "b", 1 }, { "222", 3 } }, { 8, 3, 1 }, SG_ELIMIT },
		{ "far over, shrinking", { { "a", 1 }, { "1", 1 } }, { 1, 1, 0 }, 0 },
		{ "far over, value shrinking", { { "a", 1 }, { "22", 2 } }, { 1, 1, 0 }, 0 },
		{ "far over, as it was", { { "x", 1 }, { NULL, 0 } }, { 1, 1, 0 }, 0 },
		{ "far over, growing", { { "a", 1 }, { "4444", 4 } }, { 1, 1, 0 }, SG_ELIMIT },
		{ "an empty name", { { "", 0 }, { "1", 1 } }, { 99, 99, 9 }, SG_ELIMIT },
	};
	const struct change first = { SLICE("a"), SLICE("333") };

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct session *s = some_session(SLICE(""), &first, 1), *next = NULL;
		struct delta d = delta_of(2);

		d.changes = &rows[i].change;
		d.change_count = 1;
		d.limits = rows[i].limits;
		cr_expect_eq(session_apply(s, &d, NOW, &next), rows[i].rc, "%s", rows[i].name);
		cr_expect_eq(next != NULL, rows[i].rc == 0, "%s", rows[i].name);
		session_unref(&next);
		session_unref(&s);
	}
}

Test(session, names_have_128_bytes_at_most)
{
	char name[SESSION_NAME_BYTES + 1];
	struct change change = { { name, SESSION_NAME_BYTES }, SLICE("1") };
	const struct session *s, *next = NULL;
	struct delta d = delta_of(2);

	memset(name, 'n', sizeof(name));
	s = some_session(SLICE(""), &change, 1);
	change.name.len++;
	d.changes = &change;
	d.change_count = 1;
	cr_expect_eq(session_apply(s, &d, NOW, &next), SG_ELIMIT);
	session_unref(&s);
}

Test(session, a_touch_moves_last_seen_forward_only)
{
	const struct session *s = some_session(SLICE(""), NULL, 0);
	struct delta d = delta_of(2);

	cr_expect(delta_is_touch(&d));
	follow(&s, &d, NOW + 700);
	cr_expect_eq(s->seen_ms, NOW + 700);
	cr_expect_eq(s->version, 1);
	cr_expect_not(session_has_save(s, 2));
	follow(&s, &d, NOW + 300);
	cr_expect_eq(s->seen_ms, NOW + 700);
	session_unref(&s);
}

Test(session, remembers_its_last_saves)
{
	const struct change change = { SLICE("a"), SLICE("1") };
	const struct session *s = some_session(SLICE(""), NULL, 0);

	for (uint64_t id = 2; id <= 9; id++) {
		struct delta d = delta_of(id);

		d.changes = &change;
		d.change_count = 1;
		follow(&s, &d, NOW);
	}
	cr_expect_eq(s->version, 9);
	cr_expect_not(session_has_save(s, 1));
	for (uint64_t id = 2; id <= 9; id++)
		cr_expect(session_has_save(s, id));
	session_unref(&s);
}

Test(session, a_login_starts_anew)
{
	static const struct {
		const char *name;
		struct slice before, user;
		int64_t idle_ms;       /* of the delta */
		int64_t idle_after_ms; /* 10000 before, 20000 with a user */
		const char *attributes;
	} rows[] = {
		{ "of an anonymous one", { "", 0 }, { "bob", 3 }, 0, 20000, "a=1 new=2 " },
		{ "of the same user", { "bob", 3 }, { "bob", 3 }, 0, 20000, "a=1 new=2 " },
		{ "of another user", { "alice", 5 }, { "bob", 3 }, 0, 20000, "new=2 " },
		{ "of a longer name", { "bob", 3 }, { "bobby", 5 }, 0, 20000, "new=2 " },
		{ "with an idle timeout", { "", 0 }, { "bob", 3 }, 5000, 5000, "a=1 new=2 " },
	};
	const struct change first = { SLICE("a"), SLICE("1") },
			    change = { SLICE("new"), SLICE("2") };
	const struct renewal renewal = { .hash = { 2 }, .epoch = 22, .csrf = { 2 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct session *s = some_session(rows[i].before, &first, 1);
		struct login login = { .user = rows[i].user,
				       .idle_ms = 20000,
				       .absolute_ms = 200000,
				       .touch_ms = 900 };
		struct delta d = delta_of(2);

		d.changes = &change;
		d.change_count = 1;
		d.idle_ms = rows[i].idle_ms;
		d.renewal = &renewal;
		d.login = &login;
		follow(&s, &d, NOW + 5);
		expect_attributes(rows[i].name, s, rows[i].attributes);
		cr_expect(slice_equal(s->user, rows[i].user), "%s", rows[i].name);
		cr_expect_eq(s->idle_ms, rows[i].idle_after_ms, "%s", rows[i].name);
		cr_expect_eq(s->created_ms, NOW, "%s", rows[i].name);
		cr_expect_eq(s->login_ms, NOW + 5, "%s", rows[i].name);
		cr_expect_eq(s->expires_ms, NOW + 5 + 200000, "%s", rows[i].name);
		cr_expect_eq(s->touch_ms, 900, "%s", rows[i].name);
		cr_expect_eq(s->epoch, 22, "%s", rows[i].name);
		cr_expect_eq(s->csrf[0], 2, "%s", rows[i].name);
		session_unref(&s);
	}
}

Test(session, a_chosen_idle_timeout_outlasts_a_login)
{
	const struct renewal renewal = { .hash = { 2 }, .epoch = 22, .csrf = { 2 } };
	const struct login login = {
		.user = SLICE("bob"), .idle_ms = 20000, .absolute_ms = 200000, .touch_ms = 900
	};
	const struct session *s = some_session(SLICE(""), NULL, 0);
	struct delta d = delta_of(2);

	d.idle_ms = 3000;
	cr_expect_not(delta_is_touch(&d));
	follow(&s, &d, NOW);
	cr_expect(s->idle_chosen);
	d = delta_of(3);
	d.renewal = &renewal;
	d.login = &login;
	follow(&s, &d, NOW);
	cr_expect_eq(s->idle_ms, 3000);
	session_unref(&s);
}

Test(session, secrets_are_current_stale_or_wrong)
{
	static const struct {
		const char *name;
		uint8_t first_byte;
		int64_t after_ms; /* the renewal */
		enum session_secret is;
	} rows[] = {
		{ "the new one", 2, 0, SECRET_CURRENT },
		{ "the new one later", 2, 900000, SECRET_CURRENT },
		{ "the old one", 1, 0, SECRET_STALE },
		{ "the old one, a clock behind", 1, -5000, SECRET_STALE },
		{ "the old one, just", 1, SESSION_STALE_MS - 1, SECRET_STALE },
		{ "the old one, too late", 1, SESSION_STALE_MS, SECRET_WRONG },
		{ "any other", 3, 0, SECRET_WRONG },
		{ "zeros", 0, 0, SECRET_WRONG },
	};
	const struct renewal renewal = { .hash = { 2 }, .epoch = 22, .csrf = { 2 } };
	const struct session *s = some_session(SLICE(""), NULL, 0);
	uint8_t zeros[TOKEN_HASH_BYTES] = { 0 };
	struct delta d = delta_of(2);

	/* before any renewal the replaced hash is zeros, and means nothing */
	cr_expect_eq(session_secret(s, zeros, 0), SECRET_WRONG);
	d.renewal = &renewal;
	follow(&s, &d, NOW);
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t hash[TOKEN_HASH_BYTES] = { rows[i].first_byte };

		cr_expect_eq(session_secret(s, hash, NOW + rows[i].after_ms), rows[i].is, "%s",
			     rows[i].name);
	}
	session_unref(&s);
}

Test(session, ends_by_idling_or_for_good)
{
	static const struct {
		const char *name;
		int64_t seen_ms, idle_ms, touch_ms, expires_ms, end_ms;
	} rows[] = {
		{ "idle and interval", 100, 1000, 50, 9999, 1150 },
		{ "interval is a tenth at most", 100, 1000, 500, 9999, 1200 },
		{ "absolute is sooner", 100, 1000, 50, 1149, 1149 },
		{ "no interval", 100, 1000, 0, 9999, 1100 },
		{ "as far as time goes", 100, INT64_MAX, 50, INT64_MAX, INT64_MAX },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct session s = { .seen_ms = rows[i].seen_ms,
				     .idle_ms = rows[i].idle_ms,
				     .touch_ms = rows[i].touch_ms,
				     .expires_ms = rows[i].expires_ms };

		cr_expect_eq(session_end_ms(&s), rows[i].end_ms, "%s", rows[i].name);
	}
}

Test(session, a_touch_is_due_after_the_interval)
{
	struct session s = { .seen_ms = 1000, .idle_ms = 10000, .touch_ms = 60000 };

	cr_expect_eq(session_touch_interval_ms(&s), 1000);
	cr_expect_not(session_touch_due(&s, 1999));
	cr_expect(session_touch_due(&s, 2000));
	cr_expect_not(session_touch_due(&s, 0));
	s.touch_ms = 0;
	cr_expect(session_touch_due(&s, 999), "by a clock that is behind the store's");
}

Test(session, times_saturate)
{
	struct renewal secret = { .epoch = 1 };
	struct session_birth birth = birth_of(&secret, SLICE(""));
	const struct session *s = NULL;

	birth.absolute_ms = INT64_MAX;
	birth.idle_ms = INT64_MAX;
	cr_assert_eq(session_new(&birth, NOW, &s), 0);
	cr_expect_eq(s->expires_ms, INT64_MAX);
	cr_expect_eq(session_end_ms(s), INT64_MAX);
	session_unref(&s);
}

/* --- Recoding -------------------------------------------------------------------------------- */

static size_t twice_bytes(struct slice value)
{
	return 2 * value.len;
}

/* The name counts how often it came. */
static int twice_write(void *ctx, struct slice name, struct slice value, char *out)
{
	unsigned *left = ctx;

	if ((*left)-- == 0)
		return SG_EFORMAT;
	cr_expect_eq(name.len, 1);
	memcpy(out, value.ptr, value.len);
	memcpy(out + value.len, value.ptr, value.len);
	return 0;
}

static const struct session_coder twice = { twice_bytes, twice_write };

Test(session, recoded_it_has_other_values_and_nothing_else)
{
	const struct change changes[] = { { SLICE("a"), SLICE("12") },
					  { SLICE("b"), SLICE("\"\"") } };
	const struct session *s = some_session(SLICE("alice"), changes, 2), *made = NULL;
	unsigned left = 2;

	cr_assert_eq(session_recode(s, &twice, &left, &made), 0);
	expect_attributes("recoded", made, "a=1212 b=\"\"\"\" ");
	cr_expect_eq(made->attribute_bytes, 2 + 8);
	cr_expect(slice_equal(made->user, SLICE("alice")));
	cr_expect(slice_equal(made->realm, SLICE("default")));
	cr_expect_eq(made->epoch, s->epoch);
	session_unref(&made);
	left = 1;
	cr_expect_eq(session_recode(s, &twice, &left, &made), SG_EFORMAT);
	cr_expect_null(made);
	session_unref(&s);
}

Test(session, overhead_counts_towards_no_limit)
{
	static const struct {
		const char *name;
		size_t overhead;
		struct session_limits limits;
		int rc;
	} rows[] = {
		/* a=1234 b=56 */
		{ "without overhead", 0, { 8, 4, 2 }, 0 },
		{ "the whole is too long", 0, { 7, 4, 2 }, SG_ELIMIT },
		{ "one value is", 0, { 8, 3, 2 }, SG_ELIMIT },
		{ "with it, it would not be", 1, { 6, 3, 2 }, 0 },
		{ "or just so", 1, { 5, 3, 2 }, SG_ELIMIT },
		{ "nor would the value", 1, { 6, 2, 2 }, SG_ELIMIT },
		{ "longer than all of it", 100, { 0, 0, 2 }, 0 },
		{ "names have none", 1, { 6, 3, 1 }, SG_ELIMIT },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct change changes[] = { { SLICE("a"), SLICE("1234") },
						  { SLICE("b"), SLICE("56") } };
		const struct session *s = some_session(SLICE(""), NULL, 0), *next = NULL;
		struct delta d = delta_of(2);

		d.changes = changes;
		d.change_count = 2;
		d.limits = rows[i].limits;
		d.value_overhead = rows[i].overhead;
		cr_expect_eq(session_apply(s, &d, NOW, &next), rows[i].rc, "%s", rows[i].name);
		session_unref(&next);
		session_unref(&s);
	}
}
