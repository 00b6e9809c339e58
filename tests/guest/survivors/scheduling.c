// SPDX-License-Identifier: GPL-2.0
/*
 * Scheduling: every snapshot has policy, priority, nice value and CPUs of each
 * thread; here they are set to something unusual.
 */
#include "survivor.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void prepare_nice(void)
{
	must(setpriority(PRIO_PROCESS, 0, 7));
}

static void set_policy(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &param))
		skip("%s", strerror(errno));
}

/* A nice value means nothing to it, and is there for when it ends. */
static void prepare_fifo(void)
{
	must(setpriority(PRIO_PROCESS, 0, 4));
	set_policy(SCHED_FIFO, 5);
}

static void prepare_rr(void)
{
	set_policy(SCHED_RR | SCHED_RESET_ON_FORK, 3);
}

/* Children do not inherit it. */
static void check_rr(void)
{
	int status = -1;
	pid_t pid = must(fork());

	if (!pid)
		_exit(sched_getscheduler(0));
	waitpid(pid, &status, 0);
	expect_equal(status, SCHED_OTHER);
}

static void prepare_batch(void)
{
	set_policy(SCHED_BATCH, 0);
	must(setpriority(PRIO_PROCESS, 0, 3));
}

static void prepare_idle(void)
{
	must(setpriority(PRIO_PROCESS, 0, 5));
	set_policy(SCHED_IDLE, 0);
}

struct sched_attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static void prepare_deadline(void)
{
	struct sched_attributes attr = { .size = sizeof(attr), .policy = 6,
					 .runtime = 2000000,
					 .deadline = 50000000,
					 .period = 100000000 };

	if (syscall(SYS_sched_setattr, 0, &attr, 0))
		skip("%s", strerror(errno));
}

#define SLICE 5000000

static uint64_t slice(void)
{
	struct sched_attributes attr = { 0 };

	must(syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0));
	return attr.runtime;
}

static void prepare_slice(void)
{
	struct sched_attributes attr = { .size = sizeof(attr), .nice = 2,
					 .runtime = SLICE };

	must(syscall(SYS_sched_setattr, 0, &attr, 0));
	if (slice() != SLICE)
		skip("this kernel knows of none");
}

static void check_slice(void)
{
	expect_equal(slice(), SLICE);
}

static int last_cpu(void)
{
	cpu_set_t set;
	int last = 0;

	must(sched_getaffinity(0, sizeof(set), &set));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			last = cpu;
	return last;
}

static void prepare_affinity(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(last_cpu(), &set);
	must(sched_setaffinity(0, sizeof(set), &set));
}

static void check_affinity(void)
{
	unsigned int cpu = -1, node;

	getcpu(&cpu, &node);
	expect_equal(cpu, last_cpu());
}

static void prepare_io_priority(void)
{
	/* Best effort, level 6. */
	must(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 6));
}

static void prepare_slack(void)
{
	must(prctl(PR_SET_TIMERSLACK, 123456));
}

SURVIVOR(nice, .about = "a nice value", .prepare = prepare_nice);
SURVIVOR(sched_fifo, .about = "SCHED_FIFO", .prepare = prepare_fifo);
SURVIVOR(sched_rr, .about = "SCHED_RR that children do not inherit",
	 .prepare = prepare_rr, .check = check_rr);
SURVIVOR(sched_slice, .about = "SCHED_OTHER with a time slice of its own",
	 .prepare = prepare_slice, .check = check_slice);
SURVIVOR(sched_batch, .about = "SCHED_BATCH", .prepare = prepare_batch);
SURVIVOR(sched_idle, .about = "SCHED_IDLE", .prepare = prepare_idle);
SURVIVOR(sched_deadline, .about = "SCHED_DEADLINE", .prepare = prepare_deadline);
SURVIVOR(affinity, .about = "bound to the last CPU", .prepare = prepare_affinity,
	 .check = check_affinity);
SURVIVOR(io_priority, .about = "an I/O priority", .prepare = prepare_io_priority);
SURVIVOR(timer_slack, .about = "a timer slack", .prepare = prepare_slack);
