/* credentials.c - see credentials.h. */
#include "rest/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { CREDENTIALS_READ_BYTES = 4096, CREDENTIALS_FILE_BYTES = 1048576 };

static int credentials_read_all(int fd, struct buffer *out)
{
	ssize_t n;
	char *room;
	int rc;

	do {
		if ((rc = buffer_reserve(out, CREDENTIALS_READ_BYTES, &room)) != 0)
			return rc;
		n = read(fd, room, CREDENTIALS_READ_BYTES);
		if (n > 0)
			buffer_commit(out, (size_t)n);
		errno = buffer_len(out) > CREDENTIALS_FILE_BYTES ? EFBIG : errno;
	} while (n > 0 && buffer_len(out) <= CREDENTIALS_FILE_BYTES);
	return n == 0 ? buffer_append(out, "", 1) : SG_ESYSTEM;
}

static int credentials_read_file(const char *file, struct buffer *out, const char **failed)
{
	int fd, rc;

	if (file[0] == '\0')
		return 0;
	*failed = file;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return SG_ESYSTEM;
	rc = credentials_read_all(fd, out);
	close(fd);
	return rc;
}

int credentials_read(const struct credentials_files *files, struct credentials *out,
		     const char **failed)
{
	const char *key = files->key[0] != '\0' ? files->key : files->certificate;
	int rc;

	*out = (struct credentials){ 0 };
	if (files->certificate[0] == '\0')
		return 0;
	if ((rc = credentials_read_file(files->certificate, &out->certificate, failed)) != 0 ||
	    (rc = credentials_read_file(key, &out->key, failed)) != 0 ||
	    (rc = credentials_read_file(files->client_ca, &out->client_ca, failed)) != 0)
		credentials_fini(out);
	return rc;
}

void credentials_fini(struct credentials *c)
{
	buffer_wipe(&c->certificate);
	buffer_wipe(&c->key);
	buffer_fini(&c->client_ca);
}

const char *credentials_text(const struct buffer *pem)
{
	return buffer_len(pem) > 0 ? buffer_content(pem).ptr : NULL;
}
