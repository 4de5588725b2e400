/* delta.c - see delta.h. */
#include "session/delta.h"

bool delta_is_touch(const struct delta *d)
{
	return d->change_count == 0 && d->idle_ms == 0 && d->expires_ms == 0 &&
	       d->renewal == NULL && d->login == NULL && d->rotation == NULL && !d->asks_rotation;
}
