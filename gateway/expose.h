/* expose.h - the session as the application sees it: SESSION_* params and REMOTE_USER
 * (application.md section 2). */
#ifndef SG_EXPOSE_H
#define SG_EXPOSE_H

#include "gateway/params.h"
#include "session/session.h"

enum expose_reason {
	REASON_NONE,
	REASON_MALFORMED,
	REASON_UNKNOWN,
	REASON_EXPIRED,
	REASON_UNAVAILABLE
};

/* session NULL: SESSION_STATE=none with the reason, and next_id unless it is empty. reads_php: the application's adapter
 * does, so that a session of some size need not be passed as an object as well; SESSION_OMITTED then says so. All of it is
 * copied. SG_ENOMEM. */
SG_MUST_CHECK int expose_session(struct params *p, const struct config_route *route, bool reads_php,
				 const struct session *session, enum expose_reason reason,
				 struct slice next_id);
/* SESSION_SOCKET and SESSION_TICKET. Copied. SG_ENOMEM. */
SG_MUST_CHECK int expose_session_api(struct params *p, const char *socket, struct slice ticket);
/* Can an attribute of that name be shown on its own? */
bool expose_is_name(struct slice name);
/* An attribute's value on its own: a string's text, any other value as it is; borrowed from value, or in the
 * arena. SG_ENOMEM. */
SG_MUST_CHECK int expose_text(struct arena *arena, struct slice value, struct slice *out);
/* REMOTE_USER by the route's remote_user; for session: off too. Copied. SG_ENOMEM. */
SG_MUST_CHECK int expose_remote_user(struct params *p, const struct config_route *route,
				     const struct session *session);

#endif
