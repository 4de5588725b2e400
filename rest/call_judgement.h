/* call_judgement.h - may a call go on? What it asks for, whose it is, what he may, and whether its parameters are any here.
 * Thread   the admin API's. */
#ifndef SG_CALL_JUDGEMENT_H
#define SG_CALL_JUDGEMENT_H

#include "rest/call.h"

/* What can be said before the body is there: its endpoint, query and auth are set, or it is refused. */
void call_judge_head(struct call *c);
/* By the settings that are in force now, which are the call's from now on: is it the same caller, and may he do that? */
bool call_judge_again(struct call *c);

#endif
