/* event.c - see event.h. */
#include "session/event.h"

const char *event_type_text(enum event_type type)
{
	static const char *const texts[] = {
#define EVENT_TYPE_TEXT(name, text) text,
		EVENT_TYPES(EVENT_TYPE_TEXT)
#undef EVENT_TYPE_TEXT
	};

	return texts[type];
}

const char *event_cause_text(enum event_cause cause)
{
	static const char *const texts[] = {
#define EVENT_CAUSE_TEXT(name, text) text,
		EVENT_CAUSES(EVENT_CAUSE_TEXT)
#undef EVENT_CAUSE_TEXT
	};

	return texts[cause];
}
