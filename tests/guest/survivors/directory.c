// SPDX-License-Identifier: GPL-2.0
/* An open directory in the middle of being read: every name comes, none twice. */
#include "survivor.h"
#include <dirent.h>

#define NAMES 200

static int fd;
static char seen[NAMES];

struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short length;
	unsigned char type;
	char name[];
};

/* One buffer full; how many names that was. */
static int read_some(size_t size)
{
	static char buffer[8192];
	long length = syscall(SYS_getdents64, fd, buffer, size);
	int names = 0;

	for (long at = 0; at < length;) {
		struct entry *entry = (void *)(buffer + at);

		at += entry->length;
		names++;
		if (*entry->name == 'n')
			seen[atoi(entry->name + 1) % NAMES]++;
	}
	return names;
}

static void begin(void)
{
	memset(seen, 0, sizeof(seen));
	must(lseek(fd, 0, SEEK_SET));
	read_some(512);
}

static void prepare(void)
{
	char name[16];

	must(mkdir(on_disk("dir"), 0700));
	fd = must(open(on_disk("dir"), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		close(must(openat(fd, name, O_WRONLY | O_CREAT, 0600)));
	}
	must(fsync(fd));
	begin();
}

static void check(void)
{
	struct stat st;
	int other;

	while (read_some(2048) > 0)
		;
	for (int i = 0; i < NAMES; i++)
		/* Some file systems may begin again; then twice is right. */
		if (seen[i] < 1 || seen[i] > 2)
			fail("n%d came %d times", i, seen[i]);
	/* It still serves as a place to open from. */
	must(fstatat(fd, "n7", &st, 0));
	expect(fstatat(fd, "m", &st, 0) < 0 && errno == ENOENT);
	other = openat(fd, "n8", O_RDONLY | O_CLOEXEC);
	expect(other >= 0);
	close(other);
	begin();
}

static void finish(void)
{
	char name[16];

	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		unlinkat(fd, name, 0);
	}
	rmdir(on_disk("dir"));
}

SURVIVOR(directory, .about = "a directory half read", .prepare = prepare,
	 .check = check, .finish = finish);
