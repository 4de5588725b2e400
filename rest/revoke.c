/* revoke.c - many sessions ended at once: POST /api/v1/sessions/revoke.
 *
 *	ids                   at once
 *	filter                at once, if it matches a few; else only by selection
 *	all                   only by selection
 *	dry_run               counts, and gives a selection: filter, grant and moment, which the caller keeps for us
 *	selection             ends what the filter matches that was there at that moment, so many in one call */
#include "rest/ending.h"
#include "rest/gather.h"
#include "rest/members.h"
#include "rest/opaque.h"
#include "rest/resources.h"
#include "rest/selector.h"

#include "base/clock.h"
#include "rest/call_answer.h"
#include "rest/call_wait.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	REVOKE_IDS = 500,
	REVOKE_AT_ONCE = 100, /* that a filter may match without a selection */
	REVOKE_IN_A_CALL = 5000,
	REVOKE_COUNTED = 100000, /* beyond it is more */
	REVOKE_SAMPLE = 10,
	REVOKE_MS = 30000, /* in all */
	REVOKE_SELECTION_MS = 600000,
	REVOKE_MOMENT_MS = 2,
};

struct revoke {
	struct call *call;
	struct selector selector;
	struct selected selected;
	int64_t moment_ms;
	const struct slice *ids, *except;
	size_t id_count, except_count;
	bool has_ids, has_filter, has_all, has_selection;
	bool dry_run;
	struct slice selection;
	struct gather gather;
	struct ending ending;
	struct ending_item *items;
	bool gathered;       /* the rest is in ending */
	struct event *timer; /* until the moment has passed */
	/* what a dry run finds */
	uint64_t *users; /* hashes, one for each session that is a user's */
	size_t user_count;
	char sample[REVOKE_SAMPLE][TOKEN_ID_CHARS + 1];
	size_t sample_count;
};

static const char *const revoke_members[] = { "ids",     "filter", "all",    "selection",
					      "dry_run", "reason", "except", NULL };

/* --- what a dry run answers --- */

