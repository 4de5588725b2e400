/* config_check_store.c - the rules of store: keys that differ, files that are there. */
#include "gateway/config_checking.h"

/* One that is none has no text: that has been said. */
static bool check_same_key(struct slice a, struct slice b)
{
	return a.ptr != NULL && b.ptr != NULL && slice_equal(a, b);
}

static void check_encryption_keys(const struct checking *c)
{
	const struct node *list = checking_find(c->root, "store", "encryption_keys");
	const struct slice *keys = c->config->store.encryption_keys;

	for (size_t i = 0; i < c->config->store.encryption_key_count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (!check_same_key(keys[i], keys[k]))
				continue;
			report_value(c->report, checking_item(list, i),
				     "the same key as store.encryption_keys[%zu]", k);
			break;
		}
	}
}

/* What is in the files is looked at when the store is opened. */
static void check_store_tls(const struct checking *c)
{
	const struct node *node = checking_find(c->root, "store", "tls");
	const struct config_store_tls *tls = &c->config->store.tls;

	if (node == NULL)
		return;
	checking_readable(c, node, "ca", tls->ca);
	checking_readable(c, node, "certificate", tls->certificate);
	checking_readable(c, node, "key", tls->key);
	if (checking_given(tls->key) && !checking_given(tls->certificate))
		report_value(c->report, checking_find(node, "key", ""),
			     "a key without its certificate");
	if (!tls->verify)
		report_warning(c->report, checking_find(node, "verify", ""),
			       "whoever answers at the store's address is taken for the store");
}

void config_check_store(const struct checking *c)
{
	check_encryption_keys(c);
	check_store_tls(c);
}
