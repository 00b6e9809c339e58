// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that a process can see of itself, as lines of "key: value". Two
 * snapshots are compared line by line. What only ever grows (clocks, CPU time)
 * is kept apart, as numbers.
 *
 * /proc/thread-self, not /proc/self: the first thread may be a zombie. No
 * malloc(), no stdio streams: looking must not change what is seen.
 */
#include "survivor.h"

#include <linux/capability.h>
#include <stdarg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#ifndef PR_GET_MEMORY_MERGE
#define PR_GET_MEMORY_MERGE 68
#endif
#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif
#ifndef PR_GET_TID_ADDRESS
#define PR_GET_TID_ADDRESS 40
#endif

#define GROWING	 8
#define FDS_MAX	 4096
#define REPORTED 12 /* differences told of; the rest is counted */

struct snapshot {
	char text[2 * MIB];
	size_t length;
	double growing[GROWING];
};

static struct snapshot before, after;
static char scratch[4 * MIB];
/* Descriptors that are no files: pipes, sockets and their like may be lost. */
static unsigned char no_file[FDS_MAX];

static const char *const growing_names[GROWING] = {
	"CLOCK_MONOTONIC", "CLOCK_BOOTTIME", "CLOCK_MONOTONIC_RAW",
	"CLOCK_REALTIME", "process CPU time", "user time", "system time",
	"children's CPU time",
};

static void add(struct snapshot *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct snapshot *s, const char *format, ...)
{
	size_t room = sizeof(s->text) - s->length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(s->text + s->length, room, format, args);
	va_end(args);
	if (length > 0 && (size_t)length < room - 1)
		s->length += length;
	if (!s->length || s->text[s->length - 1] != '\n')
		s->text[s->length++] = '\n';
	s->text[s->length] = 0;
}

static void add_link(struct snapshot *s, const char *name)
{
	char path[64], target[512];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/thread-self/%s", name);
	length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = 0;
	add(s, "%s: %s", name, length < 0 ? strerror(errno) : target);
}

/* A file that is binary or long: its length and a sum. */
static void add_sum(struct snapshot *s, const char *name)
{
	char path[64];
	ssize_t length;
	uint64_t sum = 14695981039346656037ULL;

	snprintf(path, sizeof(path), "/proc/thread-self/%s", name);
	length = read_file(path, scratch, sizeof(scratch));
	for (ssize_t i = 0; i < length; i++)
		sum = (sum ^ (unsigned char)scratch[i]) * 1099511628211ULL;
	add(s, "%s: %zd bytes, sum %016llx", name, length,
	    length < 0 ? 0 : (unsigned long long)sum);
}

static void add_text(struct snapshot *s, const char *path)
{
	if (read_file(path, scratch, sizeof(scratch)) < 0)
		snprintf(scratch, sizeof(scratch), "%s", strerror(errno));
	add(s, "%s: %s", path, scratch);
}

static void add_ids(struct snapshot *s)
{
	unsigned int uid[3], gid[3];

	syscall(SYS_getresuid, uid, uid + 1, uid + 2);
	syscall(SYS_getresgid, gid, gid + 1, gid + 2);
	add(s, "pid: %d", getpid());
	add(s, "tid: %d", gettid());
	add(s, "ppid: %d", getppid());
	add(s, "pgid: %d", getpgid(0));
	add(s, "sid: %d", getsid(0));
	add(s, "uids: %u %u %u", uid[0], uid[1], uid[2]);
	add(s, "gids: %u %u %u", gid[0], gid[1], gid[2]);
}

static void add_prctl(struct snapshot *s)
{
	static const struct {
		const char *name;
		int option;
	} values[] = {
		{ "dumpable", PR_GET_DUMPABLE },
		{ "securebits", PR_GET_SECUREBITS },
		{ "keepcaps", PR_GET_KEEPCAPS },
		{ "no_new_privs", PR_GET_NO_NEW_PRIVS },
		{ "THP disabled", PR_GET_THP_DISABLE },
		{ "timer slack", PR_GET_TIMERSLACK },
		{ "seccomp", PR_GET_SECCOMP },
		{ "memory merge", PR_GET_MEMORY_MERGE },
		{ "machine check policy", PR_MCE_KILL_GET },
		{ "I/O flusher", PR_GET_IO_FLUSHER },
	}, words[] = {
		{ "death signal", PR_GET_PDEATHSIG },
		{ "child subreaper", PR_GET_CHILD_SUBREAPER },
		{ "TSC", PR_GET_TSC },
		{ "TID address", PR_GET_TID_ADDRESS },
	};
	char name[32] = "";

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		add(s, "%s: %d", values[i].name,
		    prctl(values[i].option, 0, 0, 0, 0));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		unsigned long word = 0;
		int result = prctl(words[i].option, &word, 0, 0, 0);

		add(s, "%s: %d %#lx", words[i].name, result, word);
	}
	prctl(PR_GET_NAME, name);
	add(s, "comm: %s", name);
}

