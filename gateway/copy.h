/* copy.h - all sessions from one store into another: what sessionctl copy is done by, since whose stores these are only a
 * gateway's configuration says, with all that is read of it here.
 * Thread   the main one. */
#ifndef SG_COPY_H
#define SG_COPY_H

/* With the words behind COPY_COMMAND (copy_command.h). The exit status, as sessionctl has them. */
int copy_run(int count, char **words);

#endif
