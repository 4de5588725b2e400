/* plain_folders.h - folders of an application's scripts in which PHP's adapter has found no .user.ini that names a file to
 * be run first, nor above them. It says so, and for how long that is good: for as long as PHP itself does not look again
 * (user_ini.cache_ttl), so a request in between need not look either.
 * A folder is what the web server says of it: that of SCRIPT_FILENAME, and DOCUMENT_ROOT, up to which PHP looks. Kept and
 * compared as they are; a file that guards others must not be left out for a folder that merely looks alike.
 * Memory   fixed: PLAIN_FOLDERS of them; of more, those go first that end first. Long paths are not kept.
 * Owner    embedded. Time is handed in, monotonic.
 * Thread   the worker's. */
#ifndef SG_PLAIN_FOLDERS_H
#define SG_PLAIN_FOLDERS_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PLAIN_FOLDERS = 32,
	PLAIN_FOLDER_BYTES = 236,        /* of both paths */
	PLAIN_FOLDER_SECONDS_MAX = 3600, /* whatever is said */
};

struct plain_folder {
	int64_t until_ms;
	uint16_t script_bytes, root_bytes;
	char paths[PLAIN_FOLDER_BYTES]; /* the script's folder, and the root */
};

struct plain_folders {
	size_t count;
	struct plain_folder all[PLAIN_FOLDERS];
};

/* Of the script's path and the site's root. seconds: from now_ms on; 0 forgets it. */
void plain_folders_note(struct plain_folders *f, struct slice script, struct slice root,
			int64_t seconds, int64_t now_ms);
bool plain_folders_know(const struct plain_folders *f, struct slice script, struct slice root,
			int64_t now_ms);

#endif
