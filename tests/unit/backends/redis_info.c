#include "backends/redis_info.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define WELL                                                                         \
	"# Server\r\nredis_version:7.0.15\r\nserver_time_usec:1000000000\r\n"        \
	"maxmemory:0\r\nmaxmemory_policy:noeviction\r\nused_memory:1048576\r\n"      \
	"aof_enabled:1\r\naof_last_write_status:ok\r\nrdb_last_bgsave_status:ok\r\n" \
	"role:master\r\nevicted_keys:0\r\n"
#define REPLICA(state, lag) "ip=127.0.0.1,port=6380,state=" state ",offset=14,lag=" lag "\r\n"

/* What is put before WELL counts: the first line of a name does. */
static const struct {
	const char *name, *before;
	enum redis_deployment deployment;
	unsigned confirm_replicas;
	const char *check;
	enum finding_level level;
	const char *detail;
} rows[] = {
	{ "version", "", REDIS_ALONE, 0, "store.version", FINDING_PASS, "Redis 7.0.15" },
	{ "version 6", "redis_version:6.2.1\r\n", REDIS_ALONE, 0, "store.version", FINDING_FAIL,
	  "Redis 6.2.1" },
	{ "no version", "redis_version:\r\n", REDIS_ALONE, 0, "store.version", FINDING_FAIL,
	  "Redis " },
	{ "a terminal's", "redis_version:7\x1b[1m\r\n", REDIS_ALONE, 0, "store.version",
	  FINDING_FAIL, "Redis 7?[1m" },
	{ "memory", "maxmemory:104857600\r\n", REDIS_ALONE, 0, "store.memory", FINDING_PASS,
	  "1 of 100 MiB are used" },
	{ "full", "maxmemory:104857600\r\nused_memory:94371840\r\n", REDIS_ALONE, 0, "store.memory",
	  FINDING_WARN, "90 of 100 MiB are used" },
	{ "nearly full", "maxmemory:104857600\r\nused_memory:93000000\r\n", REDIS_ALONE, 0,
	  "store.memory", FINDING_PASS, "88 of 100 MiB are used" },
	{ "disk", "aof_last_write_status:err\r\n", REDIS_ALONE, 0, "store.durability", FINDING_FAIL,
	  "it could not write to its disk the last time it tried" },
	{ "alone", "", REDIS_ALONE, 0, "store.replication", FINDING_PASS,
	  "0 of 0 replicas follow" },
	{ "no replica of a Cluster's", "", REDIS_CLUSTER, 0, "store.replication", FINDING_WARN,
	  "no replica follows it" },
	{ "a replica", "slave0:" REPLICA("online", "1"), REDIS_CLUSTER, 1, "store.replication",
	  FINDING_PASS, "1 of 1 replicas follow" },
	{ "one that is behind", "slave0:" REPLICA("online", "0") "slave1:" REPLICA("online", "31"),
	  REDIS_CLUSTER, 1, "store.replication", FINDING_WARN, "1 of 2 replicas follow" },
	{ "one that begins", "slave0:" REPLICA("wait_bgsave", "0"), REDIS_ALONE, 0,
	  "store.replication", FINDING_WARN, "0 of 1 replicas follow" },
	{ "too few", "slave0:" REPLICA("online", "1"), REDIS_ALONE, 2, "store.replication",
	  FINDING_FAIL,
	  "1 replicas follow and confirm_replicas is 2: logins, logouts and new secrets are "
	  "answered 503" },
	{ "clock", "", REDIS_ALONE, 0, "store.clock", FINDING_PASS,
	  "it agrees with this machine's" },
	{ "ahead", "server_time_usec:990000000\r\n", REDIS_ALONE, 0, "store.clock", FINDING_WARN,
	  "this machine's clock is 9 s ahead of that of Redis, by which sessions end" },
};

Test(redis_info, is_judged)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024];
		struct findings f = { .count = 0 };
		struct redis_info info = {
			.server = SLICE("h:1"),
			.deployment = rows[i].deployment,
			.confirm_replicas = rows[i].confirm_replicas,
			.asked_ms = 999500,
			.answered_ms = 1000500,
		};
		size_t found = 0;

		snprintf(text, sizeof(text), "%s" WELL, rows[i].before);
		info.text = slice_from(text);
		redis_info_judge(&info, &f);
		for (size_t j = 0; j < f.count; j++) {
			if (strcmp(f.each[j].check, rows[i].check) != 0)
				continue;
			found++;
			cr_expect_eq(f.each[j].level, rows[i].level, "%s", rows[i].name);
			cr_expect_str_eq(f.each[j].detail.ptr, rows[i].detail, "%s", rows[i].name);
			cr_expect_str_eq(f.each[j].subject.ptr, "h:1", "%s", rows[i].name);
		}
		cr_expect_eq(found, 1, "%s: %zu", rows[i].name, found);
		findings_fini(&f);
	}
}

Test(redis_info, says_nothing_of_what_is_not_there)
{
	struct slice value;

	cr_expect(!redis_info_find(SLICE(""), SLICE("role"), &value));
	cr_expect(!redis_info_find(SLICE("roles:a\r\nmy_role:b\r\nrole"), SLICE("role"), &value));
	cr_expect(redis_info_find(SLICE("a:1\r\nrole:"), SLICE("role"), &value) && value.len == 0);
	cr_expect(redis_info_find(SLICE("role:x\nrole:y\n"), SLICE("role"), &value) &&
		  slice_equal(value, SLICE("x")));
}

static size_t judged(const char *url, size_t *tells)
{
	struct redis_url *read;
	struct findings f = { .count = 0 };
	const char *reason;
	size_t count;

	cr_assert_eq(redis_url_read(slice_from(url), &read, &reason), 0, "%s", url);
	redis_info_judge_url(read, &read->endpoints[0], &f);
	count = f.count;
	*tells = 0;
	for (size_t i = 0; i < count; i++)
		*tells += strstr(f.each[i].detail.ptr, "secret") != NULL;
	findings_fini(&f);
	redis_url_free(&read);
	return count;
}

Test(redis_info, who_can_listen_in_depends_on_the_url)
{
	static const struct {
		const char *url;
		size_t count;
	} urls[] = {
		{ "redis://127.0.0.1", 0 },
		{ "redis://127.1.2.3:1", 0 },
		{ "redis://[::1]:1", 0 },
		{ "redis://localhost", 0 },
		{ "redis+unix:///run/redis.sock", 0 },
		{ "redis://10.0.0.1", 2 },
		{ "redis://:secret@10.0.0.1", 1 },
		{ "rediss://10.0.0.1", 1 },
		{ "rediss://:secret@10.0.0.1", 0 },
		{ "redis://localhost.example.org", 2 },
	};
	size_t tells;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		cr_expect_eq(judged(urls[i].url, &tells), urls[i].count, "%s", urls[i].url);
		cr_expect_eq(tells, 0, "%s", urls[i].url);
	}
}
