/* decision.c - see decision.h. */
#include "gateway/decision.h"

static const struct {
	const char *what, *cause, *detail;
} decisions[] = {
#define DECISION_TEXTS(name, what, cause, detail) { what, cause, detail },
	DECISION_REASONS(DECISION_TEXTS)
#undef DECISION_TEXTS
};

const char *decision_what(enum decision_reason reason)
{
	return decisions[reason].what;
}

const char *decision_cause(enum decision_reason reason)
{
	return decisions[reason].cause;
}

const char *decision_detail(enum decision_reason reason)
{
	return decisions[reason].detail;
}
