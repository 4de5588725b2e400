/* sealed.h - a store whose attributes' values are encrypted on their way into another store, and decrypted on their
 * way out of it (seal.h): the other one, whichever it is, never has a value that it could read. Names, users, times
 * and devices it has as they are, since it works with them.
 *
 * A save encrypts what it sets and nothing else, under the first key. Limits are those of the values as the
 * application gave them.
 *
 * A record that cannot be decrypted is answered as NOT_FOUND by a store that has never been whole: its visitor has no
 * session, and keeps his token, for it may be that only the right key is missing. In a user's list it is there,
 * without attributes. The log is told.
 * Thread   as any store's. */
#ifndef SG_SEALED_H
#define SG_SEALED_H

#include "backends/backend.h"

/* *backend, which has no connections yet, is behind a sealed one from now on, and is closed with it. keys: base64, as
 * seal_key_complaint() likes them, copied. SG_ENOMEM, SG_EFORMAT: *backend is as it was. */
SG_MUST_CHECK int sealed_open(struct backend **backend, const struct slice *keys, size_t count);

#endif
