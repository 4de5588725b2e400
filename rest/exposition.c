/* exposition.c - see exposition.h. */
#include "rest/exposition.h"

#include "rest/accept.h"

#include <inttypes.h>

static const struct exposition_labels no_labels;

/* --- which format --- */

/* Who does not name it may not know how to read it. */
bool exposition_wants_open_metrics(struct slice accept)
{
	unsigned named, other;
	unsigned wanted = accept_quality(accept, SLICE("application/openmetrics-text"), &named);

	return named == 2 && wanted > 0 &&
	       wanted >= accept_quality(accept, SLICE("text/plain"), &other);
}

const char *exposition_content_type(bool open_metrics)
{
	return open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
			    : "text/plain; version=0.0.4; charset=utf-8";
}

/* --- families --- */

static void exposition_append(struct exposition *x, struct slice text)
{
	if (x->rc == 0)
		x->rc = buffer_append_slice(x->out, text);
}

static void exposition_append_text(struct exposition *x, const char *text)
{
	exposition_append(x, slice_from(text));
}

/* OpenMetrics calls a family by what its samples have in common. */
static struct slice exposition_family_name(const struct exposition *x, const char *name,
					   enum exposition_type type)
{
	struct slice all = slice_from(name), suffix = { 0 };

	if (x->open_metrics && type == EXPOSITION_COUNTER)
		suffix = SLICE("_total");
	if (x->open_metrics && type == EXPOSITION_INFO)
		suffix = SLICE("_info");
	return slice_of(all.ptr, all.len - suffix.len);
}

void exposition_family(struct exposition *x, const char *name, enum exposition_type type,
		       const char *help)
{
	static const char *const types[] = { "counter", "gauge", "histogram", "info" };
	struct slice family = exposition_family_name(x, name, type);
	/* a word that Prometheus' own format does not know */
	const char *word = !x->open_metrics && type == EXPOSITION_INFO ? "gauge" : types[type];

	x->family = name;
	if (x->rc == 0)
		x->rc = buffer_printf(x->out, "# HELP %.*s %s\n# TYPE %.*s %s\n",
				      SLICE_ARGS(family), help, SLICE_ARGS(family), word);
}

/* --- samples --- */

static void exposition_label(struct exposition *x, char before, const char *name,
			     struct slice value)
{
	char separator[] = { before, '\0' };

	exposition_append_text(x, separator);
	exposition_append_text(x, name);
	exposition_append_text(x, "=\"");
	for (size_t i = 0; i < value.len; i++) {
		char byte[] = { value.ptr[i], '\0' };

		exposition_append_text(x, byte[0] == '\n'   ? "\\n"
					  : byte[0] == '"'  ? "\\\""
					  : byte[0] == '\\' ? "\\\\"
							    : byte);
	}
	exposition_append_text(x, "\"");
}

/* The sample's name and labels; bound: one more of them, or NULL. */
static void exposition_sample(struct exposition *x, const char *suffix,
			      const struct exposition_labels *labels, const char *bound)
{
	char before = '{';

	exposition_append_text(x, x->family);
	exposition_append_text(x, suffix);
	if (labels == NULL)
		labels = &no_labels;
	if (labels->name != NULL) {
		exposition_label(x, before, labels->name, labels->value);
		before = ',';
	}
	if (labels->second_name != NULL)
		exposition_label(x, before, labels->second_name, labels->second);
	if (bound != NULL)
		exposition_label(x, before, "le", slice_from(bound));
	if (labels->name != NULL || bound != NULL)
		exposition_append_text(x, "}");
}

static void exposition_number(struct exposition *x, uint64_t value)
{
	if (x->rc == 0)
		x->rc = buffer_printf(x->out, " %" PRIu64 "\n", value);
}

void exposition_count(struct exposition *x, const struct exposition_labels *labels, uint64_t value)
{
	exposition_sample(x, "", labels, NULL);
	exposition_number(x, value);
}

static void exposition_write_real(struct exposition *x, double value)
{
	if (x->rc == 0)
		x->rc = buffer_printf(x->out, " %.6f\n", value);
}

void exposition_real(struct exposition *x, const struct exposition_labels *labels, double value)
{
	exposition_sample(x, "", labels, NULL);
	exposition_write_real(x, value);
}

void exposition_histogram(struct exposition *x, const struct exposition_labels *labels,
			  const struct histogram_sum *sum)
{
	static const char *const bounds[HISTOGRAM_BUCKETS] = {
#define HISTOGRAM_BOUND_TEXT(us, text) text,
		HISTOGRAM_BOUNDS(HISTOGRAM_BOUND_TEXT)
#undef HISTOGRAM_BOUND_TEXT
			"+Inf",
	};
	uint64_t below = 0;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		below += sum->buckets[i];
		exposition_sample(x, "_bucket", labels, bounds[i]);
		exposition_number(x, below);
	}
	exposition_sample(x, "_sum", labels, NULL);
	exposition_write_real(x, (double)sum->sum_us / 1e6);
	exposition_sample(x, "_count", labels, NULL);
	exposition_number(x, sum->count);
}

void exposition_end(struct exposition *x)
{
	if (x->open_metrics)
		exposition_append_text(x, "# EOF\n");
}
