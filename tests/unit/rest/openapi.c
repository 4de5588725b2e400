/* openapi.c - what the API says of itself, against the tables that it is made of. What it says of answers is looked at
 * wherever one is given: tests/harness/openapi.py. */
#include "rest/openapi.h"

#include "gateway/decision.h"
#include "rest/endpoint.h"
#include "rest/refusal.h"
#include "rest/selector.h"
#include "session/event.h"
#include "tests/unit/gateway/sample.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>

#define PROBLEM "urn:sessiongate:problem:"

static cJSON *document;

static void parse(void)
{
	document = cJSON_Parse(openapi_text);
	cr_assert_not_null(document, "no JSON near: %.60s", cJSON_GetErrorPtr());
}

static void forget(void)
{
	cJSON_Delete(document);
}

TestSuite(openapi, .init = parse, .fini = forget);

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* "#/components/parameters/Limit"; what is no reference is itself. */
static const cJSON *follow(const cJSON *node)
{
	const char *path = cJSON_GetStringValue(member(node, "$ref"));
	struct slice rest, part;
	bool more = true;

	if (path == NULL)
		return node;
	rest = slice_after(slice_from(path), strlen("#/"));
	node = document;
	while (more) {
		char name[64];

		more = slice_cut(&rest, '/', &part);
		snprintf(name, sizeof(name), "%.*s", SLICE_ARGS(part));
		node = member(node, name);
	}
	cr_assert_not_null(node, "%s leads nowhere", path);
	return node;
}

static const cJSON *schema(const char *name)
{
	return member(member(member(document, "components"), "schemas"), name);
}

static bool has_text(const cJSON *list, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (cJSON_IsString(item) && strcmp(item->valuestring, text) == 0)
			return true;
	}
	return false;
}

static const cJSON *operation_of(const struct endpoint *e)
{
	char method[16] = "";

	for (size_t i = 0; e->method[i] != '\0'; i++)
		method[i] = (char)tolower((unsigned char)e->method[i]);
	return member(member(member(document, "paths"), e->path), method);
}

/* --- each row of the table --- */

Test(openapi, has_an_operation_for_each_endpoint_and_for_nothing_else)
{
	size_t count, operations = 0;
	const struct endpoint *all = endpoint_all(&count);
	const cJSON *path, *item;

	for (size_t i = 0; i < count; i++)
		cr_expect_not_null(operation_of(&all[i]), "rest/openapi.json lacks %s %s",
				   all[i].method, all[i].path);
	cJSON_ArrayForEach(path, member(document, "paths"))
	{
		cJSON_ArrayForEach(item, path)
		{
			operations += member(item, "responses") != NULL;
		}
	}
	cr_expect_eq(operations, count);
}

/* Either kind of credentials, with the scope alone; anything else is open to anybody. */
static bool asks_for(const cJSON *security, const char *scheme, const char *scope)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, security)
	{
		const cJSON *scopes = member(item, scheme);

		if (scopes != NULL)
			return scope != NULL
				       ? cJSON_GetArraySize(scopes) == 1 && has_text(scopes, scope)
				       : cJSON_GetArraySize(scopes) == 0;
	}
	return false;
}

Test(openapi, says_which_scope_each_takes)
{
	size_t count;
	const struct endpoint *all = endpoint_all(&count);

	for (size_t i = 0; i < count; i++) {
		const cJSON *security = member(operation_of(&all[i]), "security");
		unsigned scope = all[i].scope;
		const char *text = NULL;

		cr_expect(cJSON_IsArray(security), "%s", all[i].path);
		if (scope == ENDPOINT_OPEN) {
			cr_expect_eq(cJSON_GetArraySize(security), 0, "%s", all[i].path);
			continue;
		}
		if (scope != ENDPOINT_ANY)
			text = scope_text(scope);
		cr_expect(asks_for(security, "bearer", text) &&
				  asks_for(security, "certificate", text),
			  "%s %s", all[i].method, all[i].path);
	}
}

