/* exposition.h - metrics as text: Prometheus' format 0.0.4, or OpenMetrics 1.0.0.
 *
 *	exposition_family()	what it is, always said, whether or not it has samples
 *	exposition_count(), exposition_real(), exposition_histogram()	a sample of that family
 *
 * Errors   want of memory is remembered in rc, and nothing is written from then on.
 * Thread   one at a time. Pure. */
#ifndef SG_EXPOSITION_H
#define SG_EXPOSITION_H

#include "base/buffer.h"
#include "base/histogram.h"

enum exposition_type {
	EXPOSITION_COUNTER,
	EXPOSITION_GAUGE,
	EXPOSITION_HISTOGRAM,
	EXPOSITION_INFO,
};

struct exposition {
	struct buffer *out;
	bool open_metrics;
	int rc;
	const char *family; /* the one that samples are of */
};

/* Zero to two labels; a name NULL ends them. */
struct exposition_labels {
	const char *name;
	struct slice value;
	const char *second_name;
	struct slice second;
};

/* Which of the two formats an Accept header (ptr NULL: there is none) wants: true, OpenMetrics. */
bool exposition_wants_open_metrics(struct slice accept);
const char *exposition_content_type(bool open_metrics);

/* name as Prometheus spells its samples: a counter's ends with _total, an info's with _info. name lasts. */
void exposition_family(struct exposition *x, const char *name, enum exposition_type type,
		       const char *help);
void exposition_count(struct exposition *x, const struct exposition_labels *labels, uint64_t value);
void exposition_real(struct exposition *x, const struct exposition_labels *labels, double value);
void exposition_histogram(struct exposition *x, const struct exposition_labels *labels,
			  const struct histogram_sum *sum);
/* Nothing follows. */
void exposition_end(struct exposition *x);

#endif
