/* param_name.c - tests of gateway/param_name.h: what is told of a name is the same wherever it stands, and
 * whatever stood there before. */
#include "gateway/param_name.h"

#include <criterion/criterion.h>

static const struct {
	const char *name;
	bool odd, http, ours, script, flawed;
} rows[] = {
	{ .name = "A" },
	{ .name = "HTTPS" },
	{ .name = "SCRIPT_NAME", .script = true },
	{ .name = "SCRIPT_NAMF" },
	{ .name = "SCRIPT_FILENAME", .script = true },
	{ .name = "PATH_INFO", .script = true },
	{ .name = "HTTP_ACCEPT", .http = true },
	{ .name = "HTTP_PROXY", .http = true, .ours = true },
	{ .name = "HTTP_PROXZ", .http = true },
	{ .name = "http.proxy", .odd = true, .http = true, .ours = true },
	{ .name = "HTTP_X_SESSION_ID", .http = true, .ours = true },
	{ .name = "HTTP_X_SESSIOM_ID", .http = true },
	{ .name = "session-id", .odd = true, .ours = true },
	{ .name = "SESSION_ID", .ours = true },
	{ .name = "SESSIONGATE_ROUTE" },
	{ .name = "REDIRECT_URL", .odd = true },
	{ .name = "REDIRECT_STATUS" },
	{ .name = "redirect_status", .odd = true },
	{ .name = "REDIRECT_HTTP_X_SESSION_A", .odd = true, .ours = true },
	{ .name = "REDIRECTS_SESSION_A" },
	{ .name = "A=B", .odd = true, .flawed = true },
	{ .name = "HTTP_A\r", .odd = true, .flawed = true },
	{ .name = "HTTP_AB", .http = true },
	{ .name = "A_NAME_THAT_IS_TOO_LONG_TO_BE_REMEMBERED_" },
	{ .name = "", .flawed = true },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]), PLACES = 70 };

static void expect_row(size_t i, size_t place)
{
	struct slice name = slice_from(rows[i].name);
	const struct param_name *told = param_name(name, place);

	cr_expect_eq(told->flaw != NULL, rows[i].flawed, "%s at %zu", rows[i].name, place);
	if (rows[i].flawed)
		return;
	cr_expect_eq(told->odd, rows[i].odd, "%s at %zu", rows[i].name, place);
	cr_expect_eq(told->http, rows[i].http, "%s at %zu", rows[i].name, place);
	cr_expect_eq(told->ours, rows[i].ours, "%s at %zu", rows[i].name, place);
	cr_expect_eq(told->script, rows[i].script, "%s at %zu", rows[i].name, place);
	cr_expect_eq(told->plain, !rows[i].odd && !rows[i].ours && !rows[i].script, "%s at %zu",
		     rows[i].name, place);
	cr_expect_eq(told->known, param_name_known(name), "%s at %zu", rows[i].name, place);
	cr_expect_eq(told->hash, param_name_hash(name), "%s at %zu", rows[i].name, place);
}

Test(param_name, tells_the_same_whatever_stood_there_before)
{
	for (size_t before = 0; before < ROWS; before++) {
		for (size_t i = 0; i < ROWS; i++) {
			size_t place = (before + i) % PLACES;

			expect_row(before, place);
			expect_row(i, place);
			expect_row(i, place); /* remembered */
		}
	}
}

Test(param_name, knows_each_by_its_name)
{
	for (enum param_known known = PARAM_OTHER + 1; known < PARAM_KNOWN_COUNT; known++)
		cr_expect_eq(param_name_known(param_known_name(known)), known);
	cr_expect_eq(param_name_known(SLICE("HTTPS_")), PARAM_OTHER);
	cr_expect_eq(param_name_known(SLICE("")), PARAM_OTHER);
}

Test(param_name, hashes_every_byte)
{
	char a[40], b[40];

	memset(a, 'A', sizeof(a));
	for (size_t len = 1; len <= sizeof(a); len++) {
		for (size_t at = 0; at < len; at++) {
			memcpy(b, a, sizeof(b));
			b[at] = 'B';
			cr_expect_neq(param_name_hash(slice_of(a, len)),
				      param_name_hash(slice_of(b, len)), "%zu of %zu", at, len);
		}
		cr_expect_neq(param_name_hash(slice_of(a, len)),
			      param_name_hash(slice_of(a, len - 1)), "%zu", len);
	}
}
