/* user.h - what can be somebody's name: 1 to 255 bytes of UTF-8 without control characters, and without white space at
 * either end (application.md section 3). Thread: any. */
#ifndef SG_USER_H
#define SG_USER_H

#include "base/slice.h"
#include "session/limits.h"

bool user_is_name(struct slice text);

#endif
