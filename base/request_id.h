/* request_id.h - the name of one request, in its log lines, its answer and the application's params:
 * the front's, if it matches [A-Za-z0-9._-]{1,64}, or one of our own. Thread: any. */
#ifndef SG_REQUEST_ID_H
#define SG_REQUEST_ID_H

#include "base/slice.h"

enum { REQUEST_ID_BYTES = 65 }; /* with its NUL */

bool request_id_valid(struct slice id);
/* 20 base64url characters. Need not be secret: without entropy it is a count. */
void request_id_make(char out[REQUEST_ID_BYTES]);
/* The front's, if it is valid; else out stays as it is. */
void request_id_take(struct slice offered, char out[REQUEST_ID_BYTES]);

#endif
