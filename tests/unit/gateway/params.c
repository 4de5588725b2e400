/* params.c - a request's params, made safe. */
#include "gateway/params.h"

#include "gateway/fcgi.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct {
	const char *name, *given, *kept;
} kept[] = {
	{ "nothing", "", "" },
	{ "as they came", "A=1|B=|C=x y", "A=1|B=|C=x y" },
	{ "headers are joined", "HTTP_A=1|X=0|HTTP_A=2|HTTP_A=3", "HTTP_A=1, 2, 3|X=0" },
	{ "cookies are joined by semicolons", "HTTP_COOKIE=a=1|HTTP_COOKIE=b=2",
	  "HTTP_COOKIE=a=1; b=2" },
	{ "an empty header is joined too", "HTTP_A=|HTTP_A=", "HTTP_A=, " },
	{ "of others the last stays", "A=1|B=2|A=3", "A=3|B=2" },
	{ "equal duplicates of the decisive ones",
	  "HTTPS=on|HTTPS=on|CONTENT_LENGTH=|CONTENT_LENGTH=", "HTTPS=on|CONTENT_LENGTH=" },
	{ "session data of the client's",
	  "SESSION_ID=x|SESSION_=y|session_id=z|session-id=z|Session.User=z|HTTP_X_SESSION_SET=a|"
	  "http_x_session_login=b|HTTP_X.SESSION-SET=c|HTTP-X-SESSION-=d|A=1",
	  "A=1" },
	{ "such data before an internal redirect",
	  "REDIRECT_SESSION_ID=x|REDIRECT_REDIRECT_HTTP_X_SESSION_SET=y|redirect-http-proxy=z|"
	  "REDIRECT_STATUS=200|REDIRECT_=a",
	  "REDIRECT_STATUS=200|REDIRECT_=a" },
	{ "names that only begin alike", "SESSIONGATE_ROUTE=r|SESSION=s|HTTP_X_SESSIONS=t",
	  "SESSIONGATE_ROUTE=r|SESSION=s|HTTP_X_SESSIONS=t" },
	{ "httpoxy (H09)", "HTTP_PROXY=x|http-proxy=y|HTTP_PROXY_CONNECTION=z",
	  "HTTP_PROXY_CONNECTION=z" },
	{ "drop_params, folded", "X_DROPPED=1|x-dropped=2|X_DROPPED_=3", "X_DROPPED_=3" },
	{ "PHP_VALUE passes", "PHP_VALUE=a=b\nc=d|PHP_ADMIN_VALUE=e",
	  "PHP_VALUE=a=b\nc=d|PHP_ADMIN_VALUE=e" },
	{ "control bytes in other values", "A=\r\n\1", "A=\r\n\1" },
};

Test(params, read_keeps_what_is_safe)
{
	for (size_t i = 0; i < ROWS(kept); i++) {
		struct sample s;
		struct params p;

		sample_init(&s);
		p = sample_params(&s, kept[i].given);
		cr_expect_str_eq(sample_text(&s, &p), kept[i].kept, "%s: %s", kept[i].name,
				 sample_text(&s, &p));
		sample_fini(&s);
	}
}

#define BYTES(s)                    \
	{                           \
		"" s, sizeof(s) - 1 \
	}

static const struct {
	const char *name;
	struct slice param, value;
} refused[] = {
	{ "empty name", BYTES(""), BYTES("x") },
	{ "= in a name", BYTES("A=B"), BYTES("x") },
	{ "NUL in a name", BYTES("A\0B"), BYTES("x") },
	{ "CR in a name", BYTES("A\rB"), BYTES("x") },
	{ "LF in a name", BYTES("A\nB"), BYTES("x") },
	{ "NUL in a value", BYTES("A"), BYTES("x\0y") },
	{ "NUL in a value that would be dropped", BYTES("SESSION_ID"), BYTES("\0") },
	{ "CR in a header", BYTES("HTTP_A"), BYTES("x\ry") },
	{ "LF in a header", BYTES("HTTP_A"), BYTES("x\n") },
	{ "LF in a header by another spelling", BYTES("http-a"), BYTES("x\n") },
	{ "control byte in SCRIPT_NAME", BYTES("SCRIPT_NAME"), BYTES("/a\n.php") },
	{ "control byte in PATH_INFO", BYTES("PATH_INFO"), BYTES("/\1") },
	{ "control byte in SCRIPT_FILENAME", BYTES("SCRIPT_FILENAME"), BYTES("/a\177") },
};

