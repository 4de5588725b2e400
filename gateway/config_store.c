/* config_store.c - see config_store.h. */
#include "gateway/config_store.h"

int config_store_open(const struct config_store *store, const char *node, bool sealed,
		      struct backend **out)
{
	const struct backend_settings settings = {
		.url = slice_from(store->url),
		.now = clock_wall_coarse_ms,
		.namespace = slice_from(store->namespace),
		.node = slice_from(node),
		.timeout_ms = store->timeout_ms,
		.confirm_replicas = store->confirm_replicas,
		.sealed = sealed,
		.tls = {
			.ca = store->tls.ca,
			.certificate = store->tls.certificate,
			.key = store->tls.key,
			.verify = store->tls.verify,
		},
	};

	return backend_open(&settings, out);
}
