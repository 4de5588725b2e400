/* office.h - an admin API without HTTP: its desk, turned by hand, behind it a memory store that can be moody, and in that
 * three sessions. Time goes when it is told to.
 * Linked with --wrap: what world.h needs.
 * Owner    there is one office; office_open(), office_close().
 * Thread   one. */
#ifndef SG_FUZZ_OFFICE_H
#define SG_FUZZ_OFFICE_H

#include "rest/call.h"
#include "tests/moody/moods.h"

/* Nobody's, alice's of the realm intra, bob's of the default one. */
#define OFFICE_ANONYMOUS_ID "aaaaaaaaaaaaaaaaaaaa"
#define OFFICE_ALICE_ID     "bbbbbbbbbbbbbbbbbbbb"
#define OFFICE_BOB_ID       "cccccccccccccccccccc"

/* Whose token; ops may do all, intra and old see the realm intra alone; a reload knows old no more. */
#define OFFICE_OPS   "sga_ops_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define OFFICE_INTRA "sga_intra_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define OFFICE_OLD   "sga_old_CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"

struct office {
	struct desk desk;
	struct moods moods;
};

extern struct office office;

/* As at the beginning of every input. */
void office_open(void);
/* Of all operations from now on. */
void office_turn_store(enum mood_name mood);
/* The loop until nothing moves, and then time, in ticks, until *until or it is over. False: it is not. */
bool office_wait(const bool *until);
void office_pass(int64_t ms);
void office_reload(void);
/* How many sessions there are; the store is fine from now on. */
uint64_t office_count(void);
bool office_has(const char *id);
/* All calls are closed. */
void office_close(void);

#endif
