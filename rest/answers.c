/* answers.c - see answers.h. */
#include "rest/answers.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Where in the columns that status is; a new one is added. */
static size_t answers_column(struct answers *a, unsigned status)
{
	size_t i = 0;

	while (i < a->status_count && a->statuses[i] != status)
		i++;
	assert(i < ANSWERS_STATUSES);
	if (i == a->status_count)
		a->statuses[a->status_count++] = status;
	return i;
}

/* The methods of one path are counted together, in its first row. */
static size_t answers_row(const struct endpoint *endpoint)
{
	size_t count, i = 0;
	const struct endpoint *all = endpoint_all(&count);

	assert(count <= ANSWERS_ENDPOINTS);
	if (endpoint == NULL)
		return ANSWERS_ENDPOINTS;
	while (strcmp(all[i].path, endpoint->path) != 0)
		i++;
	return i;
}

void answers_note(struct answers *a, const struct endpoint *endpoint, unsigned status)
{
	a->counts[answers_row(endpoint)][answers_column(a, status)]++;
}

static void answers_write_row(const struct answers *a, struct exposition *x, size_t row,
			      const char *path)
{
	for (size_t i = 0; i < a->status_count; i++) {
		char status[16];
		struct exposition_labels labels = { "route", slice_from(path), "status", { 0 } };

		if (a->counts[row][i] == 0)
			continue;
		snprintf(status, sizeof(status), "%u", a->statuses[i]);
		labels.second = slice_from(status);
		exposition_count(x, &labels, a->counts[row][i]);
	}
}

void answers_write(const struct answers *a, struct exposition *x)
{
	size_t count;
	const struct endpoint *all = endpoint_all(&count);

	exposition_family(
		x, "sessiongate_admin_requests_total", EXPOSITION_COUNTER,
		"Calls of the admin API, by path and status; of unknown paths the route is empty.");
	for (size_t i = 0; i < count; i++)
		answers_write_row(a, x, i, all[i].path);
	answers_write_row(a, x, ANSWERS_ENDPOINTS, "");
	exposition_family(
		x, "sessiongate_admin_auth_failures_total", EXPOSITION_COUNTER,
		"Calls of the admin API with credentials that are none, or not any more.");
	exposition_count(x, NULL, a->auth_failures);
}
