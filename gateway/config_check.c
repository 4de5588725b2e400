/* config_check.c - the rules between settings: those of the process, and the order of all. */
#include "gateway/config_check.h"

#include "gateway/config_checking.h"

#include <sched.h>
#include <sys/un.h>
#include <unistd.h>

static unsigned check_cores(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return count < 1 ? 1 : count > 256 ? 256 : (unsigned)count;
}

/* The host's name, made into one that [a-z0-9-]{1,32} allows. */
static void check_node_name(const struct checking *c)
{
	char name[256];
	size_t len = 0;

	if (c->config->node != NULL)
		return;
	if (gethostname(name, sizeof(name)) != 0)
		name[0] = '\0';
	name[sizeof(name) - 1] = '\0';
	for (; len < 32 && name[len] != '\0' && name[len] != '.'; len++) {
		char ch = name[len];

		if (ch >= 'A' && ch <= 'Z')
			name[len] = (char)(ch - 'A' + 'a');
		else if (!(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9'))
			name[len] = '-';
	}
	c->config->node =
		arena_text(&c->config->arena, len > 0 ? slice_of(name, len) : SLICE("node"));
	if (c->config->node == NULL)
		c->report->no_memory = true;
}

static void check_listeners(const struct checking *c)
{
	const struct node *list = node_get(c->root, SLICE("listen"));
	const struct config_listen *listen = c->config->listen;

	for (size_t i = 0; i < c->config->listen_count; i++) {
		const struct node *item = checking_item(list, i);

		checking_socket_details(c, &listen[i], item);
		for (size_t k = 0; k < i; k++) {
			if (listen[i].address.text[0] == '\0' ||
			    strcmp(listen[i].address.text, listen[k].address.text) != 0)
				continue;
			report_value(c->report, item, "the same address as listen[%zu]", k);
			break;
		}
	}
}

/* As many digits as the last worker's number has. */
static size_t check_number_digits(unsigned workers)
{
	return workers <= 10 ? 1 : workers <= 100 ? 2 : 3;
}

static void check_session_api(const struct checking *c)
{
	const struct node *list = node_get(c->root, SLICE("listen_session_api"));
	const struct config_listen *listen = c->config->listen_session_api;
	const struct node *item = checking_item(list, 0);
	size_t digits = check_number_digits(c->config->workers);

	if (c->config->listen_session_api_count == 0 || listen->address.text[0] == '\0')
		return;
	checking_socket_details(c, listen, item);
	if (c->config->listen_session_api_count > 1)
		report_value(c->report, checking_item(list, 1),
			     "one address is enough: each worker adds its number to it");
	if (listen->address.kind != ADDRESS_UNIX)
		report_value(c->report, item,
			     "expected unix:/path: each worker has a Unix socket of its own");
	else if (listen->address.text[strlen("unix:")] != '/')
		report_value(
			c->report, item,
			"expected an absolute path: applications connect from folders of their own");
	else if (strlen(listen->address.text) - strlen("unix:") + 1 + digits >=
		 sizeof(((struct sockaddr_un *)NULL)->sun_path))
		report_value(
			c->report, item,
			"the path is too long for a socket (107 bytes, the worker's number included)");
}

void config_check(struct config_draft *draft, const struct node *root, struct report *report)
{
	const struct checking checking = { draft, &draft->config, root, report };

	if (draft->config.workers == 0)
		draft->config.workers = check_cores();
	check_node_name(&checking);
	check_listeners(&checking);
	check_session_api(&checking);
	config_check_store(&checking);
	config_check_realms(&checking);
	config_check_applications(&checking);
	if (report->no_memory)
		return;
	config_check_admin(&checking);
	config_check_routes(&checking);
	config_check_carriers(&checking);
	config_check_realms_apart(&checking);
}
