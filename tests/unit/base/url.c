/* url.c - tests of base/url.c. */
#include "base/url.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

Test(url, splits)
{
	static const struct {
		const char *text, *scheme, *user, *password, *hosts, *path, *query;
	} rows[] = {
		{ "redis://h", "redis", "", "", "h", "", "" },
		{ "redis://h:1/2", "redis", "", "", "h:1", "/2", "" },
		{ "redis+cluster://a:1,[::1]:2", "redis+cluster", "", "", "a:1,[::1]:2", "", "" },
		{ "redis://u:p@h", "redis", "u", "p", "h", "", "" },
		{ "redis://:p@h", "redis", "", "p", "h", "", "" },
		{ "redis://u@h", "redis", "u", "", "h", "", "" },
		{ "redis://u:p:q@r@h", "redis", "u", "p:q@r", "h", "", "" },
		{ "redis://h?a=/b@c", "redis", "", "", "h", "", "a=/b@c" },
		{ "redis://h/p@q?a", "redis", "", "", "h", "/p@q", "a" },
		{ "x:///a/b", "x", "", "", "", "/a/b", "" },
		{ "x://", "x", "", "", "", "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url url;

		cr_assert_eq(url_split(slice_from(rows[i].text), &url), 0, "%s", rows[i].text);
#define EXPECT_PART(part)                                                                       \
	cr_expect(slice_equal(url.part, slice_from(rows[i].part)), "%s: " #part " is \"%.*s\"", \
		  rows[i].text, SLICE_ARGS(url.part))
		EXPECT_PART(scheme);
		EXPECT_PART(user);
		EXPECT_PART(password);
		EXPECT_PART(hosts);
		EXPECT_PART(path);
		EXPECT_PART(query);
#undef EXPECT_PART
		cr_expect_eq(url.has_password, rows[i].password[0] != '\0', "%s", rows[i].text);
	}
}

Test(url, refuses)
{
	static const char *const rows[] = { "",           "redis",       "redis:",
					    "redis:/h",   "://h",        "Redis://h",
					    "+redis://h", "redis://h#f", "redis://h\n" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url url;

		cr_expect_eq(url_split(slice_from(rows[i]), &url), SG_EFORMAT, "%s", rows[i]);
	}
}

Test(url, parameters_come_one_by_one)
{
	struct slice query = SLICE("a=1&&b&c=2=3"), name, value;
	char said[64] = "";

	while (url_next_parameter(&query, &name, &value)) {
		strncat(said, name.ptr, name.len);
		strcat(said, ":");
		strncat(said, value.ptr, value.len);
		strcat(said, " ");
	}
	cr_expect_str_eq(said, "a:1 : b: c:2=3 ");
}

Test(url, masks)
{
	static const struct {
		const char *text, *masked;
	} rows[] = {
		{ "redis://u:secret@h/0", "redis://u:***@h/0" },
		{ "redis://:secret@h", "redis://:***@h" },
		{ "redis://u:sec:r@et@h", "redis://u:***@h" },
		{ "redis://u:sec/ret@h", "redis://u:***@h" },
		{ "redis://u:sec?a=ret@h", "redis://u:***@h" },
		{ "redis://u@h", "redis://u@h" },
		{ "redis://h/0", "redis://h/0" },
		{ "redis://h?sentinel_password=secret&db=1",
		  "redis://h?sentinel_password=***&db=1" },
		{ "postgresql://h?PASSWORD=secret", "postgresql://h?PASSWORD=***" },
		{ "memory:", "memory:" },
		{ "sqlite:/a", "sqlite:/a" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buffer out = { 0 };

		cr_assert_eq(url_mask(slice_from(rows[i].text), &out), 0);
		cr_expect(slice_equal(buffer_content(&out), slice_from(rows[i].masked)), "%s: %.*s",
			  rows[i].text, SLICE_ARGS(buffer_content(&out)));
		buffer_fini(&out);
	}
}