static void add_limits(struct snapshot *s)
{
	struct rlimit limit;

	for (int i = 0; i < RLIM_NLIMITS; i++) {
		getrlimit(i, &limit);
		add(s, "rlimit %d: %llu %llu", i,
		    (unsigned long long)limit.rlim_cur,
		    (unsigned long long)limit.rlim_max);
	}
}

static void add_signals(struct snapshot *s)
{
	struct {
		unsigned long handler, flags, restorer, mask;
	} action;
	stack_t stack;

	for (int sig = 1; sig <= 64; sig++) {
		memset(&action, 0, sizeof(action));
		syscall(SYS_rt_sigaction, sig, NULL, &action, 8);
		add(s, "signal %d: handler %#lx flags %#lx restorer %#lx mask %#lx",
		    sig, action.handler, action.flags, action.restorer,
		    action.mask);
	}
	sigaltstack(NULL, &stack);
	add(s, "sigaltstack: %p flags %#x size %zu", stack.ss_sp, stack.ss_flags,
	    stack.ss_size);
}

/* Selected lines of a status file, with what they belong to as a prefix. */
static void add_status(struct snapshot *s, const char *prefix, const char *path,
		       unsigned int flags)
{
	static const char *const wanted[] = {
		"Name:", "Umask:", "Tgid:", "Pid:", "PPid:", "TracerPid:",
		"Uid:", "Gid:", "Groups:", "NStgid:", "NSpid:", "NSpgid:",
		"NSsid:", "VmLck:", "SigBlk:", "SigIgn:", "SigCgt:", "Cap",
		"NoNewPrivs:", "Seccomp", "Specul", "Cpus_allowed:",
		"Mems_allowed:", "CoreDumping:", "THP_enabled:", "x86_Thread",
		"Kthread:",
	};
	bool want;

	if (read_file(path, scratch, sizeof(scratch)) < 0) {
		add(s, "%s status: %s", prefix, strerror(errno));
		return;
	}
	for (char *line = scratch, *end; *line; line = end + !!*end) {
		end = line + strcspn(line, "\n");
		want = (!strncmp(line, "Threads:", 8) && !(flags & THREADS_CHANGE)) ||
		       ((!strncmp(line, "SigPnd:", 7) ||
			 !strncmp(line, "ShdPnd:", 7)) &&
			!(flags & SIGNALS_CHANGE));
		if (!strncmp(line, "VmLck:", 6) && flags & MAPS_CHANGE)
			continue;
		/* A handler, sigwait(), ppoll() change it for a moment. */
		if (!strncmp(line, "SigBlk:", 7) && flags & SIGNALS_CHANGE &&
		    !strncmp(prefix, "thread", 6))
			continue;
		for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
			want |= !strncmp(line, wanted[i], strlen(wanted[i]));
		if (want)
			add(s, "%s %.*s", prefix, (int)(end - line), line);
	}
}

static void add_thread(struct snapshot *s, pid_t tid, unsigned int flags)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
		uint32_t clamp_min, clamp_max;
	} attr = { 0 };
	unsigned long mask[16] = { 0 };
	void *robust = NULL;
	size_t length = 0;
	char path[64], prefix[32];

	snprintf(prefix, sizeof(prefix), "thread %d", tid);
	snprintf(path, sizeof(path), "/proc/thread-self/../%d/status", tid);
	add_status(s, prefix, path, flags);
	syscall(SYS_sched_getattr, tid, &attr, sizeof(attr), 0);
	add(s, "%s policy: %u nice %d priority %u flags %#llx runtime %llu clamp %u %u",
	    prefix, attr.policy, attr.nice, attr.priority,
	    (unsigned long long)attr.flags,
	    /* Elsewhere it is the slice, which follows the number of CPUs. */
	    attr.policy == SCHED_DEADLINE ? (unsigned long long)attr.runtime : 0,
	    attr.clamp_min, attr.clamp_max);
	syscall(SYS_sched_getaffinity, tid, sizeof(mask), mask);
	add(s, "%s affinity: %lx %lx", prefix, mask[0], mask[1]);
	syscall(SYS_get_robust_list, tid, &robust, &length);
	add(s, "%s robust list: %p %zu", prefix, robust, length);
	add(s, "%s I/O priority: %ld", prefix, syscall(SYS_ioprio_get, 1, tid));
}

