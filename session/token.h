/* token.h - what the browser holds: 20 characters of id and 32 of secret, base64url.
 * The id is public. The secret is nowhere but in the browser and, for the length of one
 * request, here: stores keep its SHA-256 (token_hash).
 * Owner    the caller, by value; token_wipe() when done.
 * Errors   SG_ERANDOM when the kernel has no entropy: better no session than a guessable one.
 * Thread   any. */
#ifndef SG_TOKEN_H
#define SG_TOKEN_H

#include "base/error.h"
#include "base/slice.h"

enum {
	TOKEN_ID_CHARS = 20,     /* 15 random bytes */
	TOKEN_SECRET_CHARS = 32, /* 24 random bytes */
	TOKEN_CHARS = TOKEN_ID_CHARS + TOKEN_SECRET_CHARS,
	TOKEN_HASH_BYTES = 32,
};

struct token {
	char text[TOKEN_CHARS + 1]; /* ends with a NUL */
};

/* 52 characters of A-Z a-z 0-9 _ -, the first not "-". */
bool token_well_formed(struct slice text);
/* An id alone: 20 of the same, the first not "-". */
bool token_id_well_formed(struct slice id);

/* A new id and a new secret; the id never begins with "-", which command lines would take for
 * an option, and has no "_": PHP's own session ids have none, and there are PHP applications that
 * reject a session_id() with one. 119.5 bits are left of 120. */
SG_MUST_CHECK int token_new(struct token *out);
/* A new secret under the same id. */
SG_MUST_CHECK int token_renew(struct token *token);
/* False when text is not well-formed; *out is then untouched. */
SG_MUST_CHECK bool token_read(struct token *out, struct slice text);

/* The first 20 characters, borrowed from token. */
struct slice token_id(const struct token *token);
/* SHA-256 of the secret's 32 characters. */
void token_hash(const struct token *token, uint8_t hash[TOKEN_HASH_BYTES]);
/* In constant time. */
bool token_hash_equal(const uint8_t a[TOKEN_HASH_BYTES], const uint8_t b[TOKEN_HASH_BYTES]);
void token_wipe(struct token *token);

#endif
