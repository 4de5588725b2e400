/* journal.c - see journal.h. */
#include "backends/journal.h"

#include "base/word.h"

#include <stdlib.h>
#include <string.h>

int journal_init(struct journal *j, size_t room, int64_t now_ms)
{
	j->slots = calloc(room, sizeof(*j->slots));
	if (j->slots == NULL)
		return SG_ENOMEM;
	j->room = room;
	j->since_ms = now_ms;
	pthread_mutex_init(&j->lock, NULL);
	return 0;
}

void journal_fini(struct journal *j)
{
	if (j->slots == NULL)
		return;
	for (size_t i = 0; i < j->room; i++)
		free((char *)j->slots[i].said.ptr);
	free(j->slots);
	pthread_mutex_destroy(&j->lock);
}

/* Both, one after the other. Empty when there is no memory for it. */
static struct slice said_copy(struct slice actor, struct slice reason)
{
	size_t len = actor.len + reason.len;
	char *copy = len > 0 ? malloc(len) : NULL, *at = copy;

	if (copy == NULL)
		return (struct slice){ NULL, 0 };
	word_put(&at, actor);
	word_put(&at, reason);
	return slice_of(copy, len);
}

static uint8_t text_put(char **at, struct slice s, size_t max)
{
	size_t len = s.len < max ? s.len : max;

	if (len > 0)
		memcpy(*at, s.ptr, len);
	*at += len;
	return (uint8_t)len;
}

static void slot_fill(struct journal_slot *slot, const struct session_event *e, struct slice said)
{
	char *session = slot->session, *text = slot->text;

	slot->at_ms = e->at_ms;
	slot->teller = e->teller;
	slot->type = (uint8_t)e->type;
	slot->cause = (uint8_t)e->cause;
	slot->session_bytes = text_put(&session, e->session, sizeof(slot->session));
	slot->realm_bytes = text_put(&text, e->realm, JOURNAL_NAME_BYTES);
	slot->application_bytes = text_put(&text, e->application, JOURNAL_NAME_BYTES);
	slot->user_bytes = text_put(&text, e->user, SESSION_USER_BYTES);
	slot->said = said;
	slot->actor_bytes = said.len > 0 ? e->actor.len : 0;
}

void journal_add(struct journal *j, const struct session_event *e)
{
	struct slice said = said_copy(e->actor, e->reason);
	struct journal_slot *slot;
	char *pushed_out;
	uint64_t next;

	pthread_mutex_lock(&j->lock);
	next = atomic_load_explicit(&j->next, memory_order_relaxed);
	slot = &j->slots[next % j->room];
	pushed_out = (char *)slot->said.ptr;
	slot_fill(slot, e, said);
	atomic_store_explicit(&j->next, next + 1, memory_order_relaxed);
	pthread_mutex_unlock(&j->lock);
	free(pushed_out);
}

/* The number of the event that comes behind it. False: it is no position of this journal. */
static bool journal_parse(const struct journal *j, struct slice position, uint64_t *from)
{
	struct slice since;
	uint64_t since_ms;

	return slice_cut(&position, '-', &since) && slice_number(since, INT64_MAX, &since_ms) &&
	       since_ms == (uint64_t)j->since_ms && slice_number(position, INT64_MAX, from);
}

bool journal_has(struct journal *j, struct slice position)
{
	uint64_t next = atomic_load_explicit(&j->next, memory_order_relaxed), from = 0;

	return !journal_parse(j, position, &from) ? next > 0 : from != next;
}

static void batch_set_position(struct journal_batch *b, const struct journal *j, uint64_t next)
{
	size_t len = decimal_write(j->since_ms, b->position);

	b->position[len++] = '-';
	b->position_bytes = len + decimal_write((int64_t)next, b->position + len);
}

static struct slice text_take(const char **at, size_t len)
{
	struct slice s = { *at, len };

	*at += len;
	return s;
}

/* The event that a slot of the batch holds. */
static struct session_event slot_event(const struct journal_slot *slot)
{
	const char *text = slot->text;
	struct session_event e = {
		.type = slot->type,
		.cause = slot->cause,
		.at_ms = slot->at_ms,
		.teller = slot->teller,
		.session = slice_of(slot->session, slot->session_bytes),
		.actor = slice_of(slot->said.ptr, slot->actor_bytes),
		.reason = slice_after(slot->said, slot->actor_bytes),
	};

	e.realm = text_take(&text, slot->realm_bytes);
	e.application = text_take(&text, slot->application_bytes);
	e.user = text_take(&text, slot->user_bytes);
	return e;
}

/* The number of the first event that the batch gets. */
static uint64_t batch_start(struct journal_batch *b, const struct journal *j, struct slice position,
			    uint64_t next)
{
	uint64_t oldest = next > j->room ? next - j->room : 0, from = 0;
	bool known = position.len == 0 || journal_parse(j, position, &from);

	b->gap = !known || from < oldest || from > next;
	return b->gap ? oldest : from;
}

void journal_read(struct journal *j, struct slice position, size_t limit, struct journal_batch *out)
{
	uint64_t next, from;

	out->count = 0;
	pthread_mutex_lock(&j->lock);
	next = atomic_load_explicit(&j->next, memory_order_relaxed);
	from = batch_start(out, j, position, next);
	while (from + out->count < next && out->count < limit && out->count < JOURNAL_BATCH) {
		struct journal_slot *slot = &out->slots[out->count];

		*slot = j->slots[(from + out->count) % j->room];
		slot->said = said_copy(slot->said, SLICE(""));
		if (slot->said.len == 0)
			slot->actor_bytes = 0;
		out->count++;
	}
	pthread_mutex_unlock(&j->lock);
	batch_set_position(out, j, from + out->count);
	for (size_t i = 0; i < out->count; i++)
		out->events[i] = slot_event(&out->slots[i]);
}

void journal_batch_fini(struct journal_batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		free((char *)b->slots[i].said.ptr);
	b->count = 0;
}
