/* redis_slot.c - see redis_slot.h. */
#include "backends/redis_slot.h"

/* CRC-16/XMODEM: polynomial 0x1021, from 0, nothing reflected. By four bits at a time: a key is hashed a few times for
 * a request at most, and sixteen entries stay in a cache line. */
static uint16_t redis_slot_crc(struct slice s)
{
	static const uint16_t by_nibble[16] = {
		0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
		0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
	};
	uint16_t crc = 0;

	for (size_t i = 0; i < s.len; i++) {
		uint8_t byte = (uint8_t)s.ptr[i];

		crc = (uint16_t)(crc << 4 ^ by_nibble[crc >> 12 ^ byte >> 4]);
		crc = (uint16_t)(crc << 4 ^ by_nibble[crc >> 12 ^ (byte & 15)]);
	}
	return crc;
}

unsigned redis_slot_of(struct slice key)
{
	struct slice rest = key, tag;

	if (slice_cut(&rest, '{', &tag) && slice_cut(&rest, '}', &tag) && tag.len > 0)
		key = tag;
	return redis_slot_crc(key) % REDIS_SLOTS;
}

/* "host:port", where a host of IPv6 has no brackets: the port is behind the last colon. */
static int redis_redirect_endpoint(struct slice text, const struct redis_endpoint *from,
				   struct redis_endpoint *out)
{
	const char *colon = text.len > 0 ? memrchr(text.ptr, ':', text.len) : NULL;
	struct slice host;
	uint64_t port;

	if (colon == NULL)
		return SG_EFORMAT;
	host = slice_of(text.ptr, (size_t)(colon - text.ptr));
	if (!slice_number(slice_after(text, host.len + 1), UINT16_MAX, &port))
		return SG_EFORMAT;
	if (host.len == 0)
		host = slice_from(from->host);
	return redis_endpoint_set(out, host, port);
}

int redis_redirect_read(struct slice error, const struct redis_endpoint *from,
			struct redis_redirect *out)
{
	struct redis_redirect redirect = { 0 };
	struct slice kind, slot;
	uint64_t number;

	slice_cut(&error, ' ', &kind);
	slice_cut(&error, ' ', &slot);
	redirect.ask = slice_equal(kind, SLICE("ASK"));
	if ((!redirect.ask && !slice_equal(kind, SLICE("MOVED"))) ||
	    !slice_number(slot, REDIS_SLOTS - 1, &number) ||
	    redis_redirect_endpoint(error, from, &redirect.to) != 0)
		return SG_EFORMAT;
	redirect.slot = (unsigned)number;
	*out = redirect;
	return 0;
}
