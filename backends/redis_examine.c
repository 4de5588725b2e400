/* redis_examine.c - what the Redis store finds of itself: a sample of what each bucket's indexes have, and what each server
 * says of itself by INFO. Nothing is changed, and CONFIG is not asked. */
#include "backends/redis_fan.h"
#include "backends/redis_info.h"
#include "base/random.h"

#include <stdlib.h>

enum { EXAMINE_OF_EACH = 2 /* of each index of each bucket */ };

/* As examine.lua has them. */
enum examine_kind {
	EXAMINE_STRAY,
	EXAMINE_UNLISTED,
	EXAMINE_LASTING,
	EXAMINE_BRIEF,
	EXAMINE_SPOILED,
	EXAMINE_STRANGE, /* a bucket's meta */
	EXAMINE_BROKEN,  /* an index */
	EXAMINE_KINDS
};

static const struct {
	enum finding_level level;
	const char *check, *what, *advice;
} examine_kinds[EXAMINE_KINDS] = {
	[EXAMINE_STRAY] = { FINDING_WARN, "store.indexes",
			    "are listed and are not there: Redis has thrown them away, or somebody has deleted them",
			    "set maxmemory-policy noeviction, and end sessions by sessionctl revoke; these go by themselves" },
	[EXAMINE_UNLISTED] = { FINDING_WARN, "store.indexes",
			       "are missing in an index: lists do not show them, or they are not ended in time",
			       "leave the keys of the namespace to the gateway; these go when they are used no more" },
	[EXAMINE_LASTING] = { FINDING_WARN, "store.indexes",
			      "have no time to live: Redis never forgets them",
			      "revoke them, and let nobody else write under the namespace" },
	[EXAMINE_BRIEF] = { FINDING_WARN, "store.indexes",
			    "have a shorter time to live than they may last: Redis forgets them too early",
			    "let nobody else write under the namespace" },
	[EXAMINE_SPOILED] = { FINDING_FAIL, "store.records",
			      "cannot be read: who comes with such a token is unknown",
			      "mend or revoke them: docs/redis.md, Records that cannot be read" },
	[EXAMINE_STRANGE] = { FINDING_FAIL, "store.layout",
			      "are of another layout, or no hash: sessions in these buckets are answered 503",
			      "run a gateway that speaks of that layout, or use another store.namespace" },
	[EXAMINE_BROKEN] = { FINDING_FAIL, "store.indexes", "are of another type than ours",
			     "let nobody else write under the namespace; whoever needs one next sets it aside" },
};

struct examination {
	struct redis_fan fan;
	struct findings findings;
	bool answered; /* by anybody */
	uint64_t looked, unanswered;
	uint64_t counts[EXAMINE_KINDS];
	struct slice examples[EXAMINE_KINDS]; /* in texts */
	struct arena texts;
};

/* What a part is about. */
struct inquiry {
	unsigned bucket, buckets;
	int64_t asked_ms, asked_us;
};

static struct examination *examination_of(const struct redis_op *op)
{
	return op->work;
}

static struct examination *examination_of_part(const struct redis_op *part)
{
	return examination_of(((struct redis_fan *)part->ctx)->op);
}

static void examination_free(void *work)
{
	struct examination *e = work;

	findings_fini(&e->findings);
	arena_fini(&e->texts);
	free(e);
}

static void examine_finish(struct redis_op *op)
{
	struct examination *e = examination_of(op);

	op->result.status = e->answered ? STORE_OK : STORE_UNAVAILABLE;
	op->result.findings = e->findings.each;
	op->result.count = e->findings.count;
	redis_op_finish(op);
}

/* --- the servers --- */

static struct slice inquiry_server(const struct redis_op *part,
				   char text[REDIS_ENDPOINT_TEXT_BYTES])
{
	const struct inquiry *q = part->work;
	const struct redis_endpoint *server = redis_net_endpoint(part->st->net, q->bucket);

	return server != NULL ? slice_from(redis_endpoint_text(server, text)) : SLICE("");
}

