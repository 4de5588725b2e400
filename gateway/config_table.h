/* config_table.h - the one table of options: from its rows come the reading of a file, the
 * defaults, the ranges, the reference, the JSON Schema and "did you mean".
 * Owner    static, for ever. Thread: any. */
#ifndef SG_CONFIG_TABLE_H
#define SG_CONFIG_TABLE_H

#include "gateway/config_draft.h"
#include "gateway/config_syntax.h"

#define OPTION_TYPES(X) /* what it is called in the reference */ \
	X(FLAG, "true or false")                                 \
	X(COUNT, "number")                                       \
	X(DURATION, "duration")                                  \
	X(SIZE, "size")                                          \
	X(MODE, "octal permissions")                             \
	X(DATE, "date")                                          \
	X(TIME, "time")                                          \
	X(WORD, "word")                                          \
	X(WORDS, "list of words") /* as bits */                  \
	X(TEXT, "text")                                          \
	X(TEXTS, "list of texts")                                \
	X(ADDRESSES, "list of addresses")                        \
	X(ADDRESS, "address")                                    \
	X(NETWORKS, "list of networks")                          \
	X(PARAMS, "names and values")                            \
	X(CHOICE, "word") /* or a section named by one */        \
	X(SECTION, "section")                                    \
	X(SECTIONS, "list of sections")                          \
	X(NAMED, "named sections")                               \
	X(INCLUDE, "list of paths") /* gone when the tree is whole */

enum option_type {
#define OPTION_TYPE(name, text) OPTION_##name,
	OPTION_TYPES(OPTION_TYPE)
#undef OPTION_TYPE
};

enum option_flag {
	OPTION_REQUIRED = 1,
	OPTION_RESTART = 2,    /* a reload cannot change it */
	OPTION_AUTO = 4,       /* the word auto is a value, and leaves the field at unset */
	OPTION_LOWER = 8,      /* kept in lower case */
	OPTION_CONNECT = 16,   /* addresses to connect to, not to listen on */
	OPTION_NOT_EMPTY = 32, /* a list that must not be empty when it is given */
	OPTION_INHERIT = 64,   /* its sections start from the draft's standard */
};

/* What of a text nobody is shown; messages do not quote it at all, then. */
enum option_secret {
	SECRET_NONE,
	SECRET_ALL,
	SECRET_PASSWORD, /* it is a URL with one, maybe */
	SECRET_QUERY,    /* it may be one with other secrets behind its question mark */
	SECRET_NAMED, /* of PARAMS: what the name says that it is one; SECRET_QUERY of the others */
};

struct option_word {
	const char *text;
	int value;
};

struct option {
	const char *name;
	enum option_type type;
	unsigned flags; /* enum option_flag */
	enum option_secret secret;
	const char *fallback; /* the default, as it would be written; NULL: none */
	const char *shown;    /* the default in words, where fallback cannot say it */
	int64_t unset;        /* what a number is without value and fallback, or with auto */
	uint64_t min, max;    /* of a number, in the field's unit */
	const struct option_word *words;  /* ends with a NULL text */
	syntax_fn *syntax;                /* of each text; of the names of PARAMS and NAMED */
	const struct option_table *table; /* of the sections */
	/* OPTION_REQUIRED, but not where its section says this of another setting; NULL: always */
	const char *unless_name, *unless_value;
	size_t offset, bytes; /* of the field */
	size_t count_offset;  /* of a list: where its length goes */
	const char *text;     /* for the reference */
};

struct option_table {
	const struct option *options;
	size_t count;
	size_t bytes;       /* of the struct that one section becomes */
	size_t name_offset; /* NAMED: where the name goes */
	const char *brief;  /* the option that a plain value stands for; NULL: none */
};

/* Of the whole file; its struct is config_draft. */
extern const struct option_table config_options;

const char *option_type_text(enum option_type type);

#endif
