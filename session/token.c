/* token.c - see token.h. */

/* OpenSSL 3 would have SHA-256 asked for by EVP, whose way round one block, which each request hashes, costs
 * more than the block itself: so what its version 1.1 declares. */
#define OPENSSL_API_COMPAT 0x10100000L

#include "session/token.h"

#include "base/base64url.h"
#include "base/random.h"

#include <assert.h>
#include <openssl/sha.h>

enum { TOKEN_ID_BYTES = 15, TOKEN_SECRET_BYTES = 24 };

_Static_assert(BASE64URL_CHARS(TOKEN_ID_BYTES) == TOKEN_ID_CHARS, "an id is whole groups");
_Static_assert(BASE64URL_CHARS(TOKEN_SECRET_BYTES) == TOKEN_SECRET_CHARS, "so is a secret");

static bool token_chars(struct slice text, size_t len)
{
	if (text.len != len || text.ptr[0] == '-')
		return false;
	return base64url_is_text(text);
}

bool token_well_formed(struct slice text)
{
	return token_chars(text, TOKEN_CHARS);
}

bool token_id_well_formed(struct slice id)
{
	return token_chars(id, TOKEN_ID_CHARS);
}

static int token_new_id(char *out)
{
	uint8_t bytes[TOKEN_ID_BYTES];

	do {
		int rc = random_bytes(bytes, sizeof(bytes));

		if (rc != 0)
			return rc;
		base64url_encode(bytes, sizeof(bytes), out);
	} while (out[0] == '-' || memchr(out, '_', TOKEN_ID_CHARS) != NULL);
	return 0;
}

int token_new(struct token *out)
{
	struct token token = { 0 };
	int rc;

	if ((rc = token_new_id(token.text)) == 0 && (rc = token_renew(&token)) == 0)
		*out = token;
	token_wipe(&token);
	return rc;
}

int token_renew(struct token *token)
{
	uint8_t bytes[TOKEN_SECRET_BYTES];
	int rc = random_bytes(bytes, sizeof(bytes));

	if (rc != 0)
		return rc;
	base64url_encode(bytes, sizeof(bytes), token->text + TOKEN_ID_CHARS);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

bool token_read(struct token *out, struct slice text)
{
	if (!token_well_formed(text))
		return false;
	memcpy(out->text, text.ptr, TOKEN_CHARS);
	out->text[TOKEN_CHARS] = '\0';
	return true;
}

struct slice token_id(const struct token *token)
{
	return slice_of(token->text, TOKEN_ID_CHARS);
}

void token_hash(const struct token *token, uint8_t hash[TOKEN_HASH_BYTES])
{
	SHA256_CTX context; /* cleansed by SHA256_Final() */

	SHA256_Init(&context);
	SHA256_Update(&context, token->text + TOKEN_ID_CHARS, TOKEN_SECRET_CHARS);
	SHA256_Final(hash, &context);
}

bool token_hash_equal(const uint8_t a[TOKEN_HASH_BYTES], const uint8_t b[TOKEN_HASH_BYTES])
{
	uint64_t different = 0, x, y;

	/* as CRYPTO_memcmp(): no step depends on what is compared. Eight bytes at a time, not one */
	for (size_t i = 0; i < TOKEN_HASH_BYTES; i += sizeof(x)) {
		memcpy(&x, a + i, sizeof(x));
		memcpy(&y, b + i, sizeof(y));
		different |= x ^ y;
	}
	return different == 0;
}

void token_wipe(struct token *token)
{
	explicit_bzero(token, sizeof(*token));
}
