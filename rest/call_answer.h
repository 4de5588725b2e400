/* call_answer.h - what a call is answered with: what it asked for, or why not. Each of call_answer…() and call_refuse…() is the
 * one answer of its call; fields of its head come before.
 * Thread   the admin API's. */
#ifndef SG_CALL_ANSWER_H
#define SG_CALL_ANSWER_H

#include "rest/call.h"

/* One more field of the answer's head; value is copied. */
void call_add_field(struct call *c, const char *name, const char *format, ...) SG_PRINTF(3, 4);
/* The object, which goes in any case, if it is whole; else "internal". */
void call_answer_json(struct call *c, unsigned status, cJSON *object, bool whole);
/* The same of a text that is JSON already; it goes, too. rc: whether it is. */
void call_answer_text(struct call *c, unsigned status, struct buffer *json, int rc);
/* And of a text of another type, which lasts. */
void call_answer_text_as(struct call *c, unsigned status, const char *type, struct buffer *text,
			 int rc);
void call_answer_empty(struct call *c, unsigned status);
/* With what comes from there. To HEAD: without it, and the source is closed with the call all the same. */
void call_answer_source(struct call *c, unsigned status, const char *type,
			const struct call_source *source);
/* Its source has more. */
void call_more(struct call *c);
/* Of an answer that goes on: it does not, from the next turn on. */
void call_hang_up(struct call *c);

/* detail, a sentence without its dot, says what to do. */
void call_refuse(struct call *c, enum refusal r, const char *detail);
/* The same with what is wrong one by one. */
void call_refuse_with(struct call *c, enum refusal r, const char *detail,
		      const struct refusal_error *errors, size_t count);
/* Something is wrong with a parameter, or with a member of the body: "must be 1 to 500". More may follow. */
void call_complain(struct call *c, const char *parameter, const char *detail);
/* True, and refused as invalid: there were complaints. */
bool call_refuse_complaints(struct call *c);
void call_refuse_memory(struct call *c);
/* The caller's token does not have that scope. */
void call_refuse_scope(struct call *c, const char *scope);
/* What the caller may not do because he does not see all of it. */
void call_refuse_limited(struct call *c);
void call_refuse_no_session(struct call *c);
/* What a store's answer means that is none: unavailable, or its outcome unknown. */
void call_refuse_store(struct call *c);

#endif