static int read_one(struct sample *s, struct slice name, struct slice value, const char **reason)
{
	struct buffer b = { 0 };
	struct params p;
	int rc;

	cr_assert_eq(pairs_append_one(&b, name, value), 0);
	rc = params_read(buffer_content(&b), &s->config, &s->arena, &p, reason);
	buffer_fini(&b);
	return rc;
}

Test(params, read_refuses_what_breaks_applications)
{
	for (size_t i = 0; i < ROWS(refused); i++) {
		struct sample s;
		const char *reason = NULL;
		int rc;

		sample_init(&s);
		rc = read_one(&s, refused[i].param, refused[i].value, &reason);
		cr_expect_eq(rc, SG_EFORMAT, "%s: got %d", refused[i].name, rc);
		cr_expect_not_null(reason, "%s", refused[i].name);
		sample_fini(&s);
	}
}

Test(params, read_refuses_conflicts_of_the_decisive_ones)
{
	static const char *const names[] = { "CONTENT_LENGTH",  "REQUEST_METHOD", "SCRIPT_NAME",
					     "SCRIPT_FILENAME", "PATH_INFO",      "HTTPS",
					     "REMOTE_USER",     "REMOTE_ADDR" };

	for (size_t i = 0; i < ROWS(names); i++) {
		const char *reason = NULL;
		struct sample s;
		struct params p;
		char text[128];

		sample_init(&s);
		snprintf(text, sizeof(text), "%s=1|A=0|%s=2", names[i], names[i]);
		cr_expect_eq(params_read(sample_pairs(&s, text), &s.config, &s.arena, &p, &reason),
			     SG_EFORMAT, "%s", names[i]);
		snprintf(text, sizeof(text), "%s=1|A=0|%s=1", names[i], names[i]);
		cr_expect_eq(params_read(sample_pairs(&s, text), &s.config, &s.arena, &p, &reason),
			     0, "%s", names[i]);
		sample_fini(&s);
	}
}

Test(params, read_bounds_a_name)
{
	char name[257];
	const char *reason;
	struct sample s;

	sample_init(&s);
	memset(name, 'N', sizeof(name));
	cr_expect_eq(read_one(&s, slice_of(name, 256), SLICE("x"), &reason), 0);
	cr_expect_eq(read_one(&s, slice_of(name, 257), SLICE("x"), &reason), SG_EFORMAT);
	sample_fini(&s);
}

Test(params, read_bounds_a_pair_by_the_record)
{
	char *value = calloc(1, 70000);
	const char *reason;
	struct sample s;

	sample_init(&s);
	memset(value, 'v', 70000);
	cr_expect_eq(read_one(&s, SLICE("A"), slice_of(value, 65000), &reason), 0);
	cr_expect_eq(read_one(&s, SLICE("A"), slice_of(value, FCGI_CONTENT_MAX - 6), &reason), 0);
	cr_expect_eq(read_one(&s, SLICE("A"), slice_of(value, FCGI_CONTENT_MAX - 5), &reason),
		     SG_ELIMIT);
	free(value);
	sample_fini(&s);
}

Test(params, read_bounds_number_and_size)
{
	const char *reason;
	struct sample s;
	struct params p;

	sample_init(&s);
	s.config.limits.params = 2;
	s.config.limits.params_bytes = 8;
	cr_expect_eq(params_read(sample_pairs(&s, "A=123|B=123"), &s.config, &s.arena, &p, &reason),
		     0);
	cr_expect_eq(
		params_read(sample_pairs(&s, "A=123|B=1234"), &s.config, &s.arena, &p, &reason),
		SG_ELIMIT);
	cr_expect_eq(params_read(sample_pairs(&s, "A=|B=|C="), &s.config, &s.arena, &p, &reason),
		     SG_ELIMIT);
	sample_fini(&s);
}

