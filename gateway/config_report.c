/* config_report.c - gathering, sorting and telling the lines. */
#include "gateway/config_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct report_line {
	struct position at;
	size_t number; /* of two at one place the earlier stays first */
	bool warning;
	struct buffer text; /* the path, if any, and the message */
	size_t path_len;
};

static struct report_line *report_new_line(struct report *r, struct position at)
{
	struct report_line *line;

	if (r->count == r->room) {
		size_t room = r->room == 0 ? 16 : 2 * r->room;
		struct report_line *lines = realloc(r->lines, room * sizeof(*lines));

		if (lines == NULL) {
			r->no_memory = true;
			return NULL;
		}
		r->lines = lines;
		r->room = room;
	}
	line = &r->lines[r->count];
	*line = (struct report_line){ .at = at, .number = r->count++ };
	return line;
}

static int report_print_subject(struct report_line *line, const struct node *node,
				const char *child)
{
	struct buffer *out = &line->text;
	int rc;

	if (node != NULL && (rc = node_print_path(out, node)) != 0)
		return rc;
	if (child != NULL &&
	    (rc = buffer_printf(out, "%s%s", buffer_len(out) > 0 ? "." : "", child)) != 0)
		return rc;
	line->path_len = buffer_len(out);
	return line->path_len > 0 ? buffer_append(out, ": ", 2) : 0;
}

/* Only messages of our own and texts that node_print_text() has been over come here. */
static int report_print_message(struct buffer *out, const char *format, va_list arguments)
{
	char *message;
	int len = vasprintf(&message, format, arguments), rc;

	if (len < 0)
		return SG_ENOMEM;
	rc = node_print_text(out, slice_of(message, (size_t)len));
	free(message);
	return rc;
}

static void report_add(struct report *r, bool warning, struct position at, const struct node *node,
		       const char *child, const char *format, va_list arguments)
{
	struct report_line *line = report_new_line(r, at);

	if (line == NULL)
		return;
	line->warning = warning;
	if (!warning)
		r->errors++;
	if (report_print_subject(line, node, child) != 0 ||
	    report_print_message(&line->text, format, arguments) != 0)
		r->no_memory = true;
}

void report_place(struct report *r, struct position at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_add(r, false, at, NULL, NULL, format, arguments);
	va_end(arguments);
}

void report_value(struct report *r, const struct node *node, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_add(r, false, node->at, node, NULL, format, arguments);
	va_end(arguments);
}

void report_key(struct report *r, const struct node *node, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_add(r, false, node->key_at, node, NULL, format, arguments);
	va_end(arguments);
}

void report_missing(struct report *r, const struct node *map, const char *name, const char *format,
		    ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_add(r, false, map->at, map, name, format, arguments);
	va_end(arguments);
}

void report_warning(struct report *r, const struct node *node, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_add(r, true, node->at, node, NULL, format, arguments);
	va_end(arguments);
}

static int report_order(const void *a, const void *b)
{
	const struct report_line *x = a, *y = b;

	if (x->at.order != y->at.order)
		return x->at.order < y->at.order ? -1 : 1;
	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	if (x->at.column != y->at.column)
		return x->at.column < y->at.column ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static int report_print_line(struct buffer *out, const struct report_line *line)
{
	int rc = buffer_printf(out, "%s:", line->at.file);

	if (rc == 0 && line->at.line > 0)
		rc = buffer_printf(out, "%u:%u:", line->at.line, line->at.column);
	if (rc == 0)
		rc = buffer_printf(out, " %s", line->warning ? "warning: " : "");
	return rc == 0 ? buffer_append_slice(out, buffer_content(&line->text)) : rc;
}

static int report_tell_line(const struct report_line *line, config_complain_fn *complain, void *ctx)
{
	struct buffer text = { 0 };
	int rc = report_print_line(&text, line);
	const struct config_complaint complaint = {
		.warning = line->warning,
		.setting = slice_of(buffer_content(&line->text).ptr, line->path_len),
		.line = buffer_content(&text),
	};

	if (rc == 0)
		rc = complain(ctx, &complaint);
	buffer_fini(&text);
	return rc;
}

int report_tell(struct report *r, config_complain_fn *complain, void *ctx)
{
	if (r->no_memory)
		return SG_ENOMEM;
	if (r->count > 1)
		qsort(r->lines, r->count, sizeof(r->lines[0]), report_order);
	for (size_t i = 0; i < r->count; i++) {
		int rc = report_tell_line(&r->lines[i], complain, ctx);

		if (rc != 0)
			return rc;
	}
	return r->errors > 0 ? SG_ECONFIG : 0;
}

void report_fini(struct report *r)
{
	for (size_t i = 0; i < r->count; i++)
		buffer_fini(&r->lines[i].text);
	free(r->lines);
	*r = (struct report){ 0 };
}
