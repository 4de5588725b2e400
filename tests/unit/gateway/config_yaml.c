/* config_yaml.c - files that include others. */
#include "tests/unit/gateway/config_file.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

Test(config, includes_merge)
{
	const char more[] = "routes: [{path: /b, application: b}]\nlisten: [unix:/g]\n"
			    "log: {format: json}\n";
	const char apps[] = "applications: {b: {servers: unix:/b}}\n";
	const struct config *c;

	cr_assert_eq(mkdir("d", 0700), 0);
	config_file_write("d/10.yaml", more, sizeof(more) - 1);
	config_file_write("d/20.yaml", apps, sizeof(apps) - 1);
	c = config_file_load_good(
		BASE ",\ninclude: [\"d/*.yaml\", \"nothing/*.yaml\"], log: {level: warn}}");
	cr_expect_eq(c->route_count, 2);
	cr_expect_eq(c->listen_count, 2);
	cr_expect_eq(c->application_count, 2);
	cr_expect_str_eq(c->routes[1].application->name, "b");
	cr_expect_eq(c->log.level, LOG_WARN);
	cr_expect_eq(c->log.format, LOG_JSON);
	config_unref(&c);
}

static const struct {
	const char *name, *file, *included, *report;
} includes[] = {
	{ "twice", BASE ",\nnode: a, include: g}", "\nnode: b\n",
	  "g:2:1: node: duplicate setting; the first is at f:2:1\n" },
	{ "missing", BASE ",\ninclude: h}", "", "f:2:10: include: h: No such file or directory\n" },
	{ "a ring", BASE ",\ninclude: g}", "include: [f]\n",
	  "g:1:11: include[0]: f: includes itself\n" },
	{ "missing, and other faults", "include: h\nfoo: 1\n", "",
	  "f:1:10: include: h: No such file or directory\nf:2:1: foo: unknown setting\n" },
	{ "no YAML", "include: g\nlog: {level: loud}\n", "a: [",
	  "f:2:14: log.level: \"loud\": expected debug, info, warn or error\n"
	  "g:2:1: not YAML: while parsing a flow node, did not find expected node content\n" },
	{ "no path", BASE ",\ninclude: {a: b}}", "",
	  "f:2:10: include: expected the path of a file, or a glob\n" },
	{ "an error in it", BASE ",\nfoo: 1, include: g}", "log: {level: loud}\n",
	  "f:2:1: foo: unknown setting\n"
	  "g:1:14: log.level: \"loud\": expected debug, info, warn or error\n" },
};

Test(config, includes_are_judged_where_they_stand)
{
	for (size_t i = 0; i < COUNT(includes); i++) {
		const struct config *config;
		struct buffer report;

		config_file_write("g", includes[i].included, strlen(includes[i].included));
		cr_expect_eq(config_file_load(includes[i].file, &report, &config), SG_ECONFIG, "%s",
			     includes[i].name);
		cr_expect_str_eq(report.data, includes[i].report, "%s: got\n%s", includes[i].name,
				 report.data);
		buffer_fini(&report);
	}
}
