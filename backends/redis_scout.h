/* redis_scout.h - asks the servers of a deployment about it, one after another until one of them knows: the Sentinels for
 * their master, the nodes of a Cluster for its slots. On a connection of its own, so that no answer waits behind others.
 *
 *	IDLE ──► ASKING ──► IDLE
 *	  ▲        │ ▲
 *	  │        ▼ │ a whole round in vain
 *	  └──── RESTING
 *
 * Rate     No more than a question in REDIS_SCOUT_PACE_MS; who asks sooner is told a little later. Who asks again within
 *          REDIS_SCOUT_HELPED_MS was not helped by the answer: another server is asked.
 * Log      one line when nobody has answered, with what the last one said, and one when somebody does again.
 * Owner    who opened it.
 * Thread   the loop's. */
#ifndef SG_REDIS_SCOUT_H
#define SG_REDIS_SCOUT_H

#include "backends/redis_link.h"

enum {
	REDIS_SCOUT_QUESTIONS = 2,
	REDIS_SCOUT_WORDS = 3,
	REDIS_SCOUT_SERVERS = 256, /* more are not remembered */
	REDIS_SCOUT_PACE_MS = 100,
	REDIS_SCOUT_HELPED_MS = 600,
	REDIS_SCOUT_PATIENCE_MS = 500, /* with one server: there are others */
};

struct redis_scout;

struct redis_question {
	struct slice words[REDIS_SCOUT_WORDS]; /* an empty one ends them */
};

/* All of it is borrowed while the scout is open. */
struct redis_scout_settings {
	const char *who;             /* is asked, for the log: "Sentinel" */
	const struct redis_url *url; /* its endpoints are asked first, and never forgotten */
	const struct redis_credentials *credentials;
	const struct tls *tls;
	int64_t timeout_ms;
	struct redis_question questions[REDIS_SCOUT_QUESTIONS];
	unsigned question_count;
	/* What one server says to one of the questions. NULL: that was of use; else why not, and the next is asked. Does
	 * not close the scout. */
	const char *(*told)(void *ctx, unsigned question, const struct redis_endpoint *from,
			    const struct redis_reply *reply);
	void (*nobody)(void *ctx); /* a round was in vain; the next one follows by itself */
	void *ctx;
};

/* Asks nobody yet. SG_ENOMEM. */
SG_MUST_CHECK int redis_scout_open(struct event_base *loop,
				   const struct redis_scout_settings *settings,
				   struct redis_scout **out);
/* *scout may be NULL, becomes NULL. */
void redis_scout_close(struct redis_scout **scout);

/* told comes for each question, later; until somebody was of use all are asked again and again. */
void redis_scout_ask(struct redis_scout *scout);
/* Has the last round been in vain? */
bool redis_scout_is_lost(const struct redis_scout *scout);

/* Servers that may be asked beside those of the URL. */
void redis_scout_forget(struct redis_scout *scout);
void redis_scout_learn(struct redis_scout *scout, const struct redis_endpoint *server);

#endif
