/* session_json.h - sessions in JSON, as their own visitor may see them (application.md section 7). The members are
 * spelled as the admin API spells them; what is unknown is null. Nothing in it authenticates anybody.
 * Errors   SG_ENOMEM; out is then unchanged. Thread: any. */
#ifndef SG_SESSION_JSON_H
#define SG_SESSION_JSON_H

#include "base/buffer.h"
#include "session/session.h"

/* Whose it is, its times, and how long it lasts if nothing more happens in it. */
SG_MUST_CHECK int session_json_me(const struct session *s, int64_t now_ms, struct buffer *out);
/* {"sessions":[…]}, in the order given; the one of that id is marked as current. */
SG_MUST_CHECK int session_json_list(const struct session *const *sessions, size_t count,
				    struct slice current_id, struct buffer *out);

/* {"attr":1,…}, its attributes as they stand. */
SG_MUST_CHECK int session_json_attributes(const struct session *s, struct buffer *out);
/* {"id":…,"user":…,"attributes":{…},"version":17} */
SG_MUST_CHECK int session_json_whole(const struct session *s, struct buffer *out);

#endif
