/* sealed.c - see sealed.h.
 *
 * An operation here is in front of one there, and lives as long. Those that are over are kept for the next, as those
 * of a delivery are (delivery.h). */
#include "backends/sealed.h"

#include "backends/kind.h"
#include "backends/roll.h"
#include "backends/seal.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/log.h"

#include <assert.h>
#include <stdlib.h>

enum {
	SEALED_COMPLAINTS = 10, /* in so long a time, so that a lost key does not fill a disk */
	SEALED_COMPLAINTS_MS = 10000,
};

/* What all connections share. */
struct sealed {
	struct backend backend;
	struct backend *behind;
	struct seal_keys keys;
};

struct sealed_store {
	struct store store;
	struct store *behind;
	struct seal *seal;
	struct link *busy, *unused;
	int64_t complaints_ms; /* since when they are counted */
	unsigned complaints;
};

struct store_op {
	struct link link;
	struct sealed_store *st;
	struct store_op *behind;
	store_done_fn *done;
	void *ctx;
	bool writes; /* what cannot be reported may have been done */
	bool unread; /* of a save: nobody looks at the values */
};

static struct sealed_store *sealed_store(struct store *store)
{
	return (struct sealed_store *)store;
}

/* --- Records --------------------------------------------------------------------------------- */

static size_t sealed_bytes(struct slice value)
{
	return value.len + SEAL_OVERHEAD;
}

static int sealed_write(void *ctx, struct slice name, struct slice value, char *out)
{
	return seal_encrypt(ctx, name, value, out);
}

static int sealed_read(void *ctx, struct slice name, struct slice value, char *out)
{
	return seal_decrypt(ctx, name, value, out);
}

static const struct session_coder sealing = { sealed_bytes, sealed_write };
static const struct session_coder opening = { seal_decrypted_bytes, sealed_read };

/* A reference to s itself where there is nothing to be done. */
static int sealed_recode(struct sealed_store *st, const struct session *s,
			 const struct session_coder *coder, const struct session **out)
{
	if (s->attribute_count == 0) {
		*out = session_ref(s);
		return 0;
	}
	seal_begin(st->seal, slice_of(s->id, TOKEN_ID_CHARS));
	return session_recode(s, coder, st->seal, out);
}

static void sealed_complain(struct sealed_store *st, const struct session *s)
{
	int64_t now_ms = clock_mono_ms();

	if (now_ms - st->complaints_ms >= SEALED_COMPLAINTS_MS) {
		st->complaints_ms = now_ms;
		st->complaints = 0;
	}
	if (st->complaints++ > SEALED_COMPLAINTS)
		return;
	log_warn("", "session %s cannot be decrypted and is unknown: %s%s", s->id,
		 seal_complaint(st->seal),
		 st->complaints > SEALED_COMPLAINTS ? "; there are more of them" : "");
}

/* --- Operations ------------------------------------------------------------------------------ */

/* NULL: no memory. */
static struct store_op *op_begin(struct store *store, store_done_fn *done, void *ctx)
{
	struct sealed_store *st = sealed_store(store);
	struct store_op *op;

	if (st->unused != NULL) {
		op = CONTAINER_OF(st->unused, struct store_op, link);
		link_remove(&op->link);
	} else if ((op = calloc(1, sizeof(*op))) == NULL) {
		return NULL;
	}
	*op = (struct store_op){ .st = st, .done = done, .ctx = ctx };
	link_push(&st->busy, &op->link);
	return op;
}

static void op_end(struct store_op *op)
{
	link_remove(&op->link);
	link_push(&op->st->unused, &op->link);
}

/* The other store has taken it; or it has not, having no memory. */
static struct store_op *op_sent(struct store_op *op, struct store_op *behind)
{
	op->behind = behind;
	if (behind != NULL)
		return op;
	op_end(op);
	return NULL;
}

