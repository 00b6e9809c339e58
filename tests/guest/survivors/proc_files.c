// SPDX-License-Identifier: GPL-2.0
/* Files of /proc and /sys that were open: read again from their beginning. */
#include "survivor.h"

static int status, meminfo, maps, directory, half;

static void prepare(void)
{
	char byte[16];

	status = must(open("/proc/self/status", O_RDONLY));
	meminfo = must(open("/proc/meminfo", O_RDONLY));
	maps = must(open("/proc/self/maps", O_RDONLY));
	directory = must(open("/proc/self", O_RDONLY | O_DIRECTORY));
	/* One that has been read from. */
	half = must(open("/proc/uptime", O_RDONLY));
	must(read(half, byte, 4));
}

static bool holds(int fd, const char *word)
{
	static char text[64 * KIB];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET))
		return false;
	n = read(fd, text, sizeof(text) - 1);
	lseek(fd, 0, SEEK_SET);
	if (n <= 0)
		return false;
	text[n] = 0;
	return strstr(text, word);
}

static void check(void)
{
	char word[64], byte[16];
	int fd;

	snprintf(word, sizeof(word), "\nPid:\t%d\n", getpid());
	expect(holds(status, word));
	expect(holds(meminfo, "MemTotal:"));
	expect(holds(maps, "[vdso]"));
	fd = openat(directory, "comm", O_RDONLY | O_CLOEXEC);
	expect(fd >= 0 && holds(fd, program_invocation_short_name));
	close(fd);
	expect(holds(half, "."));
	must(read(half, byte, 4));
}

SURVIVOR(proc_files, .about = "/proc files open before are read afterwards",
	 .prepare = prepare, .check = check);
