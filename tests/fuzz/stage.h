/* stage.h - one gateway worker on a stage: its real loop, front connections, application pools and memory store (behind
 * one that can be moody), turned by hand; around it web servers and applications at the other ends of socket pairs, callers at its session API, a clock that goes when it is told
 * to, and random bytes that are the same every time.
 * Linked with --wrap: what world.h needs, connect(), and pthread_create() and pthread_join(), whose thread is run when it
 * is joined.
 * Owner    there is one stage; stage_open(), stage_close().
 * Thread   one. */
#ifndef SG_FUZZ_STAGE_H
#define SG_FUZZ_STAGE_H

#include "tests/fuzz/caller.h"
#include "tests/fuzz/program.h"
#include "tests/fuzz/web_server.h"
#include "tests/moody/moods.h"

enum { STAGE_WEB_SERVERS = 4, STAGE_PROGRAMS = 48, STAGE_CALLERS = 8 };

/* How an application takes the connections that come next. */
enum stage_connect {
	STAGE_ACCEPTS,
	STAGE_REFUSES,
	STAGE_IS_FULL,
	STAGE_ACCEPTS_LATER,
	STAGE_NEVER_ACCEPTS,
	STAGE_CONNECTS, /* how many there are */
};

struct worker;

struct stage {
	struct worker *worker;
	struct web_server web_servers[STAGE_WEB_SERVERS];
	size_t web_server_count;
	struct program programs[STAGE_PROGRAMS];
	size_t program_count;
	struct caller callers[STAGE_CALLERS];
	size_t caller_count;
	enum stage_connect connects;
};

extern struct stage stage;

void stage_open(void);
/* Run the loop until nothing moves any more. */
void stage_settle(void);
/* A web server connects, as over TCP or not; NULL: there are enough. */
struct web_server *stage_connect_web_server(bool tcp);
/* An application connects to the session API; NULL: there are enough. */
struct caller *stage_connect_caller(void);
/* The application that was given a request last is 0; NULL: no more have been given one. */
struct program *stage_program(size_t which);
void stage_reload(void);
void stage_drain(void);
void stage_pass(int64_t ms);
/* The store has this mood from now on. */
void stage_turn_store(enum mood_name mood);
/* Time enough for every deadline, everybody reading; claims that nothing is owed to anybody, and that nothing is left
 * when all have hung up. */
void stage_close(void);

#endif
