/* json.h - JSON by RFC 8259, as strictly as value.h promises, by another way than value.c: by recursion, over the
 * grammar. */
#ifndef SG_FUZZ_JSON_H
#define SG_FUZZ_JSON_H

#include "base/slice.h"

/* One text, white space around it allowed. */
bool json_valid(struct slice text);

#endif
