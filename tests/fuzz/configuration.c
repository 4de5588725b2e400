/* configuration.c - the settings: YAML, includes, environment, every type of value, what must fit together.
 * Input: the first file, a form feed, the file that it may include. */
#include "base/quantity.h"
#include "gateway/address.h"
#include "gateway/config.h"
#include "gateway/config_difference.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/files.h"
#include "tests/fuzz/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

enum { EFFORT_MS = 2000 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	CLAIM(clearenv() == 0 && setenv("PORT", "9000", 1) == 0 && setenv("EMPTY", "", 1) == 0);
	return 0;
}

/* At most so many, by YAML 1.1, where NEL, LS and PS end lines too. */
static unsigned lines_of(struct slice text)
{
	unsigned lines = 1;

	for (size_t i = 0; i < text.len; i++)
		lines += memchr("\n\r\x85\xa8\xa9", text.ptr[i], 5) != NULL;
	return lines;
}

/* --- the report --- */

/* "12:34: " in front of what is left. */
static bool take_position(struct slice *rest, uint64_t *line)
{
	struct slice number;
	uint64_t column;

	return slice_cut(rest, ':', &number) && slice_number(number, UINT32_MAX, line) &&
	       slice_cut(rest, ':', &number) && slice_number(number, UINT32_MAX, &column) &&
	       *line > 0 && column > 0 && slice_starts(*rest, SLICE(" "));
}

static bool names_file(struct slice line, const char *path, struct slice *rest)
{
	*rest = line;
	if (!slice_starts(line, slice_from(path)))
		return false;
	*rest = slice_after(line, strlen(path));
	return slice_starts(*rest, SLICE(":"));
}

/* "file:line:column: what is wrong", the place within the file, and nothing that a terminal would act on. Is it only a
 * warning? */
static bool expect_line(struct slice line, struct slice first, struct slice second)
{
	struct slice rest, file = first;
	uint64_t at = 0;

	CLAIM(!slice_has_control(line) && slice_is_utf8(line), "%.*s", SLICE_ARGS(line));
	if (!names_file(line, FILES_FIRST, &rest)) {
		CLAIM(names_file(line, FILES_SECOND, &rest), "%.*s", SLICE_ARGS(line));
		file = second;
	}
	rest = slice_after(rest, 1);
	CLAIM(take_position(&rest, &at), "no position: %.*s", SLICE_ARGS(line));
	CLAIM(rest.len > 1, "no message: %.*s", SLICE_ARGS(line));
	CLAIM(at <= lines_of(file) + 1, "beyond the file: %.*s", SLICE_ARGS(line));
	return slice_starts(rest, SLICE(" warning: "));
}

/* Are there only warnings? */
static bool expect_report(const struct buffer *report, struct slice first, struct slice second)
{
	struct slice rest = buffer_content(report), line;
	bool warnings = true;

	while (rest.len > 0) {
		CLAIM(slice_cut(&rest, '\n', &line), "a line that does not end");
		warnings &= expect_line(line, first, second);
	}
	return warnings;
}

/* --- a configuration without fault --- */

static void expect_address(const struct address *a)
{
	const struct sockaddr_un *unix_socket = (const struct sockaddr_un *)&a->socket;
	const char *reason;
	struct address again;

	CLAIM(address_read(slice_from(a->text), &again, &reason) == 0, "%s", a->text);
	CLAIM(again.kind == a->kind && strcmp(again.text, a->text) == 0);
	if (a->kind == ADDRESS_UNIX)
		CLAIM(unix_socket->sun_path[0] != '\0' && a->socket_len <= sizeof(*unix_socket));
}

static void expect_application(const struct config_application *a)
{
	CLAIM(a->server_count > 0 && a->server_count <= CONFIG_SERVERS_MAX);
	CLAIM(a->max_connections > 0 && a->idle_connections >= 0);
	for (size_t i = 0; i < a->server_count; i++)
		expect_address(&a->servers[i]);
	for (size_t i = 0; i < a->param_count; i++)
		CLAIM(a->params[i].name.len > 0 && !slice_has_control(a->params[i].name));
}

