/* roster.c - see roster.h. As in page.c there is room for twice as many rows as there may be, and a full table is sorted
 * and cut to its first half. */
#include "backends/roster.h"

#include <assert.h>
#include <stdlib.h>

/* --- Places --------------------------------------------------------------------------------- */

static int user_compare(const struct store_user *a, const struct store_user *b)
{
	int order = slice_compare(a->realm, b->realm);

	return order != 0 ? order : slice_compare(a->name, b->name);
}

int roster_compare(const struct store_user *who, const struct roster_place *place)
{
	int order = slice_compare(who->realm, place->realm);

	if (order == 0 && place->side == ROSTER_BEHIND_REALM)
		return -1;
	if (order == 0)
		order = slice_compare(who->name, place->name);
	return order == 0 && place->side == ROSTER_BEHIND ? -1 : order;
}

const struct roster_place *roster_begin(const struct roster *r)
{
	return &r->begin;
}

/* --- Cursors: u, the length of the realm's name, both names ---------------------------------- */

static void roster_write_cursor(struct roster *r, const struct store_user *who)
{
	char *at = r->cursor;

	assert(who->realm.len <= STORE_REALM_BYTES && who->name.len <= SESSION_USER_BYTES);
	*at++ = 'u';
	*at++ = (char)who->realm.len;
	memcpy(at, who->realm.ptr, who->realm.len);
	memcpy(at + who->realm.len, who->name.ptr, who->name.len);
	r->cursor_bytes = 2 + who->realm.len + who->name.len;
}

static int roster_read_cursor(struct slice cursor, struct roster_place *out)
{
	size_t realm_bytes = cursor.len >= 2 ? (uint8_t)cursor.ptr[1] : SIZE_MAX;

	if (cursor.len < 2 || cursor.ptr[0] != 'u' || realm_bytes > STORE_REALM_BYTES ||
	    realm_bytes > cursor.len - 2 || cursor.len - 2 - realm_bytes > SESSION_USER_BYTES)
		return SG_EFORMAT;
	cursor = slice_after(cursor, 2);
	*out = (struct roster_place){ .realm = slice_of(cursor.ptr, realm_bytes),
				      .name = slice_after(cursor, realm_bytes),
				      .side = ROSTER_BEHIND };
	return 0;
}

/* --- Gathering ------------------------------------------------------------------------------ */

/* The first of the realms asked for that is not before this one, or, if others is set, comes behind it; NULL: none. */
static const struct slice *roster_realm(const struct roster *r, struct slice realm, bool others)
{
	const struct filter_names *realms = &r->listing->realms;
	const struct slice *first = NULL;

	for (size_t i = 0; i < realms->count; i++) {
		const struct slice *candidate = &realms->names[i];
		int order = slice_compare(*candidate, realm);

		if ((order > 0 || (order == 0 && !others)) &&
		    (first == NULL || slice_compare(*candidate, *first) < 0))
			first = candidate;
	}
	return first;
}

int roster_init(struct roster *r, const struct store_user_listing *listing)
{
	assert(listing->limit > 0 && listing->limit <= STORE_PAGE);
	*r = (struct roster){ .listing = listing };
	if (listing->cursor.len > 0 && roster_read_cursor(listing->cursor, &r->begin) != 0)
		return SG_EFORMAT;
	if (listing->cursor.len == 0 && listing->realms.count > 0)
		r->begin = (struct roster_place){ .realm = *roster_realm(r, SLICE(""), false),
						  .name = listing->prefix };
	r->room = 2 * listing->limit;
	r->rows = calloc(r->room, sizeof(r->rows[0]));
	return r->rows != NULL ? 0 : SG_ENOMEM;
}

void roster_fini(struct roster *r)
{
	free(r->rows);
	arena_fini(&r->arena);
	*r = (struct roster){ 0 };
}

/* Those with the prefix in the next realm that is asked for. */
static enum roster_step roster_leave_realm(const struct roster *r, struct slice realm,
					   struct roster_place *next)
{
	const struct slice *other;

	if (r->listing->realms.count == 0) {
		*next = (struct roster_place){ .realm = realm, .side = ROSTER_BEHIND_REALM };
		return ROSTER_SEEK;
	}
	if ((other = roster_realm(r, realm, true)) == NULL)
		return ROSTER_END;
	*next = (struct roster_place){ .realm = *other, .name = r->listing->prefix };
	return ROSTER_SEEK;
}

