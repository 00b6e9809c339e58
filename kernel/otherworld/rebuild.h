/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Otherworld: what the parts of a resurrection say to each other.
 */
#ifndef _OW_REBUILD_H
#define _OW_REBUILD_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/otherworld_mm.h>
#include <linux/sched.h>
#include <linux/task_work.h>
#include <linux/types.h>

#include "internal.h"
#include "parse/ow_files.h"
#include "parse/ow_judge.h"
#include "parse/ow_mm.h"
#include "parse/ow_pending.h"
#include "parse/ow_shmem.h"
#include "parse/ow_task.h"
#include "parse/ow_user.h"

struct dentry;
struct file;
struct fs_struct;
struct mm_struct;
struct ow_exec;
struct ow_live_namespaces;
struct ow_trace;
struct path;
struct task_struct;
struct tty_struct;

/* --- The dead kernel: dead_kernel.c ------------------------------------------ */

/* Ready to be parsed, or NULL; ow_kernel_problem() says why. */
const struct ow_kernel *ow_dead_kernel(void);
/* Whether it was this very build, and how much higher it was then. */
bool ow_same_build(const struct ow_kernel *kernel, u64 *moved);
int ow_dead_process(struct otherworld_process *process);
int ow_dead_mount(struct otherworld_mount *mount);
/* The address of a struct mount, 0 behind the last. */
struct ow_virt ow_dead_mount_at(u32 index);
/* What a CPU that ran @task noted down when it was stopped, or NULL. */
const struct ow_cpu_record *ow_dead_cpu_of(struct ow_virt task);

/* --- A process that lives: copy.c ------------------------------------------------- */

/* The caller becomes one; an error if it has not begun. */
int ow_copy(void);
/* Whether it is this one, as it is for a copy. */
bool ow_kernel_lives(const struct ow_kernel *kernel);
/* The original has not moved. */
bool ow_copy_is_whole(void);
void ow_copy_done(void);

/* --- What the machine was told: sysctls.c --------------------------------------- */

int ow_dead_sysctl(struct otherworld_sysctl *sysctl);

/* --- What was not on disk: disks.c ---------------------------------------------- */

/* Of file systems that are mounted, and were not asked for yet. */
#ifdef CONFIG_EXT4_FS
void ow_disks_save(void);
#else
static inline void ow_disks_save(void)
{
}
#endif

/* --- Swap areas: swap.c ----------------------------------------------------------- */

/**
 * struct ow_swapped - where a page that was swapped out is
 * @pfn: the frame that has it still, or 0
 * @entry: else the slot of a swap area that is on
 */
struct ow_swapped {
	unsigned long pfn;
	swp_entry_t entry;
};

#ifdef CONFIG_SWAP
/* Which areas there were; the next swapon() by the caller takes one over. */
int ow_dead_swap(struct otherworld_swap *out);
/*
 * For a page table or a file in memory, which may be the only one that has it.
 * NULL, or why there is none.
 */
const char *ow_swap_find(u64 type, u64 slot, bool exclusive,
			 struct ow_swapped *out);
/* When all processes exist: slots that nobody asked for become free. */
void ow_swaps_drop(void);
#else
static inline int ow_dead_swap(struct otherworld_swap *out)
{
	return -ENOENT;
}

static inline const char *ow_swap_find(u64 type, u64 slot, bool exclusive,
				       struct ow_swapped *out)
{
	return "this kernel cannot swap";
}

static inline void ow_swaps_drop(void)
{
}
#endif

/* --- Verdicts: verdict.c ------------------------------------------------------ */

/* May be called with spinlocks held. */
__printf(5, 6)
void ow_verdict(pid_t pid, enum otherworld_verdict_grade grade, u64 address,
		const char *resource, const char *fmt, ...);
/* The same, with the reason out of a parser's fault. */
void ow_verdict_fault(pid_t pid, enum otherworld_verdict_grade grade,
		      const char *resource, const struct ow_fault_info *why);
ssize_t ow_verdicts_read(char __user *buf, size_t size);

/* --- Failing on request: fault_points.c ---------------------------------------- */

/* The stages of a resurrection, in their order. Tests know the numbers. */
enum ow_point {
	OW_POINT_READ = 1,
	OW_POINT_ADDRESS_SPACE = 2,
	OW_POINT_MEMORY = 3,
	OW_POINT_FILES = 4,
	OW_POINT_FS = 5,
	OW_POINT_SIGNALS = 6,
	OW_POINT_KIN = 7,
	OW_POINT_THREADS = 8,
	OW_POINT_REGISTERS = 9,
	OW_POINT_SECCOMP = 10,
	OW_POINT_CREDS = 11,
};

