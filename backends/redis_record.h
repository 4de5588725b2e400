/* redis_record.h - a session as a hash in Redis: one field for each thing that is known of it, "a:NAME" for an attribute.
 * What Redis itself counts with is decimal text, hashes are the bytes that they are, and what is not so is not there.
 * Thread   any. Pure but for the memory of what is read. */
#ifndef SG_REDIS_RECORD_H
#define SG_REDIS_RECORD_H

#include "backends/redis_call.h"
#include "session/session.h"

enum { REDIS_RECORD_LISTED_BYTES = 20 };

/* Append fields and values of a new session to a script's arguments: all but the times, which are the script's. listed:
 * as what its user's record lists it; empty: nobody's does. */
void redis_record_add(struct redis_call *call, const struct session *s, struct slice listed);

/* Room for attributes while a record is read; who has it zeroes it to begin. */
struct redis_record_room {
	bool opaque; /* their values are not looked at: a cipher's, or a list's; else they are JSON, or it is no session of ours */
	struct attribute *attributes;
	size_t room;
};
void redis_record_room_fini(struct redis_record_room *room);

/* The record whose fields and values are the elements of this item; one reference, the caller's. SG_EFORMAT: that cannot be
 * a session of ours; SG_ENOMEM. */
SG_MUST_CHECK int redis_record_read(const struct redis_reply *reply, size_t item, struct slice id,
				    struct redis_record_room *room, const struct session **out);

/* The same of one whose values were left out (session_outline()). */
SG_MUST_CHECK int redis_record_read_outline(const struct redis_reply *reply, size_t item,
					    struct slice id, struct redis_record_room *room,
					    const struct session **out);

/* The value of one field among them. False: it is not there. */
bool redis_record_field(const struct redis_reply *reply, size_t item, struct slice field,
			struct slice *value);

#endif