Test(params, read_bounds_a_joined_header)
{
	struct buffer b = { 0 };
	char value[1000];
	const char *reason;
	struct sample s;
	struct params p;

	sample_init(&s);
	memset(value, 'v', sizeof(value));
	for (int i = 0; i < 65; i++)
		cr_assert_eq(pairs_append_one(&b, SLICE("HTTP_A"), slice_of(value, 1000)), 0);
	cr_expect_eq(params_read(buffer_content(&b), &s.config, &s.arena, &p, &reason), 0);
	cr_expect_eq(params_get(&p, SLICE("HTTP_A")).len, 65 * 1000 + 64 * 2);
	cr_assert_eq(pairs_append_one(&b, SLICE("HTTP_A"), slice_of(value, 1000)), 0);
	cr_expect_eq(params_read(buffer_content(&b), &s.config, &s.arena, &p, &reason), SG_ELIMIT);
	buffer_fini(&b);
	sample_fini(&s);
}

Test(params, read_finds_duplicates_among_many)
{
	struct buffer b = { 0 };
	const char *reason;
	struct sample s;
	struct params p;

	sample_init(&s);
	for (int i = 0; i < 1000; i++) {
		char name[32], value[32];

		snprintf(name, sizeof(name), "P%d", i % 700);
		snprintf(value, sizeof(value), "%d", i);
		cr_assert_eq(pairs_append_one(&b, slice_from(name), slice_from(value)), 0);
	}
	cr_assert_eq(params_read(buffer_content(&b), &s.config, &s.arena, &p, &reason), 0);
	cr_expect_eq(p.count, 700);
	cr_expect(slice_equal(params_get(&p, SLICE("P299")), SLICE("999")));
	cr_expect(slice_equal(params_get(&p, SLICE("P300")), SLICE("300")));
	buffer_fini(&b);
	sample_fini(&s);
}

/* What was found out in one request must not blind the reader to the next. */
static const struct {
	const char *name, *first, *then, *kept;
} habits[] = {
	{ "the same again", "A=1|B=2|C=3", "A=4|B=5|C=6", "A=4|B=5|C=6" },
	{ "fewer", "A=1|B=2|C=3", "A=4|B=5", "A=4|B=5" },
	{ "a duplicate behind them", "A=1|B=2|C=3", "A=1|B=2|C=3|B=4", "A=1|B=4|C=3" },
	{ "one in the place of another", "A=1|B=2|C=3", "A=1|B=2|A=3", "A=3|B=2" },
	{ "at the very beginning", "A=1|B=2|C=3", "B=1|B=2|C=3", "B=2|C=3" },
	{ "moved by one", "A=1|B=2|C=3", "X=0|A=1|B=2|C=3|A=4", "X=0|A=4|B=2|C=3" },
	{ "a header joined", "HTTP_A=1|HTTP_B=2", "HTTP_A=1|HTTP_B=2|HTTP_A=3",
	  "HTTP_A=1, 3|HTTP_B=2" },
	{ "duplicates both times", "A=1|A=2|B=3", "A=1|A=2|B=3", "A=2|B=3" },
	{ "what is ours between them", "A=1|SESSION_X=2|B=3", "A=1|SESSION_X=2|B=3|A=4",
	  "A=4|B=3" },
	{ "a long name", "A=1|ABCDEFGHIJKLMNOPQRSTUVWXYZ_ABCDEFGHIJKLMN=2",
	  "A=1|ABCDEFGHIJKLMNOPQRSTUVWXYZ_ABCDEFGHIJKLMN=2|A=3",
	  "A=3|ABCDEFGHIJKLMNOPQRSTUVWXYZ_ABCDEFGHIJKLMN=2" },
};

static void expect_habit(size_t i, size_t drops)
{
	struct sample s;
	struct params p;

	sample_init(&s);
	s.config.drop_param_count = drops;
	for (int n = 0; n < 3; n++)
		(void)sample_params(&s, habits[i].first);
	for (int n = 0; n < 2; n++) {
		p = sample_params(&s, habits[i].then);
		cr_expect_str_eq(sample_text(&s, &p), habits[i].kept, "%s: %s", habits[i].name,
				 sample_text(&s, &p));
	}
	sample_fini(&s);
}

Test(params, read_finds_duplicates_whatever_came_before)
{
	for (size_t i = 0; i < ROWS(habits); i++) {
		expect_habit(i, 1);
		expect_habit(i, 0);
	}
}

