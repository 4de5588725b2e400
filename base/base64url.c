/* base64url.c - see base64url.h. */
#include "base/base64url.h"

static const char base64url_chars[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const bool base64url_alphabet[256] = {
	['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['0' ... '9'] = true,
	['-'] = true,         ['_'] = true,
};

/* The first n characters of three bytes' four. */
static void base64url_put(uint32_t bits, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = base64url_chars[bits >> (18 - 6 * i) & 63];
}

void base64url_encode(const uint8_t *bytes, size_t len, char *out)
{
	for (; len >= 3; len -= 3, bytes += 3, out += 4)
		base64url_put((uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2], 4,
			      out);
	if (len == 2)
		base64url_put((uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8, 3, out);
	else if (len == 1)
		base64url_put((uint32_t)bytes[0] << 16, 2, out);
}

bool base64url_is_text(struct slice s)
{
	bool all = true;

	for (size_t i = 0; i < s.len; i++)
		all &= base64url_is_char(s.ptr[i]);
	return all;
}