struct entry64 {
	uint64_t ino;
	int64_t off;
	unsigned short length;
	unsigned char type;
	char name[];
};

/* Calls back with each number that is a name in the folder, but its own fd. */
static void each_number(const char *path,
			void (*call)(struct snapshot *, int, unsigned int),
			struct snapshot *s, unsigned int flags)
{
	static char entries[256 * KIB];
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long length = 0, n;

	if (fd < 0) {
		add(s, "%s: %s", path, strerror(errno));
		return;
	}
	/* All of them first: what is called opens descriptors itself. */
	while ((n = syscall(SYS_getdents64, fd, entries + length,
			    sizeof(entries) - length)) > 0)
		length += n;
	close(fd);
	for (long at = 0; at < length;) {
		struct entry64 *entry = (void *)(entries + at);

		at += entry->length;
		if (entry->name[0] != '.' &&
		    !(strstr(path, "/fd") && atoi(entry->name) == fd))
			call(s, atoi(entry->name), flags);
	}
}

static void add_fd(struct snapshot *s, int fd, unsigned int flags)
{
	char path[64], target[512], info[1024], *line;
	ssize_t length;

	(void)flags;
	if (fd >= FDS_MAX)
		return;
	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
	length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = 0;
	if (s == &before)
		no_file[fd] = !strncmp(target, "pipe:", 5) ||
			      !strncmp(target, "socket:", 7) ||
			      !strncmp(target, "anon_inode:", 11);
	if (no_file[fd])
		return;
	add(s, "fd %d: %s", fd, target);
	snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", fd);
	read_file(path, info, sizeof(info));
	line = strstr(info, "pos:");
	if (line)
		add(s, "fd %d %.*s", fd, (int)strcspn(line, "\n"), line);
	line = strstr(info, "flags:");
	if (line)
		add(s, "fd %d %.*s", fd, (int)strcspn(line, "\n"), line);
}

/*
 * Each mapping's line, without device and inode numbers, and its flags. Sizes
 * of what is resident depend on memory pressure.
 */
static void add_maps(struct snapshot *s)
{
	char *end;

	if (read_file("/proc/thread-self/smaps", scratch, sizeof(scratch)) < 0) {
		add(s, "smaps: %s", strerror(errno));
		return;
	}
	for (char *line = scratch; *line; line = end + !!*end) {
		unsigned long from, to;
		unsigned long long offset;
		char perms[8], *dirty;
		int name = 0;

		end = line + strcspn(line, "\n");
		if (*end)
			*end = 0;
		else
			end--;
		if (sscanf(line, "%lx-%lx %7s %llx %*s %*s %n", &from, &to, perms,
			   &offset, &name) >= 4) {
			add(s, "map %lx: -%lx %s %llx %s", from, to, perms, offset,
			    name ? line + name : "");
		} else if (!strncmp(line, "VmFlags:", 8)) {
			/* Soft-dirty is about who looked, not what it is. */
			dirty = strstr(line, " sd");
			if (dirty)
				memmove(dirty, dirty + 3, strlen(dirty + 3) + 1);
			/* One line for each mapping. */
			s->length--;
			add(s, " %s", line + 8);
		}
	}
}

/* Fields of /proc/PID/stat by their number in proc(5). */
static void add_stat(struct snapshot *s)
{
	static const struct {
		const char *name;
		int field;
	} wanted[] = {
		{ "terminal", 7 }, { "terminal's group", 8 }, { "start time", 22 },
		{ "start_code", 26 }, { "end_code", 27 }, { "start_stack", 28 },
		{ "exit_signal", 38 }, { "start_data", 45 }, { "end_data", 46 },
		{ "start_brk", 47 }, { "arg_start", 48 }, { "arg_end", 49 },
		{ "env_start", 50 }, { "env_end", 51 },
	};
	char text[2048], *p;

	/* The process's, not the thread's: that has another start time. */
	snprintf(text, sizeof(text), "/proc/self/stat");
	if (read_file(text, text, sizeof(text)) < 0)
		return;
	p = strrchr(text, ')');
	for (int field = 2; p && *p; field++) {
		for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
			if (wanted[i].field == field)
				add(s, "%s: %.*s", wanted[i].name,
				    (int)strcspn(p, " \n"), p);
		p = strchr(p, ' ');
		p += !!p;
	}
}