/* The record is there, and cannot be handed on. */
static void op_spoil(const struct store_op *op, struct store_result *result, int rc)
{
	const struct session *record = result->session;

	if (result->fence != 0)
		store_unlock(op->st->behind, slice_of(record->id, TOKEN_ID_CHARS), result->fence);
	*result = (struct store_result){ .status = STORE_NOT_FOUND,
					 .whole_since_ms = STORE_NEVER_WHOLE };
	if (rc == SG_EFORMAT)
		sealed_complain(op->st, record);
	else
		result->status = op->writes ? STORE_UNCERTAIN : STORE_UNAVAILABLE;
}

/* What an operation's caller gets of a record. */
static int op_open(const struct store_op *op, const struct session *s, const struct session **out)
{
	if (op->unread)
		return session_outline(s, SEAL_OVERHEAD, out);
	return sealed_recode(op->st, s, &opening, out);
}

static void op_on_record(void *ctx, const struct store_result *result)
{
	struct store_op *op = ctx;
	struct store_result plain = *result;
	const struct session *session = NULL;
	int rc;

	if (result->session != NULL) {
		rc = op_open(op, result->session, &session);
		if (rc == 0)
			plain.session = session;
		else
			op_spoil(op, &plain, rc);
	}
	op_end(op); /* first: the callback may start the next one */
	op->done(op->ctx, &plain);
	session_unref(&session);
}

/* Of lists there are no values. What cannot be decrypted is there all the same, and can be ended. */
static int sealed_outline_all(const struct store_result *result, struct roll *plain)
{
	int rc = roll_init(plain, result->count);

	for (size_t i = 0; i < result->count && rc == 0; i++) {
		const struct session *session;

		rc = session_outline(result->sessions[i], SEAL_OVERHEAD, &session);
		if (rc == 0)
			roll_add(plain, session);
	}
	return rc;
}

static void op_on_outlines(void *ctx, const struct store_result *result)
{
	struct store_op *op = ctx;
	struct store_result plain = *result;
	struct roll roll = { 0 };

	if (result->sessions != NULL) {
		if (sealed_outline_all(result, &roll) == 0)
			plain.sessions = roll.sessions;
		else
			plain = (struct store_result){ .status = STORE_UNAVAILABLE };
	}
	op_end(op);
	op->done(op->ctx, &plain);
	roll_fini(&roll);
}

/* What has no record. */
static void op_on_done(void *ctx, const struct store_result *result)
{
	struct store_op *op = ctx;

	op_end(op);
	op->done(op->ctx, result);
}

/* --- Sessions -------------------------------------------------------------------------------- */

static struct store_op *sealed_find(struct store *store, struct slice id, store_done_fn *done,
				    void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_find(op->st->behind, id, op_on_record, op));
}

static struct store_op *sealed_lock(struct store *store, struct slice id,
				    const struct store_claim *claim, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL ? NULL
			  : op_sent(op, store_lock(op->st->behind, id, claim, op_on_record, op));
}

static void sealed_unlock(struct store *store, struct slice id, uint64_t fence)
{
	store_unlock(sealed_store(store)->behind, id, fence);
}

static void sealed_release(struct store *store, struct slice id, uint64_t fence)
{
	store_release(sealed_store(store)->behind, id, fence);
}

static struct store_op *sealed_create(struct store *store, const struct session *session,
				      const struct session_quota *quota,
				      const struct store_mark *mark, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx), *behind = NULL;
	const struct session *sealed;

	if (op == NULL)
		return NULL;
	op->writes = true;
	if (sealed_recode(op->st, session, &sealing, &sealed) == 0) {
		behind = store_create(op->st->behind, sealed, quota, mark, op_on_record, op);
		session_unref(&sealed);
	}
	return op_sent(op, behind);
}

static struct store_op *sealed_put(struct store *store, const struct session *session,
				   store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx), *behind = NULL;
	const struct session *sealed;

	if (op == NULL)
		return NULL;
	if (sealed_recode(op->st, session, &sealing, &sealed) == 0) {
		behind = store_put(op->st->behind, sealed, op_on_done, op);
		session_unref(&sealed);
	}
	return op_sent(op, behind);
}

static size_t sealed_changes_bytes(const struct delta *d)
{
	size_t bytes = d->change_count * sizeof(struct change);

	for (size_t i = 0; i < d->change_count; i++)
		if (d->changes[i].value.ptr != NULL)
			bytes += sealed_bytes(d->changes[i].value);
	return bytes;
}

