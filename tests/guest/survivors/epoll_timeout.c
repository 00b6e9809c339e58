// SPDX-License-Identifier: GPL-2.0
/* epoll_wait() with a time-out in flight, and an eventfd in its set. */
#include "survivor.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int epoll, event;

static void round_(void)
{
	struct epoll_event got;
	double begin = now(), took;
	int result = epoll_wait(epoll, &got, 1, 2000);

	took = now() - begin;
	if (result)
		fail("epoll_wait: %d, %s", result, strerror(errno));
	else if (took < 1.999 || took > 2 + outage() + SLACK)
		fail("2 s took %.3f s", took);
}

static struct caller caller = { .round = round_ };

static void prepare(void)
{
	struct epoll_event want = { .events = EPOLLIN };

	epoll = must(epoll_create1(EPOLL_CLOEXEC));
	event = must(eventfd(0, EFD_CLOEXEC));
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &want));
	caller_start(&caller);
}

static void check(void)
{
	caller_goes_on(&caller, 1, 2 + SLACK);
}

SURVIVOR(epoll_timeout, .about = "epoll_wait() in flight", .prepare = prepare,
	 .check = check, .flags = LATER);
