/* members.h - the members of a body's object, by name. What is of another type is complained about (call_complain()).
 * Borrow   from the call's document.
 * Thread   the admin API's. */
#ifndef SG_MEMBERS_H
#define SG_MEMBERS_H

#include "rest/call.h"

/* Complain about all that have none of these names; the list ends with NULL. */
void members_check(struct call *c, const char *const *known);
/* ptr NULL: absent, or null. */
struct slice members_text(struct call *c, const char *name);
bool members_flag(struct call *c, const char *name, bool unset);
/* A list of session ids, up to most of them, each once; in the arena. Absent: none, and *given is false. */
const struct slice *members_ids(struct call *c, const char *name, size_t most, size_t *count,
				bool *given);
/* The text "reason", as call_check_reason() wants it. */
struct slice members_reason(struct call *c);
/* NULL: absent. */
const cJSON *members_get(const struct call *c, const char *name);

#endif
