/* found.c - see found.h. */
#include "rest/found.h"

#include "rest/call_answer.h"
#include "rest/call_wait.h"

bool found_is_asked_for(struct call *c)
{
	if (token_id_well_formed(c->subject))
		return true;
	call_refuse_no_session(c);
	return false;
}

const struct session *found_session(struct call *c, const struct store_result *result)
{
	call_woken(c);
	if (result->status == STORE_OK && grant_sees(c->auth.grant, result->session))
		return result->session;
	if (result->status == STORE_OK || result->status == STORE_NOT_FOUND ||
	    result->status == STORE_ENDED)
		call_refuse_no_session(c);
	else
		call_refuse_store(c);
	return NULL;
}
