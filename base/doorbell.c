/* doorbell.c - see doorbell.h. */
#include "base/doorbell.h"

#include <sys/eventfd.h>
#include <unistd.h>

int doorbell_open(int *bell)
{
	*bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return *bell >= 0 ? 0 : SG_ESYSTEM;
}

void doorbell_close(int *bell)
{
	if (*bell >= 0)
		close(*bell);
	*bell = -1;
}

void doorbell_ring(int bell)
{
	static const uint64_t one = 1;

	/* fails only when the counter is full, and then the bell rings already */
	(void)!write(bell, &one, sizeof(one));
}

uint64_t doorbell_hear(int bell)
{
	uint64_t rings;

	return read(bell, &rings, sizeof(rings)) == (ssize_t)sizeof(rings) ? rings : 0;
}
