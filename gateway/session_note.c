/* session_note.c - see session_note.h. */
#include "gateway/session_note.h"

#include "base/log.h"
#include "gateway/session_api.h"
#include "gateway/session_call.h"
#include "gateway/session_socket.h"
#include "gateway/worker.h"

#include <event2/event.h>
#include <sys/socket.h>

/* In a turn: more than the kernel lets wait. Who sends without a pause is heard again in the next one. */
enum { SESSION_NOTES_TAKEN = 1024 };

/* A session that has ended, or become another's, is none of the visitor's any more: it is no fault that he logged out. */
static void note_on_outcome(void *ctx, const struct session_call_outcome *outcome)
{
	(void)ctx;
	if (!outcome->ok && outcome->problem != PROBLEM_SESSION_GONE)
		log_warn(outcome->request_id,
			 "what came for the session when the header was out is not saved: %s",
			 problem_text(outcome->problem));
}

static void note_read(struct worker *w, struct slice bytes)
{
	struct session_call *call;
	struct slice text;
	struct ticket *t;
	int rc;

	slice_cut(&bytes, ' ', &text);
	t = ticket_show(&w->tickets, text);
	if (t == NULL) {
		session_api_refuse_stranger(w->session_api, PROBLEM_BAD_TICKET);
		return;
	}
	rc = session_call_change(w, t, bytes, note_on_outcome, NULL, &call);
	if (rc != 0)
		log_warn(ticket_request_id(t),
			 "what came for the session when the header was out is not saved: %s",
			 error_text(rc));
}

/* False: there is none. */
static bool session_notes_take_one(struct session_notes *n)
{
	/* not the worker's scratch, from which somebody up the stack may read */
	char bytes[SESSION_NOTE_BYTES];
	ssize_t len = recv(n->fd, bytes, sizeof(bytes), MSG_TRUNC);

	if (len < 0)
		return false;
	if ((size_t)len > sizeof(bytes)) {
		session_api_refuse_stranger(n->worker->session_api, PROBLEM_BODY_TOO_LARGE);
		len = sizeof(bytes);
	} else {
		note_read(n->worker, slice_of(bytes, (size_t)len));
	}
	explicit_bzero(bytes, (size_t)len);
	return true;
}

void session_notes_take(struct session_notes *n)
{
	if (n->readable == NULL)
		return;
	for (int i = 0; i < SESSION_NOTES_TAKEN && session_notes_take_one(n); i++)
		;
}

static void session_notes_on_readable(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	session_notes_take(ctx);
}

int session_notes_open(struct session_notes *n, struct worker *w,
		       const struct session_socket *socket)
{
	if (socket->notes_fd < 0)
		return 0;
	*n = (struct session_notes){ .worker = w, .fd = socket->notes_fd };
	n->readable = event_new(w->loop, n->fd, EV_READ | EV_PERSIST, session_notes_on_readable, n);
	if (n->readable == NULL || event_add(n->readable, NULL) != 0) {
		session_notes_close(n);
		return SG_ENOMEM;
	}
	return 0;
}

void session_notes_close(struct session_notes *n)
{
	if (n->readable != NULL)
		event_free(n->readable);
	n->readable = NULL;
}
