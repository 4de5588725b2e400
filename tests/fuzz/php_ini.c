/* php_ini.c - what a web server sends as PHP_VALUE, and what the adapter's gateway makes of it.
 * Input: the lines. */
#include "gateway/php_ini.h"
#include "gateway/adapter.h"
#include "gateway/exchange.h"

#include "session/value.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/settings.h"

#include <stdlib.h>

enum { EFFORT_MS = 1000 };

#define SETTING SLICE("auto_prepend_file")

static const struct config *config;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	config = settings_load("listen: 127.0.0.1:1\n"
			       "applications: {a: {servers: 127.0.0.1:2, adapter: {php: {file: "
			       "/ours.php}}}}\n"
			       "log: {level: error}\n"
			       "routes: {path: /, application: a}\n");
	CLAIM(log_open("/dev/null", LOG_ERROR, LOG_TEXT) == 0);
	return 0;
}

static bool has_quotes(struct slice text)
{
	return memchr(text.ptr, '"', text.len) != NULL || memchr(text.ptr, '\'', text.len) != NULL;
}

/* What is found is no longer than all of it, and nothing is found of what is not named. */
static struct slice find(struct slice lines, struct arena *arena)
{
	struct slice value;
	int rc = php_ini_get(lines, SETTING, arena, &value);

	CLAIM(rc == 0 || rc == SG_EFORMAT);
	CLAIM(value.ptr == NULL || value.len < lines.len);
	CLAIM(value.ptr == NULL || memmem(lines.ptr, lines.len, SETTING.ptr, SETTING.len) != NULL);
	return rc == 0 ? value : (struct slice){ 0 };
}

/* Merged, ours is the last word, unless a quote that is not ours swallows it; the web server's is handed on, as JSON. */
static void merge(struct slice lines, struct arena *arena)
{
	struct params p = { .arena = arena };
	struct slice merged, told, json;
	unsigned imprint;

	CLAIM(params_set(&p, SLICE("PHP_ADMIN_VALUE"), lines) == 0);
	CLAIM(adapter_expose(&p, &config->routes[0], false, &imprint) == 0);
	CLAIM(imprint == EXCHANGE_IMPRINT_OTHER);
	merged = params_get(&p, SLICE("PHP_ADMIN_VALUE"));
	CLAIM(slice_starts(merged, lines));
	CLAIM(has_quotes(lines) || slice_equal(find(merged, arena), SLICE("/ours.php")));
	told = params_get(&p, SLICE("SESSION_ADAPTER"));
	CLAIM(value_scan(&told, &json) == 0 && told.len == 0 && json.ptr[0] == '{');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice lines = slice_of(input_copy(slice_of((const char *)data, size)), size);
	struct effort effort = effort_begin();
	struct arena arena = { 0 };

	find(lines, &arena);
	if (size > 0 && memchr(lines.ptr, '\0', size) == NULL) /* params_read() refuses those */
		merge(lines, &arena);
	arena_fini(&arena);
	free((char *)lines.ptr);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