static int revoke_order(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static size_t revoke_count_users(struct revoke *r)
{
	size_t count = 0;

	if (r->user_count > 1)
		qsort(r->users, r->user_count, sizeof(*r->users), revoke_order);
	for (size_t i = 0; i < r->user_count; i++)
		count += i == 0 || r->users[i] != r->users[i - 1];
	return count;
}

static bool revoke_add_sample(cJSON *object, const struct revoke *r)
{
	cJSON *sample = cJSON_AddArrayToObject(object, "sample");

	for (size_t i = 0; sample != NULL && i < r->sample_count; i++)
		if (!json_append_text(sample, slice_from(r->sample[i])))
			return false;
	return sample != NULL;
}

/* "1795608000120 " and the selector. */
static int revoke_write_selection(struct revoke *r)
{
	struct buffer content = { 0 };
	int rc = buffer_printf(&content, "%" PRId64 " ", r->moment_ms);

	if (rc == 0 && (rc = selector_write(&r->selector, &content)) == 0)
		rc = opaque_seal(r->call, "selection", SLICE(""), buffer_content(&content),
				 &r->selection);
	buffer_fini(&content);
	return rc;
}

static bool revoke_add_selection(cJSON *object, const struct revoke *r)
{
	cJSON *item =
		r->selection.len > 0 ? cJSON_CreateString(r->selection.ptr) : cJSON_CreateNull();

	if (cJSON_AddItemToObject(object, "selection", item))
		return true;
	cJSON_Delete(item);
	return false;
}

static void revoke_answer_count(struct revoke *r, size_t matched, size_t users, bool more)
{
	cJSON *object = cJSON_CreateObject();

	call_answer_json(r->call, 200, object,
			 object != NULL && json_add_flag(object, "dry_run", true) &&
				 json_add_number(object, "matched", (int64_t)matched) &&
				 json_add_number(object, "users", (int64_t)users) &&
				 revoke_add_sample(object, r) &&
				 json_add_flag(object, "more", more) &&
				 revoke_add_selection(object, r));
}

/* FNV-1a; of two users in some thousand million one may be taken for another, and this is only a count. */
static uint64_t revoke_hash(uint64_t hash, struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (uint8_t)text.ptr[i]) * UINT64_C(0x100000001b3);
	return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static int revoke_note(struct revoke *r, const struct session *s)
{
	enum { STEP = 1024 };

	if (r->sample_count < REVOKE_SAMPLE)
		memcpy(r->sample[r->sample_count++], s->id, sizeof(s->id));
	if (!session_authenticated(s))
		return 0;
	if (r->user_count % STEP == 0) {
		uint64_t *users = reallocarray(r->users, r->user_count + STEP, sizeof(*users));

		if (users == NULL)
			return SG_ENOMEM;
		r->users = users;
	}
	r->users[r->user_count++] =
		revoke_hash(revoke_hash(UINT64_C(0xcbf29ce484222325), s->realm), s->user);
	return 0;
}

static int revoke_on_counted(struct gather *g, const struct session *s)
{
	return revoke_note(CONTAINER_OF(g, struct revoke, gather), s);
}

static int revoke_on_spared(struct ending *e, const struct session *s)
{
	return revoke_note(CONTAINER_OF(e, struct revoke, ending), s);
}

static void revoke_counted(struct call *c)
{
	struct revoke *r = c->work;

	revoke_answer_count(r, r->gather.count, revoke_count_users(r), r->gather.more);
}

/* --- ending them --- */

static bool revoke_add_failed(cJSON *object, const struct revoke *r)
{
	cJSON *failed = cJSON_AddArrayToObject(object, "failed");

	for (size_t i = 0; failed != NULL && i < r->ending.count; i++)
		if (r->ending.items[i].failed &&
		    !json_append_text(failed, slice_from(r->ending.items[i].id)))
			return false;
	return failed != NULL;
}

static void revoke_answer_ended(struct revoke *r, bool more)
{
	cJSON *object = cJSON_CreateObject();

	call_answer_json(r->call, 200, object,
			 object != NULL && json_add_flag(object, "dry_run", false) &&
				 json_add_number(object, "revoked", (int64_t)r->ending.ended) &&
				 json_add_flag(object, "more", more) &&
				 revoke_add_failed(object, r));
}

static void revoke_ended(struct call *c)
{
	struct revoke *r = c->work;

	if (r->dry_run)
		revoke_answer_count(r, r->ending.ended, revoke_count_users(r), false);
	else
		revoke_answer_ended(r, r->gather.more);
}

static void revoke_end(struct revoke *r, size_t count, bool looks)
{
	r->gathered = true;
	r->ending = (struct ending){
		.call = r->call,
		.items = r->items,
		.count = count,
		.looks = looks,
		.spares = r->dry_run,
		.visit = revoke_on_spared,
		.done = revoke_ended,
	};
	ending_start(&r->ending);
}

static int revoke_on_gathered(struct gather *g, const struct session *s)
{
	struct revoke *r = CONTAINER_OF(g, struct revoke, gather);

	return ending_fill(&r->items[g->count - 1], &r->call->arena, s);
}

static void revoke_gathered(struct call *c)
{
	struct revoke *r = c->work;

	if (r->gather.more && !r->has_selection)
		call_refuse(c, REFUSAL_CONFIRMATION_REQUIRED,
			    "These are many: make a dry run, and send the selection that it gives");
	else
		revoke_end(r, r->gather.count, false);
}

/* The time is over: what was done is told, and more is to come. */
static void revoke_on_silence(struct call *c)
{
	struct revoke *r = c->work;

	if (r->gathered)
		ending_stop(&r->ending);
	event_del(r->timer);
	if (r->dry_run && !r->gathered)
		revoke_answer_count(r, r->gather.count, revoke_count_users(r), true);
	else if (!r->dry_run && r->gathered)
		revoke_answer_ended(r, true);
	else
		call_refuse(c, REFUSAL_STORE_TIMEOUT, "The store did not answer in time");
}

/* --- what is asked for --- */

static bool revoke_open_selection(struct revoke *r)
{
	int64_t now_ms = clock_wall_ms();
	struct slice content, moment;
	uint64_t moment_ms = 0;
	int rc = opaque_open(r->call, "selection", SLICE(""), r->selection, &content);

	if (rc == SG_ENOMEM) {
		call_refuse_memory(r->call);
		return false;
	}
	if (rc == 0 && slice_cut(&content, ' ', &moment) &&
	    slice_number(moment, INT64_MAX, &moment_ms) && selector_read(&r->selector, content))
		r->moment_ms = (int64_t)moment_ms;
	else
		rc = SG_EFORMAT;
	if (rc == 0 && now_ms - r->moment_ms < REVOKE_SELECTION_MS)
		return true;
	call_refuse(
		r->call, REFUSAL_INVALID_SELECTION,
		"Use a selection as it came, with the same token, for ten minutes; or make a new dry run");
	return false;
}

static void revoke_read_filter(struct revoke *r)
{
	const cJSON *filter = members_get(r->call, "filter");

	r->has_filter = filter != NULL;
	if (filter == NULL)
		return;
	if (!cJSON_IsObject(filter))
		call_complain(r->call, "filter", "must be an object");
	else
		selector_from_json(&r->selector, r->call, filter);
}

static bool revoke_read(struct revoke *r)
{
	struct call *c = r->call;
	bool has_except;

	members_check(c, revoke_members);
	r->ids = members_ids(c, "ids", REVOKE_IDS, &r->id_count, &r->has_ids);
	r->except = members_ids(c, "except", REVOKE_IDS, &r->except_count, &has_except);
	r->has_all = members_flag(c, "all", false);
	r->dry_run = members_flag(c, "dry_run", true);
	r->has_selection = members_get(c, "selection") != NULL;
	r->selection = members_text(c, "selection");
	members_reason(c);
	c->dry_run = r->dry_run;
	revoke_read_filter(r);
	if (call_refuse_complaints(c))
		return false;
	if (r->has_ids + r->has_filter + r->has_all + r->has_selection == 1 &&
	    !(r->has_ids && r->id_count == 0) &&
	    !(r->has_filter && selector_is_empty(&r->selector)))
		return true;
	call_refuse(c, REFUSAL_FILTER_REQUIRED,
		    "Say one of ids, filter, all: true or selection, and not an empty one");
	return false;
}

/* For the audit. Without memory it says less. */
static void revoke_note_target(struct revoke *r)
{
	struct call *c = r->call;
	struct buffer text = { 0 };
	int rc = 0;

	if (r->has_all) {
		c->target = SLICE("all");
		return;
	}
	for (size_t i = 0; rc == 0 && i < r->id_count; i++)
		rc = buffer_printf(&text, "%s%.*s", i > 0 ? "," : "", SLICE_ARGS(r->ids[i]));
	if (rc == 0 && r->id_count == 0)
		rc = selector_describe(&r->selector, &text);
	if (rc == 0)
		c->target = arena_copy(&c->arena, buffer_content(&text));
	buffer_fini(&text);
}

/* --- how it goes on --- */

static bool revoke_spares_id(const struct revoke *r, struct slice id)
{
	for (size_t i = 0; i < r->except_count; i++)
		if (slice_equal(r->except[i], id))
			return true;
	return false;
}

static void revoke_ids(struct revoke *r)
{
	size_t count = 0;

	for (size_t i = 0; i < r->id_count; i++) {
		if (revoke_spares_id(r, r->ids[i]))
			continue;
		memcpy(r->items[count].id, r->ids[i].ptr, TOKEN_ID_CHARS);
		count++;
	}
	revoke_end(r, count, r->dry_run || grant_is_limited(r->call->auth.grant));
}

/* Those that there were at that moment. */
static void revoke_bound(struct revoke *r)
{
	struct filter_span *created = &r->selected.filter.created;

	if (created->until_ms == 0 || r->moment_ms < created->until_ms)
		created->until_ms = r->moment_ms;
}

/* Whoever comes after the answer comes after the moment: by the store's clock as well, which may be a tick of the kernel's
 * behind. */
static void revoke_await_moment(struct revoke *r)
{
	static const struct timeval pause = { .tv_usec = REVOKE_MOMENT_MS * 1000L };

	if (clock_wall_coarse_ms() >= r->moment_ms || r->has_selection)
		gather_start(&r->gather);
	else if (evtimer_add(r->timer, &pause) != 0)
		call_refuse_memory(r->call);
}

static void revoke_on_timer(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	revoke_await_moment(ctx);
}

static void revoke_filtered(struct revoke *r)
{
	size_t most = r->dry_run         ? REVOKE_COUNTED
		      : r->has_selection ? REVOKE_IN_A_CALL
					 : REVOKE_AT_ONCE;

	if (r->has_all && !r->dry_run) {
		call_refuse(r->call, REFUSAL_CONFIRMATION_REQUIRED,
			    "Make a dry run, and send the selection that it gives");
		return;
	}
	selector_apply(&r->selector, r->call, r->moment_ms, &r->selected);
	if (call_refuse_complaints(r->call))
		return;
	revoke_bound(r);
	if (r->dry_run && !r->has_selection && revoke_write_selection(r) != 0) {
		call_refuse_memory(r->call);
		return;
	}
	r->gather = (struct gather){
		.call = r->call,
		.filter = &r->selected.filter,
		.except = r->except,
		.except_count = r->except_count,
		.most = most,
		.visit = r->dry_run ? revoke_on_counted : revoke_on_gathered,
		.done = r->dry_run ? revoke_counted : revoke_gathered,
	};
	if (r->selected.nobody)
		r->gather.done(r->call);
	else
		revoke_await_moment(r);
}

static void revoke_close(struct call *c)
{
	struct revoke *r = c->work;

	if (r->gathered)
		ending_stop(&r->ending);
	if (r->timer != NULL)
		event_free(r->timer);
	free(r->items);
	free(r->users);
}

void revoke_answer_post(struct call *c)
{
	struct revoke *r = arena_alloc(&c->arena, sizeof(*r));

	if (r == NULL) {
		call_refuse_memory(c);
		return;
	}
	r->call = c;
	r->moment_ms = clock_wall_ms() + 1;
	c->work = r;
	c->on_close = revoke_close;
	if (!revoke_read(r) || (r->has_selection && !revoke_open_selection(r)))
		return;
	r->items = calloc(REVOKE_IN_A_CALL, sizeof(*r->items));
	r->timer = evtimer_new(c->desk->loop, revoke_on_timer, r);
	if (r->items == NULL || r->timer == NULL) {
		call_refuse_memory(c);
		return;
	}
	revoke_note_target(r);
	c->on_silence = revoke_on_silence;
	call_extend(c, REVOKE_MS);
	if (r->has_ids)
		revoke_ids(r);
	else
		revoke_filtered(r);
}
