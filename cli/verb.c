/* verb.c - see verb.h. */
#include "cli/verb.h"

#include "cli/vital.h"

#define VERB_CRITERIA                                                                     \
	(OPTION_BIT(USER) | OPTION_BIT(REALM) | OPTION_BIT(STATE) | OPTION_BIT(IDLE_GT) | \
	 OPTION_BIT(IP) | OPTION_BIT(FILTER))

/* clang-format off */
static const struct verb verbs[] = {
	{ "list", "[--user U] [--realm R] [--state S] [--idle-gt 1h] [--ip CIDR] [--filter k=v]... [--all] [--watch]",
	  "sessions, the last seen first: 50 of them, or --all",
	  VERB_CRITERIA | OPTION_BIT(ALL) | OPTION_BIT(WATCH), 0, 0, verb_list },
	{ "get", "ID", "one session", 0, 1, 1, verb_get },
	{ "attrs", "ID", "its attributes, with their values", 0, 1, 1, verb_attrs },
	{ "set", "ID k=v... [--if-version N]", "change attributes: v is JSON, or else a text",
	  OPTION_BIT(IF_VERSION), 2, SIZE_MAX, verb_set },
	{ "unset", "ID k... [--if-version N]", "remove attributes",
	  OPTION_BIT(IF_VERSION), 2, SIZE_MAX, verb_unset },
	{ "revoke", "ID... | --user U [--realm R] | --filter k=v... [--reason TEXT] [--yes]",
	  "end sessions; without --yes only say which, unless they are named",
	  VERB_CRITERIA | OPTION_BIT(REASON) | OPTION_BIT(YES), 0, SIZE_MAX, verb_revoke },
	{ "rotate", "ID", "have its token's secret replaced at its next request", 0, 1, 1, verb_rotate },
	{ "users", "[--min 2] [--realm R]", "users with their sessions, and who is blocked",
	  OPTION_BIT(MIN) | OPTION_BIT(REALM), 0, 0, verb_users },
	{ "block", "U [--realm R] [--until TIME] [--reason TEXT]", "end a user's sessions, and let him log in no more",
	  OPTION_BIT(REALM) | OPTION_BIT(UNTIL) | OPTION_BIT(REASON), 1, 1, verb_block },
	{ "unblock", "U [--realm R]", "let him log in again", OPTION_BIT(REALM), 1, 1, verb_unblock },
	{ "explain", "ID|REQUEST_ID", "why a session ended, or a request had none", 0, 1, 1, verb_explain },
	{ "copy", "--from URL|FILE --to URL|FILE [--verify]",
	  "all sessions from one store into another; --verify: and compare both",
	  OPTION_BIT(FROM) | OPTION_BIT(TO) | OPTION_BIT(VERIFY), 0, 0, verb_copy },
	{ "events", "[-f] [--types T,...] [--user U] [--realm R]", "what has happened; -f: and what happens, until Ctrl-C",
	  OPTION_BIT(FOLLOW) | OPTION_BIT(TYPES) | OPTION_BIT(USER) | OPTION_BIT(REALM), 0, 0, verb_events },
	{ "stats", "", "how many sessions there are, and come and end in a minute", 0, 0, 0, verb_stats },
	{ "status", "", "is the gateway well?", 0, 0, 0, verb_status },
	{ "whoami", "", "who the API takes you for, and what you may do", 0, 0, 0, verb_whoami },
	{ "token new", "NAME [--scopes S,...]", "make a token, and its line of the configuration",
	  OPTION_BIT(SCOPES), 1, 1, verb_token_new },
	{ "config check", "FILE", "as sessiongate -c FILE --check", 0, 1, 1, verb_config_check },
	{ "config reload", "[--dry-run]", "have the gateway load its file anew, or only say what that would change",
	  OPTION_BIT(DRY_RUN), 0, 0, verb_config_reload },
	{ "doctor", "[--app NAME] [-v]", "what should be changed; -v: and what is fine",
	  OPTION_BIT(APP) | OPTION_BIT(VERBOSE), 0, 0, verb_doctor },
};
/* clang-format on */

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

/* How many words the verb's name takes at the front of these; 0: they are others. */
static size_t verb_matches(const struct verb *v, const struct arguments *a)
{
	struct slice rest = slice_from(v->name), word;
	size_t taken = 0;
	bool more;

	do {
		more = slice_cut(&rest, ' ', &word);
		if (taken == a->word_count || !slice_equal(word, slice_from(a->words[taken])))
			return 0;
		taken++;
	} while (more);
	return taken;
}

static bool verb_takes(const struct verb *v, const struct arguments *a, size_t words)
{
	unsigned strange = a->given & ~v->options;

	for (enum option_name i = 0; i < OPTION_COUNT; i++) {
		if ((strange & 1u << i) != 0) {
			screen_complain("%s knows no --%s", v->name, option_text(i));
			return false;
		}
	}
	if (words >= v->min_words && words <= v->max_words)
		return true;
	screen_complain("use: sessionctl %s %s", v->name, v->synopsis);
	return false;
}

/* An empty one is a variable of a shell's that is not set, and would ask for something else. */
static bool verb_words_say_something(const struct arguments *a)
{
	for (size_t i = 0; i < a->word_count; i++) {
		if (a->words[i][0] == '\0') {
			screen_complain("an argument is empty");
			return false;
		}
	}
	return true;
}

const struct verb *verb_find(const struct arguments *a, size_t *taken)
{
	if (!verb_words_say_something(a))
		return NULL;
	for (size_t i = 0; i < VERB_COUNT; i++) {
		*taken = verb_matches(&verbs[i], a);
		if (*taken > 0)
			return verb_takes(&verbs[i], a, a->word_count - *taken) ? &verbs[i] : NULL;
	}
	screen_complain(a->word_count > 0 ? "there is no command %s" : "say a command",
			a->word_count > 0 ? a->words[0] : "");
	return NULL;
}

void verb_help(struct buffer *out)
{
	for (size_t i = 0; i < VERB_COUNT; i++)
		vital(buffer_printf(out, "  %s%s%s\n        %s\n", verbs[i].name,
				    verbs[i].synopsis[0] != '\0' ? " " : "", verbs[i].synopsis,
				    verbs[i].help));
}
