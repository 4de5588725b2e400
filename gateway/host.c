/* host.c - see host.h. */
#include "gateway/host.h"

bool host_is_pattern(struct slice hosts)
{
	return slice_starts(hosts, SLICE("*."));
}

bool host_fits(struct slice hosts, struct slice host)
{
	struct slice end;

	if (hosts.len == 0 || slice_equal(hosts, host))
		return true;
	if (!host_is_pattern(hosts))
		return false;
	end = slice_after(hosts, 1);
	return host.len > end.len && slice_equal(slice_after(host, host.len - end.len), end);
}

bool host_meets(struct slice a, struct slice b)
{
	return a.len == 0 || b.len == 0 || host_fits(a, b) || host_fits(b, a);
}
