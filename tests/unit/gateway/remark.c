#include "gateway/remark.h"

#include "base/log.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/remarkXXXXXX";

/* A log of its own: each test is a process. */
static void open_log(void)
{
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	close(fd);
	cr_assert_eq(log_open(path, LOG_DEBUG, LOG_TEXT), 0);
}

static void remove_log(void)
{
	unlink(path);
}

TestSuite(remark, .init = open_log, .fini = remove_log);

/* What was logged, without the times; the log is closed. */
static const char *logged(void)
{
	static char all[4096];
	char line[1024];
	FILE *file;

	log_flush();
	log_close();
	file = fopen(path, "r");
	cr_assert_not_null(file);
	all[0] = '\0';
	while (fgets(line, sizeof(line), file) != NULL)
		strcat(all, line + sizeof("2026-11-20T10:00:00.000Z ") - 1);
	fclose(file);
	return all;
}

Test(remark, is_one_for_each_name)
{
	cr_expect_eq(remark_of("shop"), remark_of("shop"));
	cr_expect_neq(remark_of("shop"), remark_of("news"));
	log_close();
}

Test(remark, twenty_responses_without_a_session_are_said_once)
{
	for (int i = 0; i < 19; i++)
		remark_response(remark_of("shop"), false, true);
	for (int i = 0; i < 100; i++)
		remark_response(remark_of("news"), i == 19, true);
	for (int i = 0; i < 100; i++)
		remark_response(remark_of("shop"), false, true);
	cr_expect_str_eq(logged(),
			 "info  0 of 20 responses of application shop used a session; did "
			 "you mean adapter: php?\n");
}

Test(remark, sessions_that_go_past_us_are_said_once)
{
	char lengthy[400];

	memset(lengthy, 'a', sizeof(lengthy));
	memcpy(lengthy, "bypassed ", 9);
	cr_expect(remark_adapter(remark_of("shop"), "r1", SLICE("bypassed its own handler:\nC")));
	cr_expect(remark_adapter(remark_of("shop"), "r2", SLICE("bypassed again")));
	cr_expect(remark_adapter(remark_of("news"), "r3", slice_of(lengthy, sizeof(lengthy))));
	cr_expect(!remark_adapter(remark_of("shop"), "r4", SLICE("something")));
	lengthy[209] = '\0';
	cr_expect_not_null(strstr(logged(), "warn  [r1] sessions of shop do not go through the "
					    "gateway: its own handler:"));
	cr_expect_not_null(strstr(logged(), lengthy + 9));
}

static const struct {
	const char *said, *logged;
} complaints[] = {
	{ "PHP message: PHP Warning: anything", NULL },
	{ "PHP Fatal error:  Failed opening required '/a/b.php' (include_path='.:/usr/share/php')",
	  NULL },
	{ "PHP Warning:  Unknown: open_basedir restriction in effect. File(/a/sessiongate.php) is not "
	  "within the allowed path(s): (/srv) in Unknown on line 0; PHP message: PHP Fatal error:  "
	  "Failed opening required '/a/sessiongate.php' (include_path='.') in Unknown on line 0",
	  "open_basedir excludes it" },
	{ "PHP Warning:  Unknown: Failed to open stream: Permission denied in Unknown on line 0; "
	  "PHP message: PHP Fatal error:  Failed opening required '/a/sessiongate.php'",
	  "its user may not read it" },
	{ "PHP Warning:  Unknown: Failed to open stream: No such file or directory in Unknown on line "
	  "0; PHP message: PHP Fatal error:  Failed opening required '/a/sessiongate.php'",
	  "it is not there for PHP" },
};

Test(remark, an_adapter_that_php_cannot_load_is_said_once)
{
	const char *text;
	size_t lines = 0;

	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
		char name[16];

		snprintf(name, sizeof(name), "app%zu", i);
		for (int again = 0; again < 2; again++)
			remark_complaint(remark_of(name), slice_from(complaints[i].said));
	}
	text = logged();
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++)
		cr_expect(complaints[i].logged == NULL || strstr(text, complaints[i].logged),
			  "%s: %s", complaints[i].said, text);
	for (; (text = strchr(text, '\n')) != NULL; text++)
		lines++;
	cr_expect_eq(lines, 3);
}
