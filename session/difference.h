/* difference.h - in what two records of one session differ: by the names of its fields, never by what is in them.
 * Thread   any. Pure. */
#ifndef SG_DIFFERENCE_H
#define SG_DIFFERENCE_H

#include "session/session.h"

/* clang-format off */
#define SESSION_FIELDS(X) /* name, whether s and t agree in it */					\
	X(hash, token_hash_equal(s->hash, t->hash))							\
	X(rotated, s->rotated_ms == t->rotated_ms)							\
	X(replaced, difference_same_replaced(s, t))							\
	X(epoch, s->epoch == t->epoch)									\
	X(csrf, memcmp(s->csrf, t->csrf, sizeof(s->csrf)) == 0)						\
	X(version, s->version == t->version)								\
	X(saves, difference_same_saves(s, t))								\
	X(realm, slice_equal(s->realm, t->realm))							\
	X(application, slice_equal(s->application, t->application))					\
	X(user, slice_equal(s->user, t->user))								\
	X(created, s->created_ms == t->created_ms)							\
	X(login, s->login_ms == t->login_ms)								\
	X(seen, s->seen_ms == t->seen_ms)								\
	X(expires, s->expires_ms == t->expires_ms)							\
	X(idle, s->idle_ms == t->idle_ms && s->idle_chosen == t->idle_chosen)				\
	X(touch, s->touch_ms == t->touch_ms)								\
	X(remembered, s->remembered == t->remembered)							\
	X(asked, s->rotation_asked == t->rotation_asked)						\
	X(host, slice_equal(s->host, t->host))								\
	X(transport, s->transport == t->transport)							\
	X(device, difference_same_device(&s->device, &t->device))					\
	X(attributes, difference_same_attributes(s, t))
/* clang-format on */

enum session_field {
#define SESSION_FIELD(name, same) SESSION_FIELD_##name,
	SESSION_FIELDS(SESSION_FIELD)
#undef SESSION_FIELD
		SESSION_FIELD_COUNT
};

/* A bit for each field in which they differ; 0: they are the same. */
unsigned session_difference(const struct session *s, const struct session *t);
const char *session_field_text(enum session_field field);

#endif
