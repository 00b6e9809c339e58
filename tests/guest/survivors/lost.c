// SPDX-License-Identifier: GPL-2.0
/*
 * What is not brought back: pipes, sockets, eventfds. A descriptor of one stays
 * a descriptor; using it, or having used it when the kernel died, ends with an
 * error or an end of file, soon. Nothing hangs.
 */
#include "survivor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static int ends[2];
/* A read() in flight since before the crash, one begun after it, and so on. */
static unsigned int begun, ended;
static enum { PIPE, SOCKETS, EVENT } kind;

static void *read_it(void *argument)
{
	char byte[8];
	ssize_t n;

	__atomic_fetch_add(&begun, 1, __ATOMIC_SEQ_CST);
	n = read(ends[0], byte, sizeof(byte));
	/* Interrupted is an answer too, of the call in flight. */
	if (n > 0 && !is_fake())
		fail("read() found %zd bytes that nobody wrote", n);
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
	return argument;
}

static void *poll_it(void *argument)
{
	struct pollfd fd = { .fd = ends[0], .events = POLLIN };

	__atomic_fetch_add(&begun, 1, __ATOMIC_SEQ_CST);
	poll(&fd, 1, -1);
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
	return argument;
}

static void *write_it(void *argument)
{
	char many[256 * KIB] = "";

	__atomic_fetch_add(&begun, 1, __ATOMIC_SEQ_CST);
	/* More than fits: it would wait for a reader. */
	if (write(ends[1], many, kind == EVENT ? 8 : sizeof(many)) > 0 && !is_fake())
		fail("write() to nobody");
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
	return argument;
}

static pthread_t detached(void *(*function)(void *))
{
	pthread_attr_t attributes;
	pthread_t result;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 512 * KIB);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	must_0(pthread_create(&result, &attributes, function, NULL));
	return result;
}

static void make(void)
{
	if (kind == PIPE)
		must(pipe(ends));
	else if (kind == SOCKETS)
		must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	else
		ends[0] = ends[1] = must(eventfd(0, 0));
	begun = ended = 0;
	detached(read_it);
	detached(poll_it);
	await(__atomic_load_n(&begun, __ATOMIC_SEQ_CST) == 2, 10);
	nap(0.1);
}

/* Where nothing was lost, make it end all the same. */
static void lose(void)
{
	if (kind == SOCKETS)
		shutdown(ends[0], SHUT_RDWR);
	else if (kind == PIPE)
		close(ends[1]);
	else
		must(eventfd_write(ends[1], 2));
}

static void check(void)
{
	if (is_fake())
		lose();
	/* The reader may have taken what poll() waits for. */
	if (is_fake() && kind == EVENT) {
		await(__atomic_load_n(&ended, __ATOMIC_SEQ_CST), 10);
		lose();
	}
	if (!await(__atomic_load_n(&ended, __ATOMIC_SEQ_CST) == 2, 10))
		fail("%u of the 2 calls in flight ended", ended);
	if (!is_fake()) {
		detached(read_it);
		detached(poll_it);
		detached(write_it);
		if (!await(__atomic_load_n(&ended, __ATOMIC_SEQ_CST) == 5, 10))
			fail("%u of the 3 calls begun afterwards ended",
			     ended > 2 ? ended - 2 : 0);
	}
	close(ends[0]);
	close(ends[1]);
	/* Made under this kernel, it works. */
	make();
}

static void prepare(void)
{
	signal(SIGPIPE, SIG_IGN);
	make();
}

static void prepare_pipe(void)
{
	kind = PIPE;
	prepare();
}

static void prepare_sockets(void)
{
	kind = SOCKETS;
	prepare();
}

static void prepare_event(void)
{
	kind = EVENT;
	prepare();
}

/* The threads end when the calls do. */
#define CHANGES (MAPS_CHANGE | THREADS_CHANGE | FILES_CHANGE)
SURVIVOR(lost_pipe, .about = "a pipe from before: errors, never a hang",
	 .prepare = prepare_pipe, .check = check, .flags = CHANGES);
SURVIVOR(lost_sockets, .about = "a socket pair from before: errors, no hang",
	 .prepare = prepare_sockets, .check = check, .flags = CHANGES);
SURVIVOR(lost_event, .about = "an eventfd from before: errors, no hang",
	 .prepare = prepare_event, .check = check, .flags = CHANGES);
