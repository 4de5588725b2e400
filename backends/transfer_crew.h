/* transfer_crew.h - those who carry a transfer out: porters, each with one session or user at a time. What they are to do comes
 * in phases, each of which has pages of it. What a phase is about is its own file's: transfer_blocks, transfer_records,
 * transfer_ends, transfer_comparison.
 *
 *	phase ─► its next page ─► porters, as many as are idle ─► … ─► its last page, and nobody is busy ─► next phase
 *
 * Owner    transfer.c; what is asked of the stores is cancelled by crew_stop().
 * Errors   the first one is kept, and ends the plan's loop; so does the end of the last phase.
 * Thread   the loop's. */
#ifndef SG_TRANSFER_CREW_H
#define SG_TRANSFER_CREW_H

#include "backends/transfer.h"

struct crew;
struct porter;

struct transfer_phase {
	void (*ask)(struct crew *crew); /* for the next page: crew->page */
	void (*carry)(struct porter *p);
	bool alone; /* a page has work for all porters, and brings it to them itself */
};

/* What is to be done next, with one session each. */
struct parcel {
	char id[TOKEN_ID_CHARS];
	enum store_cause cause; /* that ended it there */
};

/* A user who is blocked there, and how. */
struct sentence {
	struct store_user who;
	struct store_block block;
	char realm[STORE_REALM_BYTES], name[SESSION_USER_BYTES], reason[STORE_SAYING_BYTES];
};

struct porter {
	struct crew *crew;
	struct parcel parcel;
	enum transfer_side side; /* whom op is asked of */
	struct store_op *op;
	const struct session *found; /* to be compared; a reference */
	struct sentence sentence;
	bool busy;
};

struct crew {
	const struct transfer_plan *plan;
	const struct transfer_phase *const *phase; /* that is under way; behind the last is NULL */
	int64_t phase_since_ms;
	struct porter porters[TRANSFER_AT_A_TIME];
	size_t busy;
	struct parcel parcels[STORE_PAGE];
	size_t count, taken;
	struct store_op *page; /* is asked for */
	bool over;             /* there is no next one */
	char cursor[STORE_CURSOR_BYTES];
	size_t cursor_bytes;
	int rc;
	enum transfer_side failed;
};

/* crew is zeroed; the plan and the list of phases, which ends with NULL, are borrowed until crew_stop(). */
void crew_start(struct crew *crew, const struct transfer_plan *plan,
		const struct transfer_phase *const *phases);
void crew_fail(struct crew *crew, enum transfer_side side, int rc);
void crew_stop(struct crew *crew);

/* --- for phases: their pages --- */

/* Where the next page begins; empty: at the beginning. */
struct slice crew_cursor(const struct crew *crew);
/* The page is there. False: it is none. */
bool crew_hear(struct crew *crew, const struct store_result *result);
/* Its parcels, if it has any, are in place; the next one begins at cursor, unless it is over. */
void crew_turn_page(struct crew *crew, struct slice cursor, bool over);
/* Whoever is idle, and is busy from now on. NULL: nobody is. */
struct porter *crew_engage(struct crew *crew);
void crew_go_on(struct crew *crew);

/* --- for phases: what a porter does --- */

struct slice porter_id(const struct porter *p);
struct transfer_counts *porter_counts(const struct porter *p);
struct store *porter_store(const struct porter *p, enum transfer_side side);
/* Something is to be said of his session. */
void porter_tell(const struct porter *p, const char *text);
/* op, whose callback is given the porter, is asked of that side; NULL: there was no memory for it. */
void porter_ask(struct porter *p, enum transfer_side side, struct store_op *op);
/* Finds his session there. */
void porter_find(struct porter *p, enum transfer_side side, store_done_fn *done);
/* The answer is there. False: it is none. */
bool porter_hear(struct porter *p, const struct store_result *result);
/* With this session, or user, all is done. */
void porter_finish(struct porter *p);

#endif
