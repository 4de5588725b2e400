/* session_record.h - where a session lies: one allocation, counted by references, with all that its slices point to. What of
 * it is for everybody is in session.h: session_ref(), _unref(), _prefetch(), _restore…(), _recode(), _outline().
 * Thread   as session.h has it. */
#ifndef SG_SESSION_RECORD_H
#define SG_SESSION_RECORD_H

#include "session/session_attributes.h"

/* A session like next, with these attributes in the place of its own; all is copied. One reference, the caller's. SG_ENOMEM. */
SG_MUST_CHECK int record_new(const struct session *next, const struct attributes *a,
			     const struct session **out);

#endif
