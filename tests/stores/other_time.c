/* other_time.c - preloaded into a redis-server, which has its time from gettimeofday(): its clock is OTHER_TIME_S ahead. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): those of the header are reserved */
int gettimeofday(struct timeval *now, void *zone)
{
	(void)zone;
	syscall(SYS_gettimeofday, now, NULL);
	now->tv_sec += strtol(getenv("OTHER_TIME_S"), NULL, 10);
	return 0;
}
