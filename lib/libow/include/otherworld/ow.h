/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * libow: what an application says should happen to it when the kernel under it
 * crashes, and what it learns afterwards.
 *
 * Every function that can fail returns 0 or a positive value on success and a
 * negative errno value otherwise. On a kernel without Otherworld that is
 * OW_ENOKERNEL, and the program runs on as if it had not asked. None throws.
 * All but those of "Inside a crash procedure" may be called by any thread at
 * any time, but not by signal handlers.
 */
#ifndef OTHERWORLD_OW_H
#define OTHERWORLD_OW_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* This is C, and formatted as such. */
/* clang-format off */
/* NOLINTBEGIN(modernize-*,readability-identifier-naming) */
#ifdef __cplusplus
extern "C" {
#endif

/* The running kernel cannot take over from a crash. */
#define OW_ENOKERNEL ENOSYS

#define OW_GROUP_LEN 128
#define OW_NAME_LEN 64

/* 0 if this kernel has what libow is for, else what is missing. */
int ow_available(void);

/* --- Crash procedures -------------------------------------------------------- */

/* What became of something. The order is that of severity. */
enum ow_grade { OW_EXACT = 0, OW_DEGRADED = 1, OW_LOST = 2 };

/* One thing of this process that is not exactly as it was. */
struct ow_loss {
  enum ow_grade grade;
  int fd;               /* if it is a descriptor, else -1 */
  const char *resource; /* "fd 3", "memory 7f12...-7f13..." */
  const char *reason;
};

/* A range given to ow_guard(). */
enum ow_guard_state {
  OW_INTACT = 0,
  OW_CHANGING = 1, /* ow_guard_open() was called, ow_guard_close() was not */
  OW_DAMAGED = 2   /* its checksum is wrong */
};

struct ow_guarded {
  const char *name;
  void *address;
  size_t size;
  enum ow_guard_state state;
};

/* What a crash procedure is told. Valid until it returns. */
struct ow_crash {
  size_t size; /* of this structure: a newer libow may have appended to it */
  uint64_t generation; /* of the kernel that runs now */
  uint64_t outage_ns;  /* from the fault until processes went on */
  const struct ow_loss *losses;
  size_t loss_count;
  size_t losses_not_shown; /* there were more than there was room for */
  const struct ow_guarded *guarded;
  size_t guarded_count;
};

/*
 * What a crash procedure answers: OW_CONTINUE, OW_RESTART or OW_EXIT(status).
 * With OW_RESTART the program is executed again, in the same process, with the
 * arguments it had or those of ow_restart_with().
 */
#define OW_CONTINUE 0
#define OW_RESTART 1
#define OW_EXIT(status) (0x100 | ((status) & 0xff))

typedef int (*ow_crash_procedure)(const struct ow_crash *crash, void *data);

/*
 * Let procedure(crash, data) run when this process has come back after a crash
 * of the kernel: once, on a stack of its own of at least stack_size bytes (0:
 * 64 KiB), before any thread of the process goes on, and for limit_ms at most,
 * as far as the policy allows that (10 s by default, and for 0). It is like a
 * signal handler that may interrupt any instruction, with all other threads
 * frozen: only what is async-signal-safe may be called, a lock that is taken
 * stays taken. Replaces the one before; NULL removes it.
 */
int ow_register_crash_procedure(ow_crash_procedure procedure, void *data,
                                size_t stack_size, unsigned limit_ms);

/* --- Inside a crash procedure: async-signal-safe --------------------------------- */

/* The program and arguments of OW_RESTART; both must stay valid until then. */
int ow_restart_with(const char *path, char *const argv[]);

/*
 * A child process, with a copy of all memory and only the calling thread, runs
 * helper(data) and exits with what it returns; the crash procedure goes on
 * meanwhile. Its PID, or a negative errno value. The child must not rely on
 * locks either, but may take as long as it likes.
 */
pid_t ow_fork_helper(int (*helper)(void *data), void *data);

/*
 * Write a file whole or not at all: under a temporary name beside it, synced
 * and renamed. An existing one keeps its mode.
 */
int ow_safe_save(const char *path, const void *data, size_t size, mode_t mode);
/* Text and numbers for a descriptor: no locks, no allocation. */
int ow_safe_print(int fd, const char *text);
int ow_safe_print_number(int fd, uint64_t number);

/* --- Guarded memory ----------------------------------------------------------------- */

/*
 * Keep a checksum over size bytes at address. Verified before the crash
 * procedure runs, which is told; verify by hand with ow_guard_check(). To
 * change the memory, open the guard and close it afterwards. At most 256.
 */
int ow_guard(void *address, size_t size, const char *name);
int ow_guard_open(void *address);
int ow_guard_close(void *address);
int ow_guard_check(void *address, enum ow_guard_state *state);
int ow_unguard(void *address);

/* --- Persistent regions -------------------------------------------------------------- */

/*
 * Memory with a name that outlives the program: a restart, a crash of the
 * kernel, an exit. It belongs to the user, is limited in size, and lasts until
 * the machine is switched off or the region removed.
 *
 * The program works on ow_region_data(). ow_region_commit() makes all of it the
 * state that whoever opens the region later will see, at once: a crash in the
 * middle leaves the commit before. One process has a region open at a time.
 */
struct ow_region;

enum ow_region_flags {
  OW_REGION_EXISTING = 1, /* -ENOENT rather than a new one */
  OW_REGION_FRESH = 2     /* empty, whatever was in it */
};

/*
 * name: letters, digits, '.', '-' and '_'. A region that exists with another
 * size is -EINVAL; one that another process has open is -EBUSY. If both of its
 * copies are damaged it is -EILSEQ.
 */
int ow_region_open(const char *name, size_t size, unsigned flags,
                   struct ow_region **region);
void *ow_region_data(struct ow_region *region);
size_t ow_region_size(const struct ow_region *region);
/* How often it was committed, ever; 0: its data is all zeros. */
uint64_t ow_region_commits(const struct ow_region *region);
int ow_region_commit(struct ow_region *region);
/* Back to the last commit. */
int ow_region_revert(struct ow_region *region);
void ow_region_close(struct ow_region *region);
int ow_region_remove(const char *name);

/* --- Restart groups -------------------------------------------------------------------- */

/*
 * A policy speaks of groups: "shop/db" is part of "shop". What a name may have
 * is what a region's may, and '/'.
 */
int ow_join_group(const char *group);
int ow_leave_group(void);

/* What this process wishes to become, if no policy says else. */
enum ow_action {
  OW_ACTION_CONTINUE = 0,
  OW_ACTION_PROCEDURE = 1,
  OW_ACTION_HOT_RESTART = 2, /* the same program file anew, regions kept */
  OW_ACTION_RELOAD = 3,      /* the file that its path names by now */
  OW_ACTION_TERMINATE = 4
};
int ow_wish(enum ow_action action);

/* --- Status ------------------------------------------------------------------------------ */

/* How many crashes lie behind: 0 for the first kernel. */
int ow_generation(uint64_t *generation);

/*
 * What became of this process in the last takeover, each of its losses to
 * tell() in turn; stops when that returns nonzero, and returns it. OW_EXACT,
 * OW_DEGRADED or OW_LOST in worst. -ENOENT if it did not live through one.
 */
int ow_own_verdict(enum ow_grade *worst,
                   int (*tell)(const struct ow_loss *loss, void *data),
                   void *data);

enum ow_event_kind {
  OW_EVENT_TAKEOVER = 0,       /* the kernel crashed */
  OW_EVENT_GROUP_RESTARTED = 1 /* a group, its own perhaps, was restarted */
};

struct ow_event {
  enum ow_event_kind kind;
  uint64_t generation;
  enum ow_action action;
  char group[OW_GROUP_LEN];
};

struct ow_subscription;

/* From now on; the descriptor is readable when there is something to read. */
int ow_subscribe(struct ow_subscription **subscription);
int ow_subscription_fd(const struct ow_subscription *subscription);
/* The next event; -EAGAIN if there is none. */
int ow_next_event(struct ow_subscription *subscription, struct ow_event *event);
void ow_unsubscribe(struct ow_subscription *subscription);

#ifdef __cplusplus
}
#endif
/* NOLINTEND(modernize-*,readability-identifier-naming) */
/* clang-format on */

#endif /* OTHERWORLD_OW_H */