#ifdef CONFIG_OTHERWORLD_PROVOKE
int ow_fault_point(enum ow_point point, const char *comm);
#else
static inline int ow_fault_point(enum ow_point point, const char *comm)
{
	return 0;
}
#endif

/* --- One process: become.c ---------------------------------------------------- */

/* An address space, and whether all of it could be rebuilt. */
struct ow_live_mm {
	struct mm_struct *mm;
	refcount_t users;
	bool failed;
};

void ow_live_mm_put(struct ow_live_mm *live);

/**
 * struct ow_rebuild - a process on its way back
 * @kernel: where it comes from
 * @task: its leader
 * @body: a thread that has not exited, mostly the leader: memory and files
 *	are found through it
 * @zombie: it had exited and was not waited for: it has no body
 * @mm: its address space
 * @live_mm: what stands for that here
 * @signal: what its threads share
 * @origin: of a copy, where memory is copied from; else NULL
 */
struct ow_rebuild {
	const struct ow_kernel *kernel;
	struct ow_task task;
	struct ow_task body;
	bool zombie;
	bool begun;	/* the caller is no longer what it was */
	struct ow_mm mm;
	struct ow_live_mm *live_mm;
	struct ow_signal signal;
	struct mm_struct *origin;
	u32 ties;	/* of the body; its verdicts have them */
};

int ow_become(u64 task);
int ow_become_copy(const struct ow_kernel *kernel, u64 task,
		   struct mm_struct *origin);
int ow_lose(u64 task);
/* PID 1 was begun and cannot be ended: its program starts afresh. */
void ow_start_init(void);
int ow_settled(struct otherworld_settled *settled);
void ow_settle(bool arrived);

/**
 * struct ow_resume - what a thread has left to do when the gate is open
 * @sleeper: when the call ends that it was in
 * @sleeps: by nanosleep(), which tells what remained if a signal ends it
 * @timeout: user memory that gets what remains, or 0
 * @timeval: in microseconds
 * @suspends: it was in sigsuspend(), and its own mask is the saved one
 * @killed: SIGKILL was pending
 * @group_exit: its process was exiting, with @group_exit_code
 * @trace: of its kernel stack, or NULL; until it waits at the gate
 * @exec: the program to be started, or NULL
 * @lost: it cannot go on
 * @vfork_child: whom it waits for, or 0
 * @vfork_task: the same, if it exists
 * @vfork_done: completed when the child has memory of its own
 * @vforks: on the list of those who wait so
 */
struct ow_resume {
	struct ow_sleeper sleeper;
	bool sleeps, timeval, suspends, killed, group_exit;
	unsigned long timeout;
	s32 group_exit_code;
	struct ow_trace *trace;
	struct ow_exec *exec;
	bool lost;
	pid_t vfork_child;
	struct task_struct *vfork_task;
	struct completion vfork_done;
	struct list_head vforks;
};

/* --- Its parts ---------------------------------------------------------------- */

/* memory.c: the new address space is current's already, and empty. */
int ow_rebuild_memory(struct ow_rebuild *rebuild);

/**
 * struct ow_in_change - a page whose entry may just be another
 * @vma: where
 * @address: of the page
 * @entry: what the page table had there before: a page
 */
struct ow_in_change {
	struct ow_virt vma;
	u64 address;
	u64 entry;
};

/* in_change.c: those of an address space, @max at most; how many there are. */
unsigned int ow_pages_in_change(const struct ow_kernel *kernel,
				struct ow_virt mm, struct ow_in_change *pages,
				unsigned int max);
/* copy.c: what is no file's, from one that lives. */
int ow_copy_memory(struct ow_rebuild *rebuild);
/* Frames that no other rule has to be asked about. */
bool ow_frame_is_dead_ram(u64 pfn, u64 count);
/* files.c: for the calling thread, shared with whom they were shared. */
int ow_rebuild_files(const struct ow_kernel *kernel,
		     const struct ow_task *task);
int ow_rebuild_fs(const struct ow_kernel *kernel, const struct ow_task *task);
/* A live file for a dead one, with a reference; shared as it was shared. */
struct file *ow_live_file(const struct ow_kernel *kernel, pid_t pid,
			  struct ow_virt dead);
