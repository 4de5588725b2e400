/* credential.c - see credential.h. */
#include "cli/credential.h"

#include "cli/screen.h"
#include "cli/vital.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* A pipe's other end has its own ways. */
static void credential_warn(FILE *file, const char *path)
{
	struct stat st;

	if (fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IRGRP | S_IROTH)) != 0)
		screen_complain("warning: %s can be read by others: chmod 600 it", path);
}

static int credential_from_file(struct buffer *out, const char *path)
{
	FILE *file = fopen(path, "re");
	char text[CREDENTIAL_BYTES];
	size_t len;
	bool failed;

	if (file == NULL) {
		screen_complain("--token-file %s: %s", path, strerror(errno));
		return SG_ESYSTEM;
	}
	credential_warn(file, path);
	len = fread(text, 1, sizeof(text), file);
	failed = ferror(file) != 0;
	if (failed)
		screen_complain("--token-file %s: %s", path, strerror(errno));
	fclose(file);
	vital(buffer_append(out, text, len));
	explicit_bzero(text, sizeof(text));
	return failed ? SG_ESYSTEM : 0;
}

/* A line's end behind it is not the token's. */
static void credential_trim(struct buffer *out)
{
	struct slice text = buffer_content(out);

	while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]) != NULL)
		text.len--;
	buffer_truncate(out, text.len);
}

/* It becomes a part of a line of HTTP. */
static bool credential_is_well_formed(struct slice token)
{
	for (size_t i = 0; i < token.len; i++)
		if (token.ptr[i] <= ' ' || token.ptr[i] > '~')
			return false;
	return token.len < CREDENTIAL_BYTES;
}

int credential_read(struct buffer *out, const char *file)
{
	const char *variable = getenv("SESSIONCTL_TOKEN");
	int rc = 0;

	if (file != NULL)
		rc = credential_from_file(out, file);
	else if (variable != NULL)
		vital(buffer_append_slice(out, slice_from(variable)));
	if (rc != 0)
		return rc;
	credential_trim(out);
	if (credential_is_well_formed(buffer_content(out)) && (file == NULL || buffer_len(out) > 0))
		return 0;
	screen_complain("%s: holds no token", file != NULL ? file : "SESSIONCTL_TOKEN");
	return SG_EFORMAT;
}