static void info_take(struct redis_op *part, struct slice text)
{
	struct redis_store *st = part->st;
	struct examination *e = examination_of_part(part);
	const struct inquiry *q = part->work;
	const struct redis_endpoint *server = redis_net_endpoint(st->net, q->bucket);
	char where[REDIS_ENDPOINT_TEXT_BYTES];
	const struct redis_info info = {
		.server = inquiry_server(part, where),
		.deployment = st->redis->url->deployment,
		.confirm_replicas = st->redis->net.confirm_replicas,
		.asked_ms = q->asked_ms,
		.answered_ms = clock_wall_ms(),
		.text = text,
	};
	const struct finding reached = {
		.check = "store.reachable",
		.level = FINDING_PASS,
		.subject = info.server,
	};

	e->answered = true;
	findings_add(&e->findings, &reached, "it has answered within %.1f ms",
		     (double)(clock_mono_us() - q->asked_us) / 1000);
	if (server != NULL)
		redis_info_judge_url(st->redis->url, server, &e->findings);
	redis_info_judge(&info, &e->findings);
}

static void info_miss(struct redis_op *part, const char *why)
{
	char where[REDIS_ENDPOINT_TEXT_BYTES];
	const struct finding f = {
		.check = "store.reachable",
		.level = FINDING_FAIL,
		.subject = inquiry_server(part, where),
		.advice = "see that this server runs, and that the gateway's user may do what "
			  "docs/redis.md lists",
	};

	findings_add(&examination_of_part(part)->findings, &f, "%s", why);
}

static void info_on_answer(struct redis_call *call, enum redis_fate fate,
			   const struct redis_reply *reply)
{
	struct redis_op *part = CONTAINER_OF(call, struct redis_op, call);

	if (part->st->closing)
		return; /* as in redis_op.c */
	if (fate != REDIS_ANSWERED)
		info_miss(part, "it does not answer");
	else if (redis_reply_type(reply, 0) != REDIS_STRING)
		info_miss(part, "it does not say how it is (INFO)");
	else
		info_take(part, redis_reply_text(reply, 0));
	redis_fan_take(part);
}

static struct redis_op *examine_part(struct redis_fan *fan, unsigned bucket, unsigned buckets,
				     redis_step_fn *step)
{
	struct redis_op *part = redis_fan_part(fan, bucket, REDIS_SCRIPT_examine, step);
	struct inquiry *q = part != NULL ? malloc(sizeof(*q)) : NULL;

	if (part != NULL && q == NULL) {
		redis_op_drop(part);
		fan->waits--;
		fan->failed = true;
		return NULL;
	}
	if (part == NULL)
		return NULL;
	*q = (struct inquiry){ bucket, buckets, clock_wall_ms(), clock_mono_us() };
	part->work = q;
	part->work_free = free;
	return part;
}

/* Is it the first bucket that is with its process of Redis? */
static bool examine_is_first(const struct redis_net *net, unsigned bucket)
{
	for (unsigned i = 0; i < bucket; i++)
		if (redis_net_instance(net, i) == redis_net_instance(net, bucket))
			return false;
	return true;
}

static void examine_servers(struct redis_op *op)
{
	struct examination *e = examination_of(op);
	struct redis_op *part;

	redis_fan_open(&e->fan, op, examine_finish);
	for (unsigned bucket = 0; bucket < REDIS_BUCKETS; bucket++) {
		if (!examine_is_first(op->st->net, bucket) ||
		    (part = examine_part(&e->fan, bucket, 0, NULL)) == NULL)
			continue;
		redis_call_begin(&part->call, bucket, NULL, info_on_answer);
		part->call.question = true;
		redis_call_add(&part->call, SLICE("INFO"));
		redis_fan_send(part);
	}
	redis_fan_close(&e->fan);
}

/* --- what the buckets have --- */

