/* command.c - the command line. */
#include "gateway/command.h"

#include <getopt.h>
#include <stdio.h>

enum {
	OPTION_PRINT_OPTIONS = 256,
	OPTION_PRINT_SCHEMA,
	OPTION_PRINT_SNIPPET,
	OPTION_OBSERVE_REPORT,
	OPTION_HEALTHCHECK,
	OPTION_LISTEN,
	OPTION_APP,
	OPTION_PHP,
	OPTION_STORE,
	OPTION_ADMIN
};

static const struct option command_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, 't' },
	{ "print-options", no_argument, NULL, OPTION_PRINT_OPTIONS },
	{ "print-schema", no_argument, NULL, OPTION_PRINT_SCHEMA },
	{ "print-snippet", required_argument, NULL, OPTION_PRINT_SNIPPET },
	{ "observe-report", no_argument, NULL, OPTION_OBSERVE_REPORT },
	{ "healthcheck", required_argument, NULL, OPTION_HEALTHCHECK },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "app", required_argument, NULL, OPTION_APP },
	{ "php", no_argument, NULL, OPTION_PHP },
	{ "store", required_argument, NULL, OPTION_STORE },
	{ "admin", required_argument, NULL, OPTION_ADMIN },
	{ "verbose", no_argument, NULL, 'v' },
	{ NULL, 0, NULL, 0 },
};

const char *command_usage(void)
{
	return "sessiongate [-c FILE] [-t | --check | --print-options | --print-schema |\n"
	       "            --print-snippet nginx|apache|lighttpd|caddy|haproxy|php-fpm | --observe-report |\n"
	       "            --healthcheck URL | --version | --help]\n"
	       "            [--listen ADDR]... [--app ADDR]... [--php] [--store URL]\n"
	       "            [--admin ADDR] [-v]\n"
	       "\n"
	       "  -c, --config FILE      the configuration; /etc/sessiongate/sessiongate.yaml without it\n"
	       "  -t, --check            check the configuration, say all that is wrong, and end\n"
	       "  --print-options        the reference of all settings, as Markdown\n"
	       "  --print-schema         a JSON Schema of the configuration\n"
	       "  --print-snippet SERVER the web server's configuration for this gateway, or PHP-FPM's\n"
	       "  --observe-report       what the running gateway has seen of applications' own sessions\n"
	       "  --healthcheck URL      ask a running gateway whether it is well: http://127.0.0.1:9180/readyz,\n"
	       "                         unix:/path:/readyz, or fastcgi: and an address that it listens at; else /livez\n"
	       "  --listen ADDR          unix:/path, 127.0.0.1:9100, [::1]:9100 or fd:0\n"
	       "  --app ADDR             a server of the one application; with --listen no file is needed\n"
	       "  --php                  that application is PHP, whose $_SESSION becomes the gateway's\n"
	       "  --store URL            where sessions are kept: memory:, or redis://HOST:PORT/NUMBER\n"
	       "  --admin ADDR           where the admin API listens: unix:/path or 127.0.0.1:9180\n"
	       "  -v, --verbose          log.level: debug\n"
	       "\n"
	       "Exit status: 0 ended as asked, 1 could not start or died, 2 wrong use or configuration;\n"
	       "of --healthcheck 0 well, 1 not.\n";
}

_Static_assert((int)COMMAND_ADDRESSES <= (int)CONFIG_SERVERS_MAX, "each --app is a server");

static bool command_add(const char **list, size_t *count, const char *what)
{
	if (*count == COMMAND_ADDRESSES) {
		fprintf(stderr, "sessiongate: %s: more than %d\n", what, COMMAND_ADDRESSES);
		return false;
	}
	list[(*count)++] = optarg;
	return true;
}

static bool command_option(struct command *c, int option)
{
	switch (option) {
	case 'c':
		c->arguments.file = optarg;
		return true;
	case 't':
		c->action = COMMAND_CHECK;
		return true;
	case 'v':
		c->arguments.verbose = true;
		return true;
	case 'V':
		c->action = COMMAND_VERSION;
		return true;
	case 'h':
		c->action = COMMAND_HELP;
		return true;
	case OPTION_PRINT_OPTIONS:
		c->action = COMMAND_PRINT_OPTIONS;
		return true;
	case OPTION_PRINT_SCHEMA:
		c->action = COMMAND_PRINT_SCHEMA;
		return true;
	case OPTION_PRINT_SNIPPET:
		c->action = COMMAND_PRINT_SNIPPET;
		c->snippet = optarg;
		return true;
	case OPTION_OBSERVE_REPORT:
		c->action = COMMAND_OBSERVE_REPORT;
		return true;
	case OPTION_HEALTHCHECK:
		c->action = COMMAND_HEALTHCHECK;
		c->url = optarg;
		return true;
	case OPTION_LISTEN:
		return command_add(c->listen, &c->arguments.listen_count, "--listen");
	case OPTION_APP:
		return command_add(c->apps, &c->arguments.app_count, "--app");
	case OPTION_PHP:
		c->arguments.php = true;
		return true;
	case OPTION_STORE:
		c->arguments.store = optarg;
		return true;
	case OPTION_ADMIN:
		c->arguments.admin = optarg;
		return true;
	default: /* getopt has said what is wrong */
		return false;
	}
}

int command_read(int argc, char **argv, struct command *out)
{
	int option;

	*out = (struct command){ .action = COMMAND_RUN };
	out->arguments.listen = out->listen;
	out->arguments.apps = out->apps;
	while ((option = getopt_long(argc, argv, "c:tvVh", command_options, NULL)) != -1)
		if (!command_option(out, option))
			return SG_EFORMAT;
	if (optind < argc) {
		fprintf(stderr, "sessiongate: unexpected argument: %s\n", argv[optind]);
		return SG_EFORMAT;
	}
	return 0;
}
