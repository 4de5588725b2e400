/* redis_line.c - see redis_line.h. Lines are short and mostly empty: looking through them costs less than a table would. */
#include "backends/redis_line.h"

static struct redis_place *place_of(struct link *l)
{
	return CONTAINER_OF(l, struct redis_place, link);
}

static struct redis_place *line_first(const struct redis_line *line, struct slice what)
{
	for (struct link *l = line->places.first; l != NULL; l = l->next)
		if (slice_equal(place_of(l)->what, what))
			return place_of(l);
	return NULL;
}

void redis_line_init(struct redis_line *line)
{
	queue_init(&line->places);
}

bool redis_line_join(struct redis_line *line, struct redis_place *place)
{
	bool first = line_first(line, place->what) == NULL;

	queue_append(&line->places, &place->link);
	return first;
}

bool redis_line_begins_with(const struct redis_line *line, const struct redis_place *place)
{
	return line_first(line, place->what) == place;
}

void redis_line_wake(const struct redis_line *line, struct slice what)
{
	struct redis_place *first = line_first(line, what);

	if (first != NULL)
		first->first(first);
}

void redis_line_leave(struct redis_line *line, struct redis_place *place)
{
	bool was_first;

	if (!link_listed(&place->link))
		return;
	was_first = redis_line_begins_with(line, place);
	queue_remove(&line->places, &place->link);
	if (was_first)
		redis_line_wake(line, place->what);
}