/* Flags that only say what open() should do, and did. */
#define OW_OPEN_ONCE	(O_CREAT | O_EXCL | O_TRUNC | __O_TMPFILE)
/*
 * shmem.c: a file in memory that has no name, or whose name leads elsewhere.
 * With the objects locked.
 */
struct file *ow_open_shmem(struct ow_cursor *c, pid_t pid,
			   const struct ow_file *dead, const char **reason);
/* Of all VMAs that are locked, what they map of files in memory. */
void ow_lock_shmem(struct mm_struct *mm);
/* shmem_inode.c: what the dead inode was and contained, into the new inode of @dentry. */
void ow_restore_shmem(const struct ow_kernel *kernel, pid_t pid,
		      const struct ow_shmem *dead, struct dentry *dentry);
/* Only its owner, number and times: of a file that has one more name now. */
void ow_restore_shmem_inode(const struct ow_shmem *dead, struct inode *inode);
/* Only who may do what with it; for an inode that was there already. */
void ow_restore_shmem_access(const struct ow_kernel *kernel,
			     const struct ow_shmem *dead,
			     struct dentry *dentry);
/* tmpfs.c: all that was on a dead file system in memory, into a mounted one. */
int ow_fill_tmpfs(struct otherworld_fill *fill);
/* identity.c: of the process, and of the calling thread alone. */
void ow_rebuild_identity(struct ow_rebuild *rebuild);
int ow_rebuild_creds(pid_t pid, const struct ow_kernel *kernel,
		     const struct ow_task *task);
void ow_rebuild_thread_identity(const struct ow_kernel *kernel,
				const struct ow_task *task);
/* What is not rebuilt: of one that lives, and of another of its threads. */
void ow_judge_process_ties(struct ow_rebuild *rebuild);
void ow_judge_thread_ties(const struct ow_rebuild *rebuild,
			  const struct ow_task *thread);
/* namespaces.c: of the process; before whatever has a path. */
int ow_rebuild_namespaces(struct ow_rebuild *rebuild);
/* Of a copy: it must be none. */
int ow_refuse_namespaces(const struct ow_rebuild *rebuild);
/* A thread that had others than its process. */
void ow_judge_thread_namespaces(const struct ow_rebuild *rebuild,
				const struct ow_task *thread);
void ow_live_namespaces_put(struct ow_live_namespaces *live);
/* ldt.c: in an address space that is still empty. */
void ow_rebuild_ldt(struct ow_rebuild *rebuild);
/* locks.c: of an open file; of a process, on one that it has open. */
void ow_rebuild_file_locks(const struct ow_kernel *kernel, pid_t pid,
			   const struct ow_file *dead, struct file *file);
void ow_rebuild_process_locks(const struct ow_kernel *kernel, pid_t pid,
			      struct ow_virt dead_file, struct ow_virt files,
			      struct file *file);
/* numa.c */
void ow_rebuild_task_policy(const struct ow_kernel *kernel,
			    const struct ow_task *task);
bool ow_rebuild_vma_policy(const struct ow_kernel *kernel,
			   struct vm_area_struct *vma, struct ow_virt dead);
/* seccomp.c: while the thread is still privileged. */
int ow_rebuild_seccomp(const struct ow_kernel *kernel,
		       const struct ow_task *task);
/* signals.c */

/* Nobody but current itself changes it. */
static inline struct sighand_struct *ow_current_sighand(void)
{
	return rcu_dereference_protected(current->sighand, true);
}

int ow_rebuild_signals(struct ow_rebuild *rebuild);
void ow_rebuild_thread_signals(const struct ow_task *task,
			       const struct ow_resume *resume);
/* registers.c: at the gate, in the thread itself. */
int ow_rebuild_registers(const struct ow_kernel *kernel,
			 const struct ow_task *task, struct ow_resume *resume);

/* --- Calls, signals, timers ------------------------------------------------------ */

/* inflight.c: what becomes of the system call that @regs stand in. */
void ow_settle_syscall(const struct ow_kernel *kernel,
		       const struct ow_task *task, struct pt_regs *regs,
		       struct ow_resume *resume);
/* inflight_wait.c: when the gate is open. */
void ow_resume_wait(const struct ow_resume *resume);
/* inflight_kin.c: @resume waits for a child; all exist; the gate is open. */
void ow_vfork_wait_begin(struct ow_resume *resume);
void ow_link_vforks(void);
void ow_vfork_wait(struct ow_resume *resume);
void ow_vfork_forget(struct ow_resume *resume);

