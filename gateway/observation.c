/* observation.c - see observation.h. */
#include "gateway/observation.h"

#include <stdlib.h>

struct observed_write {
	int64_t ended_us; /* 0: none */
	uint64_t keys;    /* bits */
};

struct observed_session {
	struct link bucket, recent;
	uint64_t hash;
	int64_t ended_us; /* of its last visit */
	bool used;        /* some use has told of it */
	bool known;       /* digests are what it held last */
	uint8_t next_write;
	struct observed_write writes[OBSERVATION_WRITES];
	uint32_t digests[OBSERVATION_KEYS]; /* 0: not there */
};

int observation_new(struct observation **out)
{
	struct observation *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return SG_ENOMEM;
	o->sessions = calloc(OBSERVATION_SESSIONS, sizeof(*o->sessions));
	if (o->sessions == NULL) {
		free(o);
		return SG_ENOMEM;
	}
	queue_init(&o->recent);
	*out = o;
	return 0;
}

void observation_free(struct observation **o)
{
	if (*o != NULL)
		free((*o)->sessions);
	free(*o);
	*o = NULL;
}

/* --- names --- */

/* The row of that name, or one that is free for it; NULL: there is none. */
static struct observed_name *observed_row(struct observed_name *row, struct slice name)
{
	if (row->len != 0 && !slice_equal(observed_text(row), name))
		return NULL;
	if (row->len == 0) {
		memcpy(row->text, name.ptr, name.len);
		row->len = name.len;
	}
	return row;
}

static void observed_cookie(struct observed_name rows[OBSERVATION_COOKIES], struct slice name)
{
	if (name.len > OBSERVATION_NAME_BYTES)
		name.len = OBSERVATION_NAME_BYTES;
	for (size_t i = 0; name.len > 0 && i < OBSERVATION_COOKIES; i++) {
		struct observed_name *row = observed_row(&rows[i], name);

		if (row != NULL) {
			row->count++;
			return;
		}
	}
}

static size_t observation_key(struct observation *o, struct slice name)
{
	if (name.len == 0 || name.len > OBSERVATION_NAME_BYTES)
		return OBSERVATION_OTHERS;
	for (size_t i = 0; i < OBSERVATION_OTHERS; i++)
		if (observed_row(&o->keys[i].name, name) != NULL)
			return i;
	return OBSERVATION_OTHERS;
}

/* --- sessions --- */

static struct link **observation_bucket(struct observation *o, uint64_t hash)
{
	return &o->buckets[hash % OBSERVATION_SESSIONS];
}

static struct observed_session *observation_find(struct observation *o, uint64_t hash)
{
	struct link *l;

	for (l = *observation_bucket(o, hash); l != NULL; l = l->next) {
		struct observed_session *s = CONTAINER_OF(l, struct observed_session, bucket);

		if (s->hash == hash)
			return s;
	}
	return NULL;
}

/* Room for one more, in the place of the one that was seen last longest ago. */
static struct observed_session *observation_room(struct observation *o)
{
	struct observed_session *s;

	if (o->session_count < OBSERVATION_SESSIONS)
		return &o->sessions[o->session_count++];
	s = CONTAINER_OF(o->recent.first, struct observed_session, recent);
	queue_remove(&o->recent, &s->recent);
	link_remove(&s->bucket);
	o->forgot = true;
	return s;
}

/* The first bits choose a register, which keeps how many zeros followed at the most. */
static void observation_estimate(struct observation *o, uint64_t hash)
{
	uint8_t *r = &o->registers[hash % OBSERVATION_REGISTERS];
	uint64_t rest = hash / OBSERVATION_REGISTERS;
	uint8_t rank = (uint8_t)(rest != 0 ? __builtin_ctzll(rest) + 1 : 55);

	if (rank > *r)
		*r = rank;
}

static struct observed_session *observation_session(struct observation *o, uint64_t hash)
{
	struct observed_session *s = observation_find(o, hash);