/* d's changes into room: the structs first, then the values that they point to. */
static int sealed_changes(struct seal *seal, const struct delta *d, char *room)
{
	struct change *changes = (struct change *)(void *)room;
	char *text = room + d->change_count * sizeof(struct change);
	int rc = 0;

	for (size_t i = 0; i < d->change_count && rc == 0; i++) {
		const struct change *from = &d->changes[i];

		changes[i] = *from;
		if (from->value.ptr == NULL)
			continue;
		changes[i].value = slice_of(text, sealed_bytes(from->value));
		rc = seal_encrypt(seal, from->name, from->value, text);
		text += changes[i].value.len;
	}
	return rc;
}

/* What d says, with values that are sealed in room's memory. */
static int sealed_delta(struct sealed_store *st, struct slice id, const struct delta *d,
			struct buffer *room, struct delta *out)
{
	char *text;
	int rc;

	*out = *d;
	out->value_overhead = SEAL_OVERHEAD;
	if (d->change_count == 0)
		return 0;
	if ((rc = buffer_reserve(room, sealed_changes_bytes(d), &text)) != 0)
		return rc;
	seal_begin(st->seal, id);
	out->changes = (struct change *)(void *)text;
	return sealed_changes(st->seal, d, text);
}

static struct store_op *sealed_save(struct store *store, struct slice id, const struct delta *d,
				    store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx), *behind = NULL;
	struct buffer room = { 0 };
	struct delta sealed;

	if (op == NULL)
		return NULL;
	op->writes = true;
	op->unread = d->unread;
	if (sealed_delta(op->st, id, d, &room, &sealed) == 0)
		behind = store_save(op->st->behind, id, &sealed, op_on_record, op);
	buffer_fini(&room);
	return op_sent(op, behind);
}

static struct store_op *sealed_remove(struct store *store, struct slice id,
				      const struct store_user *owner, const struct store_end *end,
				      store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL ? NULL
			  : op_sent(op, store_remove_by(op->st->behind, id, owner, end,
							op_on_record, op));
}

/* --- Users and events ------------------------------------------------------------------------ */

static struct store_op *sealed_remove_user(struct store *store, const struct store_user *who,
					   struct slice except, const struct store_end *end,
					   store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL ? NULL
			  : op_sent(op, store_remove_user_by(op->st->behind, who, except, end,
							     op_on_done, op));
}

static struct store_op *sealed_list_user(struct store *store, const struct store_user *who,
					 size_t limit, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL ? NULL
			  : op_sent(op, store_list_user(op->st->behind, who, limit, op_on_outlines,
							op));
}

static struct filter sealed_filter(const struct filter *filter)
{
	struct filter sealed = *filter;

	sealed.value_overhead = SEAL_OVERHEAD;
	return sealed;
}

static struct store_op *sealed_page(struct store *store, const struct store_listing *listing,
				    store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);
	struct filter filter = sealed_filter(listing->filter);
	struct store_listing sealed = *listing;

	sealed.filter = &filter;
	return op == NULL ? NULL
			  : op_sent(op, store_list(op->st->behind, &sealed, op_on_outlines, op));
}

static struct store_op *sealed_count(struct store *store, const struct filter *filter,
				     store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);
	struct filter sealed = sealed_filter(filter);

	return op == NULL ? NULL
			  : op_sent(op, store_count(op->st->behind, &sealed, op_on_done, op));
}

static struct store_op *sealed_headcount(struct store *store, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_headcount(op->st->behind, op_on_done, op));
}

static struct store_op *sealed_users(struct store *store, const struct store_user_listing *listing,
				     store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL ? NULL
			  : op_sent(op, store_users(op->st->behind, listing, op_on_done, op));
}

static struct store_op *sealed_block_user(struct store *store, const struct store_user *who,
					  const struct store_block *block, store_done_fn *done,
					  void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL
		       ? NULL
		       : op_sent(op, store_block_user(op->st->behind, who, block, op_on_done, op));
}

