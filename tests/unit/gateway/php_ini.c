#include "gateway/php_ini.h"

#include <criterion/criterion.h>

/* value NULL: nothing is said of it; "?": nobody but PHP can tell */
static const struct {
	const char *name, *lines, *value;
} rows[] = {
	{ "nothing", "", NULL },
	{ "another", "memory_limit=1G", NULL },
	{ "bare", "auto_prepend_file=/a/b.php", "/a/b.php" },
	{ "with space around it", "  auto_prepend_file \t= \t/a/b c.php \t\r\n", "/a/b c.php" },
	{ "in double quotes", "auto_prepend_file=\"/a;b=c.php\"", "/a;b=c.php" },
	{ "with escaped quotes", "auto_prepend_file=\"/a\\\"b\\\\c\\d\"", "/a\"b\\c\\d" },
	{ "in single quotes", "auto_prepend_file='/a\\\"b'", "/a\\\"b" },
	{ "in parts", "auto_prepend_file= \"/a\" '/b'/c", "/a/b/c" },
	{ "before a comment", "auto_prepend_file=/a ; /b", "/a" },
	{ "in a comment", "; auto_prepend_file=/a", NULL },
	{ "behind a comment", "; \"\nauto_prepend_file=/a", "/a" },
	{ "in a section", "[x=y]\nauto_prepend_file=/a", "/a" },
	{ "the last counts", "auto_prepend_file=/a\nmemory_limit=1G\nauto_prepend_file=/b", "/b" },
	{ "the last is short", "auto_prepend_file=/a/long\nauto_prepend_file=/b\nx=/ccccccccc",
	  "/b" },
	{ "none at last", "auto_prepend_file=/a\nauto_prepend_file=none", "" },
	{ "none, quoted", "auto_prepend_file=\"none\"", "none" },
	{ "off", "auto_prepend_file=Off", "" },
	{ "on", "auto_prepend_file=on", "1" },
	{ "empty", "auto_prepend_file=", "" },
	{ "without a value", "auto_prepend_file", NULL },
	{ "only what begins so", "auto_prepend_files=/a", NULL },
	{ "other case", "Auto_prepend_file=/a", NULL },
	{ "within another's value", "x=\"\nauto_prepend_file=/a\n\"", NULL },
	{ "a quote without an end", "auto_prepend_file=\"/a", "/a" },
	{ "a variable", "auto_prepend_file=${HOME}/a", "?" },
	{ "a variable in quotes", "auto_prepend_file=\"/${HOME}/a\"", "?" },
	{ "a variable, and then not", "auto_prepend_file=${A}\nauto_prepend_file=/a", "/a" },
	{ "a variable of another's", "x=${A}\nauto_prepend_file=/a", "/a" },
	{ "CR alone", "x=1\rauto_prepend_file=/a\ry=2", "/a" },
};

Test(php_ini, reads_as_php_does)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena arena = { 0 };
		struct slice value;
		int rc = php_ini_get(slice_from(rows[i].lines), SLICE("auto_prepend_file"), &arena,
				     &value);

		if (rows[i].value != NULL && strcmp(rows[i].value, "?") == 0)
			cr_expect_eq(rc, SG_EFORMAT, "%s", rows[i].name);
		else if (rows[i].value == NULL)
			cr_expect(rc == 0 && value.ptr == NULL, "%s: %.*s", rows[i].name,
				  SLICE_ARGS(value));
		else
			cr_expect(rc == 0 && value.ptr != NULL &&
					  slice_equal(value, slice_from(rows[i].value)),
				  "%s: %d, %.*s", rows[i].name, rc, SLICE_ARGS(value));
		arena_fini(&arena);
	}
}