static double clock_of(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static double seconds(struct timeval tv)
{
	return tv.tv_sec + tv.tv_usec / 1e6;
}

static void take(struct snapshot *s, unsigned int flags)
{
	struct rusage own, children;
	unsigned long nodes[16] = { 0 };
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2] = { 0 };
	int mode = 0;

	s->length = 0;
	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	s->growing[0] = clock_of(CLOCK_MONOTONIC);
	s->growing[1] = clock_of(CLOCK_BOOTTIME);
	s->growing[2] = clock_of(CLOCK_MONOTONIC_RAW);
	s->growing[3] = clock_of(CLOCK_REALTIME);
	s->growing[4] = clock_of(CLOCK_PROCESS_CPUTIME_ID);
	s->growing[5] = seconds(own.ru_utime);
	s->growing[6] = seconds(own.ru_stime);
	s->growing[7] = seconds(children.ru_utime) + seconds(children.ru_stime);

	add_ids(s);
	add_link(s, "cwd");
	add_link(s, "root");
	add_link(s, "exe");
	add_prctl(s);
	add_limits(s);
	add_signals(s);
	add_stat(s);
	add_sum(s, "environ");
	add_sum(s, "cmdline");
	add_sum(s, "auxv");
	add_text(s, "/proc/thread-self/oom_score_adj");
	add_text(s, "/proc/self/coredump_filter");
	add(s, "personality: %#x", personality(0xffffffff));
	add(s, "nice: %d", getpriority(PRIO_PROCESS, 0));
	syscall(SYS_capget, &header, caps);
	add(s, "capabilities: %#x %#x %#x %#x %#x %#x", caps[0].effective,
	    caps[0].permitted, caps[0].inheritable, caps[1].effective,
	    caps[1].permitted, caps[1].inheritable);
	syscall(SYS_get_mempolicy, &mode, nodes, 1024, NULL, 0);
	add(s, "memory policy: %d %#lx", mode, nodes[0]);
	add_status(s, "process", "/proc/thread-self/status", flags);
	if (!(flags & THREADS_CHANGE))
		each_number("/proc/thread-self/..", add_thread, s, flags);
	if (!(flags & FILES_CHANGE))
		each_number("/proc/thread-self/fd", add_fd, s, flags);
	if (!(flags & MAPS_CHANGE)) {
		add(s, "brk: %#lx", syscall(SYS_brk, 0));
		add_maps(s);
	}
}

void snapshot_take(unsigned int flags)
{
	take(&before, flags);
}

static size_t line_length(const char *line)
{
	return strcspn(line, "\n");
}

/* The line in later text that has the same key, or NULL. */
static const char *find(const char *line, const char *later)
{
	const char *colon = strchr(line, ':');
	size_t key = colon ? (size_t)(colon - line) + 1 : line_length(line);

	for (; *later; later += line_length(later), later += !!*later)
		if (!strncmp(line, later, key))
			return later;
	return NULL;
}

void snapshot_compare(unsigned int flags)
{
	const char *old = before.text, *new = after.text, *same;
	int differences = 0;

	take(&after, flags);
	for (int i = 0; i < GROWING; i++)
		if (after.growing[i] < before.growing[i])
			fail("%s went back: %.6f -> %.6f", growing_names[i],
			     before.growing[i], after.growing[i]);
	while (*old || *new) {
		size_t a = line_length(old), b = line_length(new);

		if (a == b && !memcmp(old, new, a)) {
			old += a + !!old[a];
			new += b + !!new[b];
			continue;
		}
		same = *old ? find(old, new) : NULL;
		if (same == new) {
			if (differences++ < REPORTED)
				fail("%.*s -> %.*s", (int)a, old, (int)b, new);
			old += a + !!old[a];
			new += b + !!new[b];
		} else if (same || !*old) {
			if (differences++ < REPORTED)
				fail("new: %.*s", (int)b, new);
			new += b + !!new[b];
		} else {
			if (differences++ < REPORTED)
				fail("gone: %.*s", (int)a, old);
			old += a + !!old[a];
		}
	}
	if (differences > REPORTED)
		fail("and %d differences more", differences - REPORTED);
}
