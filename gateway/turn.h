/* turn.h - what is left for the end of this turn of the loop: one write per socket however much was
 * appended to it, and the freeing of what callbacks further up may still hold.
 * Owner    a struct chore is embedded in what it is about; cancel it before that is freed.
 * Thread   the loop's. */
#ifndef SG_TURN_H
#define SG_TURN_H

#include "base/error.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct event_base;

struct chore;
typedef void chore_fn(struct chore *c);

struct chore {
	struct link link; /* listed: waiting */
	chore_fn *run;
};

struct turn {
	struct queue chores;
	struct event *end;
	int64_t now_us; /* 0: nobody has asked yet */
};

SG_MUST_CHECK int turn_open(struct turn *t, struct event_base *loop);
void turn_close(struct turn *t);

/* Run it once, after the callbacks that the loop has at hand; waiting already: nothing more. */
void turn_add(struct turn *t, struct chore *c);
void turn_cancel(struct turn *t, struct chore *c);

/* Monotonic: when somebody first asked in this turn, or since its end began. Many requests make progress in
 * one turn, each asks several times, and a clock costs as much as a small piece of their work. */
static inline int64_t turn_now_us(struct turn *t);
static inline int64_t turn_now_ms(struct turn *t);

/* turn_now_us()'s, when nobody has asked yet. */
int64_t turn_ask_clock(struct turn *t);

static inline int64_t turn_now_us(struct turn *t)
{
	return t->now_us != 0 ? t->now_us : turn_ask_clock(t);
}

static inline int64_t turn_now_ms(struct turn *t)
{
	return turn_now_us(t) / 1000;
}

#endif
