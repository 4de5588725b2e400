/* config_checking.c - see config_checking.h. */
#include "gateway/config_checking.h"

#include <errno.h>
#include <unistd.h>

void *checking_alloc(const struct checking *c, size_t count, size_t bytes)
{
	void *memory = arena_alloc(&c->config->arena, (count > 0 ? count : 1) * bytes);

	if (memory == NULL)
		c->report->no_memory = true;
	return memory;
}

/* The node of a setting two names down; where it was not written, the nearest one above. */
const struct node *checking_find(const struct node *from, const char *first, const char *second)
{
	const struct node *section = node_get(from, slice_from(first));
	const struct node *setting = node_get(section, slice_from(second));

	return setting != NULL ? setting : section != NULL ? section : from;
}

/* The i-th item of a list at the root. */
const struct node *checking_item(const struct node *list, size_t i)
{
	const struct node *item = list != NULL ? node_first_item(list) : NULL;

	while (item != NULL && i-- > 0)
		item = node_next_item(list, item);
	return item;
}

bool checking_given(const char *file)
{
	return file != NULL && file[0] != '\0';
}

void checking_readable(const struct checking *c, const struct node *tls, const char *name,
		       const char *file)
{
	if (checking_given(file) && access(file, R_OK) != 0)
		report_value(c->report, checking_find(tls, name, ""), "%s", strerror(errno));
}

void checking_socket_details(const struct checking *c, const struct config_listen *listen,
			     const struct node *item)
{
	static const char *const details[] = { "mode", "owner", "group" };

	if (listen->address.text[0] == '\0' || listen->address.kind == ADDRESS_UNIX)
		return;
	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		const struct node *detail = node_get(item, slice_from(details[i]));

		if (detail != NULL)
			report_key(c->report, detail, "only a unix: socket has one");
	}
}