	if (s != NULL) {
		queue_remove(&o->recent, &s->recent);
	} else {
		s = observation_room(o);
		*s = (struct observed_session){ .hash = hash };
		link_push(observation_bucket(o, hash), &s->bucket);
		o->known++;
		observation_estimate(o, hash);
	}
	queue_append(&o->recent, &s->recent);
	return s;
}

/* The session got another id. */
static void observation_rename(struct observation *o, struct observed_session *s, uint64_t hash)
{
	link_remove(&s->bucket);
	s->hash = hash;
	link_push(observation_bucket(o, hash), &s->bucket);
}

uint64_t observation_sessions(const struct observation *o, bool *estimated)
{
	const double m = OBSERVATION_REGISTERS, alpha = 0.7213 / (1 + 1.079 / m);
	double sum = 0;

	*estimated = o->forgot;
	if (!o->forgot)
		return o->known;
	for (size_t i = 0; i < OBSERVATION_REGISTERS; i++)
		sum += 1 / (double)(UINT64_C(1) << o->registers[i]);
	return (uint64_t)(alpha * m * m / sum); /* of more than 2.5 m: it needs no other formula */
}

/* --- visits --- */

/* By which id it is known: a use may have told of the new one already. */
static uint64_t observed_hash(struct observation *o, const struct observed_visit *visit)
{
	bool renamed = visit->given != 0 && observation_find(o, visit->given) != NULL &&
		       (visit->session == 0 || observation_find(o, visit->session) == NULL);

	return visit->session != 0 && !renamed ? visit->session : visit->given;
}

void observation_visit(struct observation *o, const struct observed_visit *visit)
{
	uint64_t hash = observed_hash(o, visit);

	o->requests++;
	o->with_session += visit->session != 0;
	o->created += visit->given != 0 && visit->given != visit->session;
	o->cleared += visit->cleared;
	o->expected += visit->reports;
	observed_cookie(o->cookies, visit->cookie);
	observed_cookie(o->others, visit->other_cookie);
	if (hash != 0) {
		struct observed_session *s = observation_session(o, hash);

		o->parallel_requests += s->ended_us > visit->began_us;
		if (visit->ended_us > s->ended_us)
			s->ended_us = visit->ended_us;
		if (visit->given != 0 && visit->given != hash &&
		    observation_find(o, visit->given) == NULL)
			observation_rename(o, s, visit->given);
	}
}

/* --- uses --- */

static void observation_size_of(struct observation *o, uint64_t bytes, size_t keys)
{
	unsigned bits = bytes > 0 ? 64 - (unsigned)__builtin_clzll(bytes) : 0;

	o->sizes[bits < OBSERVATION_SIZES ? bits : OBSERVATION_SIZES - 1]++;
	if (bytes > o->max_bytes)
		o->max_bytes = bytes;
	if (keys > o->most_keys)
		o->most_keys = keys;
}

uint64_t observation_size(const struct observation *o, unsigned percent)
{
	uint64_t all = 0, sum = 0;
	unsigned bits;

	for (bits = 0; bits < OBSERVATION_SIZES; bits++)
		all += o->sizes[bits];
	for (bits = 0; bits < OBSERVATION_SIZES; bits++) {
		sum += o->sizes[bits];
		if (sum > 0 && sum * 100 >= all * percent)
			break;
	}
	if (all == 0)
		return 0;
	return bits < 63 && (UINT64_C(1) << bits) - 1 < o->max_bytes ? (UINT64_C(1) << bits) - 1
								     : o->max_bytes;
}

/* One use as bits of keys, and what the session holds now. */
struct observed_state {
	uint32_t digests[OBSERVATION_KEYS];
	uint64_t late;
	uint64_t bytes;
};

static void observation_measure(struct observation *o, const struct observed_use *use,
				struct observed_state *now)
{
	uint64_t here = 0;

