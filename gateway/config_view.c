/* config_view.c - see config_view.h. */
#include "gateway/config_view.h"

#include "base/json.h"
#include "base/quantity.h"
#include "base/url.h"
#include "gateway/config_table.h"
#include "gateway/config_tree.h"

#include <strings.h>

static const char view_hidden[] = "***";

static cJSON *view_table(const struct option_table *table, const char *base);

/* --- texts --- */

/* What came from the environment need not be UTF-8. */
static cJSON *view_shown(struct slice text)
{
	struct buffer out = { 0 };
	int rc =
		slice_is_utf8(text) ? buffer_append_slice(&out, text) : node_print_text(&out, text);
	cJSON *json = NULL;

	if (rc == 0 && buffer_append(&out, "", 1) == 0)
		json = cJSON_CreateString(buffer_content(&out).ptr);
	buffer_fini(&out);
	return json;
}

/* Up to the question mark, where it is a URL that has one. */
static cJSON *view_without_query(struct slice url)
{
	struct slice rest = url, before;
	struct buffer out = { 0 };
	cJSON *json = NULL;

	if (memmem(url.ptr, url.len, "://", 3) == NULL || !slice_cut(&rest, '?', &before))
		return view_shown(url);
	if (buffer_printf(&out, "%.*s?%s", SLICE_ARGS(before), view_hidden) == 0)
		json = view_shown(buffer_content(&out));
	buffer_fini(&out);
	return json;
}

static cJSON *view_text(struct slice text, enum option_secret secret)
{
	struct buffer url = { 0 };
	cJSON *json = NULL;

	if (secret == SECRET_ALL)
		return cJSON_CreateString(view_hidden);
	if (secret == SECRET_NONE)
		return view_shown(text);
	if (url_mask(text, &url) == 0)
		json = secret == SECRET_PASSWORD ? view_shown(buffer_content(&url))
						 : view_without_query(buffer_content(&url));
	buffer_fini(&url);
	return json;
}

