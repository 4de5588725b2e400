/* door.c - where a server listens. */
#include "gateway/door.h"

#include "gateway/worker.h"

#include <stdlib.h>

static struct door *door_find(const struct worker *worker, const char *address)
{
	struct link *l;

	for (l = worker->doors; l != NULL; l = l->next) {
		struct door *d = CONTAINER_OF(l, struct door, link);

		if (strcmp(d->address, address) == 0)
			return d;
	}
	return NULL;
}

static struct door *door_new(struct worker *worker, const char *address)
{
	size_t bytes = strlen(address) + 1;
	struct door *d = calloc(1, sizeof(*d) + bytes);

	if (d == NULL)
		return NULL;
	memcpy(d->address, address, bytes);
	queue_init(&d->fresh);
	link_push(&worker->doors, &d->link);
	return d;
}

struct door *door_open(struct worker *worker, const char *address)
{
	struct door *d = door_find(worker, address);

	if (d == NULL)
		d = door_new(worker, address);
	if (d != NULL)
		d->references++;
	return d;
}

void door_unref(struct door **dp)
{
	struct door *d = *dp;

	*dp = NULL;
	if (d == NULL || --d->references > 0)
		return;
	link_remove(&d->link);
	free(d);
}
