// SPDX-License-Identifier: GPL-2.0
/* A futex in a shared mapping of a file: its key is the inode, not the address. */
#include "survivor.h"
#include <linux/futex.h>

static unsigned int *word, *woken;

static long futex(unsigned int *address, int op, unsigned int value)
{
	return syscall(SYS_futex, address, op, value, NULL, NULL, 0);
}

static void *wait_in_child(void *argument)
{
	for (unsigned int seen = 0;;) {
		long result = futex(word, FUTEX_WAIT, seen);

		if (result && errno != EAGAIN)
			fail("FUTEX_WAIT: %s", strerror(errno));
		if (*(volatile unsigned int *)word != seen) {
			seen++;
			__atomic_fetch_add(woken, 1, __ATOMIC_SEQ_CST);
		}
	}
	return argument;
}

static void prepare_member(void)
{
	thread(wait_in_child, NULL);
	nap(0.2);
}

static void prepare(void)
{
	int fd = must(open(on_disk("futex"), O_RDWR | O_CREAT | O_TRUNC, 0600));

	must(ftruncate(fd, 4096));
	must(fsync(fd));
	word = must_map(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	woken = shared_page();
	close(fd);
	member("a", prepare_member, NULL);
}

static void check(void)
{
	unsigned int before = __atomic_load_n(woken, __ATOMIC_SEQ_CST);

	__atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
	/* One sleeper, so one is woken; if it has not slept yet, none. */
	await(futex(word, FUTEX_WAKE, 10) == 1 ||
	      __atomic_load_n(woken, __ATOMIC_SEQ_CST) > before, SLACK);
	expect(await(__atomic_load_n(woken, __ATOMIC_SEQ_CST) == before + 1, SLACK));
	nap(0.2);
}

static void finish(void)
{
	unlink(on_disk("futex"));
}

SURVIVOR(file_futex, .about = "a futex in a shared file mapping",
	 .prepare = prepare, .check = check, .finish = finish);
