/* request_id.c - the name of one request. */
#include "base/request_id.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

#define X16 "xxxxxxxxxxxxxxxx"

static const struct {
	const char *name;
	struct slice id;
	bool valid;
} rows[] = {
	{ "letters", { "abc", 3 }, true },
	{ "all kinds", { "AZaz09._-", 9 }, true },
	{ "one", { "-", 1 }, true },
	{ "64", { X16 X16 X16 X16, 64 }, true },
	{ "65", { X16 X16 X16 X16 "x", 65 }, false },
	{ "none", { "", 0 }, false },
	{ "absent", { NULL, 0 }, false },
	{ "space", { "a b", 3 }, false },
	{ "slash", { "a/b", 3 }, false },
	{ "plus", { "a+b", 3 }, false },
	{ "line end", { "a\n", 2 }, false },
	{ "quote", { "a\"", 2 }, false },
	{ "NUL", { "a\0b", 3 }, false },
	{ "eighth bit", { "a\344", 2 }, false },
};

Test(request_id, valid)
{
	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect_eq(request_id_valid(rows[i].id), rows[i].valid, "%s", rows[i].name);
}

Test(request_id, take_the_front_s_or_keep_one)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		char id[REQUEST_ID_BYTES] = "kept";

		request_id_take(rows[i].id, id);
		cr_expect_eq(slice_equal(slice_from(id), rows[i].id), rows[i].valid, "%s: %s",
			     rows[i].name, id);
		cr_expect(rows[i].valid || strcmp(id, "kept") == 0, "%s: %s", rows[i].name, id);
	}
}

Test(request_id, made_ones_differ)
{
	char first[REQUEST_ID_BYTES], second[REQUEST_ID_BYTES];

	request_id_make(first);
	request_id_make(second);
	cr_expect_eq(strlen(first), 20);
	cr_expect_str_neq(first, second);
}
