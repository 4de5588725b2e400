/* strangers.c - see strangers.h.
 *
 * Two tables of rows in which a thing may stand in any of a few places: addresses with their counts, and marks of
 * the ids that were counted. A mark is a hash of address, minute and id, so a new minute begins without any marks,
 * and nothing has to be cleared. The hash is keyed: nobody can choose ids that meet in one row. */
#include "gateway/strangers.h"

#include "base/network.h"
#include "base/random.h"

#include <stdlib.h>

enum {
	STRANGERS_MINUTE_MS = 60000,
	STRANGERS_PLACES = 4, /* in a row */
	STRANGERS_ADDRESS_ROWS = 1024,
	STRANGERS_MARK_ROWS = 16384,
	STRANGERS_WORDS = 6, /* that a hash is made of */
};

struct stranger {
	uint64_t network[2];
	int64_t since_ms; /* when its minute began */
	uint64_t ids;     /* in it; 0: nobody */
};

struct mark {
	uint32_t hash;
	uint32_t order; /* in which they were made; 0: none */
};

struct strangers {
	unsigned __int128 key[STRANGERS_WORDS + 1];
	uint32_t order;
	struct stranger addresses[STRANGERS_ADDRESS_ROWS][STRANGERS_PLACES];
	struct mark marks[STRANGERS_MARK_ROWS][STRANGERS_PLACES];
};

int strangers_new(struct strangers **out)
{
	struct strangers *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return SG_ENOMEM;
	if ((rc = random_bytes(s->key, sizeof(s->key))) != 0) {
		free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void strangers_free(struct strangers **s)
{
	free(*s);
	*s = NULL;
}

/* Multilinear: two different inputs meet with a probability of 2^-64, whatever they are, as long as the key is
 * unknown. */
static uint64_t strangers_hash(const struct strangers *s, const uint64_t words[STRANGERS_WORDS])
{
	unsigned __int128 sum = s->key[STRANGERS_WORDS];

	for (size_t i = 0; i < STRANGERS_WORDS; i++)
		sum += s->key[i] * words[i];
	return (uint64_t)(sum >> 64);
}

/* Who brings them: an IPv4 address, or the /64 of an IPv6 one, which is one customer's. */
static bool strangers_network(struct slice address, uint64_t network[2])
{
	static const uint8_t ipv4[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t host[NETWORK_HOST_BYTES];

	if (!network_host(address, host))
		return false;
	memcpy(network, host, sizeof(host));
	if (memcmp(host, ipv4, sizeof(ipv4)) != 0)
		network[1] = 0;
	return true;
}

static bool stranger_in_minute(const struct stranger *a, int64_t now_ms)
{
	return a->ids > 0 && now_ms - a->since_ms < STRANGERS_MINUTE_MS;
}

/* The place of this address, its own or the one that it can best be given. */
static struct stranger *strangers_place(struct strangers *s, const uint64_t network[2],
					int64_t now_ms)
{
	uint64_t words[STRANGERS_WORDS] = { network[0], network[1] };
	struct stranger *row = s->addresses[strangers_hash(s, words) % STRANGERS_ADDRESS_ROWS];
	struct stranger *best = &row[0];

	for (size_t i = 0; i < STRANGERS_PLACES; i++) {
		if (!stranger_in_minute(&row[i], now_ms))
			row[i].ids = 0;
		else if (memcmp(row[i].network, network, sizeof(row[i].network)) == 0)
			return &row[i];
		if (row[i].ids < best->ids)
			best = &row[i];
	}
	*best = (struct stranger){ { network[0], network[1] }, now_ms, 0 };
	return best;
}

/* Is there a mark for this id? If not, there is now, in the place of the oldest. */
static bool strangers_marked(struct strangers *s, const struct stranger *a, struct slice id)
{
	uint64_t words[STRANGERS_WORDS] = { a->network[0], a->network[1], (uint64_t)a->since_ms };
	struct mark *row, *oldest;
	uint64_t hash;

	memcpy(&words[3], id.ptr, id.len < 3 * sizeof(words[0]) ? id.len : 3 * sizeof(words[0]));
	hash = strangers_hash(s, words);
	row = s->marks[hash % STRANGERS_MARK_ROWS];
	oldest = &row[0];
	for (size_t i = 0; i < STRANGERS_PLACES; i++) {
		if (row[i].order != 0 && row[i].hash == hash >> 32)
			return true;
		if (row[i].order < oldest->order)
			oldest = &row[i];
	}
	if (++s->order == 0)
		s->order = 1; /* after 2^32: the oldest is wrong for a while */
	*oldest = (struct mark){ (uint32_t)(hash >> 32), s->order };
	return false;
}

bool strangers_over(struct strangers *s, struct slice address, struct slice id, uint64_t limit,
		    int64_t now_ms)
{
	uint64_t network[2];
	struct stranger *a;

	if (!strangers_network(address, network))
		return false;
	a = strangers_place(s, network, now_ms);
	/* who is over it is not counted on: others' ids stay known for longer */
	if (a->ids <= limit && !strangers_marked(s, a, id))
		a->ids++;
	return a->ids > limit;
}
