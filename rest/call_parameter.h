/* call_parameter.h - a call's parameters as numbers and flags. What is none of these, or out of range, is complained about.
 * Thread   the admin API's. */
#ifndef SG_CALL_PARAMETER_H
#define SG_CALL_PARAMETER_H

#include "rest/call.h"

/* A number of the URL; absent: unset. */
uint64_t call_number(struct call *c, const char *name, uint64_t min, uint64_t max, uint64_t unset);
/* One of two words, true or false; absent: unset. */
bool call_flag(struct call *c, const char *name, bool unset);
/* Why somebody does something: of the URL, or of the body. Too long: complained about. */
void call_check_reason(struct call *c, struct slice reason);

#endif
