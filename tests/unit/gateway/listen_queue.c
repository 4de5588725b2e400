#include "gateway/listen_queue.h"

#include <criterion/criterion.h>

#define UNIX_HEADING "Num       RefCount Protocol Flags    Type St Inode Path\n"
#define TCP_HEADING \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
#define TCP6_NONE     "00000000000000000000000000000000"
#define TCP6_LOOPBACK "00000000000000000000000001000000"

static const struct {
	const char *name, *address, *table;
	uint64_t waiting;
} rows[] = {
	{ "nobody", "unix:/run/a.sock", UNIX_HEADING, 0 },
	{ "one who listens, two who wait, one who is served", "unix:/run/a.sock",
	  UNIX_HEADING
	  "000000009f828bc7: 00000002 00000000 00010000 0001 01 137025282 /run/a.sock\n"
	  "00000000bf89a345: 00000003 00000000 00000000 0001 03 137025855 /run/a.sock\n"
	  "00000000bdaece4a: 00000002 00000000 00000000 0001 02     0 /run/a.sock\n"
	  "00000000bdaece4b: 00000002 00000000 00000000 0001 02     0 /run/a.sock\n"
	  "00000000aacb478d: 00000003 00000000 00000000 0001 03 137025982\n",
	  2 },
	{ "with another path", "unix:/run/a.sock",
	  UNIX_HEADING "00000000bdaece4a: 00000002 00000000 00000000 0001 02     0 /run/a.sock2\n"
		       "00000000bdaece4b: 00000002 00000000 00000000 0001 02     0 /b/run/a.sock\n"
		       "00000000bdaece4c: 00000002 00000000 00000000 0001 02     0 @/run/a.sock\n",
	  0 },
	{ "a path with a blank", "unix:/run/a b.sock",
	  UNIX_HEADING "00000000bdaece4a: 00000002 00000000 00000000 0001 02     0 /run/a b.sock\n",
	  1 },
	{ "IPv4", "127.0.0.1:9000",
	  TCP_HEADING
	  "   0: 0100007F:2328 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0\n"
	  "   1: 0100007F:2329 00000000:0000 0A 00000000:00000004 00:00000000 00000000     0\n"
	  "   2: 0100007F:2328 0100007F:9C40 01 00000000:00000010 00:00000000 00000000     0\n"
	  "   3: 0200007F:2328 00000000:0000 0A 00000000:00000020 00:00000000 00000000     0\n",
	  3 },
	{ "on every address", "127.0.0.1:9000",
	  TCP_HEADING
	  "  10: 00000000:2328 00000000:0000 0A 00000000:0000001F 00:00000000 00000000     0\n",
	  31 },
	{ "IPv6", "[::1]:9000",
	  TCP_HEADING "   0: " TCP6_LOOPBACK ":2328 " TCP6_NONE
		      ":0000 0A 00000000:00000002 00:00000000\n"
		      "   1: 0000000000000000FFFF00000100007F:2328 " TCP6_NONE
		      ":0000 0A 00000000:00000004 00:00000000\n",
	  2 },
	{ "IPv6 on every address", "[::1]:9000",
	  TCP_HEADING "   0: " TCP6_NONE ":2328 " TCP6_NONE ":0000 0A 00000000:00000001\n", 1 },
	{ "nonsense", "127.0.0.1:9000", "\n0\n 0:\n 0: 7F:2328\n 0: zz:2328 x 0A 0:1", 0 },
};

Test(listen_queue, is_as_long_as_the_table_says)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address address;
		const char *reason;
		FILE *table = fmemopen((void *)rows[i].table, strlen(rows[i].table), "r");

		cr_assert_not_null(table);
		cr_assert_eq(address_read(slice_from(rows[i].address), &address, &reason), 0);
		cr_expect_eq(listen_queue_in(table, &address), rows[i].waiting, "%s", rows[i].name);
		fclose(table);
	}
}
