/* session_json.c - what a visitor is told of sessions, to the letter. */
#include "gateway/session_json.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

enum {
	CREATED_MS = 1000,
	LOGIN_MS = 61000,
	SEEN_MS = 1200999,
	IDLE_MS = 1800000,
	TOUCH_MS = 60000
};

Test(session_json, whole_session_with_its_attributes_as_they_stand)
{
	const struct attribute attributes[] = {
		{ SLICE("a\"\xc3\xaf"), SLICE("{\"b\":[1e400]}"), false },
		{ SLICE("b"), SLICE("\"\""), true },
	};
	struct session s = { .id = "AAAAAAAAAAAAAAAAAAAA", .version = UINT64_MAX };
	struct buffer out = { 0 };

	cr_assert_eq(session_json_whole(&s, &out), 0);
	cr_expect(slice_equal(
			  buffer_content(&out),
			  SLICE("{\"id\":\"AAAAAAAAAAAAAAAAAAAA\",\"user\":null,\"attributes\":{},"
				"\"version\":18446744073709551615}\n")),
		  "%.*s", SLICE_ARGS(buffer_content(&out)));
	buffer_fini(&out);
	s.user = SLICE("al\"ice");
	s.attributes = attributes;
	s.attribute_count = ROWS(attributes);
	cr_assert_eq(session_json_whole(&s, &out), 0);
	cr_expect(
		slice_equal(
			buffer_content(&out),
			SLICE("{\"id\":\"AAAAAAAAAAAAAAAAAAAA\",\"user\":\"al\\\"ice\",\"attributes\":"
			      "{\"a\\\"\xc3\xaf\":{\"b\":[1e400]},\"b\":\"\"},"
			      "\"version\":18446744073709551615}\n")),
		"%.*s", SLICE_ARGS(buffer_content(&out)));
	buffer_fini(&out);
}

static struct session logged_in(void)
{
	struct session s = {
		.id = "AAAAAAAAAAAAAAAAAAAA",
		.user = SLICE("al\"\xc3\xaf\\ce"),
		.created_ms = CREATED_MS,
		.login_ms = LOGIN_MS,
		.seen_ms = SEEN_MS,
		.expires_ms = 43261000,
		.idle_ms = IDLE_MS,
		.touch_ms = TOUCH_MS,
		.device = { .first_ip = SLICE("192.0.2.1"),
			    .last_ip = SLICE("2001:db8::1"),
			    .user_agent = SLICE("</script>\"") },
	};

	return s;
}

static void expect_me(const struct session *s, int64_t now_ms, const char *text)
{
	struct buffer out = { 0 };

	cr_assert_eq(session_json_me(s, now_ms, &out), 0);
	cr_expect(slice_equal(buffer_content(&out), slice_from(text)), "%.*s",
		  SLICE_ARGS(buffer_content(&out)));
	buffer_fini(&out);
}

Test(session_json, me)
{
	struct session s = logged_in();

	expect_me(
		&s, SEEN_MS + 500,
		"{\"id\":\"AAAAAAAAAAAAAAAAAAAA\",\"state\":\"authenticated\",\"user\":\"al\\\"\xc3\xaf\\\\ce\","
		"\"created_at\":\"1970-01-01T00:00:01.000Z\",\"login_at\":\"1970-01-01T00:01:01.000Z\","
		"\"last_seen_at\":\"1970-01-01T00:20:00.999Z\",\"idle_expires_at\":\"1970-01-01T00:51:00.999Z\","
		"\"expires_at\":\"1970-01-01T12:01:01.000Z\",\"seconds_left\":1859}\n");
}

Test(session_json, me_without_a_user)
{
	struct session s = logged_in();

	s.user = SLICE("");
	s.login_ms = 0;
	s.expires_ms = SEEN_MS + 5000;
	expect_me(
		&s, SEEN_MS,
		"{\"id\":\"AAAAAAAAAAAAAAAAAAAA\",\"state\":\"anonymous\",\"user\":null,"
		"\"created_at\":\"1970-01-01T00:00:01.000Z\",\"login_at\":null,"
		"\"last_seen_at\":\"1970-01-01T00:20:00.999Z\",\"idle_expires_at\":\"1970-01-01T00:51:00.999Z\","
		"\"expires_at\":\"1970-01-01T00:20:05.999Z\",\"seconds_left\":5}\n");
	expect_me(
		&s, SEEN_MS + 6000,
		"{\"id\":\"AAAAAAAAAAAAAAAAAAAA\",\"state\":\"anonymous\",\"user\":null,"
		"\"created_at\":\"1970-01-01T00:00:01.000Z\",\"login_at\":null,"
		"\"last_seen_at\":\"1970-01-01T00:20:00.999Z\",\"idle_expires_at\":\"1970-01-01T00:51:00.999Z\","
		"\"expires_at\":\"1970-01-01T00:20:05.999Z\",\"seconds_left\":0}\n");
}

Test(session_json, list)
{
	struct session first = logged_in(), second = logged_in();
	const struct session *both[] = { &first, &second };
	const char *text =
		"{\"sessions\":[{\"id\":\"AAAAAAAAAAAAAAAAAAAA\",\"device\":{\"first_ip\":\"192.0.2.1\",\"last_ip\":\"2001:db8::1\","
		"\"user_agent\":\"</script>\\\"\"},\"created_at\":\"1970-01-01T00:00:01.000Z\","
		"\"last_seen_at\":\"1970-01-01T00:20:00.999Z\",\"current\":false},"
		"{\"id\":\"BBBBBBBBBBBBBBBBBBBB\",\"device\":{\"first_ip\":null,\"last_ip\":null,\"user_agent\":null},"
		"\"created_at\":\"1970-01-01T00:00:01.000Z\",\"last_seen_at\":\"1970-01-01T00:20:00.999Z\",\"current\":true}]}\n";
	struct buffer out = { 0 };

	memset(second.id, 'B', TOKEN_ID_CHARS);
	memset(&second.device, 0, sizeof(second.device));
	cr_assert_eq(session_json_list(both, 2, slice_from(second.id), &out), 0);
	cr_expect(slice_equal(buffer_content(&out), slice_from(text)), "%.*s",
		  SLICE_ARGS(buffer_content(&out)));
	buffer_fini(&out);
	cr_assert_eq(session_json_list(NULL, 0, SLICE(""), &out), 0);
	cr_expect(slice_equal(buffer_content(&out), SLICE("{\"sessions\":[]}\n")));
	buffer_fini(&out);
}
