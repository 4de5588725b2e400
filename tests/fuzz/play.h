/* play.h - what happens on the stage, by a script: a line for each thing; a letter, numbers, then bytes (script.h).
 * Everything is a script: what makes no sense is not done.
 *
 *	b ID ROLE FLAGS		the web server says BEGIN_REQUEST,
 *	p ID NAME=VALUE		PARAMS of one pair,	P ID	their end,
 *	i ID BYTES		STDIN,			I ID	its end,
 *	x ID			ABORT_REQUEST,
 *	r TYPE ID PADDING BYTES	any record,		f BYTES	any bytes;
 *	g ID PAIR|PAIR…		all of a GET,		u ID LENGTH PAIR|PAIR…	a POST but for its body
 *	h			half-closes,		k	closes;		z READS	takes what comes, or not
 *	n TCP			one more connects,	s WHICH	the next lines are that one's
 *	o WHICH BYTES		an application, 0 is the one that was given a request last, says STDOUT,
 *	e WHICH BYTES		STDERR,
 *	d WHICH STATUS PROTOCOL	END_REQUEST,
 *	R WHICH TYPE ID PADDING BYTES	any record,	a WHICH BYTES	any bytes;
 *	C WHICH			half-closes,		c WHICH	closes;		Z WHICH READS	takes what comes, or not
 *	A		a caller of the session API connects,	U WHICH	the next lines are that one's
 *	G WHICH			GET with a ticket: 0 is the one that was given out last, where there is none it is nobody's
 *	M WHICH BYTES		PATCH,			O WHICH BYTES	POST /observation
 *	B WHICH LENGTH		a PATCH but for its body,	F BYTES	any bytes
 *	H			half-closes,		K	closes;		Y READS	takes what comes, or not
 *	m HOW			so the application takes the connections that come
 *	t MS			time passes
 *	w TIMES			the bytes of the next line, so many times over
 *	j LINES			the next lines happen all at once
 *	q BYTES			from now on, whatever is said comes in pieces of so many
 *	S MOOD			so the store is from now on
 *	l			a reload,		D	the worker drains */
#ifndef SG_FUZZ_PLAY_H
#define SG_FUZZ_PLAY_H

#include "base/slice.h"

/* Between stage_open() and stage_close(). */
void play(struct slice script);

#endif
