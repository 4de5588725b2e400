/* load.c - the load generator: thousands of FastCGI connections as web servers make them, well and badly behaved.
 * Use  load SOCKET KIND,KIND… [NAME=VALUE…]
 *   visits=N     so many connections, one visit on each; else
 *   seconds=N    until then
 *   at_once=N    visitors at a time (64)
 *   busy=N       of these at most so many that have not had their visit yet (all)
 *   bytes=N      of the kinds of any size
 *   patience=N   seconds for anything that must end (30)
 *   cookies=FILE a Cookie header a line: every request comes with one of them
 *   pause=N      milliseconds between one answer and the next request on a connection, on the average (0)
 *   open=1       visitors come until stdin ends
 *   hold=1       stay connected after the visit; says "holding N", and ends with stdin
 * At the end a line of JSON: how many requests had which outcome, by kind, and how long they took. Status 1 when one had an outcome that it
 * may not have; stderr then says which. */
#include "bench/load/crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static void fail(const char *what, const char *which)
{
	fprintf(stderr, "load: %s: %s\n", what, which);
	exit(2);
}

static void read_kinds(struct crowd *c, const char *names)
{
	for (size_t len; *names != '\0'; names += len + (names[len] == ',')) {
		len = strcspn(names, ",");
		if (c->kind_count == CROWD_KINDS)
			fail("too many kinds", names);
		c->kinds[c->kind_count].kind = kind_find(names, len);
		if (c->kinds[c->kind_count++].kind == NULL)
			fail("no such kind", names);
	}
	if (c->kind_count == 0)
		fail("which kinds?", names);
}

static void read_cookies(struct crowd *c, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[256];

	if (file == NULL)
		fail("cannot read", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		c->cookies = realloc(c->cookies, (c->cookie_count + 1) * sizeof(*c->cookies));
		if (c->cookies == NULL || (c->cookies[c->cookie_count++] = strdup(line)) == NULL)
			abort();
	}
	fclose(file);
}

static void read_setting(struct crowd *c, char *setting)
{
	char *value = strchr(setting, '=');
	unsigned long long number = value != NULL ? strtoull(value + 1, NULL, 10) : 0;

	if (value == NULL)
		fail("what is", setting);
	*value++ = '\0';
	if (strcmp(setting, "visits") == 0)
		c->visits = number;
	else if (strcmp(setting, "seconds") == 0)
		c->seconds = (int64_t)number;
	else if (strcmp(setting, "at_once") == 0)
		c->at_once = (size_t)number;
	else if (strcmp(setting, "busy") == 0)
		c->busy = (size_t)number;
	else if (strcmp(setting, "bytes") == 0)
		c->most_bytes = number;
	else if (strcmp(setting, "patience") == 0)
		c->patience_ms = (int64_t)number * 1000;
	else if (strcmp(setting, "pause") == 0)
		c->pause_ms = (int64_t)number;
	else if (strcmp(setting, "open") == 0)
		c->open = number != 0;
	else if (strcmp(setting, "hold") == 0)
		c->hold = number != 0;
	else if (strcmp(setting, "cookies") == 0)
		read_cookies(c, value);
	else
		fail("what is", setting);
}

static void read_address(struct crowd *c, const char *path)
{
	size_t len = strlen(path);

	if (len >= sizeof(c->address.sun_path))
		fail("too long", path);
	c->address.sun_family = AF_UNIX;
	memcpy(c->address.sun_path, path, len + 1);
}

static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void print_kind(const struct crowd_kind *k)
{
	const char *comma = "";

	printf("\"%s\": {", k->kind->name);
	for (enum outcome i = 0; i < OUTCOME_COUNT; i++) {
		if (k->outcomes[i] == 0)
			continue;
		printf("%s\"%s\": %llu", comma, outcome_text(i),
		       (unsigned long long)k->outcomes[i]);
		comma = ", ";
	}
	printf("}");
}

static void print_crowd(struct crowd *c, size_t disturbed)
{
	printf("{\"visits\": %llu, \"bad\": %llu, \"closed_while_held\": %zu, \"kinds\": {",
	       (unsigned long long)c->begun, (unsigned long long)c->bad, disturbed);
	for (size_t i = 0; i < c->kind_count; i++) {
		printf("%s", i > 0 ? ", " : "");
		print_kind(&c->kinds[i]);
	}
	printf("}, \"delays\": ");
	delays_print(&c->delays);
	printf("}\n");
}

int main(int argc, char **argv)
{
	static struct crowd c = {
		.visits = UINT64_MAX, .at_once = 64, .busy = SIZE_MAX, .patience_ms = 30000
	};
	size_t disturbed;

	if (argc < 3)
		fail("use", "load SOCKET KIND,KIND… [NAME=VALUE…]");
	read_address(&c, argv[1]);
	read_kinds(&c, argv[2]);
	for (int i = 3; i < argc; i++)
		read_setting(&c, argv[i]);
	if (c.seconds == 0)
		c.seconds = INT64_MAX / 2000;
	raise_descriptors();
	crowd_run(&c);
	disturbed = c.hold ? crowd_hold(&c) : 0;
	print_crowd(&c, disturbed);
	return c.bad > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
