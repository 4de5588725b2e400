/* headcount.c - see headcount.h. */
#include "backends/headcount.h"

#include <stdlib.h>
#include <string.h>

static struct slice headcount_name(const struct headcount_of *of)
{
	return slice_of(of->application, of->application_bytes);
}

void headcount_fini(struct headcount *h)
{
	for (size_t i = 0; i < h->count; i++)
		free(h->each[i].application);
	free(h->each);
	*h = (struct headcount){ .each = NULL };
}

/* NULL: no memory. */
static struct headcount_of *headcount_new(struct headcount *h, struct slice application)
{
	struct headcount_of *grown = reallocarray(h->each, h->count + 1, sizeof(*grown));
	char *name = malloc(application.len + 1);

	if (grown != NULL)
		h->each = grown;
	if (grown == NULL || name == NULL) {
		free(name);
		return NULL;
	}
	if (application.len > 0)
		memcpy(name, application.ptr, application.len);
	grown[h->count] =
		(struct headcount_of){ .application = name, .application_bytes = application.len };
	return &grown[h->count++];
}

static struct headcount_of *headcount_of(struct headcount *h, struct slice application)
{
	for (size_t i = 0; i < h->count; i++)
		if (slice_equal(headcount_name(&h->each[i]), application))
			return &h->each[i];
	return headcount_new(h, application);
}

static size_t *headcount_place(struct headcount *h, const struct session *s)
{
	struct headcount_of *of = headcount_of(h, s->application);

	return of != NULL ? &of->sessions[s->user.len > 0] : NULL;
}

void headcount_move(struct headcount *h, const struct session *old, const struct session *session)
{
	size_t *place;

	if (h->lost)
		return;
	if (old != NULL) /* which was counted, so there is a place */
		--*headcount_place(h, old);
	if (session == NULL)
		return;
	place = headcount_place(h, session);
	h->lost = place == NULL;
	if (place != NULL)
		++*place;
}

int headcount_add(struct headcount *h, struct slice application, bool authenticated,
		  size_t sessions)
{
	struct headcount_of *of = headcount_of(h, application);

	if (of == NULL)
		return SG_ENOMEM;
	of->sessions[authenticated] += sessions;
	return 0;
}

int headcount_add_all(struct headcount *h, const struct headcount *other)
{
	int rc = 0;

	h->lost = h->lost || other->lost;
	for (size_t i = 0; rc == 0 && i < other->count; i++) {
		const struct headcount_of *of = &other->each[i];

		if ((rc = headcount_add(h, headcount_name(of), false, of->sessions[false])) == 0)
			rc = headcount_add(h, headcount_name(of), true, of->sessions[true]);
	}
	return rc;
}

size_t headcount_matching(const struct headcount *h, const struct filter *f)
{
	size_t count = 0;

	for (size_t i = 0; i < h->count; i++) {
		if (!filter_names_hold(&f->applications, headcount_name(&h->each[i])))
			continue;
		if (f->state != FILTER_AUTHENTICATED)
			count += h->each[i].sessions[false];
		if (f->state != FILTER_ANONYMOUS)
			count += h->each[i].sessions[true];
	}
	return count;
}
