/* verb.h - the one table of commands: from it come the help, and which options and words a command takes.
 * Owner    static, for ever. Thread: any. */
#ifndef SG_VERB_H
#define SG_VERB_H

#include "cli/errand.h"

typedef enum outcome verb_fn(struct errand *e);

struct verb {
	const char *name;     /* one word, or two */
	const char *synopsis; /* what follows it */
	const char *help;
	unsigned options; /* OPTION_BITs that it knows */
	size_t min_words, max_words;
	verb_fn *run;
};

/* Which one the words ask for, with the options and as many words as it takes; *taken is how many of them are its name.
 * NULL: none, which is said on stderr. */
const struct verb *verb_find(const struct arguments *a, size_t *taken);
/* Append what there is. */
void verb_help(struct buffer *out);

/* --- each in its file, verb_*.c --- */

verb_fn verb_list;
verb_fn verb_get, verb_rotate;
verb_fn verb_attrs, verb_set, verb_unset;
verb_fn verb_revoke;
verb_fn verb_users, verb_block, verb_unblock;
verb_fn verb_explain;
verb_fn verb_copy;
verb_fn verb_events;
verb_fn verb_stats, verb_status, verb_whoami;
verb_fn verb_token_new;
verb_fn verb_config_check, verb_config_reload;
verb_fn verb_doctor;

#endif
