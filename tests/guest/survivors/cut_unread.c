// SPDX-License-Identifier: GPL-2.0
/*
 * A file that is cut short and made longer again while no page of it is in
 * memory: only the block of its end is read for that, and is to be written.
 */
#include "survivor.h"

#define FULL 20000
#define SHORT 18200
#define END 18307

static int fd;
static unsigned long turns;

static void cut(void)
{
	static char full[FULL];

	memset(full, 0xaa, sizeof(full));
	must(pwrite(fd, full, sizeof(full), 0));
	must(fsync(fd));
	must(-posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	must(ftruncate(fd, SHORT));
	must(ftruncate(fd, END));
}

static void look(void)
{
	static unsigned char all[FULL];

	expect_equal(pread(fd, all, sizeof(all), 0), END);
	for (int i = 0; i < END; i++)
		if (all[i] != (i < SHORT ? 0xaa : 0))
			return fail("%#x at %d", all[i], i);
}

static void *run(void *argument)
{
	for (;;) {
		cut();
		__atomic_fetch_add(&turns, 1, __ATOMIC_SEQ_CST);
		/* It is not written yet, and mostly here the kernel dies. */
		nap(0.2);
		look();
	}
	return argument;
}

static void prepare(void)
{
	fd = must(open(on_disk("cut"), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	thread(run, NULL);
	await(__atomic_load_n(&turns, __ATOMIC_SEQ_CST) > 1, 10);
}

static void check(void)
{
	unsigned long before = __atomic_load_n(&turns, __ATOMIC_SEQ_CST);

	expect(await(__atomic_load_n(&turns, __ATOMIC_SEQ_CST) > before + 1, 20));
}

static void finish(void)
{
	unlink(on_disk("cut"));
}

SURVIVOR(cut_unread, .about = "the end of a file that is not in memory, cut",
	 .prepare = prepare, .check = check, .finish = finish,
	 .flags = FILES_CHANGE);
