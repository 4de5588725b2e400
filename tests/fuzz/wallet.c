/* wallet.c - see wallet.h. */
#include "tests/fuzz/wallet.h"

#include "tests/fuzz/claim.h"

enum { WALLET_TICKETS = 256, WALLET_CHARS = 43 };

static struct {
	char text[WALLET_TICKETS][WALLET_CHARS];
	size_t count;
} wallet;

void wallet_empty(void)
{
	wallet.count = 0;
}

bool wallet_has(struct slice ticket)
{
	for (size_t i = 0; i < wallet.count; i++)
		if (slice_equal(slice_of(wallet.text[i], WALLET_CHARS), ticket))
			return true;
	return false;
}

void wallet_put(struct slice ticket)
{
	CLAIM(ticket.len == WALLET_CHARS);
	if (wallet_has(ticket))
		return;
	CLAIM(wallet.count < WALLET_TICKETS);
	memcpy(wallet.text[wallet.count++], ticket.ptr, WALLET_CHARS);
}

struct slice wallet_take(size_t which)
{
	if (which >= wallet.count)
		return SLICE("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	return slice_of(wallet.text[wallet.count - 1 - which], WALLET_CHARS);
}
