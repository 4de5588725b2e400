/* plain_folders.c - see plain_folders.h. */
#include "gateway/plain_folders.h"

#include <string.h>

enum { PLAIN_FOLDER_MS = 1000 }; /* in a second */

/* Of a path; empty: it is in none. */
static struct slice plain_folder_of(struct slice script)
{
	const char *slash = script.len > 0 ? memrchr(script.ptr, '/', script.len) : NULL;

	return slice_of(script.ptr, slash != NULL ? (size_t)(slash - script.ptr) : 0);
}

static bool plain_folder_is(const struct plain_folder *f, struct slice folder, struct slice root)
{
	return f->script_bytes == folder.len && f->root_bytes == root.len &&
	       memcmp(f->paths, folder.ptr, folder.len) == 0 &&
	       memcmp(f->paths + folder.len, root.ptr, root.len) == 0;
}

/* Its place, or the one that it may have. */
static struct plain_folder *plain_folder_place(struct plain_folders *f, struct slice folder,
					       struct slice root)
{
	struct plain_folder *first = &f->all[0];

	for (size_t i = 0; i < f->count; i++) {
		if (plain_folder_is(&f->all[i], folder, root))
			return &f->all[i];
		if (f->all[i].until_ms < first->until_ms)
			first = &f->all[i];
	}
	return f->count < PLAIN_FOLDERS ? &f->all[f->count++] : first;
}

void plain_folders_note(struct plain_folders *f, struct slice script, struct slice root,
			int64_t seconds, int64_t now_ms)
{
	struct slice folder = plain_folder_of(script);
	struct plain_folder *place;

	if (folder.len == 0 || root.len == 0 || folder.len + root.len > PLAIN_FOLDER_BYTES)
		return;
	if (seconds > PLAIN_FOLDER_SECONDS_MAX)
		seconds = PLAIN_FOLDER_SECONDS_MAX;
	place = plain_folder_place(f, folder, root);
	place->until_ms = now_ms + seconds * PLAIN_FOLDER_MS;
	place->script_bytes = (uint16_t)folder.len;
	place->root_bytes = (uint16_t)root.len;
	memcpy(place->paths, folder.ptr, folder.len);
	memcpy(place->paths + folder.len, root.ptr, root.len);
}

bool plain_folders_know(const struct plain_folders *f, struct slice script, struct slice root,
			int64_t now_ms)
{
	struct slice folder = plain_folder_of(script);

	for (size_t i = 0; folder.len > 0 && i < f->count; i++)
		if (f->all[i].until_ms > now_ms && plain_folder_is(&f->all[i], folder, root))
			return true;
	return false;
}
