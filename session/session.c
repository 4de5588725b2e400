/* session.c - see session.h. */
#include "session/session.h"

#include "session/session_record.h"

#include <assert.h>
#include <limits.h>

static int64_t session_add_ms(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? INT64_MIN : INT64_MAX) : sum;
}

/* before: whose attributes those of next follow from; an empty one for none. */
static int session_make(const struct session *next, const struct session *before,
			const struct change *changes, size_t change_count,
			const struct measure *measure, const struct session **out)
{
	struct attributes attributes;
	int rc = attributes_make(&attributes, before, changes, change_count, measure);

	if (rc != 0)
		return rc;
	rc = record_new(next, &attributes, out);
	attributes_fini(&attributes);
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

int session_remains(const struct session *s, const struct session **out)
{
	static const struct session nothing;
	static const struct session_limits none;
	const struct measure measure = { &none, 0 };
	struct session next = *s;

	return session_make(&next, &nothing, NULL, 0, &measure, out);
}

/* --- What follows from a session ------------------------------------------------------------ */

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

size_t session_counted_bytes(const struct session *s, size_t value_overhead)
{
	return attributes_counted_bytes(s->attribute_bytes, s->attribute_count, value_overhead);
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

bool session_unseen(const struct session *s)
{
	return s->replaced_count > 0 && s->replaced[0].good_until_ms == SESSION_UNSEEN;
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
