/* redis_info.c - see redis_info.h. */
#include "backends/redis_info.h"

#include "backends/redis_drift.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	INFO_VERSION = 7,
	INFO_LAG_S = 30,
	INFO_FULL_PERCENT = 90,
	INFO_REPLICAS = 64,
};

bool redis_info_find(struct slice text, struct slice name, struct slice *value)
{
	struct slice line;
	size_t end;

	while (text.len > 0) {
		slice_cut(&text, '\n', &line);
		if (!slice_starts(line, name) || line.len <= name.len || line.ptr[name.len] != ':')
			continue;
		end = line.ptr[line.len - 1] == '\r' ? line.len - 1 : line.len;
		*value = slice_of(line.ptr + name.len + 1, end - name.len - 1);
		return true;
	}
	return false;
}

/* Nothing: what is empty. */
static struct slice info_text(const struct redis_info *info, const char *name)
{
	struct slice value;

	return redis_info_find(info->text, slice_from(name), &value) ? value : SLICE("");
}

/* Nothing, and what is no number: 0. */
static uint64_t info_number(const struct redis_info *info, const char *name)
{
	uint64_t number = 0;

	return slice_number(info_text(info, name), INT64_MAX, &number) ? number : 0;
}

static struct finding info_finding(const struct redis_info *info, const char *check,
				   enum finding_level level, const char *advice)
{
	return (struct finding){
		.check = check,
		.level = level,
		.subject = info->server,
		.advice = advice,
	};
}

/* --- which one it is --- */

static void info_judge_version(const struct redis_info *info, struct findings *out)
{
	struct finding f = info_finding(info, "store.version", FINDING_PASS, NULL);
	struct slice rest = info_text(info, "redis_version"), major;
	uint64_t number = 0;

	slice_cut(&rest, '.', &major);
	(void)slice_number(major, INT32_MAX, &number);
	if (number < INFO_VERSION) {
		f.level = FINDING_FAIL;
		f.advice = "run Redis 7 or later";
	}
	findings_add(out, &f, "Redis %.*s", SLICE_ARGS(info_text(info, "redis_version")));
}

static void info_judge_role(const struct redis_info *info, struct findings *out)
{
	const struct finding f =
		info_finding(info, "store.replication", FINDING_FAIL,
			     "let store.url name the master, or the Sentinels: redis+sentinel://");

	if (slice_equal(info_text(info, "role"), SLICE("slave")))
		findings_add(out, &f, "this is a replica, which takes no writes");
}

/* --- what it throws away --- */

static void info_judge_policy(const struct redis_info *info, struct slice policy,
			      struct findings *out)
{
	struct finding f =
		info_finding(info, "store.eviction", FINDING_FAIL,
			     "set maxmemory-policy noeviction in the configuration of Redis");
	uint64_t most = info_number(info, "maxmemory");

	/* every session has a time to live, so volatile-* throws away as many as allkeys-* */
	if (most == 0) {
		f.level = FINDING_WARN;
		findings_add(out, &f,
			     "maxmemory-policy is %.*s: once there is a maxmemory, sessions are "
			     "thrown away while users work",
			     SLICE_ARGS(policy));
	} else {
		findings_add(out, &f,
			     "maxmemory-policy is %.*s: at %llu MiB sessions are thrown away while "
			     "users work",
			     SLICE_ARGS(policy), (unsigned long long)(most >> 20));
	}
}

static void info_judge_eviction(const struct redis_info *info, struct findings *out)
{
	struct finding f = info_finding(info, "store.eviction", FINDING_PASS, NULL);
	struct slice policy = info_text(info, "maxmemory_policy");
	uint64_t evicted = info_number(info, "evicted_keys");

	if (!slice_equal(policy, SLICE("noeviction"))) {
		info_judge_policy(info, policy, out);
	} else {
		findings_add(out, &f, "maxmemory-policy is noeviction");
	}
	if (evicted > 0) {
		f.level = FINDING_WARN;
		f.advice =
			"give it more memory and maxmemory-policy noeviction; what was thrown away "
			"is lost";
		findings_add(out, &f, "%llu keys were thrown away since it was started",
			     (unsigned long long)evicted);
	}
}

static void info_judge_memory(const struct redis_info *info, struct findings *out)
{
	struct finding f = info_finding(info, "store.memory", FINDING_PASS, NULL);
	uint64_t most = info_number(info, "maxmemory"), used = info_number(info, "used_memory");

	if (most > 0 && used / INFO_FULL_PERCENT >= most / 100) {
		f.level = FINDING_WARN;
		f.advice = "raise maxmemory, or shorten session.idle_timeout: a full store takes "
			   "nothing new, and requests are answered 503";
	}
	if (most > 0)
		findings_add(out, &f, "%llu of %llu MiB are used", (unsigned long long)(used >> 20),
			     (unsigned long long)(most >> 20));
	else
		findings_add(out, &f, "%llu MiB are used, and there is no maxmemory",
			     (unsigned long long)(used >> 20));
}

/* --- what it has on disk --- */

static bool info_says_failed(const struct redis_info *info, const char *name)
{
	struct slice value = info_text(info, name);

	return value.len > 0 && !slice_equal(value, SLICE("ok"));
}

static void info_judge_durability(const struct redis_info *info, struct findings *out)
{
	struct finding f = info_finding(
		info, "store.durability", FINDING_FAIL,
		"see Redis's log: mostly its disk is full, or it may not write to its folder");

	if (info_says_failed(info, "rdb_last_bgsave_status") ||
	    info_says_failed(info, "aof_last_write_status") ||
	    info_says_failed(info, "aof_last_bgrewrite_status")) {
		findings_add(out, &f, "it could not write to its disk the last time it tried");
		return;
	}
	f.level = FINDING_PASS;
	f.advice = NULL;
	if (info_number(info, "aof_enabled") == 0) {
		f.level = FINDING_NOTE;
		f.advice = "set appendonly yes for sessions that outlive a restart of Redis";
		findings_add(
			out, &f,
			"appendonly is no: a restart loses all since the last snapshot, if any");
		return;
	}
	findings_add(out, &f, "appendonly is yes");
}

