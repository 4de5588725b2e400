/* verb_session.c - sessionctl get, rotate. */
#include "cli/verb.h"
#include "cli/vital.h"

#include <stdio.h>

static void session_put(struct buffer *target, const char *id)
{
	vital(buffer_append_slice(target, SLICE("/api/v1/sessions/")));
	errand_put(target, id);
}

enum outcome verb_get(struct errand *e)
{
	struct buffer target = { 0 };

	session_put(&target, e->words[0]);
	return errand_ask_and_show(e, &target);
}

enum outcome verb_rotate(struct errand *e)
{
	struct buffer target = { 0 };
	struct reply reply;
	enum outcome outcome;

	session_put(&target, e->words[0]);
	vital(buffer_append_slice(&target, SLICE("/rotate")));
	outcome = errand_ask(e, "POST", &target, NULL, &reply);
	if (outcome == OUTCOME_OK && errand_is_for_people(e))
		puts("the secret changes at its next request");
	else if (outcome == OUTCOME_OK && buffer_len(&reply.body) > 0)
		outcome = errand_show(e, &reply);
	reply_fini(&reply);
	return outcome;
}
