/* command.c - the command line. */
#include "gateway/command.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <getopt.h>

enum { WORDS = 8 };

/* Read words as arguments; the last is followed by NULL. */
static int read_words(const char *const words[WORDS], struct command *out)
{
	char *argv[WORDS + 2] = { (char *)"sessiongate" };
	int argc = 1;

	while (argc <= WORDS && words[argc - 1] != NULL) {
		argv[argc] = (char *)words[argc - 1];
		argc++;
	}
	optind = 0; /* getopt_long(3): begin anew */
	return command_read(argc, argv, out);
}

static const struct {
	const char *name;
	const char *words[WORDS];
	enum command_action action;
	const char *snippet, *file, *store;
	size_t listen, apps;
	bool verbose;
} rows[] = {
	{ "nothing", { NULL }, COMMAND_RUN, NULL, NULL, NULL, 0, 0, false },
	{ "-c", { "-c", "a.yaml" }, COMMAND_RUN, NULL, "a.yaml", NULL, 0, 0, false },
	{ "-cFILE", { "-ca.yaml" }, COMMAND_RUN, NULL, "a.yaml", NULL, 0, 0, false },
	{ "--config", { "--config", "a.yaml" }, COMMAND_RUN, NULL, "a.yaml", NULL, 0, 0, false },
	{ "--config=", { "--config=a.yaml" }, COMMAND_RUN, NULL, "a.yaml", NULL, 0, 0, false },
	{ "the last file wins",
	  { "-c", "a.yaml", "-c", "b.yaml" },
	  COMMAND_RUN,
	  NULL,
	  "b.yaml",
	  NULL,
	  0,
	  0,
	  false },
	{ "-t", { "-t" }, COMMAND_CHECK, NULL, NULL, NULL, 0, 0, false },
	{ "--check",
	  { "-c", "a.yaml", "--check" },
	  COMMAND_CHECK,
	  NULL,
	  "a.yaml",
	  NULL,
	  0,
	  0,
	  false },
	{ "--print-options",
	  { "--print-options" },
	  COMMAND_PRINT_OPTIONS,
	  NULL,
	  NULL,
	  NULL,
	  0,
	  0,
	  false },
	{ "--print-schema",
	  { "--print-schema" },
	  COMMAND_PRINT_SCHEMA,
	  NULL,
	  NULL,
	  NULL,
	  0,
	  0,
	  false },
	{ "--print-snippet",
	  { "--print-snippet", "nginx" },
	  COMMAND_PRINT_SNIPPET,
	  "nginx",
	  NULL,
	  NULL,
	  0,
	  0,
	  false },
	{ "--version", { "--version" }, COMMAND_VERSION, NULL, NULL, NULL, 0, 0, false },
	{ "-V", { "-V" }, COMMAND_VERSION, NULL, NULL, NULL, 0, 0, false },
	{ "--help", { "--help" }, COMMAND_HELP, NULL, NULL, NULL, 0, 0, false },
	{ "-h", { "-h" }, COMMAND_HELP, NULL, NULL, NULL, 0, 0, false },
	{ "-v", { "-v" }, COMMAND_RUN, NULL, NULL, NULL, 0, 0, true },
	{ "--verbose", { "-t", "--verbose" }, COMMAND_CHECK, NULL, NULL, NULL, 0, 0, true },
	{ "--store", { "--store", "memory:" }, COMMAND_RUN, NULL, NULL, "memory:", 0, 0, false },
	{ "a whole gateway",
	  { "--listen", "unix:f.sock", "--listen=fd:0", "--app", "unix:a.sock",
	    "--app=unix:b.sock" },
	  COMMAND_RUN,
	  NULL,
	  NULL,
	  NULL,
	  2,
	  2,
	  false },
};

static void expect_text(const char *row, const char *what, const char *got, const char *expected)
{
	cr_expect(slice_equal(slice_from(got), slice_from(expected)), "%s: %s is %s", row, what,
		  got != NULL ? got : "not there");
}