static void expect_route(const struct config *c, const struct config_route *r)
{
	CLAIM(r->application >= c->applications &&
	      r->application < c->applications + c->application_count);
	CLAIM(r->realm >= c->realms && r->realm < c->realms + c->realm_count);
	CLAIM(r->path.len > 0 && r->path.ptr[0] == '/');
	CLAIM(r->max_login_age_ms == 0 || r->require == REQUIRE_LOGIN);
	CLAIM(r->session == ROUTE_SESSION_ON || r->session == ROUTE_SESSION_OFF ||
	      r->session == ROUTE_SESSION_PEEK || r->session == ROUTE_SESSION_OBSERVE);
}

static void expect_realm(const struct config *c, const struct config_realm *r)
{
	CLAIM(r->lifetime.idle_ms > 0 && r->lifetime.absolute_ms > 0 && r->lifetime.touch_ms >= 0);
	CLAIM(r->limits.max_attributes > 0 && r->limits.max_bytes > 0);
	CLAIM(strpbrk(r->cookie.path, ";\r\n") == NULL);
	CLAIM(strpbrk(r->cookie.domain, ";\r\n") == NULL);
	CLAIM(strpbrk(r->cookie.https_name, "=;, \t\r\n") == NULL && r->cookie.https_name[0]);
	CLAIM(c->longest_idle_ms >= r->lifetime.idle_ms);
}

static void expect_config(const struct config *c)
{
	CLAIM(c->listen_count > 0 && c->route_count > 0 && c->application_count > 0);
	CLAIM(c->realm_count > 0 && strcmp(c->realms[0].name, "default") == 0);
	for (size_t i = 0; i < c->listen_count; i++)
		expect_address(&c->listen[i].address);
	for (size_t i = 0; i < c->application_count; i++)
		expect_application(&c->applications[i]);
	for (size_t i = 0; i < c->realm_count; i++)
		expect_realm(c, &c->realms[i]);
	for (size_t i = 0; i < c->route_count; i++)
		expect_route(c, &c->routes[i]);
}

/* The same files are the same configuration. */
static void expect_same_again(const struct config_arguments *arguments, const struct config *config)
{
	struct buffer report = { 0 }, differs = { 0 };
	const struct config *again;

	CLAIM(config_load(arguments, &report, &again) == 0);
	CLAIM(config_difference_of_restart(config, again, &differs) == 0 &&
	      buffer_len(&differs) == 0);
	config_unref(&again);
	buffer_fini(&report);
	buffer_fini(&differs);
}

static void load(struct slice first, struct slice second)
{
	const struct config_arguments arguments = { .file = FILES_FIRST };
	const struct config *config = NULL;
	struct buffer report = { 0 };
	bool warnings;
	int rc;

	files_fill(first, second);
	rc = config_load(&arguments, &report, &config);
	CLAIM(rc == 0 || rc == SG_ECONFIG, "%d", rc);
	warnings = expect_report(&report, first, second);
	CLAIM(rc == 0 ? warnings : buffer_len(&report) > 0, "%d: %.*s", rc,
	      SLICE_ARGS(buffer_content(&report)));
	if (rc == 0) {
		expect_config(config);
		expect_same_again(&arguments, config);
		config_unref(&config);
	}
	buffer_fini(&report);
}

/* --- single values, from the first line --- */

static void expect_quantity(struct slice text, quantity_read_fn *read, quantity_print_fn *print)
{
	struct buffer printed = { 0 };
	uint64_t value = 0, again = 0;

	if (read(text, &value) != NULL)
		return;
	CLAIM(print(&printed, value) == 0);
	CLAIM(read(buffer_content(&printed), &again) == NULL && again == value, "%.*s is %.*s",
	      SLICE_ARGS(text), SLICE_ARGS(buffer_content(&printed)));
	buffer_fini(&printed);
}

static void read_values(struct slice text)
{
	const char *reason = NULL;
	struct address address;
	struct network network;

	expect_quantity(text, quantity_read_duration, quantity_print_duration);
	expect_quantity(text, quantity_read_size, quantity_print_size);
	expect_quantity(text, quantity_read_count, quantity_print_count);
	expect_quantity(text, quantity_read_mode, quantity_print_mode);
	if (address_read(text, &address, &reason) == 0)
		expect_address(&address);
	else
		CLAIM(reason != NULL);
	if (network_read(text, &network, &reason) == 0)
		CLAIM(network.bits <= 128);
	network_any_holds(&network, 0, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = input_copy(slice_of((const char *)data, size));
	struct slice second = slice_of(copy, size), first = input_line(&second, '\f'), rest = first;
	struct effort effort = effort_begin();

	load(first, second);
	read_values(input_line(&rest, '\n'));
	free(copy);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
