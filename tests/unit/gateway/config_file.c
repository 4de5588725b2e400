/* config_file.c - see config_file.h. */
#include "tests/unit/gateway/config_file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/configXXXXXX";
static int checkout; /* the tests are run from its root */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void enter_folder(void)
{
	checkout = open(".", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	cr_assert(checkout >= 0);
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
	cr_assert_eq(fchdir(checkout), 0);
	close(checkout);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int config_file_checkout(void)
{
	return checkout;
}

TestSuite(config, .init = enter_folder, .fini = leave_folder);

void config_file_write(const char *name, const char *text, size_t len)
{
	FILE *file = fopen(name, "w");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(text, 1, len, file), len);
	fclose(file);
}

int config_file_load(const char *text, struct buffer *report, const struct config **out)
{
	const struct config_arguments arguments = { .file = "f" };
	int rc;

	config_file_write("f", text, strlen(text));
	*report = (struct buffer){ 0 };
	*out = NULL;
	rc = config_load(&arguments, report, out);
	cr_assert_eq(buffer_append(report, "", 1), 0);
	return rc;
}

const struct config *config_file_load_good(const char *text)
{
	const struct config *config;
	struct buffer report;
	int rc = config_file_load(text, &report, &config);

	cr_assert_eq(rc, 0, "%s", report.data);
	buffer_fini(&report);
	return config;
}
