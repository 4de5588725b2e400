/* method.h - what a request's method promises (RFC 9110 section 9.2). Thread: any. */
#ifndef SG_METHOD_H
#define SG_METHOD_H

#include "base/slice.h"

/* It asks for nothing to change: GET, HEAD, OPTIONS, TRACE. */
bool method_is_safe(struct slice method);
/* It asks for something to read: GET, HEAD. */
bool method_reads(struct slice method);

#endif
