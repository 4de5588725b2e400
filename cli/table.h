/* table.h - objects of one kind, a line each, in columns that are as wide as they have to be.
 * Owner    the struct is the caller's; table_fini().
 * Thread   the main one. */
#ifndef SG_TABLE_H
#define SG_TABLE_H

#include "cli/screen.h"

#include <cjson/cJSON.h>

/* A sentence is what the line is for: it is shown whole, and stands last. */
enum table_kind { TABLE_TEXT, TABLE_NUMBER, TABLE_MOMENT, TABLE_SENTENCE };

struct table_column {
	const char *heading; /* NULL, as those of all others are: the table has none */
	const char *member;  /* a path (member.h) */
	enum table_kind kind;
	enum hue (*hue)(const cJSON *object); /* NULL: plain */
	size_t least;                         /* it is so wide at least */
};

struct table_cell {
	size_t end, width; /* its text ends there in texts, where the next one's begins */
	enum hue hue;
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	size_t most_columns; /* of the screen, for one cell that is no sentence */
	struct buffer texts;
	struct table_cell *cells;
	size_t cell_count;
};

void table_init(struct table *t, const struct table_column *columns, size_t count,
		const struct screen *s);
void table_fini(struct table *t);
/* Without headings. Of a table that has no lines yet. */
void table_behead(struct table *t);

/* One more line. */
void table_add(struct table *t, const cJSON *object, int64_t now_ms);
/* The same from texts, one for each column. */
void table_add_texts(struct table *t, const struct slice *texts);
void table_print(const struct table *t, const struct screen *s);

#endif
