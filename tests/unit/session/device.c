/* device.c - tests of session/device.c. */
#include "session/device.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void expect(const char *name, struct slice is, const char *should)
{
	cr_expect(slice_equal(is, slice_from(should)), "%s: \"%.*s\", not \"%s\"", name,
		  SLICE_ARGS(is), should);
}

Test(device, addresses)
{
	static const struct {
		const char *text, *full, *truncated;
	} rows[] = {
		{ "203.0.113.7", "203.0.113.7", "203.0.113.0" },
		{ "255.255.255.255", "255.255.255.255", "255.255.255.0" },
		{ "203.0.113.0", "203.0.113.0", "203.0.113.0" },
		{ "::ffff:203.0.113.7", "203.0.113.7", "203.0.113.0" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1::" },
		{ "2001:DB8::1", "2001:db8::1", "2001:db8::" },
		{ "::1", "::1", "::" },
		{ "", "", "" },
		{ "unix:", "", "" },
		{ "203.0.113", "", "" },
		{ "203.0.113.7 ", "", "" },
		{ "203.0.113.7:80", "", "" },
		{ "fe80::1%eth0", "", "" },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct device_visit visit = { .ip = slice_from(rows[i].text) };
		struct device_text text;
		struct device device = device_new(&visit, &text);

		expect(rows[i].text, device.first_ip, rows[i].full);
		expect(rows[i].text, device.last_ip, rows[i].full);
		visit.policy = DEVICE_TRUNCATED;
		device = device_new(&visit, &text);
		expect(rows[i].text, device.first_ip, rows[i].truncated);
		expect(rows[i].text, device.last_ip, rows[i].truncated);
		visit.policy = DEVICE_OFF;
		device = device_new(&visit, &text);
		cr_expect_eq(device.first_ip.len + device.last_ip.len, 0);
	}
}

#define WINDOWS "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
#define IPHONE                                                                                      \
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like " \
	"Gecko) "

Test(device, families)
{
	static const struct {
		const char *agent, *family;
	} rows[] = {
		{ "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		  "Firefox" },
		{ IPHONE "FxiOS/128.0 Mobile/15E148 Safari/605.1.15", "Firefox" },
		{ WINDOWS "Chrome/126.0.0.0 Safari/537.36", "Chrome" },
		{ IPHONE "CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1", "Chrome" },
		{ WINDOWS "HeadlessChrome/126.0.0.0 Safari/537.36", "Chrome" },
		{ WINDOWS "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "Edge" },
		{ WINDOWS "Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763", "Edge" },
		{ IPHONE "Version/17.0 EdgiOS/126.0 Mobile/15E148 Safari/605.1.15", "Edge" },
		{ WINDOWS "Chrome/126.0.0.0 Safari/537.36 OPR/112.0.0.0", "Opera" },
		{ "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18", "Opera" },
		{ "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
		  "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
		  "Samsung Internet" },
		{ IPHONE "Version/17.4 Mobile/15E148 Safari/604.1", "Safari" },
		{ "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
		  "Internet Explorer" },
		{ "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko",
		  "Internet Explorer" },
		{ "curl/7.88.1", "curl" },
		{ "python-requests/2.31.0", "python-requests" },
		{ "Wget", "Wget" },
		{ "MyApp (iPad)", "MyApp" },
		{ "Mozilla/5.0 (compatible; Something/1.0)", "Mozilla" },
		{ "NotFirefox/1.0", "NotFirefox" },
		{ "/1.0", "" },
		{ "\xff", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice family = device_family(slice_from(rows[i].agent));

		expect(rows[i].agent, family, rows[i].family);
		expect("a family's family", device_family(family), rows[i].family);
	}
}

Test(device, an_unknown_family_is_short)
{
	char agent[300];
	struct slice family;

	memset(agent, 'x', sizeof(agent));
	family = device_family(slice_of(agent, sizeof(agent)));
	cr_expect_eq(family.len, 64);
}

Test(device, what_does_not_belong_is_left_out)
{
	static const struct {
		const char *name, *text;
		size_t room;
		const char *kept;
	} rows[] = {
		{ "all of it", "Gecko/1", 512, "Gecko/1" },
		{ "control characters",
		  "a\x01"
		  "b\x7f"
		  "c\td",
		  512, "abcd" },
		{ "no UTF-8",
		  "a\xff"
		  "b\xc3",
		  512, "ab" },
		{ "UTF-8", "\xc3\xa9\xe2\x82\xac", 512, "\xc3\xa9\xe2\x82\xac" },
		{ "cut", "abcdef", 3, "abc" },
		{ "cut between characters", "ab\xc3\xa9", 3, "ab" },
		{ "fits exactly", "a\xc3\xa9", 3, "a\xc3\xa9" },
		{ "nothing", "", 3, "" },
	};
	char out[512];

	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].name, device_clean(slice_from(rows[i].text), out, rows[i].room),
		       rows[i].kept);
}

Test(device, a_long_user_agent_is_cut)
{
	char agent[2000];
	struct device_visit visit = { .user_agent = { agent, sizeof(agent) } };
	struct device_text text;

	memset(agent, 'x', sizeof(agent));
	cr_expect_eq(device_new(&visit, &text).user_agent.len, DEVICE_AGENT_BYTES);
}

/* A device that was kept by one policy, one more visit under another. */
Test(device, a_visit_follows)
{
	static const struct {
		const char *name;
		enum device_policy before, now;
		const char *ip, *first, *last, *agent;
	} rows[] = {
		{ "full", DEVICE_FULL, DEVICE_FULL, "192.0.2.9", "203.0.113.7", "192.0.2.9",
		  "curl/7.88.1" },
		{ "the same address", DEVICE_FULL, DEVICE_FULL, "203.0.113.7", "203.0.113.7",
		  "203.0.113.7", "curl/7.88.1" },
		{ "the same address, truncated", DEVICE_FULL, DEVICE_TRUNCATED, "203.0.113.7",
		  "203.0.113.0", "203.0.113.0", "curl" },
		{ "no address", DEVICE_FULL, DEVICE_FULL, "unix:", "203.0.113.7", "203.0.113.7",
		  "curl/7.88.1" },
		{ "truncated", DEVICE_TRUNCATED, DEVICE_TRUNCATED, "192.0.2.9", "203.0.113.0",
		  "192.0.2.0", "curl" },
		{ "truncated from now on", DEVICE_FULL, DEVICE_TRUNCATED, "192.0.2.9",
		  "203.0.113.0", "192.0.2.0", "curl" },
		{ "truncated, no address", DEVICE_FULL, DEVICE_TRUNCATED, "", "203.0.113.0",
		  "203.0.113.0", "curl" },
		{ "full from now on", DEVICE_TRUNCATED, DEVICE_FULL, "192.0.2.9", "203.0.113.0",
		  "192.0.2.9", "curl" },
		{ "off", DEVICE_FULL, DEVICE_OFF, "192.0.2.9", "", "", "" },
		{ "on again", DEVICE_OFF, DEVICE_FULL, "192.0.2.9", "", "192.0.2.9", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct device_visit first = { SLICE("203.0.113.7"), SLICE("curl/7.88.1"),
					      rows[i].before };
		struct device_visit next = { slice_from(rows[i].ip), SLICE("Wget/1.21"),
					     rows[i].now };
		struct device_text text[2];
		struct device before = device_new(&first, &text[0]);
		struct device device = device_follow(&before, &next, &text[1]);

		expect(rows[i].name, device.first_ip, rows[i].first);
		expect(rows[i].name, device.last_ip, rows[i].last);
		expect(rows[i].name, device.user_agent, rows[i].agent);
	}
}
