/* seal.c - see seal.h. */
#include "backends/seal.h"

#include "base/random.h"
#include "session/token.h"
#include "session/value.h"

#include <assert.h>
#include <endian.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	SEAL_TEXT_CHARS = 44, /* base64 of a key: the last one is = */
	SEAL_DECODED_BYTES = SEAL_TEXT_CHARS / 4 * 3,
};

/* Distinct ones for each purpose, or two of them would have one key. */
#define SEAL_INFO_KEY_ID "sessiongate key id"
#define SEAL_INFO_VALUES "sessiongate values of session "

struct seal {
	const struct seal_keys *keys;
	struct gcm gcm;
	size_t current;       /* the key that gcm has; keys->count: none */
	struct hkdf *derived; /* by each of the keys */
	char info[sizeof(SEAL_INFO_VALUES) - 1 + TOKEN_ID_CHARS]; /* with the session's id */
	char complaint[SEAL_COMPLAINT_BYTES];
};

/* Where the parts of a sealed value are. */
struct sealed_value {
	const char *key_id;
	const uint8_t *nonce, *tag;
	struct slice ciphertext;
};

/* --- Keys ------------------------------------------------------------------------------------ */

/* Strictly, so that no two texts are one key: what OpenSSL reads is compared with what it would have written. */
static bool seal_key_decode(struct slice text, uint8_t key[SEAL_DECODED_BYTES])
{
	unsigned char again[SEAL_TEXT_CHARS + 1];
	bool fine = text.len == SEAL_TEXT_CHARS &&
		    EVP_DecodeBlock(key, (const unsigned char *)text.ptr, SEAL_TEXT_CHARS) ==
			    SEAL_DECODED_BYTES &&
		    EVP_EncodeBlock(again, key, GCM_KEY_BYTES) == SEAL_TEXT_CHARS &&
		    memcmp(again, text.ptr, SEAL_TEXT_CHARS) == 0;

	explicit_bzero(again, sizeof(again));
	return fine;
}

const char *seal_key_complaint(struct slice text)
{
	uint8_t key[SEAL_DECODED_BYTES];
	bool fine = seal_key_decode(text, key);

	explicit_bzero(key, sizeof(key));
	if (fine)
		return NULL;
	return text.len != SEAL_TEXT_CHARS
		       ? "expected the base64 of 32 bytes, which has 44 characters; openssl rand -base64 32 prints one"
		       : "not the base64 of 32 bytes: A-Z, a-z, 0-9, + and /, and one = at the end";
}

static int seal_key_name(struct seal_key *key)
{
	struct hkdf hkdf;
	uint8_t name[HKDF_BYTES];
	int rc = hkdf_init(&hkdf, key->prk);

	if (rc != 0)
		return rc;
	rc = hkdf_expand(&hkdf, SLICE(SEAL_INFO_KEY_ID), name);
	hkdf_fini(&hkdf);
	memcpy(key->id, name, sizeof(key->id));
	return rc;
}

static int seal_key_init(struct seal_key *key, struct slice text)
{
	uint8_t bytes[SEAL_DECODED_BYTES];
	int rc = SG_EFORMAT;

	if (seal_key_decode(text, bytes))
		rc = hkdf_extract(SLICE(""), slice_of((const char *)bytes, GCM_KEY_BYTES),
				  key->prk);
	explicit_bzero(bytes, sizeof(bytes));
	return rc != 0 ? rc : seal_key_name(key);
}

int seal_keys_init(struct seal_keys *k, const struct slice *texts, size_t count)
{
	int rc = 0;

	assert(count > 0);
	k->count = count;
	k->keys = calloc(count, sizeof(k->keys[0]));
	if (k->keys == NULL)
		return SG_ENOMEM;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = seal_key_init(&k->keys[i], texts[i]);
	if (rc != 0)
		seal_keys_fini(k);
	return rc;
}

void seal_keys_fini(struct seal_keys *k)
{
	if (k->keys != NULL)
		explicit_bzero(k->keys, k->count * sizeof(k->keys[0]));
	free(k->keys);
	*k = (struct seal_keys){ 0 };
}

/* --- Opening and closing the whole ----------------------------------------------------------- */

static int seal_init(struct seal *s, const struct seal_keys *keys)
{
	int rc;

	s->keys = keys;
	s->current = keys->count;
	memcpy(s->info, SEAL_INFO_VALUES, sizeof(SEAL_INFO_VALUES) - 1);
	s->derived = calloc(keys->count, sizeof(s->derived[0]));
	if (s->derived == NULL)
		return SG_ENOMEM;
	for (size_t i = 0; i < keys->count; i++)
		if ((rc = hkdf_init(&s->derived[i], keys->keys[i].prk)) != 0)
			return rc;
	return gcm_init(&s->gcm);
}

int seal_new(const struct seal_keys *keys, struct seal **out)
{
	struct seal *s = calloc(1, sizeof(*s));
	int rc = s != NULL ? seal_init(s, keys) : SG_ENOMEM;

	if (rc == 0)
		*out = s;
	else
		seal_free(&s);
	return rc;
}

