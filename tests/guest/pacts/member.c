// SPDX-License-Identifier: GPL-2.0
/*
 * member NAME LOG [GROUP]: is a member of the restart group, and says which ones
 * it hears of: "heard:GROUP ACTION".
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include <otherworld/ow.h>

#include "say.h"

static void hear(struct ow_subscription *news)
{
	struct ow_event event;
	char word[OW_GROUP_LEN + 16];
	int ret;

	for (;;) {
		ret = ow_next_event(news, &event);
		if (ret == -EAGAIN)
			return;
		if (ret) {
			say("deaf", (uint64_t)-ret);
			_exit(1);
		}
		snprintf(word, sizeof(word), "heard:%s",
			 event.kind == OW_EVENT_TAKEOVER ? "takeover" :
							   event.group);
		say(word, event.action);
	}
}

int main(int count, char **arguments)
{
	struct ow_subscription *news;
	struct pollfd wait = { .events = POLLIN };

	if (count != 3 && count != 4)
		return 2;
	say_as(arguments[1], arguments[2]);
	if ((count == 4 && ow_join_group(arguments[3])) || ow_subscribe(&news)) {
		say("refused", 0);
		return 1;
	}
	say("begins", (uint64_t)getpid());
	wait.fd = ow_subscription_fd(news);
	for (;;)
		if (poll(&wait, 1, -1) > 0)
			hear(news);
}
