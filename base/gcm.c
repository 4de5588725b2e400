/* gcm.c - see gcm.h. */
#include "base/gcm.h"

#include <openssl/evp.h>

enum { GCM_DECRYPT = 0, GCM_ENCRYPT = 1, GCM_PIECE_BYTES = 1 << 30 /* OpenSSL counts in int */ };

int gcm_init(struct gcm *g)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);

	g->context = cipher != NULL ? EVP_CIPHER_CTX_new() : NULL;
	if (g->context != NULL &&
	    EVP_CipherInit_ex2(g->context, cipher, NULL, NULL, GCM_ENCRYPT, NULL) != 1)
		gcm_fini(g);
	EVP_CIPHER_free(cipher); /* the context has a reference */
	return g->context != NULL ? 0 : SG_ENOMEM;
}

void gcm_fini(struct gcm *g)
{
	EVP_CIPHER_CTX_free(g->context);
	g->context = NULL;
}

int gcm_key(struct gcm *g, const uint8_t key[GCM_KEY_BYTES])
{
	return EVP_CipherInit_ex2(g->context, NULL, key, NULL, GCM_ENCRYPT, NULL) == 1 ? 0
										       : SG_ENOMEM;
}

/* out NULL: data. */
static bool gcm_put(struct gcm *g, struct slice text, char *out)
{
	while (text.len > 0) {
		int len = text.len < GCM_PIECE_BYTES ? (int)text.len : GCM_PIECE_BYTES, done;

		if (EVP_CipherUpdate(g->context, (unsigned char *)out, &done,
				     (const unsigned char *)text.ptr, len) != 1)
			return false;
		text = slice_after(text, (size_t)len);
		out = out != NULL ? out + len : NULL;
	}
	return true;
}

static bool gcm_run(struct gcm *g, int way, const uint8_t nonce[GCM_NONCE_BYTES], struct slice data,
		    struct slice text, char *out)
{
	return EVP_CipherInit_ex2(g->context, NULL, NULL, nonce, way, NULL) == 1 &&
	       gcm_put(g, data, NULL) && gcm_put(g, text, out);
}

/* Whether the tag fits. Neither way has a byte left for here. */
static bool gcm_end(struct gcm *g)
{
	unsigned char nothing[EVP_MAX_BLOCK_LENGTH];
	int done;

	return EVP_CipherFinal_ex(g->context, nothing, &done) == 1;
}

int gcm_encrypt(struct gcm *g, const uint8_t nonce[GCM_NONCE_BYTES], struct slice data,
		struct slice text, char *out, uint8_t tag[GCM_TAG_BYTES])
{
	bool done = gcm_run(g, GCM_ENCRYPT, nonce, data, text, out) && gcm_end(g) &&
		    EVP_CIPHER_CTX_ctrl(g->context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES, tag) == 1;

	return done ? 0 : SG_ENOMEM;
}

int gcm_decrypt(struct gcm *g, const uint8_t nonce[GCM_NONCE_BYTES], struct slice data,
		struct slice text, const uint8_t tag[GCM_TAG_BYTES], char *out)
{
	uint8_t expected[GCM_TAG_BYTES];

	memcpy(expected, tag, sizeof(expected)); /* OpenSSL asks for one that it may write to */
	if (!gcm_run(g, GCM_DECRYPT, nonce, data, text, out) ||
	    EVP_CIPHER_CTX_ctrl(g->context, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_BYTES, expected) != 1) {
		explicit_bzero(out, text.len);
		return SG_ENOMEM;
	}
	if (gcm_end(g))
		return 0;
	explicit_bzero(out, text.len);
	return SG_EFORMAT;
}
