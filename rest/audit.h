/* audit.h - what administrators did, or tried to do: a line for each call that changes something or reads values of
 * attributes (endpoint.h: action), whatever came of it. The last ones are kept in memory, and all are written to the ledger.
 * Who could not say who he is has done nothing: that is an event.
 * Owner    admin.c.
 * Thread   the admin API's. */
#ifndef SG_AUDIT_H
#define SG_AUDIT_H

#include "base/error.h"
#include "base/slice.h"

enum { AUDIT_KEPT = 10000 };

struct audit;
struct call;

/* to: as ledger_open() has it. SG_ENOMEM, SG_ERANDOM, SG_ESYSTEM (errno). */
SG_MUST_CHECK int audit_open(const char *to, struct audit **out);
void audit_close(struct audit **a); /* *a may be NULL, becomes NULL */
void audit_reopen(struct audit *a);

/* This call is over: answered, or its caller has gone while it was at work (status 0). Nothing is written of one that is
 * nobody's, or has no action. */
void audit_note(struct audit *a, const struct call *c);

#endif
