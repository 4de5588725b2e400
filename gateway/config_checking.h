/* config_checking.h - what the parts of config_check share, and nobody else sees.
 * Borrow   nodes, from the tree that is being checked.
 * Errors   what is wrong goes to the report; so does want of memory.
 * Thread   the loader's. */
#ifndef SG_CONFIG_CHECKING_H
#define SG_CONFIG_CHECKING_H

#include "gateway/config_report.h"
#include "gateway/config_table.h"

struct checking {
	struct config_draft *draft;
	struct config *config;
	const struct node *root;
	struct report *report;
};

/* In the configuration's arena, zeroed; NULL has been reported. */
void *checking_alloc(const struct checking *c, size_t count, size_t bytes);

/* The node of a setting two names down; where it was not written, the nearest one above. */
const struct node *checking_find(const struct node *from, const char *first, const char *second);
/* The i-th item of a list; NULL: it has none. */
const struct node *checking_item(const struct node *list, size_t i);

/* Is a file named? */
bool checking_given(const char *file);
/* If one is, it must be readable; name: the setting that names it. */
void checking_readable(const struct checking *c, const struct node *tls, const char *name,
		       const char *file);
/* A mode and an owner are a Unix socket's. */
void checking_socket_details(const struct checking *c, const struct config_listen *listen,
			     const struct node *item);

/* --- the parts, in the order in which they need each other --- */

void config_check_store(const struct checking *c);
void config_check_realms(const struct checking *c);
void config_check_applications(const struct checking *c);
void config_check_admin(const struct checking *c);
void config_check_routes(const struct checking *c);
/* What is taken out of requests. */
void config_check_carriers(const struct checking *c);
/* Realms that meet on one host. */
void config_check_realms_apart(const struct checking *c);

#endif
