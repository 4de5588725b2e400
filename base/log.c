/* log.c - see log.h. What a line looks like is line.c's.
 *
 *	log_line() -> gathered (each thread) -> queue (under lock) -> writer thread -> sink
 *
 * In gathered and in the queue each line is a record: one byte of level, for syslog, then the line. */
#include <syslog.h>

/* syslog.h has macros by names that log.h gives to its levels. */
enum {
	SYSLOG_DEBUG = LOG_DEBUG,
	SYSLOG_INFO = LOG_INFO,
	SYSLOG_WARN = LOG_WARNING,
	SYSLOG_ERROR = LOG_ERR,
};
#undef LOG_DEBUG
#undef LOG_INFO

#include "base/clock.h"
#include "base/line.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	LOG_GATHER_BYTES = 65536, /* handed over when there are so many */
	LOG_QUEUE_BYTES = 1 << 20,
	LOG_MESSAGE_BYTES = LINE_BYTES,
	LOG_FILE_MODE = 0640,
	LOG_CLOSE_STEP_MS = 100, /* for what is left; then a sink that takes nothing is given up */
	LOG_CLOSE_STEPS = 20,
};

static struct {
	_Atomic int level;
	_Atomic int format;
	pthread_mutex_t lock; /* of all that follows, but for fd */
	pthread_cond_t work;
	char *queue;
	size_t queued;
	uint64_t dropped;
	bool running, stopping, to_syslog;
	char *spare; /* the queue's other half, the writer's while it writes */
	pthread_t writer;
	int fd; /* stays the same number while the writer runs: dup3() puts another file behind it */
	char *path; /* the main thread's; NULL: no file */
} log_state = {
	.level = LOG_INFO,
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.work = PTHREAD_COND_INITIALIZER,
	.fd = -1,
};

static _Thread_local struct {
	char bytes[LOG_GATHER_BYTES + LINE_BYTES + 1];
	size_t used;
	size_t lines;
	bool flushes; /* this thread calls log_flush() */
} gathered;

/* --- The sink ------------------------------------------------------------------------------- */

static int log_wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, -1) < 0 && errno != EINTR ? SG_ESYSTEM : 0;
}

/* stderr may be a terminal or a pipe that somebody made non-blocking. */
static int log_write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && log_wait_writable(fd) == 0)
			continue;
		if (n < 0)
			return SG_ESYSTEM;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

static size_t log_record_bytes(const char *record, size_t len)
{
	const char *end = memchr(record, '\n', len);

	assert(end != NULL);
	return (size_t)(end + 1 - record);
}

/* Take the level bytes out, in place. */
static size_t log_strip(char *records, size_t len)
{
	size_t out = 0;

	for (size_t at = 0, bytes; at < len; at += bytes) {
		bytes = log_record_bytes(records + at, len - at);
		memmove(records + out, records + at + 1, bytes - 1);
		out += bytes - 1;
	}
	return out;
}

static void log_write_syslog(const char *records, size_t len)
{
	static const int priorities[] = {
		[LOG_DEBUG] = SYSLOG_DEBUG,
		[LOG_INFO] = SYSLOG_INFO,
		[LOG_WARN] = SYSLOG_WARN,
		[LOG_ERROR] = SYSLOG_ERROR,
	};

	for (size_t at = 0, bytes; at < len; at += bytes) {
		bytes = log_record_bytes(records + at, len - at);
		syslog(priorities[(int)records[at]], "%.*s", (int)bytes - 2, records + at + 1);
	}
}

/* --- The writer ----------------------------------------------------------------------------- */

struct log_batch {
	char *records;
	size_t len;
	uint64_t dropped;
	bool to_syslog;
};

/* Wait for lines and take them all. False: the log is closing and nothing is left. */
static bool log_take(struct log_batch *batch)
{
	char *taken;

	pthread_mutex_lock(&log_state.lock);
	while (log_state.queued == 0 && !log_state.stopping)
		pthread_cond_wait(&log_state.work, &log_state.lock);
	taken = log_state.queue;
	log_state.queue = log_state.spare;
	log_state.spare = taken;
	*batch = (struct log_batch){ taken, log_state.queued, log_state.dropped,
				     log_state.to_syslog };
	log_state.queued = 0;
	log_state.dropped = 0;
	pthread_mutex_unlock(&log_state.lock);
	return batch->len > 0 || batch->dropped > 0;
}

