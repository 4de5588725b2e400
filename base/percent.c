/* percent.c - see percent.h. */
#include "base/percent.h"

#include "base/hex.h"

int percent_decode(struct slice text, char *out, size_t *len)
{
	char *at = out;

	if (text.len == 0 || memchr(text.ptr, '%', text.len) == NULL) {
		if (text.len > 0)
			memcpy(out, text.ptr, text.len);
		*len = text.len;
		return 0;
	}
	for (size_t i = 0; i < text.len; i++) {
		int high, low;

		if (text.ptr[i] != '%') {
			*at++ = text.ptr[i];
			continue;
		}
		if (text.len - i < 3 || (high = hex_digit(text.ptr[i + 1])) < 0 ||
		    (low = hex_digit(text.ptr[i + 2])) < 0)
			return SG_EFORMAT;
		*at++ = (char)(high << 4 | low);
		i += 2;
	}
	*len = (size_t)(at - out);
	return 0;
}

static bool percent_is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

static bool percent_stays(char c, const char *keep)
{
	return percent_is_unreserved(c) || (c != '\0' && strchr(keep, c) != NULL);
}

int percent_encode(struct buffer *out, struct slice text, const char *keep)
{
	static const char hex[] = "0123456789ABCDEF";
	char *room, *at;
	int rc;

	if (text.len > SIZE_MAX / 3)
		return SG_ENOMEM;
	if ((rc = buffer_reserve(out, text.len * 3, &room)) != 0)
		return rc;
	at = room;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (percent_stays(text.ptr[i], keep)) {
			*at++ = text.ptr[i];
			continue;
		}
		*at++ = '%';
		*at++ = hex[c >> 4];
		*at++ = hex[c & 15];
	}
	buffer_commit(out, (size_t)(at - room));
	return 0;
}
