/* redis.c - the store in Redis: how it is opened and closed, and what it can do.
 *
 * One operation is one script, which Redis runs as one step, on keys of one bucket (redis_keys.h); what a login, a user's
 * end or a mark need in two buckets is made of several such steps, of which each leaves what others can go on from. */
#include "backends/redis.h"

#include "backends/redis_events.h"
#include "backends/redis_headcount.h"
#include "backends/redis_locks.h"
#include "backends/redis_recount.h"
#include "backends/tls.h"
#include "base/log.h"
#include "base/random.h"

#include <stdlib.h>

static void redis_store_close(struct store **store)
{
	struct redis_store *st = redis_store(*store);

	*store = NULL;
	st->closing = true;
	redis_beat_close(st);
	redis_recount_close(st);
	redis_net_close(&st->net);
	redis_ops_free(st);
	redis_tails_free(&st->tails);
	redis_record_room_fini(&st->room);
	free(st);
}

/* A server that has lost what was written last may have the ended back. */
static void redis_on_renewed(void *ctx, const bool buckets[REDIS_BUCKETS])
{
	struct redis_store *st = ctx;
	size_t count, told = 0;
	struct redis_end *ends = redis_ends_copy(&st->redis->ends, &count);

	for (size_t i = 0; ends != NULL && i < count; i++) {
		struct slice id = slice_of(ends[i].id, TOKEN_ID_CHARS);

		if (buckets[redis_keys_bucket(id)] &&
		    store_remove(&st->store, id, NULL, (enum store_cause)ends[i].cause, NULL,
				 NULL) != NULL)
			told++;
	}
	free(ends);
	if (told > 0)
		log_info("",
			 "redis is another one, or was started again: it is told of the last "
			 "%zu ends",
			 told);
}

static const struct store_ops redis_ops = {
	.kind = "redis",
	.find = redis_find,
	.lock = redis_lock,
	.unlock = redis_unlock,
	.release = redis_release,
	.create = redis_create,
	.put = redis_put,
	.save = redis_save,
	.remove = redis_remove,
	.remove_user = redis_remove_user,
	.list_user = redis_list_user,
	.list = redis_list,
	.count = redis_count,
	.headcount = redis_headcount,
	.users = redis_users,
	.block_user = redis_block_user,
	.unblock_user = redis_unblock_user,
	.events = redis_events,
	.tell = redis_tell,
	.health = redis_health,
	.examine = redis_examine,
	.expire_due = redis_expire_due,
	.cancel = redis_op_cancel,
	.close = redis_store_close,
};

static int redis_connect(struct backend *backend, struct event_base *loop, struct store **out)
{
	struct redis_store *st = calloc(1, sizeof(*st));
	struct store *store;
	int rc;

	if (st == NULL)
		return SG_ENOMEM;
	st->store.ops = &redis_ops;
	st->redis = (struct redis_backend *)backend;
	st->loop = loop;
	st->room.opaque = st->redis->sealed;
	redis_line_init(&st->lockers);
	redis_line_init(&st->entrants);
	store = &st->store;
	if ((rc = redis_ops_init(st)) != 0 || (rc = random_u64(&st->nonce)) != 0 ||
	    (rc = redis_net_open(loop, &st->redis->net, &st->net)) != 0 ||
	    (rc = redis_recount_open(st)) != 0 || (rc = redis_beat_open(st)) != 0) {
		redis_store_close(&store);
		return rc;
	}
	redis_net_watch(st->net,
			&(struct redis_net_watcher){ redis_beat_served, redis_on_renewed, st });
	*out = store;
	return 0;
}

static void redis_close(struct backend *backend)
{
	struct redis_backend *r = (struct redis_backend *)backend;

	redis_ends_fini(&r->ends);
	redis_url_free(&r->url);
	tls_close(&r->tls);
	free(r);
}

static bool redis_knows(struct slice url, const char **reason)
{
	struct redis_url *read;

	if (redis_url_read(url, &read, reason) != 0)
		return false;
	redis_url_free(&read);
	return true;
}

static int redis_open_tls(struct redis_backend *r, const struct backend_tls *settings)
{
	char reason[TLS_REASON_BYTES];
	int rc;

	if (!r->url->tls)
		return 0;
	rc = tls_open(settings, &r->tls, reason);
	if (rc == SG_EFORMAT)
		log_error("", "store.tls: %s", reason);
	return rc;
}

static int redis_open(const struct backend_settings *settings, struct backend **out)
{
	struct redis_backend *r = calloc(1, sizeof(*r));
	const char *reason;
	int rc = SG_EFORMAT;

	if (r == NULL)
		return SG_ENOMEM;
	redis_ends_init(&r->ends);
	if (settings->namespace.len > REDIS_NAMESPACE_BYTES ||
	    settings->node.len > STORE_NODE_BYTES ||
	    (rc = redis_url_read(settings->url, &r->url, &reason)) != 0 ||
	    (rc = redis_script_prepare()) != 0 || (rc = random_u64(&r->nonce)) != 0 ||
	    (rc = redis_open_tls(r, &settings->tls)) != 0) {
		redis_close(&r->backend);
		return rc;
	}
	r->backend.kind = &redis_kind;
	r->backend.counts = &r->counts;
	r->backend.shared = true;
	memcpy(r->namespace, settings->namespace.ptr, settings->namespace.len);
	if (settings->node.len > 0)
		memcpy(r->node, settings->node.ptr, settings->node.len);
	r->now = settings->now;
	r->sealed = settings->sealed;
	r->beat_ms = INT64_MIN / 2;
	r->net = (struct redis_net_settings){
		.url = r->url,
		.tls = r->tls,
		.namespace = slice_from(r->namespace),
		.timeout_ms = settings->timeout_ms,
		.confirm_replicas = settings->confirm_replicas,
	};
	*out = &r->backend;
	return 0;
}

const struct backend_kind redis_kind = {
	.scheme = "redis",
	.knows = redis_knows,
	.open = redis_open,
	.close = redis_close,
	.connect = redis_connect,
};