static size_t log_count_lines(const char *records, size_t len)
{
	size_t lines = 0;

	for (size_t at = 0; at < len; at += log_record_bytes(records + at, len - at))
		lines++;
	return lines;
}

/* A full disk loses the batch; the loss is announced as any other when there is something to write
 * again. */
static void log_write_file(struct log_batch *batch)
{
	size_t len = log_strip(batch->records, batch->len), lines;

	if (log_write_all(log_state.fd, batch->records, len) == 0)
		return;
	lines = log_count_lines(batch->records, len);
	pthread_mutex_lock(&log_state.lock);
	log_state.dropped += lines;
	pthread_mutex_unlock(&log_state.lock);
}

static size_t log_record(char *out, enum log_level level, struct slice who, struct slice message)
{
	out[0] = (char)level;
	return 1 + line_message(out + 1, (enum log_format)log_state.format, clock_wall_coarse_ms(),
				level, who, message);
}

static void log_announce(const struct log_batch *batch)
{
	char record[LINE_BYTES + 1], message[96];
	int len = snprintf(message, sizeof(message),
			   "%llu log lines dropped: the log could not be written fast enough",
			   (unsigned long long)batch->dropped);
	size_t bytes = log_record(record, LOG_WARN, SLICE(""), slice_of(message, (size_t)len));

	if (batch->to_syslog)
		log_write_syslog(record, bytes);
	else if (log_write_all(log_state.fd, record + 1, bytes - 1) != 0) {
		pthread_mutex_lock(&log_state.lock);
		log_state.dropped += log_state.stopping ? 0 : batch->dropped;
		pthread_mutex_unlock(&log_state.lock);
	}
}

static void *log_run(void *unused)
{
	struct log_batch batch;

	pthread_setname_np(pthread_self(), "log");
	while (log_take(&batch)) {
		if (batch.to_syslog)
			log_write_syslog(batch.records, batch.len);
		else
			log_write_file(&batch);
		if (batch.dropped > 0)
			log_announce(&batch);
	}
	return unused;
}

/* --- Gathering ------------------------------------------------------------------------------ */

static void log_enqueue(void)
{
	if (LOG_QUEUE_BYTES - log_state.queued < gathered.used) {
		log_state.dropped += gathered.lines;
		return;
	}
	memcpy(log_state.queue + log_state.queued, gathered.bytes, gathered.used);
	log_state.queued += gathered.used;
	pthread_cond_signal(&log_state.work);
}

static void log_hand_over(void)
{
	bool running;

	pthread_mutex_lock(&log_state.lock);
	running = log_state.running;
	if (running)
		log_enqueue();
	pthread_mutex_unlock(&log_state.lock);
	/* nobody is left to be told when stderr fails */
	if (!running)
		(void)log_write_all(STDERR_FILENO, gathered.bytes,
				    log_strip(gathered.bytes, gathered.used));
	gathered.used = 0;
	gathered.lines = 0;
}

static void log_gather(size_t bytes, bool urgent)
{
	gathered.used += bytes;
	gathered.lines++;
	if (urgent || !gathered.flushes || gathered.used >= LOG_GATHER_BYTES)
		log_hand_over();
}

bool log_enabled(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&log_state.level, memory_order_relaxed);
}

void log_line(enum log_level level, const char *who, const char *format, ...)
{
	char message[LOG_MESSAGE_BYTES];
	va_list args;
	int len;

	if (!log_enabled(level))
		return;
	va_start(args, format);
	len = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (len < 0)
		len = 0;
	if ((size_t)len >= sizeof(message))
		len = sizeof(message) - 1;
	log_gather(log_record(gathered.bytes + gathered.used, level, slice_from(who),
			      slice_of(message, (size_t)len)),
		   level >= LOG_WARN);
}

void log_bytes(enum log_level level, const char *who, const char *what, struct slice bytes)
{
	char message[LOG_MESSAGE_BYTES];
	size_t len = strlen(what) + 2;

	assert(len < sizeof(message));
	if (!log_enabled(level))
		return;
	memcpy(message, what, len - 2);
	memcpy(message + len - 2, ": ", 2);
	if (bytes.len > sizeof(message) - len)
		bytes.len = sizeof(message) - len;
	if (bytes.len > 0)
		memcpy(message + len, bytes.ptr, bytes.len);
	log_gather(log_record(gathered.bytes + gathered.used, level, slice_from(who),
			      slice_of(message, len + bytes.len)),
		   level >= LOG_WARN);
}

