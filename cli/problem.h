/* problem.h - why the API did not do what it was asked for. Thread: the main one. */
#ifndef SG_PROBLEM_H
#define SG_PROBLEM_H

#include "cli/outcome.h"
#include "cli/remote.h"

/* Is it what was asked for? Else not OUTCOME_OK, and said on stderr. */
enum outcome problem_judge(const struct reply *reply);

#endif
