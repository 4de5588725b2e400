/* pace.c - see pace.h. */
#include "rest/pace.h"

void pace_tick(struct pace *p, const struct source *source, int64_t now_ms)
{
	if (p->count > 0 && now_ms - p->marked_ms < PACE_STEP_MS)
		return;
	source->add_up(source->ctx, &p->marks[p->next]);
	p->next = (p->next + 1) % PACE_STEPS;
	p->count++;
	p->marked_ms = now_ms;
}

struct source_totals pace_minute(const struct pace *p, const struct source *source)
{
	static const struct source_totals begun;
	const struct source_totals *before = p->count < PACE_STEPS ? &begun : &p->marks[p->next];
	struct source_totals now;

	source->add_up(source->ctx, &now);
	return (struct source_totals){
		.created = now.created - before->created,
		.ended = now.ended - before->ended,
		.requests = now.requests - before->requests,
		.store = histogram_sum_since(&now.store, &before->store),
	};
}
