/* ticket.c - see ticket.h. */
#include "gateway/ticket.h"

#include "base/random.h"
#include "gateway/request.h"

#include <stdlib.h>

static struct ticket *ticket_of_bucket(struct bucket_link *l)
{
	return CONTAINER_OF(l, struct ticket, bucket);
}

/* It is random already: as many of its bits as a hash has. */
static uint64_t ticket_hash(const char text[TICKET_CHARS])
{
	uint64_t low, high;

	memcpy(&low, text, sizeof(low));
	memcpy(&high, text + sizeof(low), sizeof(high));
	low = (low ^ (high << 3)) * UINT64_C(0x9e3779b97f4a7c15);
	return low >> 32;
}

/* In constant time: who guesses learns nothing from how long it takes. */
static bool ticket_equal(const char *a, const char *b)
{
	unsigned difference = 0;

	for (size_t i = 0; i < TICKET_CHARS; i++)
		difference |= (unsigned)(unsigned char)(a[i] ^ b[i]);
	return difference == 0;
}

int ticket_issue(struct tickets *all, struct request *request, struct ticket **out)
{
	uint8_t bytes[TICKET_BYTES];
	struct ticket *t;
	int rc;

	if ((rc = random_bytes(bytes, sizeof(bytes))) != 0 ||
	    (rc = buckets_make_room(&all->table)) != 0)
		return rc;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return SG_ENOMEM;
	t->request = request;
	base64url_encode(bytes, sizeof(bytes), t->text);
	explicit_bzero(bytes, sizeof(bytes));
	buckets_put(&all->table, &t->bucket, ticket_hash(t->text));
	*out = t;
	return 0;
}

struct ticket *ticket_find(struct tickets *all, struct slice text)
{
	struct bucket_link *l;
	uint64_t hash;

	if (text.len != TICKET_CHARS)
		return NULL;
	hash = ticket_hash(text.ptr);
	for (l = buckets_chain(&all->table, hash); l != NULL; l = l->next)
		if (l->hash == hash && ticket_equal(ticket_of_bucket(l)->text, text.ptr))
			return ticket_of_bucket(l);
	return NULL;
}

/* --- after the request's end --- */

static void ticket_free(struct tickets *all, struct ticket *t)
{
	buckets_take(&all->table, &t->bucket);
	buckets_give_room_back(&all->table);
	session_unref(&t->session);
	config_unref(&t->config);
	explicit_bzero(t->text, sizeof(t->text));
	free(t);
}

static size_t ticket_late_bytes(const struct ticket *t)
{
	return t->session != NULL ? t->session->attribute_bytes : 0;
}

static struct ticket *tickets_earliest(const struct tickets *all)
{
	return CONTAINER_OF(all->late.first, struct ticket, late_link);
}

static void tickets_drop_earliest(struct tickets *all)
{
	struct ticket *t = tickets_earliest(all);

	queue_remove(&all->late, &t->late_link);
	all->late_count--;
	all->late_bytes -= ticket_late_bytes(t);
	ticket_free(all, t);
}

static void tickets_on_sweep(struct deadline *d)
{
	struct tickets *all = CONTAINER_OF(d, struct tickets, sweep);
	int64_t now_ms = turn_now_ms(all->turn);

	while (all->late.first != NULL && tickets_earliest(all)->late_until_ms <= now_ms)
		tickets_drop_earliest(all);
	if (all->late.first != NULL)
		deadline_arm(all->deadlines, d, tickets_earliest(all)->late_until_ms - now_ms,
			     tickets_on_sweep);
}

/* What its request had of its session is all that it needs from now on. */
static void ticket_keep(struct ticket *t)
{
	const struct request *r = t->request;

	t->request = NULL;
	t->config = config_ref(r->generation->config);
	t->route = r->route;
	t->session = r->lookup.session != NULL ? session_ref(r->lookup.session) : NULL;
	t->fence = r->lookup.fence;
	memcpy(t->request_id, r->request_id, sizeof(t->request_id));
}

void ticket_part(struct tickets *all, struct ticket *ticket)
{
	if (ticket == NULL)
		return;
	ticket_keep(ticket);
	ticket->late_until_ms = turn_now_ms(all->turn) + TICKET_LATE_MS;
	queue_append(&all->late, &ticket->late_link);
	all->late_count++;
	all->late_bytes += ticket_late_bytes(ticket);
	while (all->late_count > TICKETS_LATE || all->late_bytes > TICKETS_LATE_BYTES)
		tickets_drop_earliest(all);
	if (all->late.first != NULL && !deadline_armed(&all->sweep))
		deadline_arm(all->deadlines, &all->sweep, TICKET_LATE_MS, tickets_on_sweep);
}

void tickets_open(struct tickets *all, struct deadlines *deadlines, struct turn *turn)
{
	*all = (struct tickets){ .deadlines = deadlines, .turn = turn };
	queue_init(&all->late);
}

void tickets_close(struct tickets *all)
{
	deadline_disarm(&all->sweep);
	while (all->late.first != NULL)
		tickets_drop_earliest(all);
	buckets_fini(&all->table);
}
