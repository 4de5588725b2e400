/* sheet.h - one object, a line a member. Thread: the main one. */
#ifndef SG_SHEET_H
#define SG_SHEET_H

#include "cli/screen.h"

#include <cjson/cJSON.h>

/* Members of members are named after both: device.last_ip. */
void sheet_print(const cJSON *object, const struct screen *s, int64_t now_ms);

#endif
