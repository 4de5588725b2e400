/* accept.h - which of some types of an answer a caller would rather have (RFC 9110 section 12.5.1).
 * Thread   any. Pure. */
#ifndef SG_ACCEPT_H
#define SG_ACCEPT_H

#include "base/slice.h"

/* How much the field's value wants a type such as "text/plain": 0, not at all, to 1000. What it says of more than the type
 * ("; version=1") is not looked at. Empty: anything will do. Of two that are wanted alike the one that is
 * named counts more than one of "text/" or of anything: *named says which of these it was, 2, 1 or 0. */
unsigned accept_quality(struct slice field, struct slice type, unsigned *named);

/* Which of so many, of those that are wanted alike the one that is named, else the first; -1: none. */
int accept_choose(struct slice field, const struct slice *types, int count);

#endif
