/* document.h - a call's body: one JSON object, of which no member comes twice, however its name is escaped: that would mean
 * one thing to one reader and another to the next.
 * Thread   any. Pure. */
#ifndef SG_DOCUMENT_H
#define SG_DOCUMENT_H

#include "base/arena.h"
#include "base/error.h"

#include <cjson/cJSON.h>

/* The text as a tree, to be deleted by the caller; arena is for the time being. SG_EFORMAT: it is something else, or
 * something follows it; SG_ENOMEM. */
SG_MUST_CHECK int document_read(struct arena *arena, struct slice text, cJSON **out);

#endif
