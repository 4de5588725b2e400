/* base64url.h - RFC 4648 section 5, without padding. Thread: any. */
#ifndef SG_BASE64URL_H
#define SG_BASE64URL_H

#include "base/slice.h"

/* The characters that len bytes become. */
#define BASE64URL_CHARS(len) (((len)*4 + 2) / 3)

/* Writes BASE64URL_CHARS(len) characters and no NUL. */
void base64url_encode(const uint8_t *bytes, size_t len, char *out);

/* The way back: writes text.len * 3 / 4 bytes. False: text is none that base64url_encode() writes. */
bool base64url_decode(struct slice text, uint8_t *out);

extern const bool base64url_alphabet[256];

static inline bool base64url_is_char(char c)
{
	return base64url_alphabet[(uint8_t)c];
}

/* Are all of them? */
bool base64url_is_text(struct slice s);

#endif
