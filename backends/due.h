/* due.h - what comes due next: a binary heap of items by time.
 * Owner    an item is a member of what it stands for, and its owner's; the heap's memory is the
 *          heap's (zero the struct to begin).
 * Errors   SG_ENOMEM; the heap is then unchanged.
 * Thread   one at a time. */
#ifndef SG_DUE_H
#define SG_DUE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct due_item {
	size_t place; /* the heap's own: where the item is in it */
};

struct due_slot {
	int64_t at_ms;
	struct due_item *item;
};

struct due {
	struct due_slot *slots;
	size_t count, cap;
};

SG_MUST_CHECK int due_add(struct due *due, struct due_item *item, int64_t at_ms);
int64_t due_at(const struct due *due, const struct due_item *item);
void due_move(struct due *due, struct due_item *item, int64_t at_ms);
void due_drop(struct due *due, struct due_item *item);
/* The earliest; NULL when there is none. */
struct due_item *due_first(const struct due *due);
void due_fini(struct due *due);

#endif
