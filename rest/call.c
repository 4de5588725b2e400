/* call.c - see call.h. Its life. */
#include "rest/call.h"

#include "rest/audit.h"
#include "rest/call_body.h"
#include "rest/call_judgement.h"
#include "rest/call_wait.h"

#include <stdlib.h>

enum { CALL_PATIENCE_FACTOR = 3 /* a call may ask the store more than once */ };

static void call_copy(struct call *c, struct slice *field)
{
	if (field->ptr != NULL)
		*field = arena_copy(&c->arena, *field);
}

static bool call_copy_head(struct call *c)
{
	struct slice *const fields[] = {
		&c->head.method,        &c->head.target,     &c->head.authorization,
		&c->head.content_type,  &c->head.request_id, &c->head.if_match,
		&c->head.if_none_match, &c->head.accept,     &c->head.last_event_id,
		&c->head.origin,
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		bool given = fields[i]->ptr != NULL;

		call_copy(c, fields[i]);
		if (given && fields[i]->ptr == NULL)
			return false;
	}
	return true;
}

int call_open(struct desk *desk, const struct auth_peer *peer, const struct call_head *head,
	      struct call **out)
{
	struct call *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return SG_ENOMEM;
	c->desk = desk;
	c->peer = peer;
	c->head = *head;
	c->terms = desk_terms_ref(desk->terms);
	c->settings = c->terms->terms.settings;
	request_id_make(c->request_id);
	request_id_take(head->request_id, c->request_id);
	if (!call_copy_head(c)) {
		call_close(&c);
		return SG_ENOMEM;
	}
	call_judge_head(c);
	*out = c;
	return 0;
}

void call_run(struct call *c)
{
	c->whole = true;
	if (c->state == CALL_ANSWERED) {
		c->on_answer(c);
		return;
	}
	call_read_body(c);
	if (c->state == CALL_ANSWERED)
		return;
	c->state = CALL_RUNNING;
	call_set_deadline(c, CALL_PATIENCE_FACTOR * c->settings->store_timeout_ms);
	c->endpoint->run(c);
}

struct store_end call_end(const struct call *c)
{
	return (struct store_end){ STORE_CAUSE_REVOKED, slice_from(c->auth.grant->name),
				   c->reason };
}

void call_close(struct call **cp)
{
	struct call *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	link_remove(&c->link);
	if (c->source != NULL)
		c->source->close(c);
	if (c->state == CALL_RUNNING) /* the caller has gone; what was asked may be done */
		audit_note(c->desk->audit, c);
	store_cancel(c->desk->store, &c->op);
	if (c->on_close != NULL)
		c->on_close(c);
	cJSON_Delete(c->document);
	buffer_fini(&c->body);
	buffer_fini(&c->text);
	desk_terms_unref(&c->terms);
	arena_fini(&c->arena);
	free(c);
}
