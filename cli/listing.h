/* listing.h - a list of the API's, from page to page. Thread: the main one. */
#ifndef SG_LISTING_H
#define SG_LISTING_H

#include "cli/errand.h"
#include "cli/table.h"

enum { LISTING_STANDARD = 50, LISTING_PAGE = 500 };

struct listing {
	struct buffer target; /* without limit and cursor; listing_print() gives it back */
	const struct table_column *columns;
	size_t column_count;
	size_t most; /* entries; 0: all of them */
};

/* Print it: as one table, as one object, or an object a line. What was printed before an error stays. */
enum outcome listing_print(struct errand *e, struct listing *l);

#endif
