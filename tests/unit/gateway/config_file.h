/* config_file.h - a folder for each test of configurations, which it is in, and files there.
 * Owner    the suite `config` makes and removes the folder. */
#ifndef SG_TESTS_CONFIG_FILE_H
#define SG_TESTS_CONFIG_FILE_H

#include "gateway/config.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* What every file needs, in one line, so that rows can begin in the second one. */
#define BASE                                                          \
	"{listen: unix:/f, applications: {app: {servers: unix:/a}}, " \
	"routes: [{path: /, application: app}]"

/* The same, up to what the application's adapter is. */
#define WITH_ADAPTER                                                  \
	"{listen: unix:/f,\nroutes: [{path: /, application: app}],\n" \
	"applications: {app: {servers: unix:/a, adapter: "

#define KEY_ONE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_TWO "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

/* A descriptor of the folder that the tests are run from. */
int config_file_checkout(void);
void config_file_write(const char *name, const char *text, size_t len);
/* text as the file "f", loaded; *report ends with a NUL, and is the caller's. */
int config_file_load(const char *text, struct buffer *report, const struct config **out);
/* The same of what is right; one reference, the caller's. */
const struct config *config_file_load_good(const char *text);

#endif
