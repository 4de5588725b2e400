/* word.h - eight bytes looked at together, for what is asked of every byte of every request. The order of
 * bytes in a word does not matter to any of these.
 * Thread   any. */
#ifndef SG_WORD_H
#define SG_WORD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { WORD_BYTES = 8 };

/* A word of eight times that byte. */
#define WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define WORD_SIGNS      WORD_EACH(0x80u)

static inline uint64_t word_load(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static inline bool word_is_ascii(uint64_t word)
{
	return (word & WORD_SIGNS) == 0;
}

/* Is any byte below limit, which is at most 0x80? A byte takes from the next one only where it is below
 * itself. */
static inline bool word_has_below(uint64_t word, uint8_t limit)
{
	return ((word - WORD_EACH(limit)) & ~word & WORD_SIGNS) != 0;
}

static inline bool word_has(uint64_t word, uint8_t byte)
{
	return word_has_below(word ^ WORD_EACH(byte), 1);
}

/* Of ASCII bytes: the sign of each that is from first to last, both below 0x7f; no sum reaches the next
 * byte. */
static inline uint64_t word_between(uint64_t word, uint8_t first, uint8_t last)
{
	return (word + WORD_EACH(0x80u - first)) & ~(word + WORD_EACH(0x7fu - last)) & WORD_SIGNS;
}

#endif
