/* in_force.c - see in_force.h. */
#include "gateway/in_force.h"

#include "gateway/config_difference.h"
#include "gateway/config_view.h"

#include <stddef.h>
#include <stdlib.h>

struct in_force {
	const struct config *newest, *started, *sockets; /* references; the last one may be NULL */
};

int in_force_new(const struct config *newest, const struct config *started,
		 const struct config *sockets, struct in_force **out)
{
	struct in_force *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return SG_ENOMEM;
	f->newest = config_ref(newest);
	f->started = config_ref(started);
	f->sockets = sockets != NULL ? config_ref(sockets) : NULL;
	*out = f;
	return 0;
}

void in_force_free(struct in_force **fp)
{
	struct in_force *f = *fp;

	*fp = NULL;
	if (f == NULL)
		return;
	config_unref(&f->newest);
	config_unref(&f->started);
	config_unref(&f->sockets);
	free(f);
}

const struct config *in_force_newest(const struct in_force *f)
{
	return f->newest;
}

/* The session API's sockets may be younger than the rest, or still to come: then they are as next has it. */
static void in_force_restart_part(const struct in_force *f, const struct config *next,
				  struct config *out)
{
	const struct config *sockets = f->sockets != NULL ? f->sockets : next;

	*out = (struct config){ 0 };
	/* not the count of its references, which other threads move */
	memcpy(out, f->started, offsetof(struct config, references));
	out->listen_session_api = sockets->listen_session_api;
	out->listen_session_api_count = sockets->listen_session_api_count;
}

int in_force_print(const struct in_force *f, struct buffer *json)
{
	struct config_draft draft;
	struct config kept;
	struct arena arena = { 0 };
	int rc = config_draft_of(f->newest, &arena, &draft);

	if (rc == 0) {
		in_force_restart_part(f, f->newest, &kept);
		config_draft_keep(&draft, &kept);
		rc = config_view(&draft, json);
	}
	arena_fini(&arena);
	return rc;
}

int in_force_difference(const struct in_force *f, const struct config *next, struct buffer *changed,
			struct buffer *restart)
{
	struct config kept;
	int rc;

	in_force_restart_part(f, next, &kept);
	rc = config_difference(f->newest, next, changed);
	return rc == 0 ? config_difference_of_restart(&kept, next, restart) : rc;
}

static int in_force_print_terms(const void *owner, struct buffer *json)
{
	return in_force_print(owner, json);
}

static void in_force_release_terms(const void *owner)
{
	struct in_force *f = (struct in_force *)owner;

	in_force_free(&f);
}

int in_force_terms(const struct config *newest, const struct config *started,
		   const struct config *sockets, unsigned long generation, struct admin_terms *out)
{
	struct in_force *f;
	int rc = in_force_new(newest, started, sockets, &f);

	if (rc != 0)
		return rc;
	*out = (struct admin_terms){
		.settings = &f->newest->admin.settings,
		.generation = generation,
		.owner = f,
		.print = in_force_print_terms,
		.release = in_force_release_terms,
	};
	return 0;
}
