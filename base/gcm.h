/* gcm.h - AES-256-GCM (NIST SP 800-38D): text that nobody reads or changes without the key.
 * Owner    the struct is the caller's; gcm_fini() wipes what it holds.
 * Errors   SG_ENOMEM.
 * Thread   one at a time. */
#ifndef SG_GCM_H
#define SG_GCM_H

#include "base/error.h"
#include "base/slice.h"

enum { GCM_KEY_BYTES = 32, GCM_NONCE_BYTES = 12, GCM_TAG_BYTES = 16 };

struct evp_cipher_ctx_st;

struct gcm {
	struct evp_cipher_ctx_st *context;
};

SG_MUST_CHECK int gcm_init(struct gcm *g);
/* Of a zeroed one: nothing. */
void gcm_fini(struct gcm *g);

/* All that follows is under this key. */
SG_MUST_CHECK int gcm_key(struct gcm *g, const uint8_t key[GCM_KEY_BYTES]);

/* Writes text.len bytes, and the tag, which covers data as well. Never twice with one nonce under one key. */
SG_MUST_CHECK int gcm_encrypt(struct gcm *g, const uint8_t nonce[GCM_NONCE_BYTES],
			      struct slice data, struct slice text, char *out,
			      uint8_t tag[GCM_TAG_BYTES]);

/* The way back. SG_EFORMAT when text, data, nonce or tag are not what they were, or the key is another; out is
 * wiped then. */
SG_MUST_CHECK int gcm_decrypt(struct gcm *g, const uint8_t nonce[GCM_NONCE_BYTES],
			      struct slice data, struct slice text,
			      const uint8_t tag[GCM_TAG_BYTES], char *out);

#endif
