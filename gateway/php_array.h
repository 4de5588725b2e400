/* php_array.h - a session's attributes as PHP's unserialize() reads them, which takes it half the time that json_decode()
 * takes. Composed of nothing but scalars and arrays (a: s: i: d: b: N:), so that no class is ever loaded and no code
 * runs; what PHP makes of it is what json_decode() would have made of the attributes' JSON.
 * Only of attributes that $_SESSION is made of as they are, as the adapter notes it in the attribute $php: no other name
 * or member begins like it, no name is a number for PHP, and -0.0, which equals 0.0 for whoever looks for changes, is not
 * a value. All others are the adapter's to find out, from the JSON.
 * They come in the order that the notes have, in place of which those say order: true; else sorted.
 * Thread   any. */
#ifndef SG_PHP_ARRAY_H
#define SG_PHP_ARRAY_H

#include "base/arena.h"
#include "session/session.h"

/* The array, in the arena, where it has at most limit bytes. False: *out is untouched, and there is no such array, or no
 * memory for it, which costs the adapter some time and nobody anything else. */
bool php_array_write(const struct session *session, size_t limit, struct arena *arena,
		     struct slice *out);

#endif
