/* sorted.h - things in an order, among which one may begin anywhere: a B+ tree of two levels, leaves of some things each
 * and one directory of them all. What comes at the end, as nearly all does that is sorted by time, fills one leaf after
 * the other.
 * Order    by key, and of one key by what the caller's compare function says of a thing and a probe: whatever that
 *          takes, it tells all things apart.
 * Owner    the struct, leaves and directory: sorted_fini(). The things are the caller's.
 * Thread   one at a time. */
#ifndef SG_SORTED_H
#define SG_SORTED_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* < 0: the thing comes before the probe, 0: it is the one that is meant. */
typedef int sorted_compare_fn(const void *thing, const void *probe);

struct sorted_item {
	int64_t key;
	void *thing;
};

struct sorted_leaf;

struct sorted_slot {
	int64_t key; /* of the leaf's first item */
	struct sorted_leaf *leaf;
};

struct sorted {
	sorted_compare_fn *compare;
	size_t count; /* of things */
	struct sorted_slot *slots;
	size_t slot_count, slot_room;
	struct sorted_leaf *spare;
};

/* Where an item is, until something is added or dropped. */
struct sorted_place {
	size_t slot, at;
};

void sorted_init(struct sorted *s, sorted_compare_fn *compare);
void sorted_fini(struct sorted *s);

/* Before sorted_add(), which then cannot fail. SG_ENOMEM. */
SG_MUST_CHECK int sorted_make_room(struct sorted *s);
void sorted_add(struct sorted *s, int64_t key, void *thing, const void *probe);
/* It is there. */
void sorted_drop(struct sorted *s, int64_t key, const void *probe);

/* The first that does not come before key and probe. */
struct sorted_place sorted_seek(const struct sorted *s, int64_t key, const void *probe);
/* NULL: behind the last, or before the first. */
const struct sorted_item *sorted_at(const struct sorted *s, struct sorted_place place);
struct sorted_place sorted_next(const struct sorted *s, struct sorted_place place);
struct sorted_place sorted_before(const struct sorted *s, struct sorted_place place);
/* How many come before the place. */
size_t sorted_rank(const struct sorted *s, struct sorted_place place);

#endif
