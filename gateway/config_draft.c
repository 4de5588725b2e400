/* config_draft.c - see config_draft.h. */
#include "gateway/config_draft.h"

#include "gateway/config_table.h"

#include <stddef.h>

static int draft_add_routes(const struct config *config, struct arena *arena,
			    struct config_draft *out)
{
	struct route_draft *routes = arena_alloc(arena, config->route_count * sizeof(*routes));

	if (routes == NULL)
		return SG_ENOMEM;
	for (size_t i = 0; i < config->route_count; i++) {
		const struct config_route *route = &config->routes[i];

		routes[i] = (struct route_draft){
			.route = *route,
			.application = route->application != NULL ? route->application->name : NULL,
			.realm = route->realm->name,
		};
	}
	out->routes = routes;
	out->route_count = config->route_count;
	return 0;
}

int config_draft_of(const struct config *config, struct arena *arena, struct config_draft *out)
{
	*out = (struct config_draft){ 0 };
	/* not the count of its references, which other threads move */
	memcpy(&out->config, config, offsetof(struct config, references));
	out->standard = config->realms[0];
	out->realms = config->realms + 1;
	out->realm_count = config->realm_count - 1;
	return draft_add_routes(config, arena, out);
}

static bool draft_is_list(const struct option *o)
{
	return o->bytes == 0; /* LIST_FIELD() in config_table.c: a pointer and a count */
}

static void draft_keep_table(const struct option_table *table, char *to, const char *from)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option *o = &table->options[i];

		if (o->type == OPTION_SECTION) {
			draft_keep_table(o->table, to + o->offset, from + o->offset);
		} else if ((o->flags & OPTION_RESTART) && draft_is_list(o)) {
			*(const void **)(void *)(to + o->offset) =
				*(const void *const *)(const void *)(from + o->offset);
			*(size_t *)(void *)(to + o->count_offset) =
				*(const size_t *)(const void *)(from + o->count_offset);
		} else if (o->flags & OPTION_RESTART) {
			memcpy(to + o->offset, from + o->offset, o->bytes);
		}
	}
}

void config_draft_keep(struct config_draft *draft, const struct config *started)
{
	/* only rows within the draft's config can have OPTION_RESTART */
	draft_keep_table(&config_options, (char *)draft, (const char *)started);
}