void seal_free(struct seal **seal)
{
	struct seal *s = *seal;

	*seal = NULL;
	if (s == NULL)
		return;
	gcm_fini(&s->gcm);
	for (size_t i = 0; s->derived != NULL && i < s->keys->count; i++)
		hkdf_fini(&s->derived[i]);
	free(s->derived);
	free(s);
}

void seal_begin(struct seal *seal, struct slice session_id)
{
	assert(session_id.len == TOKEN_ID_CHARS);
	memcpy(seal->info + sizeof(SEAL_INFO_VALUES) - 1, session_id.ptr, TOKEN_ID_CHARS);
	seal->current = seal->keys->count;
}

/* The session's key of one of the operator's. Most records need one for all their values. */
static int seal_choose(struct seal *s, size_t key)
{
	uint8_t derived[HKDF_BYTES];
	int rc;

	_Static_assert((int)HKDF_BYTES == (int)GCM_KEY_BYTES, "one step makes the whole key");
	if (s->current == key)
		return 0;
	s->current = s->keys->count;
	rc = hkdf_expand(&s->derived[key], slice_of(s->info, sizeof(s->info)), derived);
	if (rc == 0)
		rc = gcm_key(&s->gcm, derived);
	explicit_bzero(derived, sizeof(derived));
	if (rc == 0)
		s->current = key;
	return rc;
}

/* --- One value ------------------------------------------------------------------------------- */

int seal_encrypt(struct seal *seal, struct slice name, struct slice value, char *out)
{
	char *key_id = out + 1, *nonce = key_id + SEAL_KEY_ID_BYTES,
	     *ciphertext = nonce + GCM_NONCE_BYTES, *tag = ciphertext + value.len;
	int rc;

	out[0] = SEAL_VERSION;
	memcpy(key_id, seal->keys->keys[0].id, SEAL_KEY_ID_BYTES);
	if ((rc = random_bytes(nonce, GCM_NONCE_BYTES)) != 0 || (rc = seal_choose(seal, 0)) != 0)
		return rc;
	return gcm_encrypt(&seal->gcm, (const uint8_t *)nonce, name, value, ciphertext,
			   (uint8_t *)tag);
}

static bool seal_is_sealed(struct slice stored)
{
	return stored.len >= SEAL_OVERHEAD && stored.ptr[0] == SEAL_VERSION;
}

size_t seal_decrypted_bytes(struct slice stored)
{
	if (seal_is_sealed(stored))
		return stored.len - SEAL_OVERHEAD;
	return stored.len > 0 && (uint8_t)stored.ptr[0] >= ' ' ? stored.len : 0;
}

static struct sealed_value seal_parts(struct slice stored)
{
	struct sealed_value v = { .key_id = stored.ptr + 1 };

	v.nonce = (const uint8_t *)v.key_id + SEAL_KEY_ID_BYTES;
	v.ciphertext =
		slice_of((const char *)v.nonce + GCM_NONCE_BYTES, stored.len - SEAL_OVERHEAD);
	v.tag = (const uint8_t *)v.ciphertext.ptr + v.ciphertext.len;
	return v;
}

static int seal_refuse(struct seal *s, const char *complaint)
{
	snprintf(s->complaint, sizeof(s->complaint), "%s", complaint);
	return SG_EFORMAT;
}

static int seal_refuse_key(struct seal *s, const char *key_id)
{
	uint32_t number;

	memcpy(&number, key_id, sizeof(number));
	snprintf(s->complaint, sizeof(s->complaint), "there is no key %08x", be32toh(number));
	return SG_EFORMAT;
}

/* Keys whose ids are alike are all tried: there are four thousand million ids. */
static int seal_decrypt_sealed(struct seal *s, struct slice name, struct slice stored, char *out)
{
	const struct sealed_value v = seal_parts(stored);
	bool known = false;

	for (size_t i = 0; i < s->keys->count; i++) {
		int rc;

		if (memcmp(s->keys->keys[i].id, v.key_id, SEAL_KEY_ID_BYTES) != 0)
			continue;
		known = true;
		if ((rc = seal_choose(s, i)) == 0)
			rc = gcm_decrypt(&s->gcm, v.nonce, name, v.ciphertext, v.tag, out);
		if (rc != SG_EFORMAT)
			return rc;
	}
	return known ? seal_refuse(s, "the bytes are not those that were sealed here")
		     : seal_refuse_key(s, v.key_id);
}

static int seal_decrypt_plain(struct seal *s, struct slice stored, char *out)
{
	struct slice text = stored, value;

	if (stored.len > 0 && stored.ptr[0] == SEAL_VERSION)
		return seal_refuse(s, "the bytes end early");
	/* with white space around it, it was not stored here either */
	if (value_scan(&text, &value) != 0 || value.len != stored.len)
		return seal_refuse(s, "neither sealed nor JSON");
	memcpy(out, stored.ptr, stored.len);
	return 0;
}

int seal_decrypt(struct seal *seal, struct slice name, struct slice stored, char *out)
{
	return seal_is_sealed(stored) ? seal_decrypt_sealed(seal, name, stored, out)
				      : seal_decrypt_plain(seal, stored, out);
}

const char *seal_complaint(const struct seal *seal)
{
	return seal->complaint;
}
