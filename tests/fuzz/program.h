/* program.h - an application's end of one connection: what it is sent, and whether that is what no application
 * stumbles over.
 * Claims   the records come in order, under one id, unpadded; a second request only when the first was ended; PARAMS
 *          hold whole pairs, none twice, none that poses as ours; STDIN is as long as CONTENT_LENGTH says.
 * Owner    the caller: program_open(), program_close(). */
#ifndef SG_FUZZ_PROGRAM_H
#define SG_FUZZ_PROGRAM_H

#include "tests/fuzz/wire.h"

enum program_state { PROGRAM_IDLE, PROGRAM_PARAMS, PROGRAM_STDIN, PROGRAM_GIVEN };

struct program {
	int fd;
	bool reading;
	bool closed; /* by the gateway */
	enum program_state state;
	struct wire said, told;
	unsigned begun, ended; /* requests; ended by what was said */
	unsigned turn;         /* of all programs: the higher, the later it was given a request */
	struct buffer pairs;
	uint64_t length, body_bytes;
};

void program_open(struct program *p, int fd);
void program_say(struct program *p, struct slice bytes);
bool program_listen(struct program *p);
void program_close(struct program *p);

#endif