void log_fields(const struct log_field *fields, size_t count)
{
	char *out = gathered.bytes + gathered.used;

	out[0] = LOG_INFO;
	log_gather(1 + line_fields(out + 1, (enum log_format)log_state.format,
				   clock_wall_coarse_ms(), fields, count),
		   false);
}

void log_flush(void)
{
	gathered.flushes = true;
	if (gathered.used > 0)
		log_hand_over();
}

/* --- Opening and closing -------------------------------------------------------------------- */

static bool log_is_file(const char *to)
{
	return strcmp(to, "stderr") != 0 && strcmp(to, "syslog") != 0;
}

static int log_open_fd(const char *to)
{
	if (log_is_file(to))
		return open(to, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
			    LOG_FILE_MODE);
	return fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/* Lines of the queue's that are not written yet go where the log goes from now on. */
static int log_put_behind(int fd)
{
	int rc = dup3(fd, log_state.fd, O_CLOEXEC);

	close(fd);
	return rc < 0 ? SG_ESYSTEM : 0;
}

/* Signals are the main thread's; a broken pipe is an answer of write(2). */
static int log_start_writer(void)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&log_state.writer, NULL, log_run, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = rc;
	return rc != 0 ? SG_ESYSTEM : 0;
}

static void log_free_queue(void)
{
	free(log_state.queue);
	free(log_state.spare);
	log_state.queue = log_state.spare = NULL;
}

static int log_start(int fd)
{
	int rc = SG_ENOMEM;

	log_state.queue = malloc(LOG_QUEUE_BYTES);
	log_state.spare = malloc(LOG_QUEUE_BYTES);
	log_state.fd = fd;
	if (log_state.queue != NULL && log_state.spare != NULL)
		rc = log_start_writer();
	if (rc != 0) {
		log_free_queue();
		close(fd);
		return rc;
	}
	return 0;
}

static void log_settle(bool to_syslog, enum log_level level, enum log_format format, char *path)
{
	pthread_mutex_lock(&log_state.lock);
	log_state.running = true;
	log_state.to_syslog = to_syslog;
	pthread_mutex_unlock(&log_state.lock);
	log_state.level = (int)level;
	log_state.format = (int)format;
	free(log_state.path);
	log_state.path = path;
}

int log_open(const char *to, enum log_level level, enum log_format format)
{
	char *path = NULL;
	int fd, rc;

	if (log_is_file(to) && (path = strdup(to)) == NULL)
		return SG_ENOMEM;
	if ((fd = log_open_fd(to)) < 0)
		rc = SG_ESYSTEM;
	else
		rc = log_state.running ? log_put_behind(fd) : log_start(fd);
	if (rc != 0) {
		free(path);
		return rc;
	}
	openlog("sessiongate", LOG_PID, LOG_DAEMON);
	log_settle(strcmp(to, "syslog") == 0, level, format, path);
	return 0;
}

int log_reopen(void)
{
	int fd;

	if (!log_state.running || log_state.path == NULL)
		return 0;
	fd = log_open_fd(log_state.path);
	return fd < 0 ? SG_ESYSTEM : log_put_behind(fd);
}

static bool log_join_writer_for(int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return pthread_timedjoin_np(log_state.writer, NULL, &until) == 0;
}

/* False: it hangs in a pipe that nobody reads, say, and is left behind with all it holds. By steps: a machine that
 * stands still takes one of them from it, and not all. */
static bool log_join_writer(void)
{
	for (unsigned step = 0; step < LOG_CLOSE_STEPS; step++)
		if (log_join_writer_for(LOG_CLOSE_STEP_MS))
			return true;
	return false;
}

void log_close(void)
{
	log_flush();
	gathered.flushes = false; /* from now on each line goes out at once */
	if (!log_state.running)
		return;
	pthread_mutex_lock(&log_state.lock);
	log_state.running = false;
	log_state.stopping = true;
	pthread_cond_signal(&log_state.work);
	pthread_mutex_unlock(&log_state.lock);
	if (!log_join_writer())
		return;
	log_state.stopping = false;
	log_state.dropped = 0;
	log_free_queue();
	close(log_state.fd);
	log_state.fd = -1;
	free(log_state.path);
	log_state.path = NULL;
}
