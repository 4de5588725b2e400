/* errand.h - what one command has at hand: what was asked for, the screen, and the API.
 * Owner    main.c. Thread: the main one. */
#ifndef SG_ERRAND_H
#define SG_ERRAND_H

#include "cli/arguments.h"
#include "cli/remote.h"
#include "cli/screen.h"

#include <cjson/cJSON.h>

struct errand {
	const struct arguments *arguments;
	char **words; /* behind the command's own */
	size_t word_count;
	struct screen screen;
	enum format format;
	struct remote *remote; /* NULL until it is needed */
};

/* Append pieces of a target: text that is none of ours, encoded. */
void errand_put(struct buffer *target, const char *text);
/* "?" or "&", the name, "=" and the value; nothing for a NULL. */
void errand_put_parameter(struct buffer *target, const char *name, const char *value);

/* Ask the API. Not OUTCOME_OK: it could not be reached, or did not do it; said on stderr, and the reply is empty. target
 * is emptied. Follow with reply_fini(). */
enum outcome errand_ask(struct errand *e, const char *method, struct buffer *target,
			const char *body, struct reply *reply);
/* The same; a patch of what has that ETag. */
enum outcome errand_patch(struct errand *e, struct buffer *target, const char *if_match,
			  const char *body, struct reply *reply);
/* The same, for what is judged by its caller: OUTCOME_OK whatever was answered. */
enum outcome errand_fetch(struct errand *e, const struct remote_request *request,
			  struct reply *reply);

/* The reply as JSON. NULL: it is none, which is said on stderr. Follow with cJSON_Delete(). */
cJSON *errand_parse(const struct reply *reply);
/* Its member "data", a list. NULL: it has none, which is said on stderr. */
const cJSON *errand_data(const cJSON *answer);
/* Print an object that was answered: as it is, or a line a member. */
enum outcome errand_show(const struct errand *e, const struct reply *reply);
/* errand_ask() and errand_show() of a GET. */
enum outcome errand_ask_and_show(struct errand *e, struct buffer *target);
/* Are tables wanted? */
bool errand_is_for_people(const struct errand *e);

#endif
