/* session_view.h - a session as an administrator sees it (admin-api.md section 3): everything but the values of its
 * attributes, and nothing by which anybody could pass for its visitor.
 * Errors   false: no memory. Thread: any. */
#ifndef SG_SESSION_VIEW_H
#define SG_SESSION_VIEW_H

#include "base/json.h"
#include "session/session.h"

/* Its members, into an empty object, which may be NULL. */
bool session_view_add(cJSON *object, const struct session *s);

#endif
