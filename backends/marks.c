/* marks.c - see marks.h. */
#include "backends/marks.h"

#include "base/list.h"

#include <stdlib.h>
#include <string.h>

struct mark {
	struct bucket_link link;
	struct due_item due; /* at its until_ms */
	int64_t made_ms;
	uint8_t hash[STORE_MARK_BYTES];
	size_t realm_bytes;
	char realm[];
};

static struct mark *mark_of_link(struct bucket_link *l)
{
	return CONTAINER_OF(l, struct mark, link);
}

/* A hash is spread evenly as it is, and the same in few realms. */
static uint64_t mark_bucket(const struct store_mark *mark)
{
	uint64_t first;

	memcpy(&first, mark->hash, sizeof(first));
	return first;
}

static bool mark_is(const struct mark *mark, struct slice realm, const uint8_t *hash)
{
	return memcmp(mark->hash, hash, STORE_MARK_BYTES) == 0 &&
	       slice_equal(slice_of(mark->realm, mark->realm_bytes), realm);
}

static struct mark *marks_find(const struct marks *m, struct slice realm,
			       const struct store_mark *mark)
{
	struct bucket_link *l = buckets_chain(&m->marks, mark_bucket(mark));

	while (l != NULL && !mark_is(mark_of_link(l), realm, mark->hash))
		l = l->next;
	return l != NULL ? mark_of_link(l) : NULL;
}

bool marks_forbid(const struct marks *m, struct slice realm, const struct store_mark *mark,
		  int64_t now_ms, int64_t *made_ms)
{
	const struct mark *there = marks_find(m, realm, mark);

	if (there != NULL && due_at(&m->due, &there->due) > now_ms) {
		*made_ms = there->made_ms;
		return true;
	}
	*made_ms = 0;
	return mark->until_ms <= now_ms;
}

static struct mark *mark_new(struct slice realm, const struct store_mark *mark)
{
	struct mark *new = malloc(sizeof(*new) + realm.len);

	if (new == NULL)
		return NULL;
	memcpy(new->hash, mark->hash, sizeof(new->hash));
	memcpy(new->realm, realm.ptr, realm.len);
	new->realm_bytes = realm.len;
	return new;
}

static struct mark *marks_make(struct marks *m, struct slice realm, const struct store_mark *mark)
{
	struct mark *new;

	if (marks_full(m) || buckets_make_room(&m->marks) != 0 ||
	    (new = mark_new(realm, mark)) == NULL)
		return NULL;
	if (due_add(&m->due, &new->due, mark->until_ms) != 0) {
		free(new);
		return NULL;
	}
	buckets_put(&m->marks, &new->link, mark_bucket(mark));
	return new;
}

struct mark *marks_add(struct marks *m, struct slice realm, const struct store_mark *mark,
		       int64_t now_ms)
{
	struct mark *there = marks_find(m, realm, mark);

	if (there != NULL)
		due_move(&m->due, &there->due, mark->until_ms);
	else
		there = marks_make(m, realm, mark);
	if (there != NULL)
		there->made_ms = now_ms;
	return there;
}

void marks_drop(struct marks *m, struct mark *mark)
{
	buckets_take(&m->marks, &mark->link);
	buckets_give_room_back(&m->marks);
	due_drop(&m->due, &mark->due);
	free(mark);
}

static struct mark *marks_due(const struct marks *m, int64_t now_ms)
{
	struct due_item *item = due_first(&m->due);

	return item != NULL && due_at(&m->due, item) <= now_ms
		       ? CONTAINER_OF(item, struct mark, due)
		       : NULL;
}

size_t marks_expire(struct marks *m, int64_t now_ms, size_t limit)
{
	struct mark *mark;
	size_t count = 0;

	marks_lock(m);
	while (count < limit && (mark = marks_due(m, now_ms)) != NULL) {
		marks_drop(m, mark);
		count++;
	}
	marks_unlock(m);
	return count;
}

void marks_lock(struct marks *m)
{
	pthread_mutex_lock(&m->lock);
}

void marks_unlock(struct marks *m)
{
	pthread_mutex_unlock(&m->lock);
}

void marks_init(struct marks *m)
{
	pthread_mutex_init(&m->lock, NULL);
}

void marks_fini(struct marks *m)
{
	for (struct due_item *item; (item = due_first(&m->due)) != NULL;)
		marks_drop(m, CONTAINER_OF(item, struct mark, due));
	buckets_fini(&m->marks);
	due_fini(&m->due);
	pthread_mutex_destroy(&m->lock);
}
