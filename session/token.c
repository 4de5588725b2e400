/* token.c - see token.h. */
#include "session/token.h"

#include "base/base64url.h"
#include "base/random.h"

#include <assert.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

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
	} while (out[0] == '-');
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

/* The one-shot SHA256() looks the algorithm up and allocates a context on every call, which costs
 * several times the hash itself: the algorithm is fetched once, the context kept for the thread. */
static struct {
	pthread_once_t once;
	pthread_key_t context;
	EVP_MD *md;
} token_sha256 = { .once = PTHREAD_ONCE_INIT };

static void token_free_context(void *context)
{
	EVP_MD_CTX_free(context);
}

/* Without memory for these few bytes at the very start nothing here can go on. */
static void token_prepare(void)
{
	token_sha256.md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (token_sha256.md == NULL ||
	    pthread_key_create(&token_sha256.context, token_free_context) != 0)
		abort();
}

static EVP_MD_CTX *token_context(void)
{
	static _Thread_local EVP_MD_CTX *context;

	if (context != NULL)
		return context;
	pthread_once(&token_sha256.once, token_prepare);
	context = EVP_MD_CTX_new();
	/* from now on it is begun anew, and need not be told of what */
	if (context == NULL || EVP_DigestInit_ex(context, token_sha256.md, NULL) != 1)
		abort();
	/* the key is for its destructor; reading the thread-local is cheaper */
	if (pthread_setspecific(token_sha256.context, context) != 0)
		abort();
	return context;
}

void token_hash(const struct token *token, uint8_t hash[TOKEN_HASH_BYTES])
{
	EVP_MD_CTX *context = token_context();

	if (EVP_DigestInit_ex(context, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(context, token->text + TOKEN_ID_CHARS, TOKEN_SECRET_CHARS) != 1 ||
	    EVP_DigestFinal_ex(context, hash, NULL) != 1)
		abort();
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