Test(command, read_takes_every_option)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct command c;

		cr_assert_eq(read_words(rows[i].words, &c), 0, "%s", rows[i].name);
		cr_expect_eq(c.action, rows[i].action, "%s", rows[i].name);
		expect_text(rows[i].name, "the snippet", c.snippet, rows[i].snippet);
		expect_text(rows[i].name, "the file", c.arguments.file, rows[i].file);
		expect_text(rows[i].name, "the store", c.arguments.store, rows[i].store);
		cr_expect_eq(c.arguments.listen_count, rows[i].listen, "%s", rows[i].name);
		cr_expect_eq(c.arguments.app_count, rows[i].apps, "%s", rows[i].name);
		cr_expect_eq(c.arguments.verbose, rows[i].verbose, "%s", rows[i].name);
	}
}

Test(command, read_knows_that_the_application_is_php)
{
	static const char *const words[WORDS] = { "--app", "a", "--php" }, *const others[WORDS] = {
		"--app", "a"
	};
	struct command c;

	cr_assert_eq(read_words(words, &c), 0);
	cr_expect(c.arguments.php);
	cr_assert_eq(read_words(others, &c), 0);
	cr_expect(!c.arguments.php);
}

Test(command, read_keeps_the_order_of_addresses)
{
	static const char *const words[WORDS] = { "--app", "a", "--listen", "l",
						  "--app", "b", "--listen", "m" };
	struct command c;

	cr_assert_eq(read_words(words, &c), 0);
	cr_expect_str_eq(c.arguments.listen[0], "l");
	cr_expect_str_eq(c.arguments.listen[1], "m");
	cr_expect_str_eq(c.arguments.apps[0], "a");
	cr_expect_str_eq(c.arguments.apps[1], "b");
}

static const struct {
	const char *name;
	const char *words[WORDS];
} wrong[] = {
	{ "unknown option", { "--nonsense" } },
	{ "unknown letter", { "-x" } },
	{ "an option of a later version", { "--import-nginx", "nginx.conf" } },
	{ "a word", { "run" } },
	{ "a word behind options", { "-t", "a.yaml" } },
	{ "a word behind --", { "--", "-t" } },
	{ "no file", { "-c" } },
	{ "no snippet", { "--print-snippet" } },
	{ "no address", { "--listen" } },
	{ "no application", { "--app" } },
	{ "no store", { "--store" } },
	{ "a value for a flag", { "--check=yes" } },
	{ "an ambiguous beginning", { "--print" } },
};

Test(command, read_refuses_wrong_use, .init = cr_redirect_stderr)
{
	for (size_t i = 0; i < ROWS(wrong); i++) {
		struct command c;

		cr_expect_eq(read_words(wrong[i].words, &c), SG_EFORMAT, "%s", wrong[i].name);
	}
}

/* --listen=a so many times. */
static int read_addresses(size_t count)
{
	static char word[] = "--listen=a";
	char *argv[COMMAND_ADDRESSES + 3] = { (char *)"sessiongate" };
	struct command c;

	for (size_t i = 0; i < count; i++)
		argv[i + 1] = word;
	optind = 0;
	return command_read((int)count + 1, argv, &c);
}

Test(command, read_so_many_addresses_and_no_more, .init = cr_redirect_stderr)
{
	cr_expect_eq(read_addresses(COMMAND_ADDRESSES), 0);
	cr_expect_eq(read_addresses(COMMAND_ADDRESSES + 1), SG_EFORMAT);
}

Test(command, usage_names_every_option)
{
	static const char *const options[] = {
		"-c",
		"-t",
		"--config",
		"--check",
		"--print-options",
		"--print-schema",
		"--print-snippet",
		"--version",
		"--help",
		"--listen",
		"--app",
		"--store",
		"--verbose",
		"-v",
	};

	for (size_t i = 0; i < ROWS(options); i++)
		cr_expect_not_null(strstr(command_usage(), options[i]), "%s", options[i]);
}