/* --- who has a copy --- */

/* "slave0:ip=127.0.0.1,port=6380,state=online,offset=14,lag=1" */
static bool info_replica_is_well(struct slice said)
{
	struct slice part;
	uint64_t lag_s = UINT64_MAX;
	bool online = false, more;

	do {
		more = slice_cut(&said, ',', &part);
		online |= slice_equal(part, SLICE("state=online"));
		if (slice_starts(part, SLICE("lag=")))
			(void)slice_number(slice_after(part, 4), INT32_MAX, &lag_s);
	} while (more);
	return online && lag_s <= INFO_LAG_S;
}

static unsigned info_replicas(const struct redis_info *info, unsigned *well)
{
	unsigned count = 0;
	struct slice said;
	char name[16];

	*well = 0;
	for (unsigned i = 0; i < INFO_REPLICAS; i++) {
		snprintf(name, sizeof(name), "slave%u", i);
		if (!redis_info_find(info->text, slice_from(name), &said))
			break;
		count++;
		*well += info_replica_is_well(said);
	}
	return count;
}

static void info_judge_missing(const struct redis_info *info, unsigned well, struct findings *out)
{
	const struct finding few =
		info_finding(info, "store.replication", FINDING_FAIL,
			     "bring the replicas back, or lower store.confirm_replicas");
	const struct finding none = info_finding(
		info, "store.replication", FINDING_WARN,
		"add a replica: without one there is nobody to take over when this server dies");

	if (well < info->confirm_replicas)
		findings_add(
			out, &few,
			"%u replicas follow and confirm_replicas is %u: logins, logouts and new "
			"secrets are answered 503",
			well, info->confirm_replicas);
	else if (well == 0 && info->deployment != REDIS_ALONE)
		findings_add(out, &none, "no replica follows it");
}

/* Of a server that Sentinels watch: it says how many replicas are good only where it asks for some. */
static void info_judge_minimum(const struct redis_info *info, struct findings *out)
{
	const struct finding f = info_finding(
		info, "store.replication", FINDING_WARN,
		"set min-replicas-to-write 1 in the configuration of each server (docs/redis-servers.md)");

	if (info->deployment == REDIS_SENTINEL &&
	    info_text(info, "min_slaves_good_slaves").len == 0)
		findings_add(
			out, &f,
			"min-replicas-to-write is 0: a master that comes back after a failover "
			"takes writes that are then lost");
}

static void info_judge_replication(const struct redis_info *info, struct findings *out)
{
	struct finding f = info_finding(info, "store.replication", FINDING_PASS, NULL);
	size_t before = out->count;
	unsigned well, replicas = info_replicas(info, &well);

	info_judge_role(info, out);
	info_judge_missing(info, well, out);
	info_judge_minimum(info, out);
	if (well < replicas) {
		f.level = FINDING_WARN;
		f.advice = "see the log of the replica that is behind";
	}
	if (out->count == before || well < replicas)
		findings_add(out, &f, "%u of %u replicas follow", well, replicas);
}

/* --- its clock --- */

static void info_judge_clock(const struct redis_info *info, struct findings *out)
{
	struct finding f = info_finding(info, "store.clock", FINDING_PASS, NULL);
	int64_t server_ms = (int64_t)info_number(info, "server_time_usec") / 1000;
	int64_t behind_ms = redis_drift_ms(info->asked_ms, server_ms, info->answered_ms);

	if (server_ms == 0)
		return;
	if (llabs(behind_ms) <= REDIS_DRIFT_FAR_MS) {
		findings_add(out, &f, "it agrees with this machine's");
		return;
	}
	f.level = FINDING_WARN;
	f.advice = "set both clocks by one time server";
	findings_add(out, &f,
		     "this machine's clock is %lld s %s that of Redis, by which sessions end",
		     llabs(behind_ms) / 1000, behind_ms > 0 ? "behind" : "ahead of");
}

void redis_info_judge(const struct redis_info *info, struct findings *out)
{
	info_judge_version(info, out);
	info_judge_eviction(info, out);
	info_judge_memory(info, out);
	info_judge_durability(info, out);
	info_judge_replication(info, out);
	info_judge_clock(info, out);
}

/* --- the way there --- */

static bool endpoint_is_here(const struct redis_endpoint *server)
{
	struct slice host = slice_from(server->host);

	return redis_endpoint_is_unix(server) || slice_starts(host, SLICE("127.")) ||
	       slice_equal(host, SLICE("::1")) || slice_equal(host, SLICE("localhost"));
}

void redis_info_judge_url(const struct redis_url *url, const struct redis_endpoint *server,
			  struct findings *out)
{
	char text[REDIS_ENDPOINT_TEXT_BYTES];
	struct finding f = {
		.check = "store.transport",
		.level = FINDING_WARN,
		.subject = slice_from(redis_endpoint_text(server, text)),
		.advice = "use rediss://, with tls-port in the configuration of Redis",
	};

	if (endpoint_is_here(server))
		return;
	if (!url->tls)
		findings_add(out, &f,
			     "connections to another machine are not encrypted: sessions and the "
			     "password travel in clear");
	f.advice = "give Redis a user for the gateway (docs/redis.md), and name it in store.url";
	if (url->credentials.password[0] == '\0')
		findings_add(out, &f,
			     "store.url has no password: whoever reaches it reads sessions");
}