	for (size_t i = 0; i < use->value_count; i++) {
		const struct observed_value *value = &use->values[i];
		size_t k = observation_key(o, value->key);

		/* of the others a sum stands for all; 0 is that of nothing */
		now->digests[k] += value->digest;
		here |= UINT64_C(1) << k;
		if (value->late)
			now->late |= UINT64_C(1) << k;
		now->bytes += value->bytes;
		if (value->bytes > o->keys[k].max_bytes)
			o->keys[k].max_bytes = value->bytes;
	}
	for (size_t k = 0; k < OBSERVATION_KEYS; k++) {
		if ((here & UINT64_C(1) << k) == 0)
			continue;
		o->keys[k].name.count++;
		if (now->digests[k] == 0)
			now->digests[k] = 1;
	}
}

/* The keys that are not what they were. */
static uint64_t observed_changes(const struct observed_session *before,
				 const struct observed_state *now)
{
	uint64_t changed = 0;

	for (size_t k = 0; k < OBSERVATION_KEYS; k++)
		if (before->digests[k] != now->digests[k])
			changed |= UINT64_C(1) << k;
	return changed;
}

/* Had others written when this one, which has changed these keys, had begun? *parallel; the keys that they changed, too. */
static uint64_t observed_overlaps(const struct observed_session *s, int64_t began_us,
				  uint64_t changed, bool *parallel)
{
	uint64_t both = 0;

	for (size_t i = 0; i < OBSERVATION_WRITES; i++) {
		if (s->writes[i].ended_us <= began_us)
			continue;
		*parallel = true;
		both |= s->writes[i].keys & changed;
	}
	return both;
}

static void observation_count_keys(struct observation *o, uint64_t written, uint64_t late,
				   uint64_t conflicts)
{
	for (size_t k = 0; k < OBSERVATION_KEYS; k++) {
		o->keys[k].written += written >> k & 1;
		o->keys[k].late += late >> k & 1;
		o->keys[k].conflicts += conflicts >> k & 1;
	}
}

/* s has been changed by use. The keys in which it met another. */
static uint64_t observation_write(struct observation *o, struct observed_session *s,
				  const struct observed_use *use, uint64_t changed)
{
	bool parallel = false;
	uint64_t both = observed_overlaps(s, use->began_us, changed, &parallel);

	o->writers++;
	o->parallel_writers += parallel;
	o->conflicts += both != 0;
	s->writes[s->next_write] = (struct observed_write){ use->ended_us, changed };
	s->next_write = (uint8_t)((s->next_write + 1) % OBSERVATION_WRITES);
	return both;
}

/* The entry of the session that the request ended with, as it was before. */
static struct observed_session *observation_used(struct observation *o,
						 const struct observed_use *use)
{
	struct observed_session *from = use->from != 0 ? observation_find(o, use->from) : NULL;
	struct observed_session *s;

	if (from != NULL && use->from != use->session && observation_find(o, use->session) == NULL)
		observation_rename(o, from, use->session);
	s = observation_session(o, use->session);
	s->known |= use->from == 0 && !s->used; /* it began with nothing in it */
	s->used = true;
	return s;
}

unsigned observation_use(struct observation *o, const struct observed_use *use, uint64_t *keys)
{
	struct observed_state now = { .bytes = 0 };
	struct observed_session *s;
	uint64_t changed, both = 0;
	unsigned news = 0;

	o->reports++;
	if (use->session == 0)
		return 0;
	o->uses++;
	o->closed_early += use->closed;
	o->unmeasured += use->unmeasured;
	if (use->handler.len > 0 && use->handler.len <= OBSERVATION_NAME_BYTES) {
		o->handler.len = 0;
		observed_row(&o->handler, use->handler);
	}
	s = observation_used(o, use);
	observation_measure(o, use, &now);
	if (use->late && o->late_writers++ == 0)
		news |= OBSERVED_LATE;
	if (use->unmeasured) {
		s->known = false;
		return news;
	}
	observation_size_of(o, now.bytes, use->value_count);
	changed = (s->known ? observed_changes(s, &now) : 0) | now.late;
	if (changed != 0 || use->late)
		both = observation_write(o, s, use, changed);
	if (both != 0 && o->conflicts == 1)
		news |= OBSERVED_CONFLICT;
	observation_count_keys(o, changed, now.late, both);
	memcpy(s->digests, now.digests, sizeof(s->digests));
	s->known = true;
	*keys = both;
	return news;
}