/* How many of them stand in the URL; each has to be one that the endpoint knows. */
static size_t count_parameters(const struct endpoint *e, const cJSON *list)
{
	const cJSON *item;
	size_t found = 0;

	cJSON_ArrayForEach(item, list)
	{
		const cJSON *parameter = follow(item);
		const char *name = cJSON_GetStringValue(member(parameter, "name"));

		if (strcmp(cJSON_GetStringValue(member(parameter, "in")), "query") != 0)
			continue;
		cr_expect(endpoint_knows_parameter(e, slice_from(name)), "%s %s: %s", e->method,
			  e->path, name);
		found++;
	}
	return found;
}

Test(openapi, has_the_parameters_of_each)
{
	size_t count;
	const struct endpoint *all = endpoint_all(&count);

	for (size_t i = 0; i < count; i++) {
		const cJSON *path = member(member(document, "paths"), all[i].path);
		size_t known = 0;

		while (all[i].parameters[known] != NULL)
			known++;
		cr_expect_eq(count_parameters(&all[i], member(path, "parameters")) +
				     count_parameters(&all[i],
						      member(operation_of(&all[i]), "parameters")),
			     known, "%s %s", all[i].method, all[i].path);
	}
}

Test(openapi, has_the_body_of_each)
{
	size_t count;
	const struct endpoint *all = endpoint_all(&count);

	for (size_t i = 0; i < count; i++) {
		const cJSON *body = member(operation_of(&all[i]), "requestBody");
		const cJSON *content = member(body, "content");
		enum endpoint_body kind = all[i].body;

		cr_expect_eq(body != NULL, kind != BODY_NONE, "%s", all[i].path);
		cr_expect_eq(member(content, "application/json") != NULL, kind != BODY_NONE, "%s",
			     all[i].path);
		cr_expect_eq(member(content, "application/merge-patch+json") != NULL,
			     kind == BODY_PATCH, "%s", all[i].path);
		cr_expect_eq(cJSON_IsTrue(member(body, "required")),
			     kind == BODY_JSON || kind == BODY_PATCH, "%s", all[i].path);
	}
}

/* --- answers --- */

static const cJSON *problem_of(const cJSON *response)
{
	return member(member(member(response, "content"), "application/problem+json"), "schema");
}

static bool tells_slug(const cJSON *response, const char *slug)
{
	const cJSON *type = member(member(problem_of(response), "properties"), "type");
	const char *only = cJSON_GetStringValue(member(type, "const"));
	char urn[80];

	snprintf(urn, sizeof(urn), PROBLEM "%s", slug);
	return (only != NULL && strcmp(only, urn) == 0) || has_text(member(type, "enum"), urn);
}

static const struct {
	const char *slug;
	unsigned status;
} refusals[] = {
#define REFUSAL_ROW(name, slug, status, title) { slug, status },
	REFUSALS(REFUSAL_ROW)
#undef REFUSAL_ROW
};

Test(openapi, knows_each_refusal_and_no_other)
{
	const cJSON *types = member(member(schema("Problem"), "properties"), "type");
	const cJSON *responses = member(member(document, "components"), "responses");

	for (size_t i = 0; i < ROWS(refusals); i++) {
		const cJSON *response;
		bool told = false;
		char urn[80];

		cJSON_ArrayForEach(response, responses) told |=
			tells_slug(response, refusals[i].slug);
		cr_expect(told, "no response tells %s", refusals[i].slug);
		snprintf(urn, sizeof(urn), PROBLEM "%s", refusals[i].slug);
		cr_expect(has_text(member(types, "enum"), urn), "%s", urn);
	}
	cr_expect_eq((size_t)cJSON_GetArraySize(member(types, "enum")), ROWS(refusals));
}

/* Under the status of a response there are refusals of that status alone. */
static void check_response(const struct endpoint *e, const cJSON *item)
{
	const cJSON *response = follow(item);
	char status[16];

	for (size_t i = 0; i < ROWS(refusals); i++) {
		if (!tells_slug(response, refusals[i].slug))
			continue;
		snprintf(status, sizeof(status), "%u", refusals[i].status);
		cr_expect_str_eq(item->string, status, "%s %s: %s", e->method, e->path,
				 refusals[i].slug);
	}
}

