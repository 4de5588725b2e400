/* redis_url.c - tests of backends/redis_url.c and redis_endpoint.c. */
#include "backends/redis_url.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* All that a URL says, in one line. */
static const char *shown(const struct redis_url *url, char *out, size_t bytes)
{
	static const char *const deployments[] = { "alone", "sentinel", "cluster" };
	size_t at = (size_t)snprintf(out, bytes, "%s%s db %u", deployments[url->deployment],
				     url->tls ? " tls" : "", url->database);

	if (url->credentials.password[0] != '\0')
		at += (size_t)snprintf(out + at, bytes - at, " as %s/%s", url->credentials.user,
				       url->credentials.password);
	if (url->sentinel_credentials.password[0] != '\0')
		at += (size_t)snprintf(out + at, bytes - at, " sentinels as %s/%s",
				       url->sentinel_credentials.user,
				       url->sentinel_credentials.password);
	if (url->master[0] != '\0')
		at += (size_t)snprintf(out + at, bytes - at, " master %s", url->master);
	for (size_t i = 0; i < url->count; i++) {
		char text[REDIS_ENDPOINT_TEXT_BYTES];

		at += (size_t)snprintf(out + at, bytes - at, " %s",
				       redis_endpoint_text(&url->endpoints[i], text));
	}
	return out;
}

Test(redis_url, reads_each_form)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "redis://h", "alone db 0 h:6379" },
		{ "redis://127.0.0.1:7/", "alone db 0 127.0.0.1:7" },
		{ "redis://127.0.0.1:7/3", "alone db 3 127.0.0.1:7" },
		{ "redis://h?db=3", "alone db 3 h:6379" },
		{ "redis://[::1]", "alone db 0 [::1]:6379" },
		{ "redis://[fd00::1]:65535/1", "alone db 1 [fd00::1]:65535" },
		{ "redis://:p@h", "alone db 0 as /p h:6379" },
		{ "redis://u:p@h", "alone db 0 as u/p h:6379" },
		{ "redis://u:p%40%2F%25:@h", "alone db 0 as u/p@/%: h:6379" },
		{ "redis://u:p@q@h", "alone db 0 as u/p@q h:6379" },
		{ "rediss://redis.example.org", "alone tls db 0 redis.example.org:6379" },
		{ "redis+unix:///run/r.sock", "alone db 0 /run/r.sock" },
		{ "redis+unix://u:p@/run/r.sock?db=2", "alone db 2 as u/p /run/r.sock" },
		{ "redis+unix:///run/a%20b", "alone db 0 /run/a b" },
		{ "redis+sentinel://a,b:1,[::1]:2/main",
		  "sentinel db 0 master main a:26379 b:1 [::1]:2" },
		{ "redis+sentinel://u:p@a/main/4?sentinel_user=s&sentinel_password=t%20",
		  "sentinel db 4 as u/p sentinels as s/t  master main a:26379" },
		{ "rediss+sentinel://a/m%2F", "sentinel tls db 0 master m/ a:26379" },
		{ "redis+cluster://a,b,c", "cluster db 0 a:6379 b:6379 c:6379" },
		{ "redis+cluster://a/0", "cluster db 0 a:6379" },
		{ "rediss+cluster://:p@a", "cluster tls db 0 as /p a:6379" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct redis_url *url = NULL;
		const char *reason = "";
		char line[512];

		cr_assert_eq(redis_url_read(slice_from(rows[i].text), &url, &reason), 0, "%s: %s",
			     rows[i].text, reason);
		cr_expect_str_eq(shown(url, line, sizeof(line)), rows[i].says);
		redis_url_free(&url);
		cr_expect_null(url);
	}
}

