/* process.c - see process.h. */
#include "rest/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PROCESS_TEXT_BYTES = 4096 };

/* proc(5): what counts from behind the last ')' in /proc/self/stat, the state being the first. */
struct process_stat {
	uint64_t threads, start_ticks, virtual_bytes, resident_pages;
};

static bool process_read(const char *path, char text[PROCESS_TEXT_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, text, PROCESS_TEXT_BYTES - 1) : -1;

	if (fd >= 0)
		close(fd);
	if (got <= 0)
		return false;
	text[got] = '\0';
	return true;
}

static bool process_read_stat(struct process_stat *out)
{
	uint64_t *const fields[] = {
		[17] = &out->threads,
		[19] = &out->start_ticks,
		[20] = &out->virtual_bytes,
		[21] = &out->resident_pages,
	};
	char text[PROCESS_TEXT_BYTES];
	struct slice rest, field;
	const char *end;

	if (!process_read("/proc/self/stat", text) || (end = strrchr(text, ')')) == NULL)
		return false;
	rest = slice_trim(
		slice_from(end + 1)); /* the last field is not among them, nor its line's end */
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		slice_cut(&rest, ' ', &field);
		if (fields[i] != NULL && !slice_number(field, UINT64_MAX, fields[i]))
			return false;
	}
	return true;
}

/* 0: nobody says. */
static uint64_t process_boot_s(void)
{
	FILE *file = fopen("/proc/stat", "re");
	char text[PROCESS_TEXT_BYTES];
	uint64_t boot_s = 0;

	if (file == NULL)
		return 0;
	while (boot_s == 0 && fgets(text, sizeof(text), file) != NULL) {
		struct slice rest = slice_from(text), line, name;

		slice_cut(&rest, '\n', &line);
		slice_cut(&line, ' ', &name);
		if (slice_equal(name, SLICE("btime")) && !slice_number(line, UINT64_MAX, &boot_s))
			break;
	}
	fclose(file);
	return boot_s;
}

static uint64_t process_open_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (directory == NULL)
		return 0;
	for (const struct dirent *e; (e = readdir(directory)) != NULL;)
		count += e->d_name[0] != '.';
	closedir(directory);
	return count - 1; /* the directory's own */
}

static void process_write_limit(struct exposition *x, int resource)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)resource, &limit) == 0)
		exposition_count(x, NULL, limit.rlim_cur);
}

static void process_write_stat(struct exposition *x, const struct process_stat *stat)
{
	double ticks = (double)sysconf(_SC_CLK_TCK);
	uint64_t boot_s = process_boot_s();
	struct timespec used;

	exposition_family(x, "process_cpu_seconds_total", EXPOSITION_COUNTER,
			  "Total user and system CPU time spent in seconds.");
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0)
		exposition_real(x, NULL, (double)used.tv_sec + (double)used.tv_nsec / 1e9);
	exposition_family(x, "process_start_time_seconds", EXPOSITION_GAUGE,
			  "Start time of the process since unix epoch in seconds.");
	if (stat != NULL && boot_s != 0)
		exposition_real(x, NULL, (double)boot_s + (double)stat->start_ticks / ticks);
	exposition_family(x, "process_virtual_memory_bytes", EXPOSITION_GAUGE,
			  "Virtual memory size in bytes.");
	if (stat != NULL)
		exposition_count(x, NULL, stat->virtual_bytes);
	exposition_family(x, "process_resident_memory_bytes", EXPOSITION_GAUGE,
			  "Resident memory size in bytes.");
	if (stat != NULL)
		exposition_count(x, NULL, stat->resident_pages * (uint64_t)sysconf(_SC_PAGESIZE));
	exposition_family(x, "process_threads", EXPOSITION_GAUGE,
			  "Number of OS threads in the process.");
	if (stat != NULL)
		exposition_count(x, NULL, stat->threads);
}

void process_write(struct exposition *x)
{
	struct process_stat stat;

	process_write_stat(x, process_read_stat(&stat) ? &stat : NULL);
	exposition_family(x, "process_open_fds", EXPOSITION_GAUGE,
			  "Number of open file descriptors.");
	exposition_count(x, NULL, process_open_fds());
	exposition_family(x, "process_max_fds", EXPOSITION_GAUGE,
			  "Maximum number of open file descriptors.");
	process_write_limit(x, RLIMIT_NOFILE);
	exposition_family(x, "process_virtual_memory_max_bytes", EXPOSITION_GAUGE,
			  "Maximum amount of virtual memory available in bytes.");
	process_write_limit(x, RLIMIT_AS);
}
