/* backend.c - tests of backends/backend.c. */
#include "backends/backend.h"

#include <criterion/criterion.h>

Test(backend, knows_its_urls)
{
	static const struct {
		const char *url;
		bool known;
	} rows[] = {
		{ "memory:", true },    { "memory", false },  { "memory:x", false },
		{ "Memory:", false },   { "", false },        { ":", false },
		{ "memory://", false }, { "nosuch:", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice url = slice_from(rows[i].url);
		const struct backend_settings settings = { .url = url, .now = clock_wall_ms };
		struct backend *backend = NULL;
		const char *reason = NULL;

		cr_expect_eq(backend_knows(url, &reason), rows[i].known, "%s", rows[i].url);
		cr_expect_eq(reason == NULL, rows[i].known, "%s", rows[i].url);
		cr_expect_eq(backend_open(&settings, &backend), rows[i].known ? 0 : SG_EFORMAT,
			     "%s", rows[i].url);
		backend_close(&backend);
	}
}

Test(backend, statuses_have_texts)
{
	cr_expect_str_eq(store_status_text(STORE_OK), "ok");
	cr_expect_str_eq(store_status_text(STORE_UNCERTAIN), "uncertain");
}
