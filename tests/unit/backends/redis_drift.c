/* redis_drift.c - tests of backends/redis_drift.c. */
#include "backends/redis_drift.h"

#include <criterion/criterion.h>

static const struct {
	const char *name;
	int64_t asked, server, answered, behind;
} rows[] = {
	{ "between the two", 1000, 1500, 2000, 0 },
	{ "when it was asked", 1000, 1000, 2000, 0 },
	{ "when it has answered", 1000, 2000, 2000, 0 },
	{ "after that", 1000, 5500, 2000, 3500 },
	{ "before", 5000, 1000, 5001, -4000 },
	{ "a slow answer says little", 1000, 9000, 11000, 0 },
};

Test(redis_drift, is_as_much_as_the_answer_s_time_leaves_no_room_for)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(redis_drift_ms(rows[i].asked, rows[i].server, rows[i].answered),
			     rows[i].behind, "%s", rows[i].name);
}

Test(redis_drift, is_far_until_it_is_near)
{
	static const struct {
		int64_t behind;
		bool far;
	} steps[] = {
		{ 0, false },    { 2000, false }, { 2001, true },  { 1500, true },
		{ 1000, false }, { 1500, false }, { -2500, true }, { -900, false },
	};
	struct redis_drift drift = { false };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		redis_drift_note(&drift, steps[i].behind);
		cr_expect_eq(drift.far, steps[i].far, "step %zu", i);
	}
}
