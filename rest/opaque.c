/* opaque.c - see opaque.h.
 *
 *	text = base64url of	nonce 12 | AES-256-GCM of content | tag 16
 *	key  = HKDF of what the grant is recognized by, which stands in the configuration alone
 *	data = purpose, what the grant may see, bound: each with its length before it */
#include "rest/opaque.h"

#include "base/base64url.h"
#include "base/gcm.h"
#include "base/hkdf.h"
#include "base/random.h"

#include <openssl/crypto.h>

enum { OPAQUE_OVERHEAD = GCM_NONCE_BYTES + GCM_TAG_BYTES };

static int opaque_key(const struct grant *g, uint8_t key[HKDF_BYTES])
{
	struct slice secret = g->sha256 != NULL ? slice_of((const char *)g->hash, sizeof(g->hash))
						: slice_from(g->name);
	uint8_t prk[HKDF_BYTES];
	struct hkdf hkdf = { 0 };
	int rc = hkdf_extract(SLICE("sessiongate admin"), secret, prk);

	if (rc == 0 && (rc = hkdf_init(&hkdf, prk)) == 0)
		rc = hkdf_expand(&hkdf, SLICE("opaque"), key);
	hkdf_fini(&hkdf);
	OPENSSL_cleanse(prk, sizeof(prk));
	return rc;
}

static int opaque_add(struct buffer *data, struct slice part)
{
	int rc = buffer_printf(data, "%zu:", part.len);

	return rc == 0 ? buffer_append_slice(data, part) : rc;
}

static int opaque_add_names(struct buffer *data, const struct slice *names, size_t count)
{
	int rc = buffer_printf(data, "%zu;", count);

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = opaque_add(data, names[i]);
	return rc;
}

static int opaque_data(struct buffer *data, const struct grant *g, const char *purpose,
		       struct slice bound)
{
	int rc = opaque_add(data, slice_from(purpose));

	if (rc == 0)
		rc = opaque_add_names(data, g->realms, g->realm_count);
	if (rc == 0)
		rc = opaque_add_names(data, g->applications, g->application_count);
	if (rc == 0)
		rc = opaque_add_names(data, g->users, g->user_count);
	return rc == 0 ? opaque_add(data, bound) : rc;
}

/* The cipher with the grant's key, and what goes with it. */
struct opaque {
	struct gcm gcm;
	struct buffer data;
};

static int opaque_init(struct opaque *o, const struct grant *g, const char *purpose,
		       struct slice bound)
{
	uint8_t key[HKDF_BYTES];
	int rc = opaque_data(&o->data, g, purpose, bound);

	if (rc == 0 && (rc = opaque_key(g, key)) == 0 && (rc = gcm_init(&o->gcm)) == 0)
		rc = gcm_key(&o->gcm, key);
	OPENSSL_cleanse(key, sizeof(key));
	return rc;
}

static void opaque_fini(struct opaque *o)
{
	gcm_fini(&o->gcm);
	buffer_fini(&o->data);
}

int opaque_seal(struct call *c, const char *purpose, struct slice bound, struct slice content,
		struct slice *text)
{
	size_t len = content.len + OPAQUE_OVERHEAD;
	uint8_t *bytes = arena_room(&c->arena, len);
	char *chars = arena_room(&c->arena, BASE64URL_CHARS(len) + 1);
	struct opaque o = { 0 };
	int rc = bytes != NULL && chars != NULL ? random_bytes(bytes, GCM_NONCE_BYTES) : SG_ENOMEM;

	if (rc == 0 && (rc = opaque_init(&o, c->auth.grant, purpose, bound)) == 0)
		rc = gcm_encrypt(&o.gcm, bytes, buffer_content(&o.data), content,
				 (char *)bytes + GCM_NONCE_BYTES, bytes + len - GCM_TAG_BYTES);
	opaque_fini(&o);
	if (rc != 0)
		return rc;
	base64url_encode(bytes, len, chars);
	chars[BASE64URL_CHARS(len)] = '\0';
	*text = slice_of(chars, BASE64URL_CHARS(len));
	return 0;
}

int opaque_open(struct call *c, const char *purpose, struct slice bound, struct slice text,
		struct slice *content)
{
	size_t len = text.len * 3 / 4;
	struct opaque o = { 0 };
	uint8_t *bytes;
	char *out;
	int rc;

	if (text.len > OPAQUE_CHARS || len < OPAQUE_OVERHEAD)
		return SG_EFORMAT;
	bytes = arena_room(&c->arena, len);
	out = arena_room(&c->arena, len);
	if (bytes == NULL || out == NULL)
		return SG_ENOMEM;
	if (!base64url_decode(text, bytes))
		return SG_EFORMAT;
	len -= OPAQUE_OVERHEAD;
	if ((rc = opaque_init(&o, c->auth.grant, purpose, bound)) == 0)
		rc = gcm_decrypt(&o.gcm, bytes, buffer_content(&o.data),
				 slice_of((const char *)bytes + GCM_NONCE_BYTES, len),
				 bytes + GCM_NONCE_BYTES + len, out);
	opaque_fini(&o);
	if (rc == 0)
		*content = slice_of(out, len);
	return rc;
}
