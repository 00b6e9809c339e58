/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Otherworld: what applications ask for, and what they are told.
 */
#ifndef _OW_PACT_H
#define _OW_PACT_H

#include <linux/poll.h>
#include <linux/restart_block.h>
#include <linux/types.h>
#include <linux/otherworld.h>
#include <uapi/linux/otherworld.h>

#include "parse/ow_pact.h"

struct file;
struct task_struct;
struct vm_area_struct;

/* --- The page: pact.c ---------------------------------------------------------- */

int ow_pact_mmap(struct file *file, struct vm_area_struct *vma);
/* @pact is set only if that is OTHERWORLD_PACT_VALID. May wait for swap. */
enum otherworld_pact_state ow_pact_read(struct task_struct *task,
					struct ow_pact *pact);
/* In the page of the caller. */
int ow_pact_note(const struct ow_pact *pact,
		 const struct otherworld_running *running);
int ow_pact_of(struct otherworld_pact_of *of);

/* --- Into a crash procedure, and out of it: procedure_frame.c -------------- */

/**
 * struct ow_entry - a crash procedure, to be entered or entered
 * @pact: what was asked for
 * @call: the system call that was interrupted, or -1
 * @restart: how that goes on, if this kernel interrupted it
 */
struct ow_entry {
	struct ow_pact pact;
	long call;
	struct restart_block restart;
};

/* The caller begins it when it returns to user mode; or an error, and nothing. */
int ow_frame_enter(struct ow_entry *entry);
/* It is where it was interrupted, as the frame with @ucontext says. */
void ow_frame_leave(struct ow_entry *entry, u64 ucontext);
/* The caller may be in one, and is not to be: as if it had never blocked signals. */
void ow_frame_unblock(const struct ow_entry *entry);

/* --- What becomes of a process: procedure.c -------------------------------------- */

int ow_decide(const struct otherworld_decision *decision);
/*
 * By each thread of a process that came back, last of all. One of them is
 * @spokesman: it acts for the process, and the others wait.
 */
void ow_carry_out(bool spokesman);
int ow_procedure_state(struct otherworld_procedure *procedure);
int ow_procedure_end(const struct otherworld_end *end);

/* --- What applications are told: events.c ------------------------------------------ */

int ow_announce(const struct otherworld_event *event);
/* A descriptor hears of what comes from now on. */
void ow_events_open(struct file *file);
int ow_event_next(struct file *file, struct otherworld_event *event);
__poll_t ow_events_poll(struct file *file, poll_table *wait);

/* verdict.c: of the caller. */
int ow_outcome(struct otherworld_outcome *outcome);
/*
 * gate.c: when processes went on, by CLOCK_BOOTTIME, and for how long they had
 * not; 0 if none has come back.
 */
u64 ow_gate_opened_at(u64 *outage_ns);

#endif /* _OW_PACT_H */
