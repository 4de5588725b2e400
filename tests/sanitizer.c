/* sanitizer.c - what lets a sanitizer work under Criterion, and be heard. In its programs when SANITIZE is set. */
#include <stdlib.h>

/* Criterion hears of signals and of its own assertions. The status of a test that ends is lost on it, so a race or a
 * leak that a sanitizer only reports would pass. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
	return "abort_on_error=1";
}

/* The detector of deadlocks gives up where a thread has 64 locks: as many shards has the store in memory, and a login
 * takes those of all the user's sessions, and one more. The program itself is looked at with it, by conformance. */
const char *__tsan_default_options(void)
{
	return "abort_on_error=1:halt_on_error=1:detect_deadlocks=0";
}

/* BoxFort, which starts Criterion's tests, puts an arena at 0x200000000000 and as many times 16 MiB as this function
 * says, in its lower 22 bits. ThreadSanitizer has nearly all of those addresses for itself and refuses them:
 * "Could not initialize inheritable arena". The program's are from 0x550000000000, and executables that are placed at
 * random come after 0x555555554000; so draw from the 256 GiB that lie before. Here it is the only caller. */
#define FIRST_STEP 0x350000
#define STEPS      0x4000

int rand_r(unsigned int *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return FIRST_STEP + (int)((*seed >> 16) % STEPS);
}
