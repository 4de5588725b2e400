/* arguments.c - see arguments.h. */
#include "cli/arguments.h"

#include "cli/screen.h"

#include <getopt.h>
#include <stdlib.h>

#define ARGUMENTS_URL "unix:/run/sessiongate/admin.sock"

/* Of options without a letter; those of commands follow. */
enum {
	ARGUMENTS_TOKEN_FILE = 256,
	ARGUMENTS_CA,
	ARGUMENTS_CERTIFICATE,
	ARGUMENTS_KEY,
	ARGUMENTS_OF_COMMANDS
};

static const struct option arguments_options[] = {
	{ "url", required_argument, NULL, 'u' },
	{ "output", required_argument, NULL, 'o' },
	{ "token-file", required_argument, NULL, ARGUMENTS_TOKEN_FILE },
	{ "ca", required_argument, NULL, ARGUMENTS_CA },
	{ "certificate", required_argument, NULL, ARGUMENTS_CERTIFICATE },
	{ "key", required_argument, NULL, ARGUMENTS_KEY },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
#define ARGUMENTS_OPTION(name, text, valued)                      \
	{ text, (valued) ? required_argument : no_argument, NULL, \
	  ARGUMENTS_OF_COMMANDS + OPTION_##name },
	OPTIONS(ARGUMENTS_OPTION)
#undef ARGUMENTS_OPTION
		{ NULL, 0, NULL, 0 },
};

const char *option_text(enum option_name name)
{
	static const char *const texts[] = {
#define OPTION_TEXT(name, text, valued) text,
		OPTIONS(OPTION_TEXT)
#undef OPTION_TEXT
	};

	return texts[name];
}

static bool arguments_format(struct arguments *a)
{
	static const char *const names[] = {
		[FORMAT_TABLE] = "table", [FORMAT_JSON] = "json", [FORMAT_NDJSON] = "ndjson"
	};

	for (enum format f = FORMAT_TABLE; f <= FORMAT_NDJSON; f++) {
		if (strcmp(optarg, names[f]) == 0) {
			a->format = f;
			return true;
		}
	}
	screen_complain("-o %s: say table, json or ndjson", optarg);
	return false;
}

static bool arguments_filter(struct arguments *a)
{
	if (a->filter_count == ARGUMENTS_FILTERS) {
		screen_complain("--filter: more than %d", ARGUMENTS_FILTERS);
		return false;
	}
	a->filters[a->filter_count++] = optarg;
	return true;
}

/* One of a command's own. Which of two was meant nobody knows, and one of them would be left out. */
static bool arguments_own(struct arguments *a, enum option_name name)
{
	bool again = (a->given & 1u << name) != 0;

	a->given |= 1u << name;
	if (name == OPTION_FILTER)
		return arguments_filter(a);
	if (again && optarg != NULL) {
		screen_complain("--%s: given twice", option_text(name));
		return false;
	}
	a->values[name] = optarg;
	return true;
}

static bool arguments_option(struct arguments *a, int option)
{
	switch (option) {
	case 'u':
		a->url = optarg;
		return true;
	case 'o':
		return arguments_format(a);
	case 'f':
		return arguments_own(a, OPTION_FOLLOW);
	case 'v':
		return arguments_own(a, OPTION_VERBOSE);
	case 'h':
		a->help = true;
		return true;
	case 'V':
		a->version = true;
		return true;
	case ARGUMENTS_TOKEN_FILE:
		a->token_file = optarg;
		return true;
	case ARGUMENTS_CA:
		a->ca = optarg;
		return true;
	case ARGUMENTS_CERTIFICATE:
		a->certificate = optarg;
		return true;
	case ARGUMENTS_KEY:
		a->key = optarg;
		return true;
	default: /* '?': getopt has said what is wrong */
		return option >= ARGUMENTS_OF_COMMANDS &&
		       arguments_own(a, (enum option_name)(option - ARGUMENTS_OF_COMMANDS));
	}
}

int arguments_read(int argc, char **argv, struct arguments *out)
{
	int option;

	*out = (struct arguments){ .url = ARGUMENTS_URL };
	/* or options could not stand anywhere */
	unsetenv("POSIXLY_CORRECT");
	while ((option = getopt_long(argc, argv, "u:o:fvhV", arguments_options, NULL)) != -1)
		if (!arguments_option(out, option))
			return SG_EFORMAT;
	out->words = argv + optind;
	out->word_count = (size_t)(argc - optind);
	return 0;
}