Test(redis_url, says_what_is_wrong)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "redis:", "expected redis://" },
		{ "redis:/h", "expected redis://" },
		{ "redis://:a#b@h", "%23" },
		{ "redisx://h", "there are redis: rediss:" },
		{ "rediss+unix:///a", "there are redis: rediss:" },
		{ "redis://", "a host is missing" },
		{ "redis:///0", "a host is missing" },
		{ "redis://h:", "a port" },
		{ "redis://h:0", "a port" },
		{ "redis://h:65536", "a port" },
		{ "redis://:pa/ss@h", "%2F" },
		{ "redis://[::1", "between [ and ]" },
		{ "redis://[h]", "between [ and ]" },
		{ "redis://[::1]x", "a port" },
		{ "redis://::1", "a host is missing" },
		{ "redis://h h", "expected a host" },
		{ "redis://a,b", "redis+sentinel://" },
		{ "redis://h/x", "a database is a number" },
		{ "redis://h/-1", "a database is a number" },
		{ "redis://h/1/2", "a database is a number" },
		{ "redis://h/9999999", "a database is a number" },
		{ "redis://u@h", "a user needs a password" },
		{ "redis://u:%4@h", "%25" },
		{ "redis://u:%00@h", "no NUL" },
		{ "redis://h?timeout=1", "db=" },
		{ "redis://h?sentinel_password=1", "db=" },
		{ "redis+unix://h/run", "has no host" },
		{ "redis+unix://", "begins with /" },
		{ "redis+sentinel://a", "master's name is missing" },
		{ "redis+sentinel://a/", "master's name is missing" },
		{ "redis+sentinel://a,/main", "a host is missing" },
		{ "redis+sentinel://a/main?sentinel_user=s", "needs a sentinel_password" },
		{ "redis+cluster://a,b/1", "no databases" },
		{ "redis+cluster://a,b?db=1", "no databases" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct redis_url *url = NULL;
		const char *reason = "";

		cr_expect_eq(redis_url_read(slice_from(rows[i].text), &url, &reason), SG_EFORMAT,
			     "%s", rows[i].text);
		cr_expect(strstr(reason, rows[i].says) != NULL, "%s: %s", rows[i].text, reason);
		cr_expect_null(url);
	}
}

/* Of so many times one text, behind a beginning and before an end. */
static int read_repeated(const char *before, const char *again, size_t times, const char *after)
{
	static char text[1 << 16];
	struct redis_url *url = NULL;
	const char *reason;
	int rc;

	strcpy(text, before);
	while (times-- > 0)
		strcat(text, again);
	strcat(text, after);
	rc = redis_url_read(slice_from(text), &url, &reason);
	redis_url_free(&url);
	return rc;
}

Test(redis_url, sizes_are_bounded)
{
	cr_expect_eq(read_repeated("redis+cluster://", "h,", 63, "h"), 0);
	cr_expect_eq(read_repeated("redis+cluster://", "h,", 64, "h"), SG_EFORMAT);
	cr_expect_eq(read_repeated("redis://", "h", 253, ""), 0);
	cr_expect_eq(read_repeated("redis://", "h", 254, ""), SG_EFORMAT);
	cr_expect_eq(read_repeated("redis://:", "p", 1023, "@h"), 0);
	cr_expect_eq(read_repeated("redis://:", "p", 1024, "@h"), SG_EFORMAT);
	cr_expect_eq(read_repeated("redis+unix:///", "p", 106, ""), 0);
	cr_expect_eq(read_repeated("redis+unix:///", "p", 107, ""), SG_EFORMAT);
}

Test(redis_endpoint, is_set_from_what_a_server_says)
{
	struct redis_endpoint a, b;
	char text[REDIS_ENDPOINT_TEXT_BYTES];

	cr_assert_eq(redis_endpoint_set(&a, SLICE("fe80::1%eth0"), 7000), 0);
	cr_expect_str_eq(redis_endpoint_text(&a, text), "[fe80::1%eth0]:7000");
	cr_assert_eq(redis_endpoint_set(&b, SLICE("fe80::1%eth0"), 7001), 0);
	cr_expect_not(redis_endpoint_equal(&a, &b));
	b.port = 7000;
	cr_expect(redis_endpoint_equal(&a, &b));
	cr_expect_eq(redis_endpoint_set(&a, SLICE(""), 1), SG_EFORMAT);
	cr_expect_eq(redis_endpoint_set(&a, SLICE("?"), 1), SG_EFORMAT);
	cr_expect_eq(redis_endpoint_set(&a, SLICE("/run"), 1), SG_EFORMAT);
	cr_expect_eq(redis_endpoint_set(&a, SLICE("h"), 0), SG_EFORMAT);
	cr_expect_eq(redis_endpoint_set(&a, SLICE("h"), 65536), SG_EFORMAT);
	cr_expect_str_eq(redis_endpoint_text(&a, text), "[fe80::1%eth0]:7000");
}
