/* spool.c - a request body's file. */
#include "gateway/spool.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The files in dir. */
static size_t count_files(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	size_t count = 0;

	cr_assert_not_null(d);
	while ((entry = readdir(d)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(d);
	return count;
}

Test(spool, read_back_in_pieces_of_every_size)
{
	static const char text[] = "the quick brown fox jumps over the lazy dog";

	for (size_t piece = 1; piece < sizeof(text) + 2; piece++) {
		char got[sizeof(text) + 2] = "";
		size_t n, len = 0;
		struct spool s;

		spool_init(&s);
		cr_assert_eq(spool_open(&s, "/tmp"), 0);
		for (size_t at = 0; at < sizeof(text); at += n) {
			n = sizeof(text) - at < piece ? sizeof(text) - at : piece;
			cr_assert_eq(spool_write(&s, slice_of(text + at, n)), 0);
		}
		cr_expect_eq(s.written, sizeof(text));
		while (spool_read(&s, got + len, piece < sizeof(got) - len ? piece : 1, &n) == 0 &&
		       n > 0)
			len += n;
		cr_expect_eq(len, sizeof(text), "by %zu", piece);
		cr_expect_str_eq(got, text, "by %zu", piece);
		cr_expect_eq(s.read, s.written);
		spool_close(&s);
	}
}

Test(spool, written_and_read_by_turns)
{
	struct spool s;
	char got[8];
	size_t n;

	spool_init(&s);
	cr_assert_eq(spool_open(&s, "/tmp"), 0);
	cr_assert_eq(spool_write(&s, SLICE("ab")), 0);
	cr_assert_eq(spool_read(&s, got, sizeof(got), &n), 0);
	cr_expect(slice_equal(slice_of(got, n), SLICE("ab")));
	cr_assert_eq(spool_read(&s, got, sizeof(got), &n), 0);
	cr_expect_eq(n, 0, "the end, for now");
	cr_assert_eq(spool_write(&s, SLICE("cd")), 0);
	cr_assert_eq(spool_read(&s, got, sizeof(got), &n), 0);
	cr_expect(slice_equal(slice_of(got, n), SLICE("cd")));
	spool_close(&s);
}

Test(spool, leaves_no_name_and_no_descriptor)
{
	char dir[] = "/tmp/sg-spool-XXXXXX";
	struct spool s;
	int fd;

	cr_assert_not_null(mkdtemp(dir));
	spool_init(&s);
	cr_assert_eq(spool_open(&s, dir), 0);
	cr_assert_eq(spool_write(&s, SLICE("secret")), 0);
	cr_expect_eq(count_files(dir), 0);
	fd = s.fd;
	cr_expect_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	spool_close(&s);
	cr_expect_eq(s.fd, -1);
	cr_expect(fcntl(fd, F_GETFD) < 0 && errno == EBADF);
	spool_close(&s);
	cr_expect_eq(rmdir(dir), 0);
}

Test(spool, open_where_there_is_no_directory)
{
	char file[] = "/tmp/sg-spool-XXXXXX", *endless = malloc(5000);
	int fd = mkstemp(file);
	struct spool s;

	cr_assert_geq(fd, 0);
	memset(endless, 'x', 4999);
	endless[4999] = '\0';
	spool_init(&s);
	cr_expect_eq(spool_open(&s, "/nonexistent"), SG_ESYSTEM);
	cr_expect_eq(errno, ENOENT);
	cr_expect_eq(spool_open(&s, file), SG_ESYSTEM);
	cr_expect_eq(errno, ENOTDIR);
	cr_expect_eq(spool_open(&s, endless), SG_ESYSTEM);
	cr_expect_eq(errno, ENAMETOOLONG);
	spool_close(&s);
	close(fd);
	unlink(file);
	free(endless);
}

Test(spool, write_to_a_full_disk)
{
	struct spool s;

	spool_init(&s);
	s.fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	cr_assert_geq(s.fd, 0);
	cr_expect_eq(spool_write(&s, SLICE("a")), SG_ESYSTEM);
	cr_expect_eq(errno, ENOSPC);
	cr_expect_eq(s.written, 0);
	spool_close(&s);
}
