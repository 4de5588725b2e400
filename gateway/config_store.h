/* config_store.h - the store that a configuration names, opened. Thread: the main one. */
#ifndef SG_CONFIG_STORE_H
#define SG_CONFIG_STORE_H

#include "backends/backend.h"
#include "gateway/config.h"

/* Without a cipher in front of it; sealed: values are what one has made of them. As backend_open(). */
SG_MUST_CHECK int config_store_open(const struct config_store *store, const char *node, bool sealed,
				    struct backend **out);

#endif
