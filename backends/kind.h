/* kind.h - what a kind of store gives to backend.c, which knows the kinds by their URL's scheme. */
#ifndef SG_KIND_H
#define SG_KIND_H

#include "backends/backend.h"

struct backend_kind {
	const char *scheme; /* how its URLs begin: "memory:" */
	/* Of a url that begins so. On false *reason says what is wrong with it, for a person, and quotes nothing. */
	bool (*knows)(struct slice url, const char **reason);
	/* As their namesakes in backend.h; the URL is one that knows() likes. */
	int (*open)(const struct backend_settings *settings, struct backend **out);
	void (*close)(struct backend *backend);
	int (*connect)(struct backend *backend, struct event_base *loop, struct store **out);
};

/* Those that the program was linked with (kinds.c), and NULL. */
extern const struct backend_kind *const backend_kinds[];

/* The first member of every kind's own struct. */
struct backend {
	const struct backend_kind *kind;
	const struct event_counts *counts;
	bool shared; /* other processes have the same sessions */
};

#endif
