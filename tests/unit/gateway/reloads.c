/* reloads.c - reloads that somebody waits for. */
#include "gateway/reloads.h"

#include "base/doorbell.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static bool memory_is_gone;

static void *scarce_malloc(size_t bytes)
{
	return memory_is_gone ? NULL : malloc(bytes);
}

/* The lowest one that is free. */
static int next_descriptor(void)
{
	int bell, number;

	cr_assert_eq(doorbell_open(&bell), 0);
	number = bell;
	doorbell_close(&bell);
	return number;
}

Test(reloads, that_could_not_be_opened_keep_no_descriptor)
{
	struct reloads r = { 0 };
	struct event_base *loop;
	int before;

	event_set_mem_functions(scarce_malloc, realloc, free);
	loop = event_base_new();
	cr_assert_not_null(loop);
	before = next_descriptor();
	memory_is_gone = true;
	cr_expect_eq(reloads_open(&r, loop), SG_ENOMEM);
	memory_is_gone = false;
	reloads_close(&r);
	cr_expect_eq(next_descriptor(), before);
	event_base_free(loop);
}
