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

/* The same of a record as it is, with its times and all its secrets. */
void redis_record_add_whole(struct redis_call *call, const struct session *s);

/* Room for what there is several of while a record is read; who has it zeroes it to begin. */
struct redis_record_room {
	bool opaque; /* their values are not looked at: a cipher's, or a list's; else they are JSON, or it is no session of ours */
	struct attribute *attributes;
	size_t room;
	struct session_replaced replaced[SESSION_REPLACED];
	uint64_t save_ids[SESSION_SAVE_IDS];
};
void redis_record_room_fini(struct redis_record_room *room);

/* The record whose fields and values are the elements of this item; one reference, the caller's. SG_EFORMAT: that cannot be
 * a session of ours; SG_ENOMEM. */
SG_MUST_CHECK int redis_record_read(const struct redis_reply *reply, size_t item, struct slice id,
				    struct redis_record_room *room, const struct session **out);

/* The record that a session becomes that is made at this moment, less than 2^52, of the store's clock; as above. */
SG_MUST_CHECK int redis_record_of_birth(const struct session *born, int64_t now_ms,
					struct redis_record_room *room, const struct session **out);

/* The record that is read, of one whose attributes have names, and no values. */
SG_MUST_CHECK int redis_record_read_unvalued(const struct redis_reply *reply, size_t item,
					     struct slice id, struct redis_record_room *room,
					     const struct session **out);

/* Append the names of the fields that show.lua is to answer with, and read what it has answered: a record without secrets
 * and without the values of its attributes (session_outline()). */
void redis_record_add_outline(struct redis_call *call);
SG_MUST_CHECK int redis_record_read_outline(const struct redis_reply *reply, size_t item,
					    struct slice id, struct redis_record_room *room,
					    const struct session **out);

/* The value of one field among them. False: it is not there. */
bool redis_record_field(const struct redis_reply *reply, size_t item, struct slice field,
			struct slice *value);

#endif
