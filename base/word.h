/* word.h - eight bytes looked at together, for what is asked of every byte of every request. The order of
 * bytes in a word does not matter to those that are asked of one.
 * Thread   any. */
#ifndef SG_WORD_H
#define SG_WORD_H

#include "base/slice.h"

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { WORD_BYTES = 8, WORD_SHORT_BYTES = 64, WORD_ROW_BYTES = 32 };

/* A word of eight times that byte. */
#define WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define WORD_SIGNS      WORD_EACH(0x80u)
/* Of twice that half. */
#define WORD_PAIRS(half) (UINT64_C(0x0000000100000001) * (half))

static inline uint64_t word_load(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* Of 1 to 7 bytes, some of them twice: what is asked of each byte is answered all the same. */
static inline uint64_t word_load_few(const char *at, size_t len)
{
	uint32_t first, last;
	uint16_t left, right;

	if (len >= sizeof(first)) {
		memcpy(&first, at, sizeof(first));
		memcpy(&last, at + len - sizeof(last), sizeof(last));
		return first | (uint64_t)last << 32;
	}
	if (len == 1)
		return WORD_EACH((uint8_t)*at);
	memcpy(&left, at, sizeof(left));
	memcpy(&right, at + len - sizeof(right), sizeof(right));
	return WORD_PAIRS((uint32_t)left | (uint32_t)right << 16);
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

/* How many of the bytes at from come before the first that is either of two: at most WORD_BYTES. */
static inline size_t word_before_either(const char *from, uint8_t one, uint8_t other)
{
	/* below the first byte that is one of them none takes anything from the next: that first sign is right */
	uint64_t word = le64toh(word_load(from));
	uint64_t ones = word ^ WORD_EACH(one), others = word ^ WORD_EACH(other);
	uint64_t found = (((ones - WORD_EACH(1u)) & ~ones) | ((others - WORD_EACH(1u)) & ~others)) &
			 WORD_SIGNS;

	return found != 0 ? (size_t)__builtin_ctzll(found) / 8 : WORD_BYTES;
}

/* The same of WORD_ROW_BYTES; without a branch where the processor can, since what it cannot foresee costs more than all
 * of this. */
static inline size_t word_row_before_either(const char *from, char one, char other)
{
#ifdef __SSE2__
	const __m128i ones = _mm_set1_epi8(one), others = _mm_set1_epi8(other);
	unsigned found = 0;

	for (int half = 1; half >= 0; half--) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)from + half);
		__m128i equal =
			_mm_or_si128(_mm_cmpeq_epi8(bytes, ones), _mm_cmpeq_epi8(bytes, others));

		found = found << 16 | (unsigned)_mm_movemask_epi8(equal);
	}
	return found != 0 ? (size_t)__builtin_ctz(found) : WORD_ROW_BYTES;
#else
	size_t before = 0, plain = WORD_BYTES;

	for (; before < WORD_ROW_BYTES && plain == WORD_BYTES; before += plain)
		plain = word_before_either(from + before, (uint8_t)one, (uint8_t)other);
	return before;
#endif
}

/* Of ASCII bytes: the sign of each that is from first to last, both below 0x7f; no sum reaches the next
 * byte. */
static inline uint64_t word_between(uint64_t word, uint8_t first, uint8_t last)
{
	return (word + WORD_EACH(0x80u - first)) & ~(word + WORD_EACH(0x7fu - last)) & WORD_SIGNS;
}

/* As memcmp() == 0 and memcpy(), for the names and short values of which a request has a hundred: the call
 * would take longer than the work. The last eight bytes may overlap with those before; from and to may not. */
static inline bool word_equal(const char *a, const char *b, size_t len)
{
	size_t at;

	if (len < WORD_BYTES)
		return len == 0 || word_load_few(a, len) == word_load_few(b, len);
	if (len > WORD_SHORT_BYTES)
		return memcmp(a, b, len) == 0;
	for (at = 0; at + WORD_BYTES < len; at += WORD_BYTES)
		if (word_load(a + at) != word_load(b + at))
			return false;
	return word_load(a + len - WORD_BYTES) == word_load(b + len - WORD_BYTES);
}

/* Of less than a word. */
static inline void word_copy_few(char *to, const char *from, size_t len)
{
	uint32_t first, last;
	uint16_t left, right;

	if (len >= sizeof(first)) {
		memcpy(&first, from, sizeof(first));
		memcpy(&last, from + len - sizeof(last), sizeof(last));
		memcpy(to, &first, sizeof(first));
		memcpy(to + len - sizeof(last), &last, sizeof(last));
	} else if (len >= sizeof(left)) {
		memcpy(&left, from, sizeof(left));
		memcpy(&right, from + len - sizeof(right), sizeof(right));
		memcpy(to, &left, sizeof(left));
		memcpy(to + len - sizeof(right), &right, sizeof(right));
	} else if (len > 0) {
		*to = *from;
	}
}

static inline void word_copy(char *to, const char *from, size_t len)
{
	size_t at;
	uint64_t last;

	if (len < WORD_BYTES) {
		word_copy_few(to, from, len);
		return;
	}
	if (len > WORD_SHORT_BYTES) {
		memcpy(to, from, len);
		return;
	}
	last = word_load(from + len - WORD_BYTES);
	for (at = 0; at + WORD_BYTES < len; at += WORD_BYTES)
		memcpy(to + at, from + at, WORD_BYTES);
	memcpy(to + len - WORD_BYTES, &last, WORD_BYTES);
}

/* Append s to where *at stands, which moves behind it; the copy. */
static inline struct slice word_put(char **at, struct slice s)
{
	struct slice copy = { *at, s.len };

	word_copy(*at, s.ptr, s.len);
	*at += s.len;
	return copy;
}

#endif
