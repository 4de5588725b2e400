/* finding.c - see finding.h. */
#include "backends/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void findings_fini(struct findings *f)
{
	arena_fini(&f->arena);
	free(f->each);
	*f = (struct findings){ .count = 0 };
}

/* What servers say of themselves may be anything. */
static struct slice findings_copy(struct findings *f, struct slice text)
{
	char *copy = arena_text(&f->arena, text);

	for (char *at = copy; at != NULL && at < copy + text.len; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return slice_of(copy, copy != NULL ? text.len : 0);
}

static void findings_append(struct findings *f, const struct finding *found, struct slice detail)
{
	size_t room = f->room * 2 + 32;
	struct finding *grown;

	if (f->count < FINDINGS && f->count == f->room &&
	    (grown = reallocarray(f->each, room, sizeof(*grown))) != NULL) {
		f->each = grown;
		f->room = room;
	}
	if (f->count == f->room || f->count == FINDINGS) {
		f->incomplete = true;
		return;
	}
	f->each[f->count] = *found;
	f->each[f->count].subject = findings_copy(f, found->subject);
	f->each[f->count].detail = findings_copy(f, detail);
	f->incomplete |= f->each[f->count].detail.ptr == NULL;
	f->count++;
}

void findings_add(struct findings *f, const struct finding *found, const char *format, ...)
{
	char detail[FINDING_TEXT_BYTES + 1];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(detail, sizeof(detail), format, arguments);
	va_end(arguments);
	findings_append(f, found, slice_from(detail));
}

void findings_add_all(struct findings *f, const struct finding *each, size_t count)
{
	for (size_t i = 0; i < count; i++)
		findings_append(f, &each[i], each[i].detail);
}

/* There are few of them: what comes later goes behind its like. */
void findings_sort(struct findings *f)
{
	for (size_t i = 1; i < f->count; i++) {
		struct finding one = f->each[i];
		size_t at = i;

		for (; at > 0 && f->each[at - 1].level > one.level; at--)
			f->each[at] = f->each[at - 1];
		f->each[at] = one;
	}
}

struct slice finding_level_text(enum finding_level level)
{
	static const struct slice texts[] = {
		[FINDING_FAIL] = { "fail", 4 },
		[FINDING_WARN] = { "warn", 4 },
		[FINDING_NOTE] = { "note", 4 },
		[FINDING_PASS] = { "pass", 4 },
	};

	return texts[level];
}
