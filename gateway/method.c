/* method.c - see method.h. */
#include "gateway/method.h"

bool method_reads(struct slice method)
{
	return slice_equal(method, SLICE("GET")) || slice_equal(method, SLICE("HEAD"));
}

bool method_is_safe(struct slice method)
{
	return method_reads(method) || slice_equal(method, SLICE("OPTIONS")) ||
	       slice_equal(method, SLICE("TRACE"));
}
