/* admin.h - the admin API's thread, with its own loop and its own handle of the store.
 * Owner    the gateway.
 * Thread   admin_open, admin_reload, admin_reloaded, admin_drain, admin_finish, admin_close: the main
 *          thread; the struct: the API's own. */
#ifndef SG_ADMIN_H
#define SG_ADMIN_H

#include "backends/backend.h"
#include "rest/credentials.h"
#include "rest/failures.h"
#include "rest/outbox.h"
#include "rest/reload.h"
#include "rest/settings.h"
#include "rest/source.h"

struct admin;

/* Settings, and who has to be told when they are not used any more: on any thread. */
struct admin_terms {
	const struct settings *settings;
	unsigned long generation; /* of the configuration, from 1 on */
	const void *owner;
	/* Append the configuration as JSON, without its secrets: on the API's thread. SG_ENOMEM. */
	int (*print)(const void *owner, struct buffer *json);
	void (*release)(const void *owner);
};

struct admin_start {
	struct backend *backend;
	struct news *news;        /* borrowed until admin_close(), as well */
	struct outbox *outbox;    /* as well; what it says itself */
	struct admin_terms terms; /* the API's from admin_open() on, also when that fails */
	const char *
		audit_to; /* where the audit's lines go: a path, "syslog", or empty or NULL: nowhere */
	const int *listeners; /* listening, non-blocking; borrowed until admin_close() */
	size_t listener_count;
	struct source source;
	struct reloader reloader;
	int ended;                    /* a doorbell, rung when the thread has ended */
	struct credentials_files tls; /* borrowed for the call */
};

/* The thread runs. SG_ENOMEM, SG_ESYSTEM, SG_EFORMAT; why is logged. */
SG_MUST_CHECK int admin_open(const struct admin_start *start, struct admin **out);
/* New calls go by these settings; those that are being answered end with the old ones. */
void admin_reload(struct admin *a, const struct admin_terms *terms);
/* This came of it; its caller is answered by the settings that admin_reload() has said before. The reload is the API's. */
void admin_reloaded(struct admin *a, struct reload *reload);
/* The audit's file is opened anew. */
void admin_reopen(struct admin *a);
/* The process ends soon: /readyz says so. */
void admin_drain(struct admin *a);
/* Nothing more will happen that there are news of: the thread ends when webhooks have got what waits for them, or at that
 * monotonic time, and says so by the doorbell. May be called again with another time. */
void admin_finish(struct admin *a, int64_t until_ms);
/* Answers what can be answered at once, hangs up on everybody, and ends the thread. NULL is fine. */
void admin_close(struct admin **a);

#endif
