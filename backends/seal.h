/* seal.h - an attribute's value as a store gets it that should not be able to read it.
 *
 *	version | key's id | nonce | ciphertext              | tag
 *	1       | 4        | 12    | as long as the value is | 16
 *
 * AES-256-GCM under a key of the session's own, which follows from the operator's key and the session's id, with the
 * attribute's name in the associated data: what was sealed can be decrypted under that name in that session and nowhere else.
 * The key's id follows from the key, tells nothing of it, and says which of several is asked for.
 *
 * No JSON text begins with the version's byte. So a value that was stored before there was a key is known for what
 * it is, and is given as it stands.
 * Owner    keys: the caller, and they outlive each seal that uses them. Both are wiped.
 * Thread   keys: any; a seal: one at a time. */
#ifndef SG_SEAL_H
#define SG_SEAL_H

#include "base/gcm.h"
#include "base/hkdf.h"

enum {
	SEAL_VERSION = 1,
	SEAL_KEY_ID_BYTES = 4,
	SEAL_OVERHEAD = 1 + SEAL_KEY_ID_BYTES + GCM_NONCE_BYTES + GCM_TAG_BYTES,
	SEAL_COMPLAINT_BYTES = 96,
};

/* What an operator's key is used by. */
struct seal_key {
	uint8_t id[SEAL_KEY_ID_BYTES];
	uint8_t prk[HKDF_BYTES];
};

struct seal_keys {
	struct seal_key *keys; /* the first encrypts, all decrypt */
	size_t count;
};

/* Is text a key, in base64? NULL, or what is wrong with it, for a person. */
const char *seal_key_complaint(struct slice text);

/* At least one, each without complaint. SG_ENOMEM; SG_EFORMAT. */
SG_MUST_CHECK int seal_keys_init(struct seal_keys *k, const struct slice *texts, size_t count);
/* Of a zeroed one: nothing. */
void seal_keys_fini(struct seal_keys *k);

/* A thread's own. */
struct seal;

SG_MUST_CHECK int seal_new(const struct seal_keys *keys, struct seal **out); /* SG_ENOMEM */
void seal_free(struct seal **seal); /* *seal may be NULL, becomes NULL */

/* All that follows is this session's; the id is copied. */
void seal_begin(struct seal *seal, struct slice session_id);

/* Writes value.len + SEAL_OVERHEAD bytes. SG_ENOMEM, SG_ERANDOM. */
SG_MUST_CHECK int seal_encrypt(struct seal *seal, struct slice name, struct slice value, char *out);

/* What stored is decrypted to has so many bytes; 0, as it may be for what cannot be decrypted. */
size_t seal_decrypted_bytes(struct slice stored);
/* Writes them. SG_ENOMEM; SG_EFORMAT when it was not sealed here, and is no JSON text either. */
SG_MUST_CHECK int seal_decrypt(struct seal *seal, struct slice name, struct slice stored,
			       char *out);

/* Why the last seal_decrypt() said SG_EFORMAT, for a person; borrowed until the next one. */
const char *seal_complaint(const struct seal *seal);

#endif
