/* liar.h - servers in the place of Redis, at the other ends of socket pairs, which answer as they were told, whatever that
 * is. What nobody has told them of they answer as a Redis that has nothing.
 * A command is called by its word, a script by its name, and what is asked of Sentinels and of a Cluster's nodes by the
 * second word. They claim that what they are sent is the protocol of Redis.
 * Linked with --wrap: connect(), and resolver_start(), which finds no name.
 * Thread   one. */
#ifndef SG_FUZZ_LIAR_H
#define SG_FUZZ_LIAR_H

#include "base/slice.h"

void liar_begin(void);
/* They say this to the next one of these commands, and the last that they were told from then on. name: "find", or
 * "find@7" for the server of that port alone. answer: its lines, each of which ends as in the protocol unless a backslash
 * stands there; "!": they hang up; none: they are silent. Both are borrowed until liar_end(). */
void liar_tell(struct slice name, struct slice answer);
/* What nobody has asked for, on the connection that was made last. */
void liar_say(struct slice lines);
/* The connections that there are end. */
void liar_hang_up(void);
/* Or takes connections again. */
void liar_refuse(bool refuses);
/* From now on they speak so many bytes at a time; 0: all at once. */
void liar_speak_in(size_t bytes);
/* They take what was sent, and speak. False: nothing has moved. */
bool liar_listen(void);
/* How often they were connected to since liar_begin(), in vain too, and how many commands have come but for greetings. */
unsigned liar_connections(void);
unsigned liar_commands(void);
void liar_end(void);

#endif
