/* table.c - see table.h. */
#include "cli/table.h"

#include "cli/member.h"
#include "cli/vital.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	TABLE_GAP = 2,
	TABLE_CELL_COLUMNS = 48, /* on a terminal: a long one must not push all others out */
	TABLE_STEP = 256,
};

static size_t table_most(const struct table *t, const struct table_column *column)
{
	return column->kind == TABLE_SENTENCE ? SIZE_MAX : t->most_columns;
}

static void table_put(struct table *t, struct slice text, enum hue hue)
{
	const struct table_column *column;
	struct table_cell *cell;

	if (t->cell_count % TABLE_STEP == 0)
		t->cells = vital_memory(
			reallocarray(t->cells, t->cell_count + TABLE_STEP, sizeof(*t->cells)));
	column = &t->columns[t->cell_count % t->column_count];
	cell = &t->cells[t->cell_count++];
	cell->hue = hue;
	cell->width = screen_clean(&t->texts, text, table_most(t, column));
	cell->end = buffer_len(&t->texts);
}

void table_init(struct table *t, const struct table_column *columns, size_t count,
		const struct screen *s)
{
	*t = (struct table){
		.columns = columns,
		.column_count = count,
		.most_columns = s->terminal ? TABLE_CELL_COLUMNS : SIZE_MAX,
	};
	for (size_t i = 0; i < count && columns[i].heading != NULL; i++)
		table_put(t, slice_from(columns[i].heading), HUE_HEADING);
}

void table_behead(struct table *t)
{
	buffer_truncate(&t->texts, 0);
	t->cell_count = 0;
}

void table_fini(struct table *t)
{
	buffer_fini(&t->texts);
	free(t->cells);
	*t = (struct table){ .cell_count = 0 };
}

void table_add(struct table *t, const cJSON *object, int64_t now_ms)
{
	struct buffer text = { 0 };

	for (size_t i = 0; i < t->column_count; i++) {
		const struct table_column *column = &t->columns[i];
		const cJSON *value = member_at(object, column->member);

		if (column->kind == TABLE_MOMENT)
			member_say_moment(&text, value, now_ms);
		else
			member_say(&text, value);
		table_put(t, buffer_content(&text),
			  column->hue != NULL ? column->hue(object) : HUE_PLAIN);
		buffer_truncate(&text, 0);
	}
	buffer_fini(&text);
}

void table_add_texts(struct table *t, const struct slice *texts)
{
	for (size_t i = 0; i < t->column_count; i++)
		table_put(t, texts[i], HUE_PLAIN);
}

static size_t table_width(const struct table *t, size_t column)
{
	size_t width = t->columns[column].least;

	for (size_t i = column; i < t->cell_count; i += t->column_count)
		if (t->cells[i].width > width)
			width = t->cells[i].width;
	return width;
}

static void table_print_cell(const struct table *t, const struct screen *s, size_t i, size_t width)
{
	size_t column = i % t->column_count, from = i > 0 ? t->cells[i - 1].end : 0;
	const struct table_cell *cell = &t->cells[i];
	bool right = t->columns[column].kind == TABLE_NUMBER, last = column + 1 == t->column_count;
	int room = (int)(width - cell->width);

	printf("%*s", right ? room : 0, "");
	screen_print(s, slice_of(buffer_content(&t->texts).ptr + from, cell->end - from),
		     cell->hue);
	printf("%*s", last ? 0 : (right ? 0 : room) + TABLE_GAP, "");
	if (last)
		putchar('\n');
}

void table_print(const struct table *t, const struct screen *s)
{
	size_t *widths = vital_memory(calloc(t->column_count, sizeof(*widths)));

	for (size_t i = 0; i < t->column_count; i++)
		widths[i] = table_width(t, i);
	for (size_t i = 0; i < t->cell_count; i++)
		table_print_cell(t, s, i, widths[i % t->column_count]);
	free(widths);
}
