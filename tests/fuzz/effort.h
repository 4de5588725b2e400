/* effort.h - the CPU time that one input may cost. libFuzzer's -timeout sees what hangs; this sees what is only
 * quadratic, and does not mind a busy machine. */
#ifndef SG_FUZZ_EFFORT_H
#define SG_FUZZ_EFFORT_H

#include <stdint.h>

struct effort {
	int64_t began_us;
};

struct effort effort_begin(void);
/* Claims that no more than so much has gone since. */
void effort_end(const struct effort *e, int64_t max_ms);

#endif
