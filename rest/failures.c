/* failures.c - see failures.h. */
#include "rest/failures.h"

static bool failures_network(struct slice address, uint8_t network[NETWORK_HOST_BYTES])
{
	static const uint8_t ipv4[12] = { [10] = 0xff, [11] = 0xff };

	if (!network_host(address, network))
		return false;
	if (memcmp(network, ipv4, sizeof(ipv4)) != 0)
		memset(network + NETWORK_HOST_BYTES / 2, 0, NETWORK_HOST_BYTES / 2);
	return true;
}

static int64_t failures_last_ms(const struct failures_of *of)
{
	return of->at_ms[(of->next + FAILURES_PER_MINUTE - 1) % FAILURES_PER_MINUTE];
}

/* The address's own, or one that it may have. */
static struct failures_of *failures_find(struct failures *f,
					 const uint8_t network[NETWORK_HOST_BYTES])
{
	struct failures_of *oldest = &f->addresses[0];

	for (size_t i = 0; i < f->count; i++) {
		struct failures_of *of = &f->addresses[i];

		if (memcmp(of->network, network, sizeof(of->network)) == 0)
			return of;
		if (failures_last_ms(of) < failures_last_ms(oldest))
			oldest = of;
	}
	if (f->count < FAILURES_ADDRESSES)
		oldest = &f->addresses[f->count++];
	*oldest = (struct failures_of){ .next = 0 };
	memcpy(oldest->network, network, sizeof(oldest->network));
	return oldest;
}

int64_t failures_add(struct failures *f, struct slice address, int64_t now_ms)
{
	uint8_t network[NETWORK_HOST_BYTES];
	struct failures_of *of;
	int64_t oldest_ms;

	if (!failures_network(address, network))
		return 0;
	of = failures_find(f, network);
	oldest_ms = of->at_ms[of->next];
	if (oldest_ms != 0 && now_ms - oldest_ms < FAILURES_MINUTE_MS)
		return oldest_ms + FAILURES_MINUTE_MS - now_ms;
	of->at_ms[of->next] = now_ms;
	of->next = (of->next + 1) % FAILURES_PER_MINUTE;
	return 0;
}
