/* random.c - see random.h.
 * A fork would give parent and child the same unused bytes; nothing that serves forks. */
#include "base/random.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum { RANDOM_PAGE_BYTES = 4096 };

static _Thread_local struct {
	uint8_t bytes[RANDOM_PAGE_BYTES];
	size_t left; /* at the end of bytes */
} page;

static int random_refill(void)
{
	size_t have = 0;

	page.left = 0;
	while (have < sizeof(page.bytes)) {
		ssize_t got = getrandom(page.bytes + have, sizeof(page.bytes) - have, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return SG_ERANDOM;
		have += (size_t)got;
	}
	page.left = have;
	return 0;
}

int random_bytes(void *out, size_t len)
{
	uint8_t *from;

	assert(len <= RANDOM_MAX_BYTES);
	/* What is left of a page and too short for len stays unused. */
	if (page.left < len) {
		int rc = random_refill();

		if (rc != 0)
			return rc;
	}
	from = page.bytes + sizeof(page.bytes) - page.left;
	memcpy(out, from, len);
	explicit_bzero(from, len);
	page.left -= len;
	return 0;
}

int random_u64(uint64_t *out)
{
	return random_bytes(out, sizeof(*out));
}
