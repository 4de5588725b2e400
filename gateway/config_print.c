/* config_print.c - the reference of all settings, in Markdown. */
#include "base/quantity.h"
#include "gateway/config_table.h"

#include <stdio.h>

enum { PATH_BYTES = 128 };

static const char introduction[] =
	"# Settings\n"
	"\n"
	"Written by `sessiongate --print-options`; do not edit. `sessiongate --print-schema` prints a JSON\n"
	"Schema for editors, `sessiongate --check` reads a file and says what is wrong with it.\n"
	"\n"
	"- The file is YAML. Durations: `500ms 10s 30m 12h 7d`; sizes: `4096 64k 16m 1g`; where a list is\n"
	"  expected, one value may stand for a list of one. Anchors and aliases are not supported.\n"
	"- `${NAME}` in a value is an environment variable, `${NAME:-default}` has a default for one that is\n"
	"  unset or empty, `$$` is a dollar. Within `{}` and `[]` YAML wants quotes around them.\n"
	"- Without `-c FILE` the file is `/etc/sessiongate/sessiongate.yaml`. With `--listen` or `--app` and no\n"
	"  file named, none is read: one application, `app`, and one route, `/`. Beside a file `--listen`\n"
	"  replaces `listen`, `--store` replaces `store.url`, `--admin` replaces `admin.listen` and `-v` replaces `log.level`; `--app` is refused.\n"
	"  With `--php` that application has `adapter: php`.\n"
	"- SIGHUP reloads, and so do `sessionctl config reload` and the [admin API](admin-api.md#the-configuration), which say what\n"
	"  has changed, or what is wrong. New requests use the new settings, running ones end with the old; an invalid file\n"
	"  leaves everything as it was. Settings marked *restart* need a restart.\n"
	"\n"
	"The smallest useful file:\n"
	"\n"
	"```yaml\n"
	"listen: {address: unix:/run/sessiongate/front.sock, mode: \"0660\", group: www-data}\n"
	"applications:\n"
	"  shop: {servers: [unix:/run/php/php8.2-fpm.sock]}\n"
	"routes:\n"
	"  - {path: /, application: shop}\n"
	"```\n";

static int print_words(struct buffer *out, const struct option *o)
{
	int rc = 0;

	for (size_t i = 0; o->words[i].text != NULL && rc == 0; i++)
		rc = buffer_printf(out, "%s`%s`", i > 0 ? ", " : ": ", o->words[i].text);
	return rc;
}

static int print_range(struct buffer *out, const struct option *o, quantity_print_fn *print)
{
	int rc = buffer_append_slice(out, SLICE(", "));

	if (rc == 0)
		rc = print(out, o->min);
	if (rc == 0)
		rc = buffer_append_slice(out, SLICE(" to "));
	return rc == 0 ? print(out, o->max) : rc;
}

static int print_type(struct buffer *out, const struct option *o)
{
	int rc = buffer_append_slice(out, slice_from(option_type_text(o->type)));

	if (rc == 0 && o->words != NULL)
		rc = print_words(out, o);
	if (rc == 0 && o->type == OPTION_CHOICE)
		rc = buffer_append_slice(out, SLICE(", or one of these with its settings"));
	if (rc == 0 && (o->flags & OPTION_AUTO))
		rc = buffer_append_slice(out, SLICE(" or `auto`"));
	if (rc != 0)
		return rc;
	switch (o->type) {
	case OPTION_COUNT:
		return print_range(out, o, quantity_print_count);
	case OPTION_DURATION:
		return print_range(out, o, quantity_print_duration);
	case OPTION_SIZE:
		return print_range(out, o, quantity_print_size);
	case OPTION_MODE:
		return print_range(out, o, quantity_print_mode);
	default:
		return 0;
	}
}

static int print_default(struct buffer *out, const struct option *o)
{
	if (o->unless_name != NULL)
		return buffer_printf(out, "; required, but with `%s: %s`", o->unless_name,
				     o->unless_value);
	if (o->flags & OPTION_REQUIRED)
		return buffer_append_slice(out, SLICE("; required"));
	if (o->shown != NULL)
		return buffer_printf(out, "; default: %s", o->shown);
	return o->fallback != NULL ? buffer_printf(out, "; default: `%s`", o->fallback) : 0;
}

static int print_option(struct buffer *out, const char *path, const struct option *o)
{
	int rc = buffer_printf(out, "\n### `%s`\n\n", path);

	if (rc == 0)
		rc = print_type(out, o);
	if (rc == 0)
		rc = print_default(out, o);
	if (rc == 0 && (o->flags & OPTION_RESTART))
		rc = buffer_append_slice(out, SLICE("; *restart*"));
	return rc == 0 ? buffer_printf(out, "\n\n%s\n", o->text) : rc;
}

/* The rows of a table, and of the tables in it, each by its whole path. */
static int print_table(struct buffer *out, const struct option_table *table, const char *prefix)
{
	int rc = 0;

	for (size_t i = 0; i < table->count && rc == 0; i++) {
		const struct option *o = &table->options[i];
		char path[PATH_BYTES], inner[PATH_BYTES];

		snprintf(path, sizeof(path), "%s%s", prefix, o->name);
		snprintf(inner, sizeof(inner), "%.100s%s.", path,
			 o->type == OPTION_SECTIONS ? "[]"
			 : o->type == OPTION_NAMED  ? ".<name>"
						    : "");
		if (prefix[0] == '\0')
			rc = buffer_printf(out, "\n## %s\n", o->name);
		if (rc == 0)
			rc = print_option(out, path, o);
		if (rc == 0 && o->table != NULL)
			rc = print_table(out, o->table, inner);
	}
	return rc;
}

int config_print_options(struct buffer *out)
{
	int rc = buffer_append_slice(out, slice_from(introduction));

	return rc == 0 ? print_table(out, &config_options, "") : rc;
}
