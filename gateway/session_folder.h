/* session_folder.h - the folder that is made for the session API's sockets where the configuration names no place for
 * them: of a name that nobody can foretell, with a lock in it for as long as its gateway lives. What a gateway leaves
 * behind that is killed, the next one that makes its own beside it removes.
 * Owner    who has the sockets: zero it, open, close.
 * Thread   the main one. */
#ifndef SG_SESSION_FOLDER_H
#define SG_SESSION_FOLDER_H

#include "base/error.h"
#include "gateway/address.h"

/* What a socket in it is called, before the number of its worker; and one for notes, behind that. */
#define SESSION_FOLDER_SOCKET "app.sock"
#define SESSION_FOLDER_NOTES  ".notes"

struct session_folder {
	char path[ADDRESS_TEXT_BYTES]; /* "": there is none */
	int fd;                        /* of the lock */
};

/* In the first place that lets it. SG_ESYSTEM (errno; logged). */
SG_MUST_CHECK int session_folder_open(struct session_folder *f);
/* Its sockets are gone. */
void session_folder_close(struct session_folder *f);

#endif