static void sample_judge_kind(struct examination *e, enum examine_kind kind)
{
	const struct finding f = {
		.check = examine_kinds[kind].check,
		.level = examine_kinds[kind].level,
		.advice = examine_kinds[kind].advice,
	};

	if (e->counts[kind] == 0)
		return;
	if (kind == EXAMINE_STRANGE || kind == EXAMINE_BROKEN)
		findings_add(&e->findings, &f, "%llu keys %s: %.*s",
			     (unsigned long long)e->counts[kind], examine_kinds[kind].what,
			     SLICE_ARGS(e->examples[kind]));
	else
		findings_add(&e->findings, &f, "%llu of %llu sessions %s: %.*s",
			     (unsigned long long)e->counts[kind], (unsigned long long)e->looked,
			     examine_kinds[kind].what, SLICE_ARGS(e->examples[kind]));
}

static void sample_judge(struct redis_op *op)
{
	struct examination *e = examination_of(op);
	const struct finding missed = {
		.check = "store.indexes",
		.level = FINDING_FAIL,
		.advice = "the gateway's log says what Redis has answered instead",
	};
	const struct finding fine = { .check = "store.indexes", .level = FINDING_PASS };

	for (enum examine_kind kind = 0; kind < EXAMINE_KINDS; kind++)
		sample_judge_kind(e, kind);
	if (e->unanswered > 0)
		findings_add(&e->findings, &missed, "%llu of %d buckets could not be looked at",
			     (unsigned long long)e->unanswered, REDIS_BUCKETS);
	if (e->findings.count == 0)
		findings_add(&e->findings, &fine, "%llu sessions are as their indexes say",
			     (unsigned long long)e->looked);
	examine_servers(op);
}

static void sample_count(struct examination *e, enum examine_kind kind,
			 const struct redis_reply *reply, size_t item)
{
	if (e->counts[kind] == 0)
		e->examples[kind] = arena_copy(&e->texts, redis_reply_text(reply, item + 1));
	e->counts[kind] += (uint64_t)redis_reply_number(reply, item);
}

static void sample_on_answer(struct redis_op *part, const struct redis_answer *answer)
{
	struct examination *e = examination_of_part(part);
	const struct inquiry *q = part->work;

	if (answer->status == STORE_OK && answer->items > 5) {
		size_t item = answer->fields + 1;

		e->answered = true;
		e->looked += (uint64_t)redis_reply_number(answer->reply, item++);
		sample_count(e, EXAMINE_STRANGE, answer->reply, item);
		sample_count(e, EXAMINE_BROKEN, answer->reply, item + 2);
		item += 4;
		for (enum examine_kind kind = EXAMINE_STRAY; kind <= EXAMINE_SPOILED; kind++) {
			sample_count(e, kind, answer->reply, item);
			item += 2;
		}
	} else {
		e->unanswered += q->buckets;
	}
	redis_fan_take(part);
}

static void examine_buckets(struct redis_op *op)
{
	struct examination *e = examination_of(op);
	unsigned step = redis_net_spans(op->st->net) ? REDIS_FAN_BUCKETS : 1;
	uint64_t dice;

	if (random_u64(&dice) != 0)
		dice = 0; /* then it is the first ones */
	redis_fan_open(&e->fan, op, sample_judge);
	for (unsigned first = 0; first < REDIS_BUCKETS; first += step) {
		struct redis_op *part = examine_part(&e->fan, first, step, sample_on_answer);

		if (part == NULL)
			break;
		redis_op_add_count(part, step);
		for (unsigned i = 0; i < step; i++)
			redis_keys_add(&part->call, redis_namespace(op->st), first + i, "meta");
		redis_call_add_number(&part->call, EXAMINE_OF_EACH);
		redis_call_add_number(&part->call, (int64_t)(dice >> 32));
		redis_fan_send(part);
	}
	redis_fan_close(&e->fan);
}

/* First the buckets: then it is known which servers there are. */
struct store_op *redis_examine(struct store *store, store_done_fn *done, void *ctx)
{
	struct redis_op *op = redis_op_begin(redis_store(store), SLICE(""), done, ctx);
	struct examination *e = op != NULL ? calloc(1, sizeof(*e)) : NULL;

	if (op == NULL)
		return NULL;
	if (e == NULL) {
		redis_op_drop(op);
		return NULL;
	}
	op->work = e;
	op->work_free = examination_free;
	examine_buckets(op);
	return (struct store_op *)op;
}
