/* openapi.h - what the admin API says of itself: rest/openapi.json, as the build put it into the program.
 * Owner    static, for ever. Thread: any. */
#ifndef SG_OPENAPI_H
#define SG_OPENAPI_H

#include <stdint.h>

/* OpenAPI 3.1 as JSON; and its ETag, which another text has another of. */
extern const char openapi_text[];
extern const uint64_t openapi_version;

#endif