/* PHP_VALUE and PHP_ADMIN_VALUE hold any of PHP's settings, passwords of databases too. Better one too many than one told. */
static bool view_names_secret(struct slice name)
{
	static const char *const words[] = { "PASS",       "PWD",       "SECRET",         "TOKEN",
					     "KEY",        "AUTH",      "SALT",           "DSN",
					     "CREDENTIAL", "PHP_VALUE", "PHP_ADMIN_VALUE" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (size_t at = 0; at + strlen(words[i]) <= name.len; at++)
			if (strncasecmp(name.ptr + at, words[i], strlen(words[i])) == 0)
				return true;
	return false;
}

/* --- numbers and words --- */

static uint64_t view_number(const struct option *o, const char *base)
{
	const void *field = base + o->offset;

	if (o->bytes == sizeof(bool))
		return *(const bool *)field;
	return o->bytes == sizeof(uint32_t) ? *(const uint32_t *)field : *(const uint64_t *)field;
}

static uint64_t view_unset(const struct option *o)
{
	return o->bytes == sizeof(uint32_t) ? (uint32_t)o->unset : (uint64_t)o->unset;
}

static cJSON *view_quantity(const struct option *o, const char *base, quantity_print_fn *print)
{
	uint64_t value = view_number(o, base);
	struct buffer out = { 0 };
	cJSON *json = NULL;

	if (value == view_unset(o) && o->fallback == NULL)
		return cJSON_CreateNull();
	if (print(&out, value) == 0)
		json = view_shown(buffer_content(&out));
	buffer_fini(&out);
	return json;
}

static const char *view_word(const struct option *o, const char *base)
{
	for (const struct option_word *w = o->words; w->text != NULL; w++)
		if ((uint64_t)(unsigned)w->value == view_number(o, base))
			return w->text;
	return NULL;
}

/* Bits that no word stands for were derived. */
static cJSON *view_words(const struct option *o, const char *base)
{
	uint64_t bits = view_number(o, base);
	cJSON *list = cJSON_CreateArray();

	for (const struct option_word *w = o->words; list != NULL && w->text != NULL; w++) {
		if ((bits & (unsigned)w->value) != (unsigned)w->value)
			continue;
		bits &= ~(uint64_t)(unsigned)w->value;
		if (!cJSON_AddItemToArray(list, cJSON_CreateString(w->text))) {
			cJSON_Delete(list);
			return NULL;
		}
	}
	return list;
}

/* A word, or the section of the one that has settings. */
static cJSON *view_choice(const struct option *o, const char *base)
{
	const char *word = view_word(o, base);
	cJSON *object, *settings;

	for (size_t i = 0; i < o->table->count; i++) {
		const struct option *section = &o->table->options[i];

		if (word == NULL || strcmp(section->name, word) != 0)
			continue;
		object = cJSON_CreateObject();
		settings = view_table(section->table, base + section->offset);
		if (object != NULL && cJSON_AddItemToObject(object, word, settings))
			return object;
		cJSON_Delete(settings);
		cJSON_Delete(object);
		return NULL;
	}
	return word != NULL ? cJSON_CreateString(word) : cJSON_CreateNull();
}

/* An empty one that nobody may write stands for none. */
static bool view_is_none(const struct option *o, struct slice text)
{
	return text.ptr == NULL || (text.len == 0 && o->syntax != NULL && o->syntax(text) != NULL);
}

static cJSON *view_single_text(const struct option *o, const char *base)
{
	const void *field = base + o->offset;
	struct slice text = { 0 };

	if (o->bytes == sizeof(struct slice))
		text = *(const struct slice *)field;
	else if (*(const char *const *)field != NULL)
		text = slice_from(*(const char *const *)field);
	if (text.ptr == NULL && (o->flags & OPTION_AUTO))
		return cJSON_CreateString("auto");
	return view_is_none(o, text) ? cJSON_CreateNull() : view_text(text, o->secret);
}

/* --- lists and sections --- */

static cJSON *view_network(const struct network *network)
{
	struct buffer out = { 0 };
	cJSON *json = NULL;

	if (network_print(network, &out) == 0)
		json = view_shown(buffer_content(&out));
	buffer_fini(&out);
	return json;
}

static cJSON *view_item(const struct option *o, const char *items, size_t i)
{
	switch (o->type) {
	case OPTION_SECTIONS:
		return view_table(o->table, items + i * o->table->bytes);
	case OPTION_ADDRESSES:
		return view_shown(
			slice_from(((const struct address *)(const void *)items)[i].text));
	case OPTION_NETWORKS:
		return view_network(&((const struct network *)(const void *)items)[i]);
	default:
		return view_text(((const struct slice *)(const void *)items)[i], o->secret);
	}
}

static cJSON *view_list(const struct option *o, const char *base)
{
	const char *items = *(const char *const *)(const void *)(base + o->offset);
	size_t count = *(const size_t *)(const void *)(base + o->count_offset);
	cJSON *list;

	if (count == 0 && (o->flags & OPTION_NOT_EMPTY))
		return cJSON_CreateNull();
	list = cJSON_CreateArray();
	for (size_t i = 0; list != NULL && i < count; i++) {
		cJSON *item = view_item(o, items, i);

		if (!cJSON_AddItemToArray(list, item)) {
			cJSON_Delete(item);
			cJSON_Delete(list);
			return NULL;
		}
	}
	return list;
}

/* item goes in any case, and where there was no memory for it, so does the object. */
static bool view_put(cJSON **object, const char *name, cJSON *item)
{
	if (item != NULL && cJSON_AddItemToObject(*object, name, item))
		return true;
	cJSON_Delete(item);
	cJSON_Delete(*object);
	*object = NULL;
	return false;
}

static cJSON *view_named(const struct option *o, const char *base)
{
	const char *item = *(const char *const *)(const void *)(base + o->offset);
	size_t count = *(const size_t *)(const void *)(base + o->count_offset);
	cJSON *object = cJSON_CreateObject();

	for (; object != NULL && count > 0; count--, item += o->table->bytes)
		view_put(&object,
			 *(const char *const *)(const void *)(item + o->table->name_offset),
			 view_table(o->table, item));
	return object;
}

static cJSON *view_params(const struct option *o, const char *base)
{
	const struct config_param *param =
		*(const struct config_param *const *)(const void *)(base + o->offset);
	size_t count = *(const size_t *)(const void *)(base + o->count_offset);
	cJSON *object = cJSON_CreateObject();

	for (; object != NULL && count > 0; count--, param++)
		view_put(&object, param->name.ptr,
			 view_text(param->value,
				   view_names_secret(param->name) ? SECRET_ALL : SECRET_QUERY));
	return object;
}

/* --- the table --- */

static cJSON *view_option(const struct option *o, const char *base)
{
	switch (o->type) {
	case OPTION_FLAG:
		return cJSON_CreateBool(view_number(o, base) != 0);
	case OPTION_COUNT:
		return cJSON_CreateNumber((double)view_number(o, base));
	case OPTION_DURATION:
		return view_quantity(o, base, quantity_print_duration);
	case OPTION_SIZE:
		return view_quantity(o, base, quantity_print_size);
	case OPTION_MODE:
		return view_quantity(o, base, quantity_print_mode);
	case OPTION_DATE:
		return view_quantity(o, base, quantity_print_date);
	case OPTION_TIME:
		return view_quantity(o, base, quantity_print_time);
	case OPTION_WORD:
		return cJSON_CreateString(view_word(o, base));
	case OPTION_WORDS:
		return view_words(o, base);
	case OPTION_CHOICE:
		return view_choice(o, base);
	case OPTION_TEXT:
		return view_single_text(o, base);
	case OPTION_ADDRESS:
		return view_shown(slice_from(
			((const struct address *)(const void *)(base + o->offset))->text));
	case OPTION_SECTION:
		return view_table(o->table, base + o->offset);
	case OPTION_NAMED:
		return view_named(o, base);
	case OPTION_PARAMS:
		return view_params(o, base);
	default:
		return view_list(o, base);
	}
}

/* NULL: no memory. */
static cJSON *view_table(const struct option_table *table, const char *base)
{
	cJSON *object = cJSON_CreateObject();

	for (size_t i = 0; object != NULL && i < table->count; i++)
		if (table->options[i].type != OPTION_INCLUDE)
			view_put(&object, table->options[i].name,
				 view_option(&table->options[i], base));
	return object;
}

int config_view(const struct config_draft *draft, struct buffer *out)
{
	cJSON *object = view_table(&config_options, (const char *)draft);

	return json_write(object, object != NULL, out);
}
