/* redis_slot.c - tests of backends/redis_slot.c. */
#include "backends/redis_slot.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* As the specification has them (123456789 is the check value of CRC-16/XMODEM, 0x31c3), and as CLUSTER KEYSLOT of Redis
 * 7.0.15 says. */
Test(redis_slot, is_the_one_that_redis_says)
{
	static const struct {
		const char *key;
		unsigned slot;
	} rows[] = {
		{ "", 0 },
		{ "123456789", 12739 },
		{ "foo", 12182 },
		{ "{user1000}.following", 3443 },
		{ "{user1000}.followers", 3443 },
		{ "foo{}{bar}", 8363 },
		{ "foo{{bar}}zap", 4015 },
		{ "foo{bar}{zap}", 5061 },
		{ "foo{bar", 15278 },
		{ "foo}bar{", 11073 },
		{ "sessiongate:{b7}:seen", 11260 },
		{ "sessiongate:{b255}:s:AAAAAAAAAAAAAAAAAAAA", 1001 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_expect_eq(redis_slot_of(slice_from(rows[i].key)), rows[i].slot, "%s: %u",
			     rows[i].key, redis_slot_of(slice_from(rows[i].key)));
	cr_expect_eq(redis_slot_of(slice_of("a\0\xff", 3)),
		     redis_slot_of(slice_of("{a\0\xff}b", 6)));
}

static const struct redis_endpoint from = { "10.0.0.1", 7000 };

Test(redis_redirect, says_where)
{
	static const struct {
		const char *error, *to;
		bool ask;
		unsigned slot;
	} rows[] = {
		{ "MOVED 3999 127.0.0.1:6381", "127.0.0.1:6381", false, 3999 },
		{ "ASK 16383 127.0.0.1:6381", "127.0.0.1:6381", true, 16383 },
		{ "MOVED 0 ::1:6381", "[::1]:6381", false, 0 },
		{ "MOVED 0 node-2.example.org:1", "node-2.example.org:1", false, 0 },
		{ "MOVED 0 :6381", "10.0.0.1:6381", false, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[REDIS_ENDPOINT_TEXT_BYTES];
		struct redis_redirect r;

		cr_assert_eq(redis_redirect_read(slice_from(rows[i].error), &from, &r), 0, "%s",
			     rows[i].error);
		cr_expect_str_eq(redis_endpoint_text(&r.to, text), rows[i].to);
		cr_expect_eq(r.ask, rows[i].ask, "%s", rows[i].error);
		cr_expect_eq(r.slot, rows[i].slot, "%s", rows[i].error);
	}
}

Test(redis_redirect, is_nothing_else)
{
	static const char *const rows[] = {
		"",
		"MOVED",
		"MOVED 1",
		"MOVED 1 ",
		"MOVED 16384 h:1",
		"MOVED -1 h:1",
		"MOVED 1 h",
		"MOVED 1 h:0",
		"MOVED 1 h:65536",
		"MOVED 1 ?:1",
		"MOVED x h:1",
		"MOVED  1 h:1",
		"MOVED 1 h:1 ",
		"moved 1 h:1",
		"ASKING 1 h:1",
		"TRYAGAIN Multiple keys request",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct redis_redirect r = { .slot = 7 };

		cr_expect_eq(redis_redirect_read(slice_from(rows[i]), &from, &r), SG_EFORMAT, "%s",
			     rows[i]);
		cr_expect_eq(r.slot, 7);
	}
}
