/* claim.h - what must hold whatever the input is: if it does not, the fuzzer has a finding. */
#ifndef SG_FUZZ_CLAIM_H
#define SG_FUZZ_CLAIM_H

#include "base/error.h"

/* CLAIM(holds, "what does not", values…) */
#define CLAIM(holds, ...)                                                          \
	do {                                                                       \
		if (!(holds))                                                      \
			claim_broken(__FILE__, __LINE__, #holds, " " __VA_ARGS__); \
	} while (0)

_Noreturn void claim_broken(const char *file, int line, const char *holds, const char *format, ...)
	SG_PRINTF(4, 5);

#endif