static void check_responses(const struct endpoint *e)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, member(operation_of(e), "responses"))
	{
		check_response(e, item);
	}
}

static bool answers(const struct endpoint *e, unsigned status)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", status);
	return member(member(operation_of(e), "responses"), text) != NULL;
}

/* What a row of the table alone tells. */
Test(openapi, has_the_refusals_of_each)
{
	size_t count;
	const struct endpoint *all = endpoint_all(&count);

	for (size_t i = 0; i < count; i++) {
		const struct endpoint *e = &all[i];
		bool open = e->scope == ENDPOINT_OPEN, any = e->scope == ENDPOINT_ANY;
		bool part = strchr(e->path, '{') != NULL, body = e->body != BODY_NONE;

		check_responses(e);
		cr_expect(answers(e, 400) && answers(e, 500), "%s", e->path);
		cr_expect_eq(answers(e, 401), !open, "%s %s: 401", e->method, e->path);
		cr_expect_eq(answers(e, 403), !open && !any, "%s %s: 403", e->method, e->path);
		cr_expect_eq(answers(e, 429), !open, "%s %s: 429", e->method, e->path);
		cr_expect(!part || answers(e, 404), "%s %s: 404", e->method, e->path);
		cr_expect_eq(answers(e, 413), body, "%s %s: 413", e->method, e->path);
		cr_expect_eq(answers(e, 415), body, "%s %s: 415", e->method, e->path);
	}
}

/* --- words --- */

Test(openapi, knows_the_words_of_events)
{
	const cJSON *types = member(schema("EventType"), "enum");
	const cJSON *causes = member(schema("EventCause"), "enum");

	for (unsigned i = 0; i < EVENT_TYPE_COUNT; i++)
		cr_expect(has_text(types, event_type_text(i)), "%s", event_type_text(i));
	cr_expect_eq(cJSON_GetArraySize(types), EVENT_TYPE_COUNT);
	for (unsigned i = 1; i < EVENT_CAUSE_COUNT; i++)
		cr_expect(has_text(causes, event_cause_text(i)), "%s", event_cause_text(i));
	cr_expect_eq(cJSON_GetArraySize(causes), EVENT_CAUSE_COUNT); /* without one: null */
}

Test(openapi, knows_scopes_and_filters)
{
	const cJSON *scopes = member(schema("Scope"), "enum");
	const cJSON *filters = member(schema("Filter"), "properties");

	for (unsigned i = 0; i < SCOPE_COUNT; i++)
		cr_expect(has_text(scopes, scope_text((enum scope)(1u << i))));
	cr_expect_eq(cJSON_GetArraySize(scopes), SCOPE_COUNT + 1); /* and "*" */
	for (unsigned i = 0; i < SELECTOR_COUNT; i++)
		cr_expect_not_null(member(filters, selector_text(i)), "%s", selector_text(i));
	cr_expect_eq(cJSON_GetArraySize(filters), SELECTOR_COUNT);
}

Test(openapi, knows_what_the_audit_calls_things)
{
	size_t count;
	const struct endpoint *all = endpoint_all(&count);
	const cJSON *actions =
		member(member(member(schema("AuditLine"), "properties"), "action"), "enum");
	int audited = 0;

	for (size_t i = 0; i < count; i++) {
		if (all[i].action == NULL)
			continue;
		cr_expect(has_text(actions, all[i].action), "%s", all[i].action);
		audited++;
	}
	cr_expect_eq(cJSON_GetArraySize(actions), audited);
}

Test(openapi, has_the_words_of_all_decisions)
{
	const cJSON *properties = member(schema("Decision"), "properties");

	for (enum decision_reason i = 0; i < DECISION_REASON_COUNT; i++) {
		const char *what = decision_what(i), *cause = decision_cause(i);

		cr_expect(has_text(member(member(properties, "what"), "enum"), what), "%s", what);
		cr_expect(has_text(member(member(properties, "cause"), "enum"), cause), "%s",
			  cause);
	}
}
