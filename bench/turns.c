/* turns.c - how long each turn of a loop takes, and how long locks are held: loaded before libc into a program whose
 * threads wait in epoll_wait(). What the machine does meanwhile is not counted. A turn's own time is the CPU's if its thread
 * never gave that away; if it did, to wait for something, all of it but that in which it could have run and did not. A
 * lock's is the CPU time of who holds it.
 *
 * TURNS names the file that is shared with who reads it (turns.py), all zero at first. That one counts the phases up; in
 * phase 0 nothing is measured. Each thread has a place there, by its name, when it first waits after that.
 * Thread   any: each writes its own place. */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
	TURNS_PHASES = 256,
	TURNS_THREADS = 16,
	TURNS_HELD = 256, /* locks at a time: a login may hold all of a store */
	TURNS_NAME = 16,
	TURNS_PAUSE_NS = 5000000,
};

/* What a thread did in one phase; turns.py knows the order. */
struct turns_record {
	uint64_t turns, pauses; /* those that took longer than TURNS_PAUSE_NS of their own */
	uint64_t cpu_ns;
	uint64_t longest_wall_ns, longest_own_ns;
	uint64_t holds, longest_hold_ns; /* of locks */
};

struct turns_thread {
	char name[TURNS_NAME];
	struct turns_record records[TURNS_PHASES];
};

struct turns_shared {
	_Atomic uint64_t phase, threads;
	struct turns_thread each[TURNS_THREADS];
};

struct turns_held {
	const pthread_mutex_t *lock;
	uint64_t since_ns;
};

struct turns_own {
	struct turns_thread *place; /* NULL: none yet */
	bool holds;                 /* its locks are looked at, too */
	int schedstat;
	uint64_t phase; /* of the turn that has begun; 0: none has */
	uint64_t wall_ns, cpu_ns, delay_ns, waits;
	struct turns_held held[TURNS_HELD];
	size_t held_count;
};

static struct turns_shared *shared;
static __thread struct turns_own own;

static struct {
	int (*epoll_wait)(int fd, struct epoll_event *events, int room, int timeout_ms);
	int (*mutex_lock)(pthread_mutex_t *lock);
	int (*mutex_unlock)(pthread_mutex_t *lock);
} libc;

/* POSIX has a function in a pointer to nothing, C has no such cast. */
static void turns_find(const char *name, void *function)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (found == NULL)
		abort();
	memcpy(function, &found, sizeof(found));
}

static uint64_t turns_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Nanoseconds in which the thread was kept waiting for a CPU, so far. */
static uint64_t turns_delay(void)
{
	char text[64];
	ssize_t n = pread(own.schedstat, text, sizeof(text) - 1, 0);
	char *end;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	strtoull(text, &end, 10);
	return strtoull(end, NULL, 10);
}

/* How often the thread has given its CPU away, to wait. */
static uint64_t turns_waits(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) == 0 ? (uint64_t)usage.ru_nvcsw : 0;
}

static void turns_take_place(void)
{
	uint64_t place = atomic_fetch_add(&shared->threads, 1);

	if (place >= TURNS_THREADS)
		abort();
	own.place = &shared->each[place];
	own.schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	pthread_getname_np(pthread_self(), own.place->name, TURNS_NAME);
	own.holds = strcmp(own.place->name, "admin") == 0;
}

static void turns_begin(uint64_t phase)
{
	if (own.place == NULL)
		turns_take_place();
	own.phase = phase < TURNS_PHASES ? phase : 0;
	own.held_count = 0;
	own.delay_ns = turns_delay();
	own.waits = turns_waits();
	own.wall_ns = turns_now(CLOCK_MONOTONIC);
	own.cpu_ns = turns_now(CLOCK_THREAD_CPUTIME_ID);
}

static void turns_note_longest(uint64_t *longest, uint64_t ns)
{
	if (*longest < ns)
		*longest = ns;
}

static void turns_end(void)
{
	struct turns_record *r = &own.place->records[own.phase];
	uint64_t cpu_ns = turns_now(CLOCK_THREAD_CPUTIME_ID) - own.cpu_ns,
		 wall_ns = turns_now(CLOCK_MONOTONIC) - own.wall_ns,
		 delay_ns = turns_delay() - own.delay_ns, own_ns = cpu_ns;

	if (turns_waits() != own.waits && wall_ns > delay_ns)
		own_ns = wall_ns - delay_ns;

	own.phase = 0;
	r->turns++;
	r->cpu_ns += cpu_ns;
	r->pauses += own_ns > TURNS_PAUSE_NS;
	turns_note_longest(&r->longest_wall_ns, wall_ns);
	turns_note_longest(&r->longest_own_ns, own_ns);
}

static void turns_hold(const pthread_mutex_t *lock)
{
	if (own.held_count < TURNS_HELD)
		own.held[own.held_count++] =
			(struct turns_held){ lock, turns_now(CLOCK_THREAD_CPUTIME_ID) };
}

static void turns_release(const pthread_mutex_t *lock)
{
	struct turns_record *r = &own.place->records[own.phase];
	size_t i = own.held_count;

	while (i > 0 && own.held[i - 1].lock != lock)
		i--;
	if (i == 0)
		return;
	r->holds++;
	turns_note_longest(&r->longest_hold_ns,
			   turns_now(CLOCK_THREAD_CPUTIME_ID) - own.held[i - 1].since_ns);
	own.held[i - 1] = own.held[--own.held_count];
}

__attribute__((constructor)) static void turns_open(void)
{
	const char *path = getenv("TURNS");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at;

	turns_find("epoll_wait", &libc.epoll_wait);
	if (fd < 0)
		return;
	at = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at != MAP_FAILED)
		shared = at;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): glibc has reserved names for them */
int epoll_wait(int fd, struct epoll_event *events, int room, int timeout_ms)
{
	uint64_t phase;
	int n;

	if (own.phase != 0)
		turns_end();
	n = libc.epoll_wait(fd, events, room, timeout_ms);
	phase = shared != NULL ? atomic_load_explicit(&shared->phase, memory_order_relaxed) : 0;
	if (phase != 0)
		turns_begin(phase);
	return n;
}

/* Others' libraries lock before anything of ours has run. */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): glibc has reserved names for them */
int pthread_mutex_lock(pthread_mutex_t *lock)
{
	int rc;

	if (libc.mutex_lock == NULL)
		turns_find("pthread_mutex_lock", &libc.mutex_lock);
	rc = libc.mutex_lock(lock);
	if (own.phase != 0 && own.holds)
		turns_hold(lock);
	return rc;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): glibc has reserved names for them */
int pthread_mutex_unlock(pthread_mutex_t *lock)
{
	if (libc.mutex_unlock == NULL)
		turns_find("pthread_mutex_unlock", &libc.mutex_unlock);
	if (own.phase != 0 && own.holds)
		turns_release(lock);
	return libc.mutex_unlock(lock);
}
