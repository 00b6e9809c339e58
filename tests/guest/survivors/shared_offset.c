// SPDX-License-Identifier: GPL-2.0
/* Descriptors that share a file description share its position: dup() and fork(). */
#include "survivor.h"

static int first, second, other;
static off_t *told;

static void check_member(void)
{
	/* The first process moves it; this one sees so. */
	if (!await(__atomic_load_n(told, __ATOMIC_SEQ_CST) == generation(), 20))
		return fail("the parent did not move the position");
	expect_equal(lseek(first, 0, SEEK_CUR), 1000 + generation());
	expect_equal(lseek(other, 0, SEEK_CUR), 500);
	__atomic_store_n(told + 1, generation(), __ATOMIC_SEQ_CST);
}

static void prepare(void)
{
	static const char text[4096] = "text";

	told = shared_page();
	first = must(open(on_disk("file"), O_RDWR | O_CREAT | O_TRUNC, 0600));
	must(write(first, text, sizeof(text)));
	second = must(dup(first));
	other = must(open(on_disk("file"), O_RDONLY));
	must(lseek(first, 1000, SEEK_SET));
	must(lseek(other, 500, SEEK_SET));
	/* FILES_CHANGE: the position moves while the child compares. */
	member("a", NULL, check_member);
}

static void check(void)
{
	expect_equal(lseek(second, 1000 + generation(), SEEK_SET), 1000 + generation());
	expect_equal(lseek(first, 0, SEEK_CUR), 1000 + generation());
	expect_equal(lseek(other, 0, SEEK_CUR), 500);
	/* File status flags are shared too, descriptor flags are not. */
	must(fcntl(first, F_SETFL, generation() % 2 ? O_APPEND : 0));
	expect_equal(!!(fcntl(second, F_GETFL) & O_APPEND), generation() % 2);
	must(fcntl(first, F_SETFD, FD_CLOEXEC));
	expect_equal(fcntl(second, F_GETFD), 0);
	expect(syscall(SYS_kcmp, getpid(), getpid(), 0, first, second) <= 0);
	__atomic_store_n(told, generation(), __ATOMIC_SEQ_CST);
	expect(await(__atomic_load_n(told + 1, __ATOMIC_SEQ_CST) == generation(), 20));
}

static void finish(void)
{
	unlink(on_disk("file"));
}

SURVIVOR(shared_offset, .about = "dup() and fork() share a position",
	 .prepare = prepare, .check = check, .finish = finish,
	 .flags = FILES_CHANGE);
