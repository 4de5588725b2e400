/* hkdf.h - keys that follow from one key (HKDF of RFC 5869, by HMAC-SHA256): one for each purpose, none of which
 * tells another.
 * Owner    the struct is the caller's; hkdf_fini() wipes what it holds.
 * Errors   SG_ENOMEM.
 * Thread   one at a time. */
#ifndef SG_HKDF_H
#define SG_HKDF_H

#include "base/error.h"
#include "base/slice.h"

enum { HKDF_BYTES = 32 };

struct evp_mac_ctx_st;

struct hkdf {
	struct evp_mac_ctx_st *mac; /* has the pseudorandom key already */
};

/* Section 2.2: the pseudorandom key of a key, which may be of any length. */
SG_MUST_CHECK int hkdf_extract(struct slice salt, struct slice key, uint8_t prk[HKDF_BYTES]);

SG_MUST_CHECK int hkdf_init(struct hkdf *h, const uint8_t prk[HKDF_BYTES]);
/* Of a zeroed one: nothing. */
void hkdf_fini(struct hkdf *h);

/* Section 2.3, for as much as one step gives: no key here is longer. */
SG_MUST_CHECK int hkdf_expand(struct hkdf *h, struct slice info, uint8_t out[HKDF_BYTES]);

#endif
