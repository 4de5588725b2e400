/* auth.h - whose call it is.
 * A token that is presented is judged, wherever it comes from; without one a client's certificate, or a Unix socket's peer,
 * may be somebody.
 * Thread   the admin API's. */
#ifndef SG_AUTH_H
#define SG_AUTH_H

#include "rest/failures.h"
#include "rest/settings.h"

enum auth_verdict {
	AUTH_GRANTED,
	AUTH_NONE,    /* nobody said who he is */
	AUTH_BAD,     /* a token that is none, not any more, or not from there */
	AUTH_LIMITED, /* as BAD, once too often */
};

enum { AUTH_NAME_BYTES = 32, AUTH_ADDRESS_BYTES = 46, AUTH_NAMES_BYTES = 1024 };

/* Who has connected. */
struct auth_peer {
	char address[AUTH_ADDRESS_BYTES]; /* as inet_ntop() writes it; "": of a Unix socket */
	bool known;                       /* a Unix socket's: by uid */
	unsigned uid;
	char names
		[AUTH_NAMES_BYTES]; /* of a client's certificate: a NUL behind each, and one more */
};

/* Has he connected from this machine, by its loopback interface? */
bool auth_peer_is_local(const struct auth_peer *peer);

struct auth {
	const struct grant *grant; /* GRANTED */
	const char *via;           /* "bearer", "certificate", "peer" */
	int64_t retry_ms;          /* LIMITED: in so long the next failure is told */
	struct grant own;          /* what grant points to, if no configuration has it */
	char own_name[AUTH_NAME_BYTES];
};

/* authorization: the header's value; ptr NULL: there is none. wall_ms: what grants end by; mono_ms: what failures are
 * counted by. failures NULL: nothing is counted. */
enum auth_verdict auth_judge(struct auth *auth, const struct settings *settings,
			     struct failures *failures, const struct auth_peer *peer,
			     struct slice authorization, int64_t wall_ms, int64_t mono_ms);

#endif
