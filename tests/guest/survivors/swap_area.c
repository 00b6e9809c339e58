// SPDX-License-Identifier: GPL-2.0
/* Swap for those that want some: the machine's, or a file of the program's. */
#include "survivor.h"
#include <sys/swap.h>

#define AREA (64 * MIB)
#define PAGE 4096
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static bool have_swap(void)
{
	static char text[PAGE];
	char *line = NULL;

	if (read_file("/proc/swaps", text, sizeof(text)) > 0)
		line = strchr(text, '\n');
	return line && line[1];
}

/* What mkswap writes. */
static void format(int fd)
{
	struct {
		char boot[1024];
		uint32_t version, last_page;
		char rest[PAGE - 1024 - 8 - 10];
		char magic[10];
	} header = { .version = 1, .last_page = AREA / PAGE - 1 };

	memcpy(header.magic, "SWAPSPACE2", sizeof(header.magic));
	must_0(posix_fallocate(fd, 0, AREA));
	must(pwrite(fd, &header, sizeof(header), 0));
}

void need_swap(void)
{
	const char *path = on_disk("swap");
	int fd;

	if (have_swap())
		return;
	/* Not on a machine that is not there for it. */
	if (is_fake())
		skip("no swap");
	if (geteuid() != 0)
		skip("no swap, and not root");
	fd = must(open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
	format(fd);
	close(fd);
	if (swapon(path, 0) != 0)
		skip("no swap: %s", strerror(errno));
}

void page_out(void *memory, size_t size)
{
	char text[32];
	int fd, length;

	madvise(memory, size, MADV_PAGEOUT);
	/* Now they are written, and in the swap cache until somebody asks. */
	if (is_fake())
		return;
	fd = open("/sys/fs/cgroup/memory.reclaim", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	length = snprintf(text, sizeof(text), "%zu", size);
	if (write(fd, text, length) < 0)
		errno = 0;
	close(fd);
}