/* Once its name is remembered as once it is not. */
Test(params, read_refuses_what_breaks_applications_each_time)
{
	for (size_t i = 0; i < ROWS(refused); i++) {
		struct sample s;
		const char *reason = NULL;

		sample_init(&s);
		s.config.drop_param_count = 0;
		for (int n = 0; n < 3; n++)
			(void)read_one(&s, refused[i].param, SLICE("fine"), &reason);
		cr_expect_eq(read_one(&s, refused[i].param, refused[i].value, &reason), SG_EFORMAT,
			     "%s", refused[i].name);
		sample_fini(&s);
	}
}

Test(params, read_bounds_what_is_as_usual)
{
	const char *reason;
	struct sample s;
	struct params p;

	sample_init(&s);
	s.config.drop_param_count = 0;
	for (int n = 0; n < 3; n++)
		(void)sample_params(&s, "A=1|B=2|C=3");
	s.config.limits.params = 2;
	cr_expect_eq(params_read(sample_pairs(&s, "A=1|B=2|C=3"), &s.config, &s.arena, &p, &reason),
		     SG_ELIMIT);
	s.config.limits.params = 3;
	s.config.limits.params_bytes = 5;
	cr_expect_eq(params_read(sample_pairs(&s, "A=1|B=2|C=3"), &s.config, &s.arena, &p, &reason),
		     SG_ELIMIT);
	s.config.limits.params_bytes = 6;
	cr_expect_eq(params_read(sample_pairs(&s, "A=1|B=2|C=3"), &s.config, &s.arena, &p, &reason),
		     0);
	sample_fini(&s);
}

/* With clang's sanitizer: there is no address to add anything to. */
Test(params, read_takes_nothing_at_all)
{
	const struct slice nothing = { NULL, 0 };
	const char *reason;
	struct sample s;
	struct params p;

	sample_init(&s);
	for (int n = 0; n < 3; n++) {
		cr_expect_eq(params_read(nothing, &s.config, &s.arena, &p, &reason), 0);
		cr_expect_eq(p.count, 0);
		(void)sample_params(&s, "A=1");
	}
	sample_fini(&s);
}

Test(params, read_finds_duplicates_of_what_was_dropped_before)
{
	struct sample s;
	struct params p;

	sample_init(&s);
	for (int n = 0; n < 3; n++)
		p = sample_params(&s, "A=1|X_DROPPED=2|X_DROPPED=3");
	cr_expect_str_eq(sample_text(&s, &p), "A=1");
	s.config.drop_param_count = 0;
	p = sample_params(&s, "A=1|X_DROPPED=2|X_DROPPED=3");
	cr_expect_str_eq(sample_text(&s, &p), "A=1|X_DROPPED=3");
	sample_fini(&s);
}

Test(params, get_tells_empty_from_absent)
{
	struct sample s;
	struct params p;

	sample_init(&s);
	p = sample_params(&s, "A=");
	cr_expect_not_null(params_get(&p, SLICE("A")).ptr);
	cr_expect_null(params_get(&p, SLICE("B")).ptr);
	sample_fini(&s);
}

Test(params, set_add_and_remove)
{
	struct sample s;
	struct params p;

	sample_init(&s);
	p = sample_params(&s, "A=1|B=2|C=3");
	cr_assert_eq(params_set(&p, SLICE("B"), SLICE("two")), 0);
	cr_assert_eq(params_set(&p, SLICE("D"), SLICE("4")), 0);
	cr_assert_eq(params_write(&p, SLICE(""), SLICE("E"), SLICE("5")), 0);
	params_remove(&p, SLICE("A"));
	params_remove(&p, SLICE("none"));
	cr_expect_str_eq(sample_text(&s, &p), "B=two|C=3|D=4|E=5");
	for (int i = 0; i < 100; i++)
		cr_assert_eq(params_write(&p, SLICE(""), SLICE("X"), SLICE("")), 0);
	params_remove(&p, SLICE("E"));
	cr_expect(slice_equal(params_get(&p, SLICE("C")), SLICE("3")));
	sample_fini(&s);
}

