/* endpoint.c - the one table of what can be called. */
#include "rest/endpoint.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

static const struct {
	const char *method, *path;
	const char *found;   /* its path in the table; NULL: none */
	const char *subject; /* or what may be done instead */
} rows[] = {
	{ "GET", "/livez", "/livez", "" },
	{ "HEAD", "/livez", "/livez", "" },
	{ "POST", "/livez", NULL, "GET, HEAD" },
	{ "get", "/livez", NULL, "GET, HEAD" },
	{ "", "/livez", NULL, "GET, HEAD" },
	{ "GET", "/livez/", NULL, "" },
	{ "GET", "livez", NULL, "" },
	{ "GET", "//livez", NULL, "" },
	{ "GET", "", NULL, "" },
	{ "GET", "/", NULL, "" },
	{ "GET", "/api/v1", "/api/v1", "" },
	{ "GET", "/api/v1/sessions/x%2Fy", "/api/v1/sessions/{id}", "x%2Fy" },
	{ "GET", "/api/v1/sessions/{id}", "/api/v1/sessions/{id}", "{id}" },
	{ "GET", "/api/v1/sessions/", NULL, "" },
	{ "GET", "/api/v1/sessions/x/", NULL, "" },
	{ "GET", "/api/v1/sessions/x/y/z", NULL, "" },
};

Test(endpoint, finds_one_or_says_what_else_can_be_done)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		char allow[ENDPOINT_METHODS_BYTES];
		struct slice subject;
		const struct endpoint *e = endpoint_find(slice_from(rows[i].method),
							 slice_from(rows[i].path), &subject, allow);

		cr_expect_eq(e != NULL, rows[i].found != NULL, "%s %s", rows[i].method,
			     rows[i].path);
		if (e == NULL) {
			cr_expect_str_eq(allow, rows[i].subject, "%s %s", rows[i].method,
					 rows[i].path);
		} else if (rows[i].found != NULL) {
			cr_expect_str_eq(e->path, rows[i].found, "%s", rows[i].path);
			cr_expect(slice_equal(subject, slice_from(rows[i].subject)), "%s: %.*s",
				  rows[i].path, SLICE_ARGS(subject));
		}
	}
}

/* Each row is reached by its own method and path, is for one scope, and its methods have room in Allow. */
Test(endpoint, each_is_found)
{
	size_t count;
	const struct endpoint *all = endpoint_all(&count);

	for (size_t i = 0; i < count; i++) {
		char allow[ENDPOINT_METHODS_BYTES];
		struct slice subject;
		unsigned scope = all[i].scope;

		cr_expect_eq(endpoint_find(slice_from(all[i].method), slice_from(all[i].path),
					   &subject, allow),
			     &all[i], "%s %s", all[i].method, all[i].path);
		endpoint_find(SLICE("NONE"), slice_from(all[i].path), &subject, allow);
		cr_expect(strstr(allow, all[i].method) != NULL);
		cr_expect(scope == ENDPOINT_ANY || (scope & (scope - 1)) == 0, "%s", all[i].path);
		cr_expect_not_null(all[i].run);
	}
}