/* exec.c: when the gate is open. */
void ow_resume_exec(struct ow_resume *resume);
void ow_forget_exec(struct ow_resume *resume);
/*
 * The caller's program from its beginning, with the arguments that it has: from
 * the same file, or from what has its name by now.
 */
int ow_exec_afresh(bool same_file);

/* delivery.c: of the calling thread, when its registers are restored. */
bool ow_undelivered_signal(const struct ow_kernel *kernel,
			   const struct ow_trace *trace,
			   const struct ow_task *task, struct ow_siginfo *info);
/* pending.c: a thread's own signals, and whether it was stopped. */
void ow_rebuild_pending(const struct ow_kernel *kernel,
			const struct ow_task *task, struct ow_resume *resume);
void ow_rebuild_stop(const struct ow_kernel *kernel,
		     const struct ow_task *task);
/* The same of the process, by the last of its threads. */
void ow_rebuild_shared_pending(const struct ow_kernel *kernel, pid_t pid,
			       struct ow_virt signal);
void ow_rebuild_group_stop(const struct ow_kernel *kernel,
			   const struct ow_signal *dead);
/* When the gate is open: it may not come back. */
void ow_resume_signals(struct ow_resume *resume);

/* timers.c: made, on the list @armed; started; never to be started. */
void ow_rebuild_timers(const struct ow_kernel *kernel, pid_t pid,
		       struct ow_virt signal, struct list_head *armed);
void ow_start_timers(const struct ow_itimers *itimers,
		     struct list_head *armed);
void ow_forget_timers(struct list_head *armed);

/* --- Threads: gate.c ------------------------------------------------------------ */

/* Make the process's other threads; all of them, and current, end at the gate. */
int ow_rebuild_threads(struct ow_rebuild *rebuild);
/* Instead, for a process that had exited: there it does so again. */
int ow_rebuild_zombie(struct ow_rebuild *rebuild);
void ow_open_gate(void);

/* --- Terminals: terminal.c -------------------------------------------------------- */

/* A controlling terminal, with a reference, and whose it was. */
struct ow_ctty {
	struct tty_struct *tty;
	pid_t session, group;
};

/* Modes and size, if @file is a terminal's. */
void ow_rebuild_tty(const struct ow_kernel *kernel, pid_t pid,
		    const struct ow_file *file);
void ow_find_ctty(const struct ow_kernel *kernel, pid_t pid,
		  struct ow_virt dead, struct ow_ctty *ctty);
void ow_set_ctty(struct task_struct *task, const struct ow_ctty *ctty);

/* --- Kinship: kin.c -------------------------------------------------------------- */

int ow_note_kin(struct ow_rebuild *rebuild);
/* The dead @task, whose @pid is the caller's, does not come back. */
void ow_note_lost(const struct ow_kernel *kernel, struct ow_virt task, pid_t pid);
int ow_link_kin(void);
/* The end of what is noted as lost, when all is linked. */
void ow_await_death(void);
/* At the gate, in a process that had exited: it does so as it did, silently. */
void ow_exit_again(s32 code);

/* --- What was shared: objects.c --------------------------------------------------- */

enum ow_object_kind {
	OW_OBJECT_FILE,		/* struct file, referenced */
	OW_OBJECT_FAMILY,	/* struct ow_family */
	OW_OBJECT_MM,		/* struct ow_live_mm */
	OW_OBJECT_FILES,	/* struct files_struct, referenced */
	OW_OBJECT_FS,		/* struct fs_struct, referenced */
	OW_OBJECT_SIGHAND,	/* struct sighand_struct, referenced */
	OW_OBJECT_DENTRY,	/* of an inode in memory: a struct dentry, held */
	OW_OBJECT_SUPER,	/* a struct vfsmount of it, held; after its dentries */
	OW_OBJECT_NSPROXY,	/* struct ow_live_namespaces */
	OW_OBJECT_KINDS
};

/* One at a time looks for an object, and makes it if it is not there. */
void ow_objects_lock(void);
void ow_objects_unlock(void);
void *ow_object_get(enum ow_object_kind kind, struct ow_virt dead);
int ow_object_put(enum ow_object_kind kind, struct ow_virt dead, void *live);
/* One reference less. */
void ow_put_fs(struct fs_struct *fs);
/* When all processes exist: what only held them together goes. */
void ow_objects_drop(void);

#endif /* _OW_REBUILD_H */
