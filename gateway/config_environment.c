/* config_environment.c - variables of the environment in the configuration's texts. */
#include "gateway/config_environment.h"

#include <stdlib.h>

static bool environment_is_name(struct slice name)
{
	if (name.len == 0 || (name.ptr[0] >= '0' && name.ptr[0] <= '9'))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '_')
			return false;
	}
	return true;
}

/* Split "NAME:-default"; false when it has no default. */
static bool environment_cut_default(struct slice *inside, struct slice *name)
{
	const char *mark = memmem(inside->ptr, inside->len, ":-", 2);

	if (mark == NULL) {
		*name = *inside;
		return false;
	}
	*name = slice_of(inside->ptr, (size_t)(mark - inside->ptr));
	*inside = slice_after(*inside, name->len + 2);
	return true;
}

/* What stands between ${ and }; SG_EFORMAT has been reported. */
static int environment_append(struct buffer *out, struct slice inside, const struct node *node,
			      struct report *report)
{
	struct slice name, fallback = inside;
	bool has_default = environment_cut_default(&fallback, &name);
	char text[256];
	const char *value;

	if (!environment_is_name(name) || name.len >= sizeof(text)) {
		report_value(report, node,
			     "${...} must hold the name of an environment variable; "
			     "write $$ for a dollar");
		return SG_EFORMAT;
	}
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	value = getenv(text);
	if (value != NULL && (value[0] != '\0' || !has_default))
		return buffer_append_slice(out, slice_from(value));
	if (has_default)
		return buffer_append_slice(out, fallback);
	report_value(report, node, "the environment variable %s is not set", text);
	return SG_EFORMAT;
}

static int environment_rewrite(struct buffer *out, const struct node *node, struct report *report)
{
	struct slice rest = node->text, before;
	int rc = 0;

	while (rc == 0 && slice_cut(&rest, '$', &before)) {
		struct slice inside;

		if ((rc = buffer_append_slice(out, before)) != 0)
			break;
		if (slice_starts(rest, SLICE("{"))) {
			rest = slice_after(rest, 1);
			if (!slice_cut(&rest, '}', &inside)) {
				report_value(report, node, "${ without }; write $$ for a dollar");
				return SG_EFORMAT;
			}
			rc = environment_append(out, inside, node, report);
			continue;
		}
		rc = buffer_append(out, "$", 1);
		if (slice_starts(rest, SLICE("$")))
			rest = slice_after(rest, 1);
	}
	return rc == 0 ? buffer_append_slice(out, before) : rc;
}

static void environment_expand_text(struct arena *arena, struct node *node, struct report *report)
{
	struct buffer out = { 0 };
	int rc;

	if (node->text.len == 0 || memchr(node->text.ptr, '$', node->text.len) == NULL)
		return;
	rc = environment_rewrite(&out, node, report);
	if (rc == 0) {
		node->text = arena_copy(arena, buffer_content(&out));
		node->plain = false; /* an empty variable is a value, too */
	} else {
		node->broken = true;
	}
	if (rc == SG_ENOMEM || node->text.ptr == NULL)
		report->no_memory = true;
	buffer_wipe(&out);
}

void environment_expand(struct arena *arena, struct node *tree, struct report *report)
{
	if (tree->kind == NODE_TEXT)
		environment_expand_text(arena, tree, report);
	for (struct node *child = tree->first; child != NULL && !report->no_memory;
	     child = child->next)
		environment_expand(arena, child, report);
}
