/* sheet.c - see sheet.h. */
#include "cli/sheet.h"

#include "base/rfc3339.h"
#include "cli/member.h"
#include "cli/table.h"
#include "cli/vital.h"

struct sheet {
	struct table table;
	int64_t now_ms;
};

/* With its time as it is, which is what one looks for elsewhere. */
static void sheet_say(struct buffer *out, const cJSON *value, int64_t now_ms)
{
	int64_t ms;

	member_say(out, value);
	if (!cJSON_IsString(value) || !rfc3339_read(slice_from(value->valuestring), &ms))
		return;
	vital(buffer_append_slice(out, SLICE(" (")));
	member_say_moment(out, value, now_ms);
	vital(buffer_append_slice(out, SLICE(")")));
}

static void sheet_add(struct sheet *sheet, struct slice name, const cJSON *value)
{
	struct buffer text = { 0 };

	sheet_say(&text, value, sheet->now_ms);
	table_add_texts(&sheet->table, (const struct slice[]){ name, buffer_content(&text) });
	buffer_fini(&text);
}

static void sheet_walk(struct sheet *sheet, struct buffer *name, const cJSON *object)
{
	size_t len = buffer_len(name);
	const cJSON *member;

	cJSON_ArrayForEach(member, object)
	{
		vital(buffer_printf(name, "%s%s", len > 0 ? "." : "", member->string));
		if (cJSON_IsObject(member) && member->child != NULL)
			sheet_walk(sheet, name, member);
		else
			sheet_add(sheet, buffer_content(name), member);
		buffer_truncate(name, len);
	}
}

void sheet_print(const cJSON *object, const struct screen *s, int64_t now_ms)
{
	static const struct table_column columns[] = { { .heading = NULL }, { .heading = NULL } };
	struct sheet sheet = { .now_ms = now_ms };
	struct buffer name = { 0 };

	table_init(&sheet.table, columns, 2, s);
	sheet.table.most_columns = SIZE_MAX; /* one is looked at for all that it has */
	sheet_walk(&sheet, &name, object);
	table_print(&sheet.table, s);
	table_fini(&sheet.table);
	buffer_fini(&name);
}
