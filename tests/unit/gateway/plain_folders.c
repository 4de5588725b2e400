#include "gateway/plain_folders.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOW_MS = 1000, SECONDS = 300, END_MS = NOW_MS + 1000 * SECONDS };

static struct plain_folders *folders;

static void begin(void)
{
	folders = calloc(1, sizeof(*folders));
	cr_assert_not_null(folders);
}

static void end(void)
{
	free(folders);
}

TestSuite(plain_folders, .init = begin, .fini = end);

static void note(const char *script, const char *root, int64_t seconds)
{
	plain_folders_note(folders, slice_from(script), slice_from(root), seconds, NOW_MS);
}

static bool knows(const char *script, const char *root, int64_t now_ms)
{
	return plain_folders_know(folders, slice_from(script), slice_from(root), now_ms);
}

static const struct {
	const char *name, *script, *root;
	bool known;
} rows[] = {
	{ "itself", "/www/shop/index.php", "/www", true },
	{ "another script", "/www/shop/cart.php", "/www", true },
	{ "above", "/www/index.php", "/www", false },
	{ "below", "/www/shop/admin/index.php", "/www", false },
	{ "begins alike", "/www/shops/index.php", "/www", false },
	{ "another root", "/www/shop/index.php", "/www/shop", false },
	{ "the same bytes", "/www/sho/index.php", "p/www", false },
	{ "no root", "/www/shop/index.php", "", false },
	{ "no folder", "index.php", "/www", false },
	{ "no script", "", "/www", false },
};

Test(plain_folders, are_known_by_both_paths)
{
	note("/www/shop/index.php", "/www", SECONDS);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(knows(rows[i].script, rows[i].root, NOW_MS), rows[i].known, "%s",
			     rows[i].name);
}

Test(plain_folders, are_known_until_they_end)
{
	cr_expect(!knows("/www/a.php", "/www", NOW_MS));
	note("/www/a.php", "/www", SECONDS);
	cr_expect(knows("/www/a.php", "/www", END_MS - 1));
	cr_expect(!knows("/www/a.php", "/www", END_MS));
	note("/www/a.php", "/www", 0);
	cr_expect(!knows("/www/a.php", "/www", NOW_MS));
	note("/www/a.php", "/www", INT64_MAX);
	cr_expect(knows("/www/a.php", "/www", NOW_MS + 1000 * PLAIN_FOLDER_SECONDS_MAX - 1));
	cr_expect(!knows("/www/a.php", "/www", NOW_MS + 1000 * PLAIN_FOLDER_SECONDS_MAX));
}

Test(plain_folders, end_first_where_there_are_too_many)
{
	char script[32];

	for (int i = 0; i <= PLAIN_FOLDERS; i++) {
		snprintf(script, sizeof(script), "/www/%d/a.php", i);
		note(script, "/www", i == 7 ? SECONDS - 1 : SECONDS);
	}
	for (int i = 0; i <= PLAIN_FOLDERS; i++) {
		snprintf(script, sizeof(script), "/www/%d/a.php", i);
		cr_expect_eq(knows(script, "/www", NOW_MS), i != 7, "%d", i);
	}
}

Test(plain_folders, of_long_paths_are_not_kept)
{
	char script[PLAIN_FOLDER_BYTES + 8];

	memset(script, 'x', sizeof(script));
	script[0] = '/';
	script[PLAIN_FOLDER_BYTES - 1] = '/';
	plain_folders_note(folders, slice_of(script, sizeof(script)), SLICE("/w"), SECONDS, NOW_MS);
	cr_expect(!plain_folders_know(folders, slice_of(script, sizeof(script)), SLICE("/w"),
				      NOW_MS));
	plain_folders_note(folders, slice_of(script, sizeof(script)), SLICE("/"), SECONDS, NOW_MS);
	cr_expect(
		plain_folders_know(folders, slice_of(script, sizeof(script)), SLICE("/"), NOW_MS));
}
