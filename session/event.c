/* event.c - see event.h. */
#include "session/event.h"

static const char *const event_types[] = {
#define EVENT_TYPE_TEXT(name, text) text,
	EVENT_TYPES(EVENT_TYPE_TEXT)
#undef EVENT_TYPE_TEXT
};

static const char *const event_causes[] = {
#define EVENT_CAUSE_TEXT(name, text) text,
	EVENT_CAUSES(EVENT_CAUSE_TEXT)
#undef EVENT_CAUSE_TEXT
};

const char *event_type_text(enum event_type type)
{
	return event_types[type];
}

const char *event_cause_text(enum event_cause cause)
{
	return event_causes[cause];
}

bool event_type_read(struct slice text, enum event_type *out)
{
	for (unsigned i = 0; i < EVENT_TYPE_COUNT; i++) {
		if (!slice_equal(text, slice_from(event_types[i])))
			continue;
		*out = (enum event_type)i;
		return true;
	}
	return false;
}

bool event_cause_read(struct slice text, enum event_cause *out)
{
	for (unsigned i = 0; i < EVENT_CAUSE_COUNT; i++) {
		if (!slice_equal(text, slice_from(event_causes[i])))
			continue;
		*out = (enum event_cause)i;
		return true;
	}
	return false;
}
