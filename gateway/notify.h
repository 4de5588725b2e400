/* notify.h - tell systemd how it goes (sd_notify(3)): a datagram to NOTIFY_SOCKET, or nothing when
 * there is none. */
#ifndef SG_NOTIFY_H
#define SG_NOTIFY_H

/* "READY=1", "RELOADING=1", "STOPPING=1". What fails is systemd's loss. */
void notify(const char *state);

#endif
