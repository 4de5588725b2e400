/* hkdf.c - see hkdf.h. OpenSSL's own HKDF finds its parts anew for each key, which takes ten times as long as the
 * key; its HMAC goes on with the key that it has. */
#include "base/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

/* NULL: no memory. */
static EVP_MAC_CTX *hkdf_mac(const void *key, size_t len)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *mac = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;

	EVP_MAC_free(hmac); /* the context has a reference */
	if (mac != NULL && EVP_MAC_init(mac, key, len, params) != 1) {
		EVP_MAC_CTX_free(mac);
		mac = NULL;
	}
	return mac;
}

int hkdf_extract(struct slice salt, struct slice key, uint8_t prk[HKDF_BYTES])
{
	/* without a pointer OpenSSL would look for a key that was there before */
	EVP_MAC_CTX *mac = hkdf_mac(salt.len > 0 ? salt.ptr : "", salt.len);
	size_t len;
	bool done = mac != NULL &&
		    EVP_MAC_update(mac, (const unsigned char *)key.ptr, key.len) == 1 &&
		    EVP_MAC_final(mac, prk, &len, HKDF_BYTES) == 1;

	EVP_MAC_CTX_free(mac);
	return done ? 0 : SG_ENOMEM;
}

int hkdf_init(struct hkdf *h, const uint8_t prk[HKDF_BYTES])
{
	h->mac = hkdf_mac(prk, HKDF_BYTES);
	return h->mac != NULL ? 0 : SG_ENOMEM;
}

void hkdf_fini(struct hkdf *h)
{
	EVP_MAC_CTX_free(h->mac);
	h->mac = NULL;
}

int hkdf_expand(struct hkdf *h, struct slice info, uint8_t out[HKDF_BYTES])
{
	static const unsigned char first = 1;
	size_t len;
	bool done = EVP_MAC_init(h->mac, NULL, 0, NULL) == 1 &&
		    EVP_MAC_update(h->mac, (const unsigned char *)info.ptr, info.len) == 1 &&
		    EVP_MAC_update(h->mac, &first, sizeof(first)) == 1 &&
		    EVP_MAC_final(h->mac, out, &len, HKDF_BYTES) == 1;

	return done ? 0 : SG_ENOMEM;
}
