/* sorted.c - see sorted.h. No leaf is empty, and the directory knows each one's first key, so that a search reads the
 * directory and one leaf, and things themselves only where keys are equal. */
#include "backends/sorted.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	LEAF_ITEMS = 64, /* a KiB */
	LEAF_FEW = LEAF_ITEMS / 4,
	SORTED_MIN_SLOTS = 4,
};

struct sorted_leaf {
	size_t count;
	struct sorted_item items[LEAF_ITEMS];
};

static const struct sorted_place nowhere = { SIZE_MAX, 0 };

void sorted_init(struct sorted *s, sorted_compare_fn *compare)
{
	*s = (struct sorted){ .compare = compare };
}

void sorted_fini(struct sorted *s)
{
	for (size_t i = 0; i < s->slot_count; i++)
		free(s->slots[i].leaf);
	free(s->slots);
	free(s->spare);
	*s = (struct sorted){ .compare = s->compare };
}

/* --- Finding -------------------------------------------------------------------------------- */

static int item_compare(const struct sorted *s, const struct sorted_item *item, int64_t key,
			const void *probe)
{
	if (item->key != key)
		return item->key < key ? -1 : 1;
	return s->compare(item->thing, probe);
}

static bool slot_comes_before(const struct sorted *s, size_t slot, int64_t key, const void *probe)
{
	if (s->slots[slot].key != key)
		return s->slots[slot].key < key;
	return s->compare(s->slots[slot].leaf->items[0].thing, probe) <= 0;
}

