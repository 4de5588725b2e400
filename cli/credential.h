/* credential.h - the token that one calls with: from SESSIONCTL_TOKEN, or from a file; never from the arguments, which
 * everybody on the machine can see.
 * Owner    the caller; credential_fini() wipes it.
 * Thread   the main one. */
#ifndef SG_CREDENTIAL_H
#define SG_CREDENTIAL_H

#include "base/buffer.h"

enum { CREDENTIAL_BYTES = 4096 }; /* no token is longer */

/* Append the token; nothing where there is none. file may be NULL; it goes before the variable.
 * SG_ESYSTEM, SG_EFORMAT: said on stderr already. */
SG_MUST_CHECK int credential_read(struct buffer *out, const char *file);

#endif