static struct store_op *sealed_unblock_user(struct store *store, const struct store_user *who,
					    struct slice actor, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL ? NULL
			  : op_sent(op,
				    store_unblock_user(op->st->behind, who, actor, op_on_done, op));
}

static struct store_op *sealed_events(struct store *store, struct slice position, size_t limit,
				      store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL
		       ? NULL
		       : op_sent(op, store_events(op->st->behind, position, limit, op_on_done, op));
}

static struct store_op *sealed_tell(struct store *store, const struct session_event *e,
				    store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_tell(op->st->behind, e, op_on_done, op));
}

static struct store_op *sealed_health(struct store *store, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_health(op->st->behind, op_on_done, op));
}

static struct store_op *sealed_examine(struct store *store, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_examine(op->st->behind, op_on_done, op));
}

static struct store_op *sealed_expire_due(struct store *store, size_t limit, store_done_fn *done,
					  void *ctx)
{
	struct store_op *op = op_begin(store, done, ctx);

	return op == NULL ? NULL
			  : op_sent(op, store_expire_due(op->st->behind, limit, op_on_done, op));
}

/* --- Opening and closing --------------------------------------------------------------------- */

static void sealed_cancel(struct store_op **op)
{
	struct store_op *o = *op;

	*op = NULL;
	store_cancel(o->st->behind, &o->behind);
	op_end(o);
}

static void sealed_store_close(struct store **store)
{
	struct sealed_store *st = sealed_store(*store);

	*store = NULL;
	assert(st->busy == NULL); /* else an operation was not cancelled */
	for (struct link *l = st->unused, *next; l != NULL; l = next) {
		next = l->next;
		free(CONTAINER_OF(l, struct store_op, link));
	}
	store_close(&st->behind);
	seal_free(&st->seal);
	free(st);
}

static const struct store_ops sealed_ops = {
	.kind = "sealed",
	.find = sealed_find,
	.lock = sealed_lock,
	.unlock = sealed_unlock,
	.release = sealed_release,
	.create = sealed_create,
	.put = sealed_put,
	.save = sealed_save,
	.remove = sealed_remove,
	.remove_user = sealed_remove_user,
	.list_user = sealed_list_user,
	.list = sealed_page,
	.count = sealed_count,
	.headcount = sealed_headcount,
	.users = sealed_users,
	.block_user = sealed_block_user,
	.unblock_user = sealed_unblock_user,
	.events = sealed_events,
	.tell = sealed_tell,
	.health = sealed_health,
	.examine = sealed_examine,
	.expire_due = sealed_expire_due,
	.cancel = sealed_cancel,
	.close = sealed_store_close,
};

static int sealed_connect(struct backend *backend, struct event_base *loop, struct store **out)
{
	struct sealed *s = (struct sealed *)backend;
	struct sealed_store *st = calloc(1, sizeof(*st));
	int rc;

	if (st == NULL)
		return SG_ENOMEM;
	st->store.ops = &sealed_ops;
	if ((rc = seal_new(&s->keys, &st->seal)) != 0 ||
	    (rc = backend_connect(s->behind, loop, &st->behind)) != 0) {
		seal_free(&st->seal);
		free(st);
		return rc;
	}
	*out = &st->store;
	return 0;
}

static void sealed_close(struct backend *backend)
{
	struct sealed *s = (struct sealed *)backend;

	backend_close(&s->behind);
	seal_keys_fini(&s->keys);
	free(s);
}

/* In front of another kind: no URL is its own. */
static const struct backend_kind sealed_kind = {
	.close = sealed_close,
	.connect = sealed_connect,
};

int sealed_open(struct backend **backend, const struct slice *keys, size_t count)
{
	struct sealed *s = calloc(1, sizeof(*s));
	int rc = s != NULL ? seal_keys_init(&s->keys, keys, count) : SG_ENOMEM;

	if (rc != 0) {
		free(s);
		return rc;
	}
	s->backend.kind = &sealed_kind;
	s->backend.counts = backend_counts(*backend);
	s->backend.shared = backend_is_shared(*backend);
	s->behind = *backend;
	*backend = &s->backend;
	return 0;
}
