/* screen.h - what goes to a person: text that other people wrote, made harmless, and how much room it takes.
 * A terminal obeys control characters, and shows some others as if they were something else: all of these are spelled
 * out (\u001b, \x80), so that what is shown is what is there.
 * Thread   the main one. */
#ifndef SG_SCREEN_H
#define SG_SCREEN_H

#include "base/buffer.h"

enum hue { HUE_PLAIN, HUE_HEADING, HUE_FAINT, HUE_GOOD, HUE_DOUBTFUL, HUE_BAD };

struct screen {
	bool terminal; /* stdout is one */
	bool coloured;
};

/* Looks at stdout and at the environment. */
void screen_open(struct screen *s);
/* Of the window; what is usual where it cannot be known. */
unsigned screen_lines(const struct screen *s);
/* What is there goes, and the next line is the first. Nothing where stdout is no terminal. */
void screen_clear(const struct screen *s);

/* Append text, in no more than so many columns: what is longer ends with an ellipsis. How many it takes. */
size_t screen_clean(struct buffer *out, struct slice text, size_t columns);
/* Print what was cleaned. */
void screen_print(const struct screen *s, struct slice clean, enum hue hue);
/* Print a JSON text as one line; it means the same, and can be shown. */
void screen_print_json(struct slice json);
/* "sessionctl: …", on stderr, cleaned. */
void screen_complain(const char *format, ...) SG_PRINTF(1, 2);

#endif
