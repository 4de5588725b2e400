/* input.h - the fuzzer's bytes, taken from the front.
 * Owner    the fuzzer; copies are the caller's, to free(). Each copy has exactly its size, so that a
 *          sanitizer sees a read too far. */
#ifndef SG_FUZZ_INPUT_H
#define SG_FUZZ_INPUT_H

#include "base/slice.h"

/* libFuzzer calls these. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* 0 when nothing is left. */
uint8_t input_byte(struct slice *in);
/* Two bytes, the first the higher. */
uint16_t input_number(struct slice *in);
/* As many as that, or as there are. */
struct slice input_take(struct slice *in, size_t bytes);
/* Up to the first c, which goes too; all when there is none. */
struct slice input_line(struct slice *in, char c);

/* Never NULL. */
char *input_copy(struct slice bytes);
/* Do the choices say that the input is to be blown up? It is the limits that this reaches, and it is slow: few do. */
static inline bool input_repeats(unsigned choices)
{
	return (choices & 0xe0) == 0xe0;
}
/* The bytes so many times over, in as many as fit max. */
char *input_repeat(struct slice bytes, size_t times, size_t max, size_t *len);

#endif
