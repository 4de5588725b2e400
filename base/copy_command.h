/* copy_command.h - the word by which sessionctl has the gateway's own program copy sessions. No option: nobody but
 * sessionctl of the same release says it, and behind it where from, where to, table, json or ndjson, and verify, if that
 * is wanted. */
#ifndef SG_COPY_COMMAND_H
#define SG_COPY_COMMAND_H

#define COPY_COMMAND "copy-sessions"

#endif
