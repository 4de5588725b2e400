/* ledger.h - where the audit's lines go besides memory: a file that is only ever appended to, or syslog (facility authpriv).
 * Owner    whoever opened it.
 * Thread   one at a time. A line is written before ledger_write() returns. */
#ifndef SG_LEDGER_H
#define SG_LEDGER_H

#include "base/error.h"
#include "base/slice.h"

struct ledger;

/* to: a path, "syslog", or empty or NULL: nowhere. SG_ENOMEM, SG_ESYSTEM (errno). */
SG_MUST_CHECK int ledger_open(const char *to, struct ledger **out);
void ledger_close(struct ledger **l); /* *l may be NULL, becomes NULL */
/* line: without its end. SG_ESYSTEM (errno). */
SG_MUST_CHECK int ledger_write(struct ledger *l, struct slice line);
/* Open the path anew: logrotate has moved the file. On an error lines go on to the old one. SG_ESYSTEM (errno). */
SG_MUST_CHECK int ledger_reopen(struct ledger *l);

#endif
