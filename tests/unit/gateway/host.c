/* host.c - tests of gateway/host.h. */
#include "gateway/host.h"

#include <criterion/criterion.h>

Test(host, fits_and_meets)
{
	static const struct {
		const char *hosts, *host;
		bool fits, meets;
	} rows[] = {
		{ "", "a.example", true, true },
		{ "", "", true, true },
		{ "a.example", "", false, true },
		{ "a.example", "a.example", true, true },
		{ "a.example", "b.example", false, false },
		{ "a.example", "b.a.example", false, false },
		{ "*.example", "a.example", true, true },
		{ "*.example", "b.a.example", true, true },
		{ "*.example", "example", false, false },
		{ "*.example", ".example", false, false },
		{ "*.example", "anexample", false, false },
		{ "*.example", "a.example.org", false, false },
		{ "*.example", "*.example", true, true },
		{ "*.example", "*.a.example", true, true },
		{ "*.a.example", "*.example", false, true },
		{ "a.example", "*.example", false, true },
		{ "*.a.example", "*.b.example", false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice hosts = slice_from(rows[i].hosts), host = slice_from(rows[i].host);

		cr_expect_eq(host_fits(hosts, host), rows[i].fits, "%s, %s", rows[i].hosts,
			     rows[i].host);
		cr_expect_eq(host_meets(hosts, host), rows[i].meets, "%s, %s", rows[i].hosts,
			     rows[i].host);
		cr_expect_eq(host_meets(host, hosts), rows[i].meets, "%s, %s", rows[i].hosts,
			     rows[i].host);
	}
}
