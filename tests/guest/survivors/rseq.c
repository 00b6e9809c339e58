// SPDX-License-Identifier: GPL-2.0
/* Restartable sequences stay registered: the kernel keeps cpu_id right. */
#include "survivor.h"
#include <linux/rseq.h>
#include <sched.h>
#include <sys/time.h>
#include <sys/rseq.h>

static unsigned long aborted;

static struct rseq *area(void)
{
	return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/*
 * A sequence that is left only by its abort: a kernel that does not know it is
 * registered would not jump there when a signal interrupts it.
 */
static bool is_restarted(void)
{
	unsigned long turns = 3000000000UL;
	struct rseq_cs sequence __attribute__((aligned(32))) = { 0 };

	asm volatile("lea 1f(%%rip), %%rax\n\t"
		     "mov %%rax, 8(%[cs])\n\t"
		     "lea 2f(%%rip), %%rcx\n\t"
		     "sub %%rax, %%rcx\n\t"
		     "mov %%rcx, 16(%[cs])\n\t"
		     "lea 3f(%%rip), %%rax\n\t"
		     "mov %%rax, 24(%[cs])\n\t"
		     "mov %[cs], %[place]\n\t"
		     "1: dec %[turns]\n\t"
		     "jnz 1b\n\t"
		     "2: jmp 4f\n\t"
		     /* The signature stands before the abort handler. */
		     ".byte 0x0f, 0xb9, 0x3d\n\t"
		     ".long 0x53053053\n\t"
		     "3: movl $1, %[turns_low]\n\t"
		     "4:\n\t"
		     : [turns] "+r"(turns), [place] "=m"(area()->rseq_cs),
		       [turns_low] "+m"(aborted)
		     : [cs] "r"(&sequence)
		     : "rax", "rcx", "memory", "cc");
	area()->rseq_cs = 0;
	return __atomic_exchange_n(&aborted, 0, __ATOMIC_SEQ_CST);
}

static void prepare(void)
{
	if (!__rseq_size || (int)area()->cpu_id < 0)
		skip("rseq is not registered");
	signal(SIGALRM, on_alarm);
}

static void check(void)
{
	static const struct itimerval soon = { { 0, 50000 }, { 0, 50000 } }, never;
	cpu_set_t all, one;

	must(sched_getaffinity(0, sizeof(all), &all));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		must(sched_setaffinity(0, sizeof(one), &one));
		expect_equal(area()->cpu_id, cpu);
	}
	must(sched_setaffinity(0, sizeof(all), &all));
	setitimer(ITIMER_REAL, &soon, NULL);
	expect(is_restarted());
	setitimer(ITIMER_REAL, &never, NULL);
	/* It is taken: a second registration is refused. */
	expect(syscall(SYS_rseq, area(), 32, 0, 0x53053053) && errno == EBUSY);
}

SURVIVOR(rseq, .about = "restartable sequences stay registered",
	 .prepare = prepare, .check = check);
