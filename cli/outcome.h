/* outcome.h - how a command ends, as the exit status says it. Thread: any. */
#ifndef SG_OUTCOME_H
#define SG_OUTCOME_H

enum outcome {
	OUTCOME_OK = 0,
	OUTCOME_ERROR = 1,
	OUTCOME_USAGE = 2,
	OUTCOME_NOT_FOUND = 3,
	OUTCOME_REFUSED = 4, /* who one is, or may do, is not enough */
	OUTCOME_CONFLICT = 5,
	OUTCOME_UNAVAILABLE = 6, /* the gateway, or its store */
};

#endif