static void expect_known(const struct params *p, enum param_known known, const char *value)
{
	struct slice found = params_known(p, known);

	cr_expect(value != NULL ? slice_equal(found, slice_from(value)) : found.ptr == NULL,
		  "%.*s: got %.*s", SLICE_ARGS(param_known_name(known)), SLICE_ARGS(found));
	cr_expect_eq(found.ptr, params_get(p, param_known_name(known)).ptr);
}

Test(params, known_ones_follow_every_change)
{
	struct sample s;
	struct params p;

	sample_init(&s);
	p = sample_params(&s, "HTTPS=on|HTTP_COOKIE=a|PATH_INFO=/|HTTP_COOKIE=b|HTTPS=on");
	expect_known(&p, PARAM_HTTPS, "on");
	expect_known(&p, PARAM_HTTP_COOKIE, "a; b");
	expect_known(&p, PARAM_REMOTE_USER, NULL);
	params_remove_known(&p, PARAM_REMOTE_USER);
	cr_assert_eq(params_set_known(&p, PARAM_REMOTE_USER, SLICE("u")), 0);
	cr_assert_eq(params_set_known(&p, PARAM_HTTP_COOKIE, SLICE("c")), 0);
	params_remove(&p, SLICE("HTTPS"));
	expect_known(&p, PARAM_HTTPS, NULL);
	params_remove_known(&p, PARAM_PATH_INFO);
	expect_known(&p, PARAM_PATH_INFO, NULL);
	cr_expect_str_eq(sample_text(&s, &p), "HTTP_COOKIE=c|REMOTE_USER=u");
	cr_assert_eq(params_set(&p, SLICE("HTTPS"), SLICE("off")), 0);
	cr_assert_eq(params_set_known(&p, PARAM_PATH_INFO, SLICE("")), 0);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(params_write(&p, SLICE(""), SLICE("X"), SLICE("")), 0);
	expect_known(&p, PARAM_HTTPS, "off");
	expect_known(&p, PARAM_PATH_INFO, "");
	expect_known(&p, PARAM_HTTP_COOKIE, "c");
	expect_known(&p, PARAM_REMOTE_USER, "u");
	sample_fini(&s);
}

Test(params, remove_respelled_leaves_the_name_itself)
{
	struct sample s;
	struct params p;

	sample_init(&s);
	p = sample_params(&s, "http_cookie=1|HTTP-COOKIE=2|HTTP_COOKIE=3|HTTP_COOKIES=4");
	params_remove_respelled(&p, SLICE("HTTP_COOKIE"), NULL);
	cr_expect_str_eq(sample_text(&s, &p), "HTTP_COOKIE=3|HTTP_COOKIES=4");
	sample_fini(&s);
}

static bool is_two(struct slice value)
{
	return slice_equal(value, SLICE("2"));
}

Test(params, remove_respelled_also_what_redirects_left_and_what_is_judged_so)
{
	struct sample s;
	struct params p;

	sample_init(&s);
	p = sample_params(&s, "REDIRECT_A=1|A=2|REDIRECT_REDIRECT_A=2|redirect.a=2|REDIRECT_B=2");
	params_remove_respelled(&p, SLICE("A"), is_two);
	cr_expect_str_eq(sample_text(&s, &p), "REDIRECT_A=1|A=2|REDIRECT_B=2");
	params_remove_respelled(&p, SLICE("A"), NULL);
	cr_expect_str_eq(sample_text(&s, &p), "A=2|REDIRECT_B=2");
	sample_fini(&s);
}

static void read_bytes(void *ctx, struct slice bytes)
{
	struct sample s;
	struct params p;
	const char *reason;
	int rc;

	(void)ctx;
	sample_init(&s);
	rc = params_read(bytes, &s.config, &s.arena, &p, &reason);
	cr_expect(rc == 0 || rc == SG_EFORMAT || rc == SG_ELIMIT);
	if (rc == 0)
		sample_text(&s, &p);
	sample_fini(&s);
}

Test(params, read_survives_every_mutation)
{
	struct sample s;

	sample_init(&s);
	sample_mutate(sample_pairs(&s, "HTTPS=on|HTTP_A=1|HTTP_A=2|SESSION_X=3|PATH_INFO=/"),
		      read_bytes, NULL);
	sample_fini(&s);
}
