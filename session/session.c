/* session.c - see session.h. */
#include "session/session.h"

#include "base/base64url.h"
#include "base/list.h"
#include "base/word.h"
#include "session/value.h"

#include <assert.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	SESSION_CACHE_LINE = 64,
	SESSION_PREFETCH_LINES =
		16, /* the record and some small attributes; more is not ours, and no harm */
};

/* One allocation: the counter, the session, its attributes, behind them the secrets that were replaced and the saves, as
 * many as there are, and the text that they all point to. */
struct record {
	_Atomic unsigned refs;
	size_t bytes; /* of it all: what is wiped */
	struct session session;
	struct attribute attributes[];
};

static int64_t session_add_ms(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? INT64_MIN : INT64_MAX) : sum;
}

/* --- Merging: what attributes follow from old ones and changes ------------------------------ */

/* By name, and among equal names as they came. */
static int change_compare(const void *a, const void *b)
{
	const struct change *const *x = a, *const *y = b;
	int order = slice_compare((*x)->name, (*y)->name);

	return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* One change of each name, sorted: as in most requests there are few, they fit into few. */
struct changes {
	const struct change **sorted, *few[16];
	size_t count;
};

static int changes_init(struct changes *c, const struct change *changes, size_t count)
{
	size_t kept = 0;

	c->sorted = c->few;
	if (count > sizeof(c->few) / sizeof(c->few[0]))
		c->sorted = reallocarray(NULL, count, sizeof(c->sorted[0]));
	if (c->sorted == NULL)
		return SG_ENOMEM;
	for (size_t i = 0; i < count; i++)
		c->sorted[i] = &changes[i];
	if (count > 1)
		qsort(c->sorted, count, sizeof(c->sorted[0]), change_compare);
	for (size_t i = 0; i < count; i++) {
		if (i + 1 == count || !slice_equal(c->sorted[i]->name, c->sorted[i + 1]->name))
			c->sorted[kept++] = c->sorted[i];
	}
	c->count = kept;
	return 0;
}

static void changes_fini(struct changes *c)
{
	if (c->sorted != c->few)
		free(c->sorted);
}

/* A walk over both sorted lists at once. */
struct merge {
	const struct attribute *old, *old_end;
	const struct change **change, **change_end;
};

struct merged {
	struct attribute attribute;
	bool changed;
	size_t old_value_bytes; /* of a changed one; 0 when it was not there */
};

static struct merge merge_start(const struct attribute *old, size_t count, const struct changes *c)
{
	return (struct merge){ old, count > 0 ? old + count : old, c->sorted,
			       c->sorted + c->count };
}

/* < 0: the next name is only among the old ones; > 0: only among the changes; 0: in both. */
static int merge_side(const struct merge *m)
{
	if (m->old == m->old_end)
		return 1;
	if (m->change == m->change_end)
		return -1;
	return slice_compare(m->old->name, (*m->change)->name);
}

static bool attribute_is_plain(struct slice name, struct slice value)
{
	return base64url_is_text(name) && memchr(name.ptr, '-', name.len) == NULL &&
	       value_is_string(value) && memchr(value.ptr, '\\', value.len) == NULL &&
	       !slice_has_control(value);
}

/* The next attribute that stays or comes; false when there are no more. */
static bool merge_next(struct merge *m, struct merged *out)
{
	while (m->old != m->old_end || m->change != m->change_end) {
		int side = merge_side(m);
		const struct attribute *old = side <= 0 ? m->old++ : NULL;
		const struct change *change;

		if (side < 0) {
			*out = (struct merged){ *old, false, 0 };
			return true;
		}
		assert(m->change != m->change_end);
		change = *m->change++;
		if (change->value.ptr == NULL)
			continue;
		*out = (struct merged){ { change->name, change->value,
					  attribute_is_plain(change->name, change->value) },
					true,
					old != NULL ? old->value.len : 0 };
		return true;
	}
	return false;
}

/* --- Measuring ------------------------------------------------------------------------------ */

/* What an outcome is measured by. */
struct measure {
	const struct session_limits *limits;
	size_t overhead; /* of each value, which does not count */
};

/* Over max, and not merely left so by a record made under wider limits: such a one may shrink. */
static bool limit_broken(size_t now, size_t before, size_t max)
{
	return now > max && now > before;
}

/* The bytes of so many names and values that count. There may be a value without the overhead among them, from before
 * there was a cipher. */
static size_t counted_bytes(size_t bytes, size_t count, size_t overhead)
{
	return bytes > count * overhead ? bytes - count * overhead : 0;
}

size_t session_counted_bytes(const struct session *s, size_t value_overhead)
{
	return counted_bytes(s->attribute_bytes, s->attribute_count, value_overhead);
}

static bool measure_forbids_change(const struct measure *measure, const struct merged *m)
{
	size_t name = m->attribute.name.len;

	return m->changed && (name == 0 || name > SESSION_NAME_BYTES ||
			      limit_broken(m->attribute.value.len, m->old_value_bytes,
					   measure->limits->max_value + measure->overhead));
}

/* The attributes that will be: as in most sessions there are few, they fit into few. */
struct attributes {
	struct attribute *items, few[32];
	size_t count, bytes;
};

static int attributes_init(struct attributes *a, size_t room)
{
	a->items = a->few;
	a->count = a->bytes = 0;
	if (room > sizeof(a->few) / sizeof(a->few[0]))
		a->items = reallocarray(NULL, room, sizeof(a->items[0]));
	return a->items != NULL ? 0 : SG_ENOMEM;
}

static void attributes_fini(struct attributes *a)
{
	if (a->items != a->few)
		free(a->items);
}

/* before: what they follow from. */
static bool measure_forbids(const struct measure *m, const struct attributes *a,
			    const struct session *before)
{
	return limit_broken(a->count, before->attribute_count, m->limits->max_attributes) ||
	       limit_broken(counted_bytes(a->bytes, a->count, m->overhead),
			    session_counted_bytes(before, m->overhead), m->limits->max_bytes);
}

static int attributes_merge(struct attributes *a, struct merge merge, const struct session *before,
			    const struct measure *measure)
{
	struct merged m;

	while (merge_next(&merge, &m)) {
		if (measure_forbids_change(measure, &m))
			return SG_ELIMIT;
		a->items[a->count++] = m.attribute;
		a->bytes += m.attribute.name.len + m.attribute.value.len;
	}
	return measure_forbids(measure, a, before) ? SG_ELIMIT : 0;
}

/* --- Making records ------------------------------------------------------------------------- */

/* next: all but the attributes, of which there are count, with so many bytes; its slices may borrow from anywhere.
 * NULL: no memory. */
static struct record *record_room(const struct session *next, size_t count, size_t attribute_bytes)
{
	size_t bytes = sizeof(struct record) + count * sizeof(struct attribute) +
		       next->replaced_count * sizeof(next->replaced[0]) +
		       next->save_count * sizeof(next->save_ids[0]) + attribute_bytes +
		       next->realm.len + next->application.len + next->user.len + next->host.len +
		       next->device.first_ip.len + next->device.last_ip.len +
		       next->device.user_agent.len;
	struct record *r = malloc(bytes);

	if (r == NULL)
		return NULL;
	atomic_init(&r->refs, 1);
	r->bytes = bytes;
	r->session = *next;
	r->session.attributes = r->attributes;
	r->session.attribute_count = count;
	r->session.attribute_bytes = attribute_bytes;
	return r;
}

/* Where the text begins. */
static char *record_put_history(struct record *r, const struct session *next)
{
	struct session_replaced *replaced =
		(struct session_replaced *)&r->attributes[r->session.attribute_count];
	uint64_t *save_ids = (uint64_t *)&replaced[next->replaced_count];

	for (unsigned i = 0; i < next->replaced_count; i++)
		replaced[i] = next->replaced[i];
	for (unsigned i = 0; i < next->save_count; i++)
		save_ids[i] = next->save_ids[i];
	r->session.replaced = replaced;
	r->session.save_ids = save_ids;
	return (char *)&save_ids[next->save_count];
}

/* The text before the attributes'; where that begins. */
static char *record_put_head(struct record *r, const struct session *next)
{
	char *text = record_put_history(r, next);

	r->session.realm = word_put(&text, next->realm);
	r->session.application = word_put(&text, next->application);
	r->session.user = word_put(&text, next->user);
	return text;
}

/* What hardly anybody reads comes last. */
static void record_put_tail(struct record *r, const struct session *next, char *text)
{
	r->session.host = word_put(&text, next->host);
	r->session.device.first_ip = word_put(&text, next->device.first_ip);
	r->session.device.last_ip = word_put(&text, next->device.last_ip);
	r->session.device.user_agent = word_put(&text, next->device.user_agent);
	assert(text == (char *)r + r->bytes);
}

static int record_new(const struct session *next, const struct attributes *a,
		      const struct session **out)
{
	struct record *r = record_room(next, a->count, a->bytes);
	char *text;

	if (r == NULL)
		return SG_ENOMEM;
	text = record_put_head(r, next);
	for (size_t i = 0; i < a->count; i++) {
		r->attributes[i].name = word_put(&text, a->items[i].name);
		r->attributes[i].value = word_put(&text, a->items[i].value);
		r->attributes[i].plain = a->items[i].plain;
	}
	record_put_tail(r, next, text);
	*out = &r->session;
	return 0;
}

/* before: whose attributes those of next follow from; an empty one for none. */
static int session_make(const struct session *next, const struct session *before,
			const struct change *changes, size_t change_count,
			const struct measure *measure, const struct session **out)
{
	struct attributes attributes;
	struct changes sorted;
	int rc = changes_init(&sorted, changes, change_count);

	if (rc != 0)
		return rc;
	rc = attributes_init(&attributes, before->attribute_count + sorted.count);
	if (rc == 0) {
		rc = attributes_merge(
			&attributes,
			merge_start(before->attributes, before->attribute_count, &sorted), before,
			measure);
		if (rc == 0)
			rc = record_new(next, &attributes, out);
		attributes_fini(&attributes);
	}
	changes_fini(&sorted);
	return rc;
}

static void session_take_secret(struct session *next, const struct renewal *secret)
{
	memcpy(next->hash, secret->hash, sizeof(next->hash));
	memcpy(next->csrf, secret->csrf, sizeof(next->csrf));
	next->epoch = secret->epoch;
}

int session_new(const struct session_birth *birth, int64_t now_ms, const struct session **out)
{
	static const struct session nothing;
	const struct measure measure = { &birth->limits, 0 };
	struct device_text device_text;
	char host[SESSION_HOST_BYTES];
	struct session next = {
		.version = 1,
		.rotated_ms = now_ms,
		.realm = birth->realm,
		.application = birth->application,
		.user = birth->user,
		.created_ms = now_ms,
		.login_ms = birth->user.len > 0 ? now_ms : 0,
		.seen_ms = now_ms,
		.expires_ms = session_add_ms(now_ms, birth->absolute_ms),
		.idle_ms = birth->idle_ms,
		.touch_ms = birth->touch_ms,
		.idle_chosen = birth->idle_chosen,
		.remembered = birth->remembered,
		.save_ids = &birth->save_id,
		.save_count = 1,
		.host = device_clean(birth->host, host, sizeof(host)),
		.transport = birth->transport,
	};

	assert(token_id_well_formed(birth->id));
	memcpy(next.id, birth->id.ptr, TOKEN_ID_CHARS);
	session_take_secret(&next, birth->secret);
	if (birth->visit != NULL)
		next.device = device_new(birth->visit, &device_text);
	return session_make(&next, &nothing, birth->changes, birth->change_count, &measure, out);
}

static int attribute_compare(const void *a, const void *b)
{
	const struct attribute *x = a, *y = b;

	return slice_compare(x->name, y->name);
}

int session_restore(const struct session *s, struct attribute *attributes, size_t count,
		    const struct session **out)
{
	struct attributes all = { .items = attributes, .count = count };

	if (count > 1)
		qsort(attributes, count, sizeof(attributes[0]), attribute_compare);
	for (size_t i = 0; i < count; i++) {
		struct attribute *a = &attributes[i];

		a->plain = attribute_is_plain(a->name, a->value);
		all.bytes += a->name.len + a->value.len;
	}
	return record_new(s, &all, out);
}

bool session_unseen(const struct session *s)
{
	return s->replaced_count > 0 && s->replaced[0].good_until_ms == SESSION_UNSEEN;
}

/* --- What follows from a record --------------------------------------------------------------- */

/* A record to be, whose history lies here until it has one of its own. */
struct draft {
	struct session session;
	struct session_replaced replaced[SESSION_REPLACED];
	uint64_t save_ids[SESSION_SAVE_IDS];
};

static void draft_init(struct draft *d, const struct session *old)
{
	d->session = *old;
	for (unsigned i = 0; i < old->replaced_count; i++)
		d->replaced[i] = old->replaced[i];
	for (unsigned i = 0; i < old->save_count; i++)
		d->save_ids[i] = old->save_ids[i];
	d->session.replaced = d->replaced;
	d->session.save_ids = d->save_ids;
}

/* No secret that was replaced is good for longer than until then; 0: none is good. */
static void draft_limit_replaced(struct draft *d, int64_t good_until_ms, int64_t now_ms)
{
	int64_t end_ms = good_until_ms > now_ms ? good_until_ms : now_ms;

	for (unsigned i = 0; i < d->session.replaced_count; i++) {
		struct session_replaced *r = &d->replaced[i];

		if (r->good_until_ms <= good_until_ms)
			continue;
		r->good_until_ms = good_until_ms;
		r->stale_until_ms = session_add_ms(end_ms, SESSION_STALE_MS);
	}
}

/* The current secret becomes one that was replaced, and is good until it is seen or limited. */
static void draft_replace(struct draft *d, int64_t now_ms)
{
	struct session *next = &d->session;

	memmove(d->replaced + 1, d->replaced, (SESSION_REPLACED - 1) * sizeof(d->replaced[0]));
	memcpy(d->replaced[0].hash, next->hash, sizeof(next->hash));
	d->replaced[0].good_until_ms = d->replaced[0].stale_until_ms = SESSION_UNSEEN;
	if (next->replaced_count < SESSION_REPLACED)
		next->replaced_count++;
	next->rotated_ms = now_ms;
	next->rotation_asked = false;
}

/* True: it won. */
static bool draft_renew(struct draft *d, const struct renewal *renewal, int64_t now_ms)
{
	if (renewal->expected != NULL && !token_hash_equal(renewal->expected, d->session.hash))
		return false;
	draft_replace(d, now_ms);
	draft_limit_replaced(d, 0, now_ms);
	session_take_secret(&d->session, renewal);
	return true;
}

static void draft_see(struct draft *d, const struct delta *delta, int64_t now_ms)
{
	if (token_hash_equal(delta->presented, d->session.hash))
		draft_limit_replaced(d, session_add_ms(now_ms, delta->grace_ms), now_ms);
}

/* True: it won. */
static bool draft_rotate(struct draft *d, const struct rotation *rotation, int64_t now_ms)
{
	struct session *next = &d->session;

	if (!token_hash_equal(rotation->expected, next->hash) ||
	    (rotation->lost && !session_unseen(next)))
		return false;
	if (!rotation->lost)
		draft_replace(d, now_ms);
	memcpy(next->hash, rotation->hash, sizeof(next->hash));
	next->rotated_ms = now_ms;
	next->rotation_asked = false;
	return true;
}

static void draft_remember_save(struct draft *d, uint64_t save_id)
{
	memmove(d->save_ids + 1, d->save_ids, (SESSION_SAVE_IDS - 1) * sizeof(d->save_ids[0]));
	d->save_ids[0] = save_id;
	if (d->session.save_count < SESSION_SAVE_IDS)
		d->session.save_count++;
}

static void session_log_in(struct session *next, const struct login *login, int64_t now_ms)
{
	assert(login->user.len <= SESSION_USER_BYTES);
	next->user = login->user;
	next->remembered = login->remembered;
	next->login_ms = login->user.len > 0 ? now_ms : 0;
	if (login->user.len > 0)
		next->expires_ms = session_add_ms(now_ms, login->absolute_ms);
	next->touch_ms = login->touch_ms;
	if (!next->idle_chosen)
		next->idle_ms = login->idle_ms;
}

static void session_choose_idle(struct session *next, int64_t idle_ms)
{
	next->idle_ms = idle_ms;
	next->idle_chosen = true;
}

/* From one user to another; who had no user, or has none from now on, keeps what there is. */
static bool session_changes_hands(const struct session *old, const struct delta *d)
{
	return d->login != NULL && session_authenticated(old) && d->login->user.len > 0 &&
	       !slice_equal(old->user, d->login->user);
}

int session_apply(const struct session *old, const struct delta *d, int64_t now_ms,
		  const struct session **out)
{
	static const struct session nothing;
	const struct measure measure = { &d->limits, d->value_overhead };
	struct device_text device_text;
	struct draft draft;
	struct session *next = &draft.session;
	bool lost = false; /* the race for a new secret */

	assert(d->login == NULL || d->renewal != NULL);
	assert(d->rotation == NULL || d->renewal == NULL);
	draft_init(&draft, old);
	if (next->seen_ms < now_ms && !d->unseen)
		next->seen_ms = now_ms;
	if (d->presented != NULL)
		draft_see(&draft, d, now_ms);
	if (d->rotation != NULL)
		lost = !draft_rotate(&draft, d->rotation, now_ms);
	if (d->idle_ms > 0)
		session_choose_idle(next, d->idle_ms);
	if (d->renewal != NULL)
		lost = !draft_renew(&draft, d->renewal, now_ms);
	if (d->login != NULL)
		session_log_in(next, d->login, now_ms);
	if (d->expires_ms > 0)
		next->expires_ms = d->expires_ms;
	next->rotation_asked |= d->asks_rotation;
	/* one that lost and says nothing else is no more than a touch */
	if (!delta_is_touch(d) &&
	    !(lost && d->change_count == 0 && d->idle_ms == 0 && d->expires_ms == 0)) {
		next->version++;
		draft_remember_save(&draft, d->save_id);
	}
	if (d->visit != NULL)
		next->device = device_follow(&old->device, d->visit, &device_text);
	return session_make(next, session_changes_hands(old, d) ? &nothing : old, d->changes,
			    d->change_count, &measure, out);
}

int session_remains(const struct session *s, const struct session **out)
{
	static const struct session nothing;
	static const struct session_limits none;
	const struct measure measure = { &none, 0 };
	struct session next = *s;

	return session_make(&next, &nothing, NULL, 0, &measure, out);
}

static struct record *record_of(const struct session *s)
{
	return CONTAINER_OF(s, struct record, session);
}

/* --- Recoding -------------------------------------------------------------------------------- */

/* Names as they are and values by the coder, from text on, which moves behind them. */
static int record_put_recoded(struct record *r, const struct session *s,
			      const struct session_coder *coder, void *ctx, char **text)
{
	for (size_t i = 0; i < s->attribute_count; i++) {
		const struct attribute *from = &s->attributes[i];
		struct attribute *to = &r->attributes[i];
		int rc;

		to->name = word_put(text, from->name);
		to->value = slice_of(*text, coder->bytes(from->value));
		if (coder->write != NULL &&
		    (rc = coder->write(ctx, to->name, from->value, *text)) != 0)
			return rc;
		*text += to->value.len;
		to->plain = attribute_is_plain(to->name, to->value);
	}
	return 0;
}

int session_recode(const struct session *s, const struct session_coder *coder, void *ctx,
		   const struct session **out)
{
	const struct session *made;
	struct record *r;
	size_t bytes = 0;
	char *text;
	int rc;

	for (size_t i = 0; i < s->attribute_count; i++)
		bytes += s->attributes[i].name.len + coder->bytes(s->attributes[i].value);
	if ((r = record_room(s, s->attribute_count, bytes)) == NULL)
		return SG_ENOMEM;
	made = &r->session;
	text = record_put_head(r, s);
	if ((rc = record_put_recoded(r, s, coder, ctx, &text)) != 0) {
		session_unref(&made);
		return rc;
	}
	record_put_tail(r, s, text);
	*out = made;
	return 0;
}

static size_t nothing_bytes(struct slice value)
{
	(void)value;
	return 0;
}

int session_outline(const struct session *s, size_t value_overhead, const struct session **out)
{
	static const struct session_coder leave_out = { .bytes = nothing_bytes };
	const struct session *outline;
	int rc = session_recode(s, &leave_out, NULL, &outline);

	if (rc != 0)
		return rc;
	record_of(outline)->session.attribute_bytes = session_counted_bytes(s, value_overhead);
	*out = outline;
	return 0;
}

int session_restore_outline(const struct session *s, struct attribute *attributes, size_t count,
			    const struct session **out)
{
	const struct session *outline;
	int rc = session_restore(s, attributes, count, &outline);

	if (rc != 0)
		return rc;
	record_of(outline)->session.attribute_bytes = s->attribute_bytes;
	*out = outline;
	return 0;
}

const struct session *session_ref(const struct session *s)
{
	atomic_fetch_add_explicit(&record_of(s)->refs, 1, memory_order_relaxed);
	return s;
}

void session_unref(const struct session **s)
{
	struct record *r;

	if (*s == NULL)
		return;
	r = record_of(*s);
	*s = NULL;
	/* the last one must see what the others did with the record before it goes */
	if (atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return;
	explicit_bzero(r, r->bytes);
	free(r);
}

void session_prefetch(const struct session *s)
{
	const char *at = (const char *)s;

	for (size_t i = 0; s != NULL && i < SESSION_PREFETCH_LINES; i++)
		__builtin_prefetch(at + i * SESSION_CACHE_LINE);
}

/* --- Asking --------------------------------------------------------------------------------- */

bool session_get(const struct session *s, struct slice name, struct slice *value)
{
	size_t low = 0, high = s->attribute_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = slice_compare(name, s->attributes[mid].name);

		if (order == 0) {
			*value = s->attributes[mid].value;
			return true;
		}
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

bool session_has_save(const struct session *s, uint64_t save_id)
{
	for (unsigned i = 0; i < s->save_count; i++) {
		if (s->save_ids[i] == save_id)
			return save_id != 0;
	}
	return false;
}

bool session_authenticated(const struct session *s)
{
	return s->user.len > 0;
}

bool session_is_newer(const struct session *s, const struct session *than)
{
	return s->version != than->version ? s->version > than->version
					   : s->seen_ms > than->seen_ms;
}

static enum session_secret replaced_secret(const struct session_replaced *r, int64_t now_ms)
{
	if (now_ms < r->good_until_ms)
		return SECRET_OLD;
	return now_ms < r->stale_until_ms ? SECRET_STALE : SECRET_WRONG;
}

enum session_secret session_secret(const struct session *s, const uint8_t hash[TOKEN_HASH_BYTES],
				   int64_t now_ms)
{
	if (token_hash_equal(hash, s->hash))
		return SECRET_CURRENT;
	for (unsigned i = 0; i < s->replaced_count; i++)
		if (token_hash_equal(hash, s->replaced[i].hash))
			return replaced_secret(&s->replaced[i], now_ms);
	return SECRET_WRONG;
}

bool session_may_rotate(const struct session *s, enum session_secret secret, int64_t now_ms)
{
	if (secret == SECRET_CURRENT)
		return true;
	return secret == SECRET_OLD && session_unseen(s) &&
	       now_ms >= session_add_ms(s->rotated_ms, SESSION_LOST_MS);
}

int64_t session_touch_interval_ms(const struct session *s)
{
	int64_t tenth = s->idle_ms / 10;

	return s->touch_ms < tenth ? s->touch_ms : tenth;
}

bool session_touch_due(const struct session *s, int64_t now_ms)
{
	int64_t interval_ms = session_touch_interval_ms(s);

	return interval_ms == 0 || now_ms >= session_add_ms(s->seen_ms, interval_ms);
}

int64_t session_end_ms(const struct session *s)
{
	int64_t idle = session_add_ms(session_add_ms(s->seen_ms, s->idle_ms),
				      session_touch_interval_ms(s));

	return idle < s->expires_ms ? idle : s->expires_ms;
}
