/* request_id.c - the name of one request. */
#include "base/request_id.h"

#include "base/base64url.h"
#include "base/random.h"

#include <stdatomic.h>
#include <stdio.h>

enum { REQUEST_ID_RANDOM = 15 };

bool request_id_valid(struct slice id)
{
	size_t i;

	for (i = 0; i < id.len; i++)
		if (!base64url_is_char(id.ptr[i]) && id.ptr[i] != '.')
			return false;
	return id.len > 0 && id.len < REQUEST_ID_BYTES;
}

void request_id_make(char out[REQUEST_ID_BYTES])
{
	static _Atomic unsigned long count;
	uint8_t bytes[REQUEST_ID_RANDOM];

	if (random_bytes(bytes, sizeof(bytes)) != 0) {
		snprintf(out, REQUEST_ID_BYTES, "%lu", atomic_fetch_add(&count, 1));
		return;
	}
	base64url_encode(bytes, sizeof(bytes), out);
	out[BASE64URL_CHARS(sizeof(bytes))] = '\0';
}

void request_id_take(struct slice offered, char out[REQUEST_ID_BYTES])
{
	if (!request_id_valid(offered))
		return;
	memcpy(out, offered.ptr, offered.len);
	out[offered.len] = '\0';
}
