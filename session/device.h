/* device.h - what a session remembers of where its visitor comes from: for the visitor's own list, and for
 * an administrator's (the option session.device). It is nobody's credential: nothing is decided by it.
 * Borrow   a device's slices are borrowed from what it was made of, or from a struct device_text.
 * Thread   any. Pure. */
#ifndef SG_DEVICE_H
#define SG_DEVICE_H

#include "base/slice.h"

/* How much of it a realm keeps. */
enum device_policy {
	DEVICE_FULL,
	DEVICE_TRUNCATED, /* the network only, and the user agent's family */
	DEVICE_OFF,
};

enum { DEVICE_IP_BYTES = 46, DEVICE_AGENT_BYTES = 512 };

struct device {
	struct slice first_ip,
		last_ip; /* as inet_ntop() writes it, IPv4 never as IPv6; empty: unknown */
	struct slice
		user_agent; /* the first one; UTF-8 without control characters; empty: unknown */
};

/* What one request tells of it. There may be anything in there. */
struct device_visit {
	struct slice ip, user_agent;
	enum device_policy policy;
};

/* Where those texts of a device stand that were made for it. */
struct device_text {
	char first_ip[DEVICE_IP_BYTES], last_ip[DEVICE_IP_BYTES], user_agent[DEVICE_AGENT_BYTES];
};

/* The device of a session that begins with this visit. */
struct device device_new(const struct device_visit *visit, struct device_text *text);

/* What becomes of before by one more visit: the last address moves, and the policy is applied to what was
 * kept under another. What was not kept does not come back. */
struct device device_follow(const struct device *before, const struct device_visit *visit,
			    struct device_text *text);

/* "Firefox", "Chrome", "curl": the program without its version, whatever system it runs on. What is not known
 * by name is called by its first product, which for most that claim to be a browser is "Mozilla". */
struct slice device_family(struct slice user_agent);

/* What may be kept of text: well-formed UTF-8, no control characters, no more than room bytes of whole
 * characters; what does not fit or belong there is left out. Writes to out. */
struct slice device_clean(struct slice text, char *out, size_t room);

#endif
