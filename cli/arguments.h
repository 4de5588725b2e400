/* arguments.h - the command line, taken apart.
 * Borrow   from argv. Thread: the main one. */
#ifndef SG_ARGUMENTS_H
#define SG_ARGUMENTS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Those that commands have; which command knows which is in verb.c. */
/* clang-format off */
#define OPTIONS(X) /* name, text, has a value */	\
	X(USER, "user", true)				\
	X(REALM, "realm", true)				\
	X(STATE, "state", true)				\
	X(IDLE_GT, "idle-gt", true)			\
	X(IP, "ip", true)				\
	X(FILTER, "filter", true)			\
	X(ALL, "all", false)				\
	X(WATCH, "watch", false)			\
	X(IF_VERSION, "if-version", true)		\
	X(YES, "yes", false)				\
	X(MIN, "min", true)				\
	X(UNTIL, "until", true)				\
	X(REASON, "reason", true)			\
	X(SCOPES, "scopes", true)			\
	X(TYPES, "types", true)				\
	X(FOLLOW, "follow", false)			\
	X(APP, "app", true)				\
	X(VERBOSE, "verbose", false)			\
	X(DRY_RUN, "dry-run", false)			\
	X(FROM, "from", true)				\
	X(TO, "to", true)				\
	X(VERIFY, "verify", false)
/* clang-format on */
enum option_name {
#define OPTION_NAME(name, text, valued) OPTION_##name,
	OPTIONS(OPTION_NAME)
#undef OPTION_NAME
		OPTION_COUNT
};

#define OPTION_BIT(name) (1u << OPTION_##name)

enum format { FORMAT_UNSET, FORMAT_TABLE, FORMAT_JSON, FORMAT_NDJSON };

enum { ARGUMENTS_FILTERS = 64 };

struct arguments {
	const char *url;
	const char *token_file;             /* NULL: not given */
	const char *ca, *certificate, *key; /* of https:; NULL: not given */
	enum format format;
	bool help, version;
	unsigned given; /* OPTION_BITs */
	const char *values[OPTION_COUNT];
	const char *filters[ARGUMENTS_FILTERS];
	size_t filter_count;
	char **words; /* what is no option */
	size_t word_count;
};

/* Reorders argv. SG_EFORMAT: wrong use, said on stderr already. */
SG_MUST_CHECK int arguments_read(int argc, char **argv, struct arguments *out);

const char *option_text(enum option_name name);

#endif
