/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls in flight, by what may be done about them.
 */
#ifndef _OW_CALLS_H
#define _OW_CALLS_H

#include "ow_compat.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum ow_call_class - what becomes of a call that the fault interrupted
 * @OW_CALL_UNPLACED: nobody has thought of it; it never gets this far
 * @OW_CALL_AGAIN: run again: its effect is the same if it is had twice, or is
 *	had as the last step of a call that does not wait
 * @OW_CALL_WAIT: run again; a signal with a handler interrupts it first,
 *	unless the handler is for SA_RESTART
 * @OW_CALL_PAUSE: the same, whatever the handler is for
 * @OW_CALL_SLEEP: goes on with the remaining time; so do the next six
 * @OW_CALL_POLL: by its restart block, as after a SIGCONT
 * @OW_CALL_SELECT: its time-out is in memory that the call updates anyway
 * @OW_CALL_EPOLL: by a restart block of ours
 * @OW_CALL_SIGWAIT: the same
 * @OW_CALL_FUTEX: a waiter that was woken is done; with a relative time-out by
 *	its restart block
 * @OW_CALL_RESTART: one of these, which went on before
 * @OW_CALL_READ: run again: the position moves when all is done
 * @OW_CALL_WRITE: the same; what was appended is seen in the file
 * @OW_CALL_SEEK: relative to the position, not twice
 * @OW_CALL_CLOSE: done, if the number is free
 * @OW_CALL_OPEN: run again; if it was to create the file and that is there,
 *	nobody knows whose it is
 * @OW_CALL_NAME: makes a name: the same
 * @OW_CALL_UNNAME: takes a name away: if it is not there, the same
 * @OW_CALL_SIGNAL: done, if the signal is pending
 * @OW_CALL_FORK: done, if the child exists
 * @OW_CALL_REAP: as @OW_CALL_WAIT; done, if it had found a child that was dead
 * @OW_CALL_EXEC: run again, up to the point of no return
 * @OW_CALL_ONCE: not to be had twice, and nothing shows whether it was: -EINTR
 *	if it had begun
 */
enum ow_call_class {
	OW_CALL_UNPLACED,
	OW_CALL_AGAIN,
	OW_CALL_WAIT,
	OW_CALL_PAUSE,
	OW_CALL_SLEEP,
	OW_CALL_POLL,
	OW_CALL_SELECT,
	OW_CALL_EPOLL,
	OW_CALL_SIGWAIT,
	OW_CALL_FUTEX,
	OW_CALL_RESTART,
	OW_CALL_READ,
	OW_CALL_WRITE,
	OW_CALL_SEEK,
	OW_CALL_CLOSE,
	OW_CALL_OPEN,
	OW_CALL_NAME,
	OW_CALL_UNNAME,
	OW_CALL_SIGNAL,
	OW_CALL_FORK,
	OW_CALL_REAP,
	OW_CALL_EXEC,
	OW_CALL_ONCE,
};

/* One more than the highest number of a call. */
#define OW_CALLS	463

enum ow_call_class ow_call_class(u64 number);
/* Its name, or NULL. */
const char *ow_call_name(u64 number);

#ifdef __cplusplus
}
#endif

#endif /* _OW_CALLS_H */
