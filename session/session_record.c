/* session_record.c - see session_record.h. */
#include "session/session_record.h"

#include "base/list.h"
#include "base/word.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	SESSION_CACHE_LINE = 64,
	SESSION_PREFETCH_LINES = 16, /* a record and some small attributes; more is no harm */
};

/* One allocation: the counter, the session, its attributes, behind them the secrets that were replaced and the saves, as
 * many as there are, and the text that they all point to. */
struct record {
	_Atomic unsigned refs;
	size_t bytes; /* of it all: what is wiped */
	struct session session;
	struct attribute attributes[];
};

static struct record *record_of(const struct session *s)
{
	return CONTAINER_OF(s, struct record, session);
}

/* --- Making --------------------------------------------------------------------------------- */

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

int record_new(const struct session *next, const struct attributes *a, const struct session **out)
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

/* --- Recoding ------------------------------------------------------------------------------- */

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

/* --- Sharing -------------------------------------------------------------------------------- */

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
