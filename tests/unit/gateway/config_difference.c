/* config_difference.c - which settings need a restart. */
#include "gateway/config_difference.h"
#include "tests/unit/gateway/config_file.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct {
	const char *now, *next, *paths;
} reloads[] = {
	{ "", "", "" },
	{ "", ", log: {level: debug}, limits: {params: 5}", "" },
	{ "", ", workers: 2", "workers" },
	{ "", ", store: {encryption_keys: " KEY_ONE "}", "store.encryption_keys" },
	{ "", ", store: {tls: {ca: /dev/null}}", "store.tls.ca" },
	{ ", store: {encryption_keys: [" KEY_ONE "]}", ", store: {encryption_keys: " KEY_ONE "}",
	  "" },
	{ ", store: {encryption_keys: [" KEY_ONE "]}", ", store: {encryption_keys: " KEY_TWO "}",
	  "store.encryption_keys" },
	{ ", node: a", ", node: b, workers: auto, include: g", "listen, node, workers" },
	{ "", ", include: g", "listen" },
};

Test(config, says_what_needs_a_restart)
{
	config_file_write("g", "listen: [unix:/g]", 17);
	for (size_t i = 0; i < COUNT(reloads); i++) {
		char now_text[512], next_text[512];
		const struct config *now, *next;
		struct buffer out = { 0 };
		const char *expected = reloads[i].paths;

		snprintf(now_text, sizeof(now_text), "%s%s}", BASE, reloads[i].now);
		snprintf(next_text, sizeof(next_text), "%s%s}", BASE, reloads[i].next);
		now = config_file_load_good(now_text);
		next = config_file_load_good(next_text);
		if (next->workers == 1 && strstr(expected, ", workers") != NULL)
			expected = "listen, node"; /* auto on one core */
		cr_assert_eq(config_difference_of_restart(now, next, &out), 0);
		cr_assert_eq(buffer_append(&out, "", 1), 0);
		cr_expect_str_eq(buffer_content(&out).ptr, expected);
		buffer_fini(&out);
		config_unref(&now);
		config_unref(&next);
	}
}