/* The last leaf whose first item does not come behind key and probe, else the first one; there are leaves. */
static size_t sorted_slot(const struct sorted *s, int64_t key, const void *probe)
{
	size_t low = 0, high = s->slot_count;

	if (slot_comes_before(s, high - 1, key, probe))
		return high - 1;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (slot_comes_before(s, middle, key, probe))
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The first in the leaf that does not come before. */
static size_t leaf_seek(const struct sorted *s, const struct sorted_leaf *leaf, int64_t key,
			const void *probe)
{
	size_t low = 0, high = leaf->count;

	if (item_compare(s, &leaf->items[high - 1], key, probe) < 0)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (item_compare(s, &leaf->items[middle], key, probe) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Where it is, or would be: perhaps at the end of a leaf. */
static struct sorted_place sorted_find(const struct sorted *s, int64_t key, const void *probe)
{
	size_t slot = sorted_slot(s, key, probe);

	return (struct sorted_place){ slot, leaf_seek(s, s->slots[slot].leaf, key, probe) };
}

struct sorted_place sorted_seek(const struct sorted *s, int64_t key, const void *probe)
{
	struct sorted_place place = { 0, 0 };

	if (s->slot_count == 0)
		return place;
	place = sorted_find(s, key, probe);
	if (place.at == s->slots[place.slot].leaf->count)
		place = (struct sorted_place){ place.slot + 1, 0 };
	return place;
}

const struct sorted_item *sorted_at(const struct sorted *s, struct sorted_place place)
{
	return place.slot < s->slot_count ? &s->slots[place.slot].leaf->items[place.at] : NULL;
}

struct sorted_place sorted_next(const struct sorted *s, struct sorted_place place)
{
	if (place.at + 1 < s->slots[place.slot].leaf->count)
		return (struct sorted_place){ place.slot, place.at + 1 };
	return (struct sorted_place){ place.slot + 1, 0 };
}

struct sorted_place sorted_before(const struct sorted *s, struct sorted_place place)
{
	if (place.at > 0)
		return (struct sorted_place){ place.slot, place.at - 1 };
	if (place.slot == 0)
		return nowhere;
	return (struct sorted_place){ place.slot - 1, s->slots[place.slot - 1].leaf->count - 1 };
}

size_t sorted_rank(const struct sorted *s, struct sorted_place place)
{
	size_t rank = place.at;

	if (place.slot == s->slot_count)
		return s->count;
	for (size_t i = 0; i < place.slot; i++)
		rank += s->slots[i].leaf->count;
	return rank;
}

/* --- Adding --------------------------------------------------------------------------------- */

int sorted_make_room(struct sorted *s)
{
	if (s->slot_count == s->slot_room) {
		size_t room = s->slot_room > 0 ? s->slot_room * 2 : SORTED_MIN_SLOTS;
		struct sorted_slot *slots = reallocarray(s->slots, room, sizeof(*slots));

		if (slots == NULL)
			return SG_ENOMEM;
		s->slots = slots;
		s->slot_room = room;
	}
	if (s->spare == NULL && (s->spare = malloc(sizeof(*s->spare))) == NULL)
		return SG_ENOMEM;
	s->spare->count = 0;
	return 0;
}

/* The spare leaf becomes the one of that slot, empty. */
static struct sorted_leaf *sorted_open_leaf(struct sorted *s, size_t slot)
{
	struct sorted_leaf *leaf = s->spare;

	assert(leaf != NULL && s->slot_count < s->slot_room);
	s->spare = NULL;
	memmove(&s->slots[slot + 1], &s->slots[slot], (s->slot_count - slot) * sizeof(s->slots[0]));
	s->slot_count++;
	s->slots[slot].leaf = leaf;
	return leaf;
}

static void sorted_note_first(struct sorted *s, size_t slot)
{
	s->slots[slot].key = s->slots[slot].leaf->items[0].key;
}

static void leaf_move(struct sorted_leaf *to, struct sorted_leaf *from, size_t at)
{
	memcpy(&to->items[to->count], &from->items[at],
	       (from->count - at) * sizeof(from->items[0]));
	to->count += from->count - at;
	from->count = at;
}

/* The leaf is full: half of it goes to a new one behind it. At the very end nothing moves, since more will come there. */
static struct sorted_place sorted_split(struct sorted *s, struct sorted_place place)
{
	struct sorted_leaf *leaf = s->slots[place.slot].leaf,
			   *next = sorted_open_leaf(s, place.slot + 1);

	if (place.at == LEAF_ITEMS && place.slot + 2 == s->slot_count)
		return (struct sorted_place){ place.slot + 1, 0 };
	leaf_move(next, leaf, LEAF_ITEMS / 2);
	sorted_note_first(s, place.slot + 1);
	if (place.at <= LEAF_ITEMS / 2)
		return place;
	return (struct sorted_place){ place.slot + 1, place.at - LEAF_ITEMS / 2 };
}

void sorted_add(struct sorted *s, int64_t key, void *thing, const void *probe)
{
	struct sorted_place place = { 0, 0 };
	struct sorted_leaf *leaf;

	if (s->slot_count == 0)
		sorted_open_leaf(s, 0);
	else
		place = sorted_find(s, key, probe);
	if (s->slots[place.slot].leaf->count == LEAF_ITEMS)
		place = sorted_split(s, place);
	leaf = s->slots[place.slot].leaf;
	memmove(&leaf->items[place.at + 1], &leaf->items[place.at],
		(leaf->count - place.at) * sizeof(leaf->items[0]));
	leaf->items[place.at] = (struct sorted_item){ key, thing };
	leaf->count++;
	sorted_note_first(s, place.slot);
	s->count++;
}

/* --- Dropping ------------------------------------------------------------------------------- */

static void sorted_close_leaf(struct sorted *s, size_t slot)
{
	free(s->spare);
	s->spare = s->slots[slot].leaf;
	s->slot_count--;
	memmove(&s->slots[slot], &s->slots[slot + 1], (s->slot_count - slot) * sizeof(s->slots[0]));
}

/* Does what is in both fit into the first, with room for what may come between? */
static bool sorted_may_join(const struct sorted *s, size_t slot)
{
	return slot + 1 < s->slot_count &&
	       s->slots[slot].leaf->count + s->slots[slot + 1].leaf->count <= LEAF_ITEMS * 3 / 4;
}

static void sorted_join(struct sorted *s, size_t slot)
{
	if (!sorted_may_join(s, slot))
		return;
	leaf_move(s->slots[slot].leaf, s->slots[slot + 1].leaf, 0);
	sorted_close_leaf(s, slot + 1);
}

void sorted_drop(struct sorted *s, int64_t key, const void *probe)
{
	struct sorted_place place = sorted_find(s, key, probe);
	struct sorted_leaf *leaf = s->slots[place.slot].leaf;

	assert(place.at < leaf->count && item_compare(s, &leaf->items[place.at], key, probe) == 0);
	s->count--;
	leaf->count--;
	memmove(&leaf->items[place.at], &leaf->items[place.at + 1],
		(leaf->count - place.at) * sizeof(leaf->items[0]));
	if (leaf->count == 0) {
		sorted_close_leaf(s, place.slot);
		return;
	}
	sorted_note_first(s, place.slot);
	if (leaf->count >= LEAF_FEW)
		return;
	sorted_join(s, place.slot);
	if (place.slot > 0)
		sorted_join(s, place.slot - 1);
}
