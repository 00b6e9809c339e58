/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Survivors: programs that outlive their kernel, one per behaviour. Each has
 * one shape:
 *
 *   prepare()   make the state that shall survive
 *   ready       the file DIR/NAME.ready says so
 *   (die)       the generation changes; this very process goes on
 *   check()     look at that state, and use it; after every change again
 *   result      DIR/NAME.result.GENERATION: "pass", "fail: ..." or "skip: ..."
 *
 * Around check() the library compares everything else that the process can see
 * of itself with what it was at ready (snapshot.c). Nothing in here knows how a
 * process is made to survive.
 *
 * After prepare() nothing may call malloc() but where a program says that its
 * maps change: a grown heap would be a difference.
 */
#ifndef SURVIVOR_H
#define SURVIVOR_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KIB 1024UL
#define MIB (1024 * KIB)

/* What the snapshot has to leave out, because the program itself changes it. */
#define MAPS_CHANGE	0x01
#define FILES_CHANGE	0x02
#define THREADS_CHANGE	0x04
#define SIGNALS_CHANGE	0x08 /* which are pending; masks of other threads */
/* Not due yet: left out of --names, run only when asked for. */
#define LATER		0x10
/* Wants a terminal as its standard input. */
#define TERMINAL	0x20

struct survivor {
	const char *name;
	const char *about; /* one line for --list */
	void (*prepare)(void);
	void (*check)(void);
	void (*finish)(void);
	/* Called instead of live(), which it has to call once. */
	void (*around)(void (*live)(void));
	unsigned int flags;
};

/* Puts a survivor on the list: SURVIVOR(NAME, .about = "...", ...); */
#define SURVIVOR(id, ...)                                                  \
	static const struct survivor survivor_##id = { .name = #id,        \
						       __VA_ARGS__ };      \
	static const struct survivor *const survivor_entry_##id            \
		__attribute__((section("survivors"), used)) = &survivor_##id

/* What is wrong; may be said by any thread, at any time after prepare(). */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* To be called in prepare(): this machine cannot show it. Does not return. */
void skip(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

#define expect(condition)                                                  \
	((condition) ? (void)0 :                                           \
		       fail("line %d: not %s", __LINE__, #condition))
#define expect_equal(a, b)                                                 \
	do {                                                               \
		long long left_ = (long long)(a), right_ = (long long)(b); \
		if (left_ != right_)                                       \
			fail("line %d: %s is %lld (%#llx), not %lld",      \
			     __LINE__, #a, left_, left_, right_);          \
	} while (0)

/* A call that cannot fail unless the program is broken or the state is lost. */
long must_be(long result, const char *what, int line);
#define must(call)     must_be((long)(call), #call, __LINE__)
#define must_map(call) ((void *)must_be((long)(call), #call, __LINE__))
/* The pthread kind of call, which returns an error number. */
#define must_0(call)                                                       \
	do {                                                               \
		int error_ = (call);                                       \
		errno = error_;                                            \
		must_be(error_ ? -1 : 0, #call, __LINE__);                 \
	} while (0)

/* Seconds of CLOCK_MONOTONIC. */
double now(void);
/* Of CPU time, of all threads. */
double cpu_time(void);
void nap(double seconds);
/* How long nothing ran when the generation last changed, as this process saw. */
double outage(void);
/*
 * No scheduling delay is as long, under emulation, with all programs at once: in
 * seconds, more of them the fewer CPUs these share.
 */
double slack(void);
#define SLACK slack()
/* How long to wait before asking again whether something has happened. */
double between_looks(void);
/* Wait until something becomes true; false if it did not in time. */
#define await(condition, seconds)                                          \
	({                                                                 \
		double until_ = now() + (seconds);                         \
		bool met_;                                                 \
		while (!(met_ = (condition)) && now() < until_)            \
			nap(0.01);                                         \
		met_;                                                      \
	})
/* How long, for who has to share an only CPU with all others. */
#define PATIENCE 100
/*
 * The same for what takes CPU time: as much as this process gets, however long
 * it has to wait for that. Seldom asking leaves it to those who need it.
 */
#define await_with_cpu(condition, seconds)                                 \
	({                                                                 \
		double cpu_ = cpu_time() + (seconds), until_ = now() + 100;\
		bool met_;                                                 \
		while (!(met_ = (condition)) && cpu_time() < cpu_ &&       \
		       now() < until_)                                     \
			nap(0.1);                                          \
		met_;                                                      \
	})
/* The selftest: no kernel died, nothing may be lost. */
bool is_fake(void);
int generation(void);

/* Memory with contents that can be told from any other. */
void fill(void *memory, size_t size, uint64_t seed);
void check_filled(const char *what, const void *memory, size_t size,
		  uint64_t seed);
void *anonymous(size_t size);
/* Can this byte be read, written? By trying, with a handler for the fault. */
bool readable(const void *address);
bool writable(void *address);

/* Reads a whole file, without malloc(), and ends it with a zero byte. */
ssize_t read_file(const char *path, char *buffer, size_t size);
/* A number after KEY in a file of "KEY number" lines; -1 if there is none. */
long long file_number(const char *path, const char *key);
/* The sum of this /proc/self/smaps field over [start, start + size), in KiB. */
long smaps_kib(const void *start, size_t size, const char *key);
/* DIR/NAME.SUFFIX; and a path of this program's own on a disk, and on tmpfs.
 * In one of four buffers that are used in turn. */
const char *in_dir(const char *suffix);
const char *on_disk(const char *suffix);
const char *on_tmpfs(const char *suffix);

/* swap_area.c: in prepare(): there is swap from here on, or this skips. */
void need_swap(void);
/* Into it; what was written may stay in memory as well. */
void page_out(void *memory, size_t size);

/*
 * A child that checks itself, as the first process does; what it finds is part
 * of the result. Returns when it is ready; who is one of "a", "b", ...
 */
pid_t member(const char *who, void (*prepare)(void), void (*check)(void));
/* The same for a child made in an unusual way: call this in it. Never returns.*/
void be_member(const char *who, void (*prepare)(void), void (*check)(void))
	__attribute__((noreturn));
/* ... and this in its parent. */
void expect_member(const char *who, pid_t pid);
/* An anonymous shared page for what the members have to tell each other. */
void *shared_page(void);

/* A thread with a small stack; it runs when this returns. */
pthread_t thread(void *(*function)(void *), void *argument);
/* One that spins: leaves the CPU to those that have something to do. */
pthread_t spinning_thread(void *(*function)(void *), void *argument);
/* Those of this process: to others of their kind, too? */
void spinning_threads_give_way(bool all);

/* A thread that makes a call again and again, so that the kernel dies in it. */
struct caller {
	void (*round)(void);
	unsigned long rounds; /* completed */
	pid_t tid;
};
void caller_start(struct caller *caller);
/* All of this process's: not between two calls, nor behind one made again. */
void callers_await_asleep(void);
/* It completes so many rounds more, within this time, or that is a failure. */
void caller_goes_on(struct caller *caller, unsigned long rounds, double seconds);
unsigned long rounds_of(struct caller *caller);
/* Wait until the thread sleeps in the kernel. */
void await_asleep(pid_t tid);

/* snapshot.c: everything that a process can see of itself. */
void snapshot_take(unsigned int flags);
/* fail()s for each difference between now and the snapshot taken last. */
void snapshot_compare(unsigned int flags);

#endif