static enum roster_step roster_fit(const struct roster *r, const struct store_user *who,
				   struct roster_place *next)
{
	struct slice prefix = r->listing->prefix;

	if (!filter_names_hold(&r->listing->realms, who->realm))
		return roster_leave_realm(r, who->realm, next);
	if (!slice_starts(who->name, prefix) && slice_compare(who->name, prefix) > 0)
		return roster_leave_realm(r, who->realm, next);
	if (!slice_starts(who->name, prefix)) {
		*next = (struct roster_place){ .realm = who->realm, .name = prefix };
		return ROSTER_SEEK;
	}
	return filter_names_hold(&r->listing->names, who->name) ? ROSTER_TAKE : ROSTER_PASS;
}

static const struct store_user *roster_last(const struct roster *r)
{
	return &r->rows[r->count - 1].who;
}

enum roster_step roster_step(struct roster *r, const struct store_user *who,
			     struct roster_place *next)
{
	enum roster_step step = roster_fit(r, who, next);

	if (step == ROSTER_END || !r->full ||
	    user_compare(who, &r->rows[r->listing->limit - 1].who) < 0)
		return step;
	r->more = r->more || step == ROSTER_TAKE;
	return step == ROSTER_TAKE ? ROSTER_END : step;
}

static int row_compare(const void *a, const void *b)
{
	const struct store_user_row *x = a, *y = b;

	return user_compare(&x->who, &y->who);
}

/* The first limit of them stay. */
static void roster_trim(struct roster *r)
{
	qsort(r->rows, r->count, sizeof(r->rows[0]), row_compare);
	if (r->count > r->listing->limit) {
		r->count = r->listing->limit;
		r->more = true;
	}
	r->full = r->count == r->listing->limit;
}

void roster_add(struct roster *r, const struct store_user *who)
{
	struct slice realm = arena_copy(&r->arena, who->realm),
		     name = arena_copy(&r->arena, who->name);

	if (realm.ptr == NULL || name.ptr == NULL) {
		r->rc = SG_ENOMEM;
		return;
	}
	r->rows[r->count++] = (struct store_user_row){ .who = { realm, name } };
	if (r->count == r->room)
		roster_trim(r);
}

void roster_block(struct roster *r, struct store_user_row *row, const struct store_block *block)
{
	row->blocked = true;
	row->block = (struct store_block){ .until_ms = block->until_ms,
					   .reason = arena_copy(&r->arena, block->reason) };
	if (row->block.reason.ptr == NULL)
		r->rc = SG_ENOMEM;
}

void roster_stop(struct roster *r, const struct store_user *who)
{
	struct store_user copy;

	if (r->cut && user_compare(who, &r->cut_at) >= 0)
		return;
	r->cut = true;
	copy.realm = arena_copy(&r->arena, who->realm);
	copy.name = arena_copy(&r->arena, who->name);
	if (copy.realm.ptr == NULL || copy.name.ptr == NULL)
		r->rc = SG_ENOMEM;
	else
		r->cut_at = copy;
}

int roster_finish(struct roster *r)
{
	if (r->rc != 0)
		return r->rc;
	roster_trim(r);
	if (r->cut && !(r->full && user_compare(roster_last(r), &r->cut_at) <= 0)) {
		while (r->count > 0 && user_compare(roster_last(r), &r->cut_at) > 0)
			r->count--;
		roster_write_cursor(r, &r->cut_at);
	} else if (r->more || r->cut) {
		roster_write_cursor(r, roster_last(r));
	}
	return 0;
}

void roster_cut(struct roster *r, size_t count)
{
	assert(count > 0 && count < r->count);
	r->count = count;
	roster_write_cursor(r, roster_last(r));
}

static bool row_belongs(const struct store_user_row *row, const struct store_user_listing *listing)
{
	if (row->sessions < listing->min_sessions || (row->sessions == 0 && !row->blocked))
		return false;
	return listing->state == STORE_USER_ANY ||
	       row->blocked == (listing->state == STORE_USER_BLOCKED);
}

void roster_keep(struct roster *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++)
		if (row_belongs(&r->rows[i], r->listing))
			r->rows[kept++] = r->rows[i];
	r->count = kept;
}
