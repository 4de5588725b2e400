/* due.c - see due.h. */
#include "backends/due.h"

#include <assert.h>
#include <stdlib.h>

enum { DUE_MIN_SLOTS = 16 };

static void due_put(struct due *due, size_t place, struct due_slot slot)
{
	due->slots[place] = slot;
	slot.item->place = place;
}

static void due_rise(struct due *due, size_t place, struct due_slot slot)
{
	while (place > 0 && due->slots[(place - 1) / 2].at_ms > slot.at_ms) {
		due_put(due, place, due->slots[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	due_put(due, place, slot);
}

static void due_sink(struct due *due, size_t place, struct due_slot slot)
{
	for (size_t child; (child = 2 * place + 1) < due->count; place = child) {
		if (child + 1 < due->count && due->slots[child + 1].at_ms < due->slots[child].at_ms)
			child++;
		if (due->slots[child].at_ms >= slot.at_ms)
			break;
		due_put(due, place, due->slots[child]);
	}
	due_put(due, place, slot);
}

static int due_resize(struct due *due, size_t cap)
{
	struct due_slot *slots = reallocarray(due->slots, cap, sizeof(*slots));

	if (slots == NULL)
		return SG_ENOMEM;
	due->slots = slots;
	due->cap = cap;
	return 0;
}

int due_add(struct due *due, struct due_item *item, int64_t at_ms)
{
	if (due->count == due->cap) {
		int rc = due_resize(due, due->cap > 0 ? due->cap * 2 : DUE_MIN_SLOTS);

		if (rc != 0)
			return rc;
	}
	due->count++;
	due_rise(due, due->count - 1, (struct due_slot){ at_ms, item });
	return 0;
}

int64_t due_at(const struct due *due, const struct due_item *item)
{
	assert(due->slots[item->place].item == item);
	return due->slots[item->place].at_ms;
}

/* Put slot where it belongs, place being free. */
static void due_settle(struct due *due, size_t place, struct due_slot slot)
{
	if (place > 0 && due->slots[(place - 1) / 2].at_ms > slot.at_ms)
		due_rise(due, place, slot);
	else
		due_sink(due, place, slot);
}

void due_move(struct due *due, struct due_item *item, int64_t at_ms)
{
	due_settle(due, item->place, (struct due_slot){ at_ms, item });
}

void due_drop(struct due *due, struct due_item *item)
{
	size_t place = item->place;
	struct due_slot last = due->slots[--due->count];

	if (last.item != item)
		due_settle(due, place, last);
	/* a heap that has no memory to become smaller stays as it is */
	if (due->cap > DUE_MIN_SLOTS && due->count < due->cap / 4)
		(void)due_resize(due, due->cap / 2);
}

struct due_item *due_first(const struct due *due)
{
	return due->count > 0 ? due->slots[0].item : NULL;
}

void due_fini(struct due *due)
{
	free(due->slots);
	*due = (struct due){ 0 };
}
