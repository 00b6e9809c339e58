/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The agent: runs the commands that qemu/vm sends, one at a time, and sends
 * back what they write and how they end.
 */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <sys/types.h>

struct pollfd;

/* Fill in what to wait for; at most AGENT_POLL entries. Returns how many. */
#define AGENT_POLL 2
int agent_poll(struct pollfd *fds);
/* Do all that can be done now. To be called after every poll. */
void agent_step(void);
/* Is there a command that the host has not heard the end of? */
bool agent_is_running(void);
/* A child has ended. */
void agent_reaped(pid_t pid, int status);
/* Start the conversation again: the next kernel has us, or the port is new. */
void agent_reconnect(void);
/* Has the host asked for the end? */
bool agent_wants_poweroff(void);

#endif
