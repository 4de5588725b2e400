/* listen_queue.c - see listen_queue.h: proc(5), /proc/net/unix and /proc/net/tcp. */
#include "gateway/listen_queue.h"

#include "base/hex.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/un.h>

typedef uint64_t listen_queue_line_fn(struct slice line, const struct address *a);

/* The next field; what follows it, and one blank, is the rest. Empty: there is none. */
static struct slice queue_cut(struct slice *rest)
{
	struct slice field;

	while (rest->len > 0 && rest->ptr[0] == ' ')
		*rest = slice_after(*rest, 1);
	slice_cut(rest, ' ', &field);
	return field;
}

static struct slice queue_cut_nth(struct slice *rest, unsigned n)
{
	struct slice field = queue_cut(rest);

	while (n-- > 0)
		field = queue_cut(rest);
	return field;
}

/* More than 64 bits, or what is no digit: false. */
static bool queue_hex(struct slice text, uint64_t *out)
{
	uint64_t number = 0;

	if (text.len == 0 || text.len > 16)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int digit = hex_digit(text.ptr[i]);

		if (digit < 0)
			return false;
		number = number << 4 | (uint64_t)digit;
	}
	*out = number;
	return true;
}

/* "Num: RefCount Protocol Flags Type St Inode Path". Those that nobody has accepted have no inode, and the path of who
 * listens, which may have blanks. */
static uint64_t queue_unix_line(struct slice line, const struct address *a)
{
	const struct sockaddr_un *wanted = (const void *)&a->socket;
	struct slice inode = queue_cut_nth(&line, 6);

	return slice_equal(inode, SLICE("0")) && slice_equal(line, slice_from(wanted->sun_path));
}

/* An address is its words of 32 bits as they lie in memory. */
static bool queue_read_words(struct slice text, uint32_t words[4], size_t count)
{
	uint64_t word;

	for (size_t i = 0; i < count; i++) {
		if (text.len != 8 * count || !queue_hex(slice_of(text.ptr + 8 * i, 8), &word))
			return false;
		words[i] = (uint32_t)word;
	}
	return true;
}

static bool queue_is_host(struct slice text, const struct address *a)
{
	const struct sockaddr_in6 *six = (const void *)&a->socket;
	const struct sockaddr_in *four = (const void *)&a->socket;
	bool is_four = a->socket.ss_family == AF_INET;
	const void *wanted = is_four ? (const void *)&four->sin_addr : &six->sin6_addr;
	size_t bytes = is_four ? sizeof(four->sin_addr) : sizeof(six->sin6_addr);
	static const uint32_t any[4];
	uint32_t words[4];

	return queue_read_words(text, words, bytes / sizeof(words[0])) &&
	       (memcmp(words, wanted, bytes) == 0 || memcmp(words, any, bytes) == 0);
}

/* "sl: HOST:PORT HOST:PORT STATE TX:RX …": of who listens RX is how many wait. */
static uint64_t queue_tcp_line(struct slice line, const struct address *a)
{
	const struct sockaddr_in6 *six = (const void *)&a->socket;
	const struct sockaddr_in *four = (const void *)&a->socket;
	in_port_t wanted = a->socket.ss_family == AF_INET ? four->sin_port : six->sin6_port;
	struct slice host, sent, port = queue_cut_nth(&line, 1), state = queue_cut_nth(&line, 1);
	struct slice waiting = queue_cut(&line);
	uint64_t number, count;

	slice_cut(&port, ':', &host);
	slice_cut(&waiting, ':', &sent);
	if (!slice_equal(state, SLICE("0A")) || !queue_hex(port, &number) ||
	    number != ntohs(wanted) || !queue_hex(waiting, &count) || !queue_is_host(host, a))
		return 0;
	return count;
}

uint64_t listen_queue_in(FILE *table, const struct address *a)
{
	listen_queue_line_fn *look = a->kind == ADDRESS_UNIX ? queue_unix_line : queue_tcp_line;
	uint64_t waiting = 0;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&line, &room, table)) > 0) {
		waiting += look(slice_of(line, (size_t)len - (line[len - 1] == '\n')), a);
	}
	free(line);
	return waiting;
}

static const char *queue_table(const struct address *a)
{
	if (a->kind == ADDRESS_UNIX)
		return "/proc/net/unix";
	return a->socket.ss_family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6";
}

uint64_t listen_queue_length(const struct address *a)
{
	FILE *table = a->kind != ADDRESS_FD ? fopen(queue_table(a), "re") : NULL;
	uint64_t waiting = table != NULL ? listen_queue_in(table, a) : 0;

	if (table != NULL)
		fclose(table);
	return waiting;
}
