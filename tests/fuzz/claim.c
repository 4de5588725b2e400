/* claim.c - see claim.h. */
#include "tests/fuzz/claim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void claim_broken(const char *file, int line, const char *holds, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: does not hold: %s:", file, line, holds);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}
