/* feed.c - see feed.h. */
#include "cli/feed.h"

#include "cli/vital.h"

static void feed_set(struct buffer *b, struct slice text)
{
	buffer_truncate(b, 0);
	vital(buffer_append_slice(b, text));
}

static void feed_dispatch(struct feed *f)
{
	if (buffer_len(&f->next_id) > 0)
		feed_set(&f->id, buffer_content(&f->next_id));
	if (buffer_len(&f->data) > 0)
		f->on_event(f->ctx, buffer_content(&f->data));
	buffer_truncate(&f->data, 0);
}

static void feed_add_data(struct feed *f, struct slice value)
{
	if (buffer_len(&f->data) > 0)
		vital(buffer_append_slice(&f->data, SLICE("\n")));
	vital(buffer_append_slice(&f->data, value));
}

/* "data: …", "id: …"; an event's own name stands in its data, too. What begins with a colon is a comment. */
static void feed_read_line(struct feed *f, struct slice line)
{
	struct slice name;

	if (line.len == 0) {
		feed_dispatch(f);
		return;
	}
	slice_cut(&line, ':', &name);
	if (slice_starts(line, SLICE(" ")))
		line = slice_after(line, 1);
	if (slice_equal(name, SLICE("data")))
		feed_add_data(f, line);
	else if (slice_equal(name, SLICE("id")))
		feed_set(&f->next_id, line);
}

static void feed_end_line(struct feed *f)
{
	feed_read_line(f, buffer_content(&f->line));
	buffer_truncate(&f->line, 0);
}

int feed_take(struct feed *f, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		char c = bytes.ptr[i];
		bool ends = c == '\r' || (c == '\n' && !f->after_return);

		if (ends)
			feed_end_line(f);
		else if (c != '\n')
			vital(buffer_append(&f->line, &c, 1));
		f->after_return = c == '\r';
	}
	return buffer_len(&f->line) > FEED_LINE_BYTES || buffer_len(&f->data) > FEED_LINE_BYTES
		       ? SG_ELIMIT
		       : 0;
}

void feed_restart(struct feed *f)
{
	buffer_truncate(&f->line, 0);
	buffer_truncate(&f->data, 0);
	buffer_truncate(&f->next_id, 0);
	f->after_return = false;
}

void feed_fini(struct feed *f)
{
	buffer_fini(&f->line);
	buffer_fini(&f->data);
	buffer_fini(&f->id);
	buffer_fini(&f->next_id);
}
