/* own_cookie.c - tests of gateway/own_cookie.c. */
#include "gateway/own_cookie.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

Test(own_cookie, names_of_sessions)
{
	static const char *const names[] = {
		"PHPSESSID",
		"JSESSIONID",
		"CGISESSID",
		"ASP.NET_SessionId",
		"sessionid",
		"_session_id",
		"rack.session",
		"connect.sid",
		"laravel_session",
		"ci_session",
		"_shop_session",
		"my_wiki_session",
		"session",
		"phpMyAdmin",
		"DokuWiki",
		"roundcube_sessid",
		"adminer_sid",
		"MoodleSession",
		"MoodleSessiontest",
		"SESS0123456789abcdef0123456789abcdef",
		"SSESS0123456789abcdef0123456789abcdef",
	};
	static const char *const others[] = {
		"",         "lang",
		"sid_x",    "PHPSESSID2",
		"sessions", "csrf",
		"SESSION_", "remember",
		"SESS0123", "SESS0123456789abcdef0123456789abcdeg",
	};

	for (size_t i = 0; i < ROWS(names); i++)
		cr_expect(own_cookie_is_session(slice_from(names[i])), "%s", names[i]);
	for (size_t i = 0; i < ROWS(others); i++)
		cr_expect_not(own_cookie_is_session(slice_from(others[i])), "%s", others[i]);
}

Test(own_cookie, found_among_others)
{
	static const struct {
		const char *cookies, *preferred, *name, *value;
	} rows[] = {
		{ "a=1; PHPSESSID=x; b=2", "", "PHPSESSID", "x" },
		{ "PHPSESSID=x", "", "PHPSESSID", "x" },
		{ "a=1;PHPSESSID=x=y ;b", "", "PHPSESSID", "x=y" },
		{ "PHPSESSID=; sessionid=z", "", "sessionid", "z" },
		{ "sessionid=z; PHPSESSID=x", "", "sessionid", "z" },
		{ "PHPSESSID=x; shop=y", "shop", "shop", "y" },
		{ "PHPSESSID=x; shop=", "shop", "PHPSESSID", "x" },
		{ "a=1; b=2", "", "", "" },
		{ "", "shop", "", "" },
		{ ";;=;= ; =x", "", "", "" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct own_cookie got =
			own_cookie_find(slice_from(rows[i].cookies), slice_from(rows[i].preferred));

		cr_expect(slice_equal(got.name, slice_from(rows[i].name)), "%s", rows[i].cookies);
		cr_expect(slice_equal(got.value, slice_from(rows[i].value)), "%s", rows[i].cookies);
	}
}

Test(own_cookie, set_cookies)
{
	static const struct {
		const char *text, *name, *value;
		bool read, cleared, http_only;
	} rows[] = {
		{ "PHPSESSID=x; path=/", "PHPSESSID", "x", true, false, false },
		{ "PHPSESSID=x; path=/; HttpOnly", "PHPSESSID", "x", true, false, true },
		{ " a = b ;httponly", "a", "b", true, false, true },
		{ "PHPSESSID=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0",
		  "PHPSESSID", "deleted", true, true, false },
		{ "a=b; max-age=-1", "a", "b", true, true, false },
		{ "a=b; Max-Age=60", "a", "b", true, false, false },
		{ "a=; HttpOnly", "a", "", true, true, true },
		{ "=b", "", "b", false, false, false },
		{ "", "", "", false, true, false },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct own_cookie got;
		bool cleared, http_only;

		cr_expect_eq(own_cookie_read(slice_from(rows[i].text), &got, &cleared, &http_only),
			     rows[i].read, "%s", rows[i].text);
		cr_expect(slice_equal(got.name, slice_from(rows[i].name)), "%s", rows[i].text);
		cr_expect(slice_equal(got.value, slice_from(rows[i].value)), "%s", rows[i].text);
		cr_expect_eq(cleared, rows[i].cleared, "%s", rows[i].text);
		cr_expect_eq(http_only, rows[i].http_only, "%s", rows[i].text);
	}
}
