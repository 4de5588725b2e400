/* moods.c - see moods.h. */
#include "tests/moody/moods.h"

#include <assert.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const char *const kind_texts[] = {
#define MOODY_KIND_TEXT(name, text) text,
	MOODY_KINDS(MOODY_KIND_TEXT)
#undef MOODY_KIND_TEXT
};

static const char *const mood_texts[] = {
#define MOOD_TEXT(name, text, does, answer, waits) text,
	MOODS(MOOD_TEXT)
#undef MOOD_TEXT
};

static const struct mood named_moods[] = {
#define MOOD_OF_NAME(name, text, is_done, says, stays) \
	{ .does = (is_done), .answer = MOOD_ANSWER_##says, .waits = (stays) },
	MOODS(MOOD_OF_NAME)
#undef MOOD_OF_NAME
};

const char *moody_kind_text(enum moody_kind kind)
{
	return kind_texts[kind];
}

bool moods_name(const char *text, enum mood_name *out)
{
	for (unsigned i = 0; i < MOOD_COUNT; i++) {
		if (strcmp(mood_texts[i], text) == 0) {
			*out = (enum mood_name)i;
			return true;
		}
	}
	return false;
}

bool moods_kind(const char *text, enum moody_kind *out)
{
	for (unsigned i = 0; i < MOODY_KIND_COUNT; i++) {
		if (strcmp(kind_texts[i], text) == 0) {
			*out = (enum moody_kind)i;
			return true;
		}
	}
	return false;
}

void moods_init(struct moods *moods)
{
	*moods = (struct moods){ .doorbell_count = 0 };
	pthread_mutex_init(&moods->lock, NULL);
	for (unsigned i = 0; i < MOODY_KIND_COUNT; i++)
		moods->kinds[i].mood = named_moods[MOOD_FINE];
}

void moods_fini(struct moods *moods)
{
	assert(moods->doorbell_count == 0);
	pthread_mutex_destroy(&moods->lock);
}

static void moods_ring(struct moods *moods)
{
	const uint64_t one = 1;

	for (size_t i = 0; i < moods->doorbell_count; i++) {
		ssize_t written = write(moods->doorbells[i], &one, sizeof(one));

		assert(written == sizeof(one));
		(void)written;
	}
}

void moods_tell(struct moods *moods, enum moody_kind kind, enum mood_name name, int64_t delay_ms,
		uint64_t next)
{
	struct mood *mood = &moods->kinds[kind].mood;
	uint64_t told;

	pthread_mutex_lock(&moods->lock);
	told = mood->told + 1;
	*mood = named_moods[name];
	mood->delay_ms = delay_ms;
	mood->told = told;
	moods->kinds[kind].left = next;
	moods_ring(moods);
	pthread_mutex_unlock(&moods->lock);
}

struct mood moods_take(struct moods *moods, enum moody_kind kind)
{
	struct mood mood;

	pthread_mutex_lock(&moods->lock);
	mood = moods->kinds[kind].mood;
	moods->kinds[kind].asked++;
	if (moods->kinds[kind].left > 0 && --moods->kinds[kind].left == 0) {
		moods->kinds[kind].mood = named_moods[MOOD_FINE];
		moods->kinds[kind].mood.told =
			mood.told; /* nobody has told it: who waits goes on waiting */
	}
	pthread_mutex_unlock(&moods->lock);
	return mood;
}

bool moods_over(struct moods *moods, enum moody_kind kind, const struct mood *mood)
{
	bool over;

	pthread_mutex_lock(&moods->lock);
	over = moods->kinds[kind].mood.told != mood->told;
	pthread_mutex_unlock(&moods->lock);
	return over;
}

uint64_t moods_asked(struct moods *moods, enum moody_kind kind)
{
	uint64_t asked;

	pthread_mutex_lock(&moods->lock);
	asked = moods->kinds[kind].asked;
	pthread_mutex_unlock(&moods->lock);
	return asked;
}

int moods_listen(struct moods *moods)
{
	int doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert(doorbell >= 0);
	pthread_mutex_lock(&moods->lock);
	assert(moods->doorbell_count < MOODS_LISTENERS);
	moods->doorbells[moods->doorbell_count++] = doorbell;
	pthread_mutex_unlock(&moods->lock);
	return doorbell;
}

void moods_ignore(struct moods *moods, int doorbell)
{
	size_t i = 0;

	pthread_mutex_lock(&moods->lock);
	while (moods->doorbells[i] != doorbell)
		i++;
	moods->doorbells[i] = moods->doorbells[--moods->doorbell_count];
	pthread_mutex_unlock(&moods->lock);
	close(doorbell);
}
