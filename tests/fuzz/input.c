/* input.c - see input.h. */
#include "tests/fuzz/input.h"

#include "tests/fuzz/claim.h"

#include <stdlib.h>

uint8_t input_byte(struct slice *in)
{
	struct slice one = input_take(in, 1);

	return one.len > 0 ? (uint8_t)one.ptr[0] : 0;
}

uint16_t input_number(struct slice *in)
{
	uint8_t high = input_byte(in);

	return (uint16_t)(high << 8 | input_byte(in));
}

struct slice input_take(struct slice *in, size_t bytes)
{
	struct slice taken = slice_of(in->ptr, bytes < in->len ? bytes : in->len);

	*in = slice_after(*in, taken.len);
	return taken;
}

struct slice input_line(struct slice *in, char c)
{
	struct slice line;

	slice_cut(in, c, &line);
	return line;
}

char *input_copy(struct slice bytes)
{
	size_t len;

	return input_repeat(bytes, 1, bytes.len, &len);
}

char *input_repeat(struct slice bytes, size_t times, size_t max, size_t *len)
{
	char *copy;

	if (bytes.len > 0 && times > max / bytes.len)
		times = max / bytes.len;
	*len = times * bytes.len;
	copy = malloc(*len);
	CLAIM(copy != NULL || *len == 0, "no memory for the test itself");
	for (size_t i = 0; i < times && bytes.len > 0; i++)
		memcpy(copy + i * bytes.len, bytes.ptr, bytes.len);
	return copy;
}
