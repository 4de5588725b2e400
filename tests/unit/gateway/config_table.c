/* config_table.c - what is printed of the table. */
#include "gateway/config_table.h"
#include "session/value.h"
#include "tests/unit/gateway/config_file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

Test(config, the_schema_is_json)
{
	struct buffer out = { 0 };
	struct slice text, value;

	cr_assert_eq(config_print_schema(&out), 0);
	text = buffer_content(&out);
	cr_expect_eq(value_scan(&text, &value), 0);
	cr_expect(text.len <= 1, "nothing but the newline follows");
	buffer_fini(&out);
}

static void expect_rows(const struct option_table *table, const char *reference)
{
	for (size_t i = 0; i < table->count; i++) {
		cr_expect_not_null(strstr(reference, table->options[i].text), "%s",
				   table->options[i].name);
		if (table->options[i].table != NULL)
			expect_rows(table->options[i].table, reference);
	}
}

Test(config, the_reference_has_every_row)
{
	struct buffer out = { 0 };

	cr_assert_eq(config_print_options(&out), 0);
	cr_assert_eq(buffer_append(&out, "", 1), 0);
	expect_rows(&config_options, buffer_content(&out).ptr);
	buffer_fini(&out);
}

Test(config, the_page_in_docs_is_the_reference)
{
	struct buffer out = { 0 };
	struct stat st;
	char *page;
	int fd = openat(config_file_checkout(), "docs/configuration.md", O_RDONLY | O_CLOEXEC);

	cr_assert_eq(config_print_options(&out), 0);
	cr_assert(fd >= 0 && fstat(fd, &st) == 0);
	cr_assert_eq((size_t)st.st_size, buffer_len(&out), "run make docs");
	page = malloc((size_t)st.st_size);
	cr_assert_eq(read(fd, page, (size_t)st.st_size), st.st_size);
	cr_expect(memcmp(page, buffer_content(&out).ptr, buffer_len(&out)) == 0, "run make docs");
	free(page);
	close(fd);
	buffer_fini(&out);
}
