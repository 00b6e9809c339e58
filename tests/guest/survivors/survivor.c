// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a survivor; see survivor.h.
 *
 *	survivors NAME DIR	be one of them
 *	survivors --list	name and description of each
 *	survivors --names	the names of those that are due
 *	survivors --terminal	the names of those that want a terminal
 *
 * DIR/stop ends them. SURVIVOR_FAKE=FILE takes the generation from FILE: the
 * programs can be tested where no kernel dies. SURVIVOR_DISK and SURVIVOR_TMPFS
 * say where files are made (/var/tmp, /tmp).
 */
#include "survivor.h"

#include <stdarg.h>

extern const struct survivor *const __start_survivors[];
extern const struct survivor *const __stop_survivors[];

#define MEMBERS 256

static const struct survivor *self;
static const char *dir, *source = "/sys/kernel/otherworld/generation";
static bool fake;
static char label[64]; /* NAME, or NAME.WHO in a member */
static void (*check_self)(void);
static void (*finish_self)(void);

static struct {
	char who[16];
	pid_t pid;
} members[MEMBERS];
static int member_count;

/* Found wrong since the last result. No lock: one might be what is broken. */
static char failures[4096];
static size_t failures_length;

static int last_generation;
static double last_outage;

void fail(const char *format, ...)
{
	char text[512] = "; ";
	va_list args;
	size_t at, length;
	int saved = errno;

	va_start(args, format);
	vsnprintf(text + 2, sizeof(text) - 2, format, args);
	va_end(args);
	length = strlen(text);
	at = __atomic_fetch_add(&failures_length, length, __ATOMIC_SEQ_CST);
	if (at + length < sizeof(failures))
		memcpy(failures + at, text, length);
	errno = saved;
}

static const char *path_of(const char *folder, const char *suffix)
{
	static char paths[4][512];
	static unsigned int turn;
	char *path = paths[__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s.%s", folder, label, suffix);
	return path;
}

const char *in_dir(const char *suffix)
{
	return path_of(dir, suffix);
}

static const char *setting(const char *variable, const char *otherwise)
{
	return getenv(variable) ?: otherwise;
}

const char *on_disk(const char *suffix)
{
	return path_of(setting("SURVIVOR_DISK", "/var/tmp"), suffix);
}

const char *on_tmpfs(const char *suffix)
{
	return path_of(setting("SURVIVOR_TMPFS", "/tmp"), suffix);
}

/* Written aside and renamed: whoever sees the file sees all of it. */
static void announce(const char *suffix, const char *text)
{
	char path[512], aside[520];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.%s", dir, label, suffix);
	snprintf(aside, sizeof(aside), "%s.new", path);
	fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0 || write(fd, "\n", 1) < 0)
		unlink(aside);
	close(fd);
	rename(aside, path);
}

static void report(const char *text)
{
	char suffix[32];

	snprintf(suffix, sizeof(suffix), "result.%d", last_generation);
	announce(suffix, text);
}

/* -1 if it cannot be read now: the kernel may have died while the file was open. */
static int read_generation(void)
{
	char text[32], *end;
	int fd = open(source, O_RDONLY | O_CLOEXEC);
	ssize_t length;
	long value;

	if (fd < 0)
		return -1;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return -1;
	text[length] = 0;
	value = strtol(text, &end, 10);
	return end == text ? -1 : (int)value;
}

static char stop_path[512];

static bool stopping(void)
{
	return !access(stop_path, F_OK);
}

/* True at the next generation, false at the end. */
static bool await_generation(void)
{
	double before = now();

	for (;;) {
		int current = read_generation();
		double after = now();

		if (current >= 0 && current != last_generation) {
			last_generation = current;
			last_outage = after - before;
			return true;
		}
		before = after;
		if (stopping())
			return false;
		nap(between_looks());
	}
}

/* Says the same in every generation. */
static void __attribute__((noreturn)) give_up(const char *text)
{
	announce("ready", "");
	while (!stopping()) {
		int current = read_generation();

		if (current >= 0 && current != last_generation) {
			last_generation = current;
			report(text);
		}
		nap(between_looks());
	}
	exit(0);
}

void skip(const char *format, ...)
{
	char text[256] = "skip: ";
	va_list args;

	va_start(args, format);
	vsnprintf(text + 6, sizeof(text) - 6, format, args);
	va_end(args);
	give_up(text);
}

long must_be(long result, const char *what, int line)
{
	char text[256];

	if (result != -1)
		return result;
	snprintf(text, sizeof(text), "fail: line %d: %s: %s", line, what,
		 strerror(errno));
	if (last_generation > 0)
		report(text);
	give_up(text);
}

/* A member's result is a file of its own; ours has to contain it. */
static void collect(int i)
{
	char text[1024], path[512];

	snprintf(path, sizeof(path), "%s/%s.%s.result.%d", dir, label,
		 members[i].who, last_generation);
	if (!await(!access(path, F_OK), 30))
		fail("%s: no result", members[i].who);
	else if (read_file(path, text, sizeof(text)) < 0)
		fail("%s: %s", path, strerror(errno));
	else if (strcmp(text, "pass\n"))
		fail("%s: %.*s", members[i].who, (int)strcspn(text, "\n"), text);
}

static void report_failures(void)
{
	char text[sizeof(failures) + 8] = "pass";
	size_t length = __atomic_exchange_n(&failures_length, 0, __ATOMIC_SEQ_CST);

	if (length > sizeof(failures) - 1)
		length = sizeof(failures) - 1;
	/* Without the first "; ". */
	if (length)
		snprintf(text, sizeof(text), "fail: %.*s", (int)length - 2,
			 failures + 2);
	memset(failures, 0, sizeof(failures));
	/* It is one line. */
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = ' ';
	report(text);
}

/* The main stack does not grow any more where nobody means it to. */
static void __attribute__((noinline)) touch_stack(void)
{
	volatile char space[512 * KIB];

	for (size_t i = 0; i < sizeof(space); i += 4096)
		space[i] = 1;
}

static void live(void)
{
	/* The CPU is for those that still prepare ... */
	spinning_threads_give_way(true);
	snapshot_take(self->flags);
	announce("ready", "");
	while (await_generation()) {
		callers_await_asleep();
		snapshot_compare(self->flags);
		spinning_threads_give_way(false);
		if (check_self)
			check_self();
		for (int i = 0; i < member_count; i++)
			collect(i);
		/* ... or check. */
		spinning_threads_give_way(true);
		/* What check() changed is no difference in the next one. */
		snapshot_take(self->flags);
		report_failures();
	}
}

static void prepare_and_live(void (*prepare)(void), void (*around)(void (*)(void)))
{
	last_generation = read_generation();
	if (prepare)
		prepare();
	touch_stack();
	if (around)
		around(live);
	else
		live();
	if (finish_self)
		finish_self();
	for (int i = 0; i < member_count; i++) {
		kill(members[i].pid, SIGKILL);
		waitpid(members[i].pid, NULL, 0);
	}
	exit(0);
}

void be_member(const char *who, void (*prepare)(void), void (*check)(void))
{
	size_t length = strlen(label);

	snprintf(label + length, sizeof(label) - length, ".%s", who);
	member_count = 0;
	failures_length = 0;
	check_self = check;
	finish_self = NULL;
	prepare_and_live(prepare, NULL);
	_exit(0);
}

void expect_member(const char *who, pid_t pid)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.%s.ready", dir, label, who);
	snprintf(members[member_count].who, sizeof(members[0].who), "%s", who);
	members[member_count++].pid = pid;
	if (!await(!access(path, F_OK), 30))
		must_be((errno = ETIMEDOUT, -1), "a member gets ready", __LINE__);
}

pid_t member(const char *who, void (*prepare)(void), void (*check)(void))
{
	pid_t pid = must(fork());

	if (!pid)
		be_member(who, prepare, check);
	expect_member(who, pid);
	return pid;
}

double outage(void)
{
	return last_outage;
}

bool is_fake(void)
{
	return fake;
}

int generation(void)
{
	return last_generation;
}

static int list(bool names, unsigned int with, unsigned int without)
{
	for (const struct survivor *const *p = __start_survivors;
	     p < __stop_survivors; p++) {
		if (((*p)->flags & with) != with || (*p)->flags & without)
			continue;
		if (names)
			printf("%s\n", (*p)->name);
		else
			printf("%-18s %s%s\n", (*p)->name, (*p)->about,
			       (*p)->flags & LATER ? " (later)" : "");
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--list"))
		return list(false, 0, 0);
	if (argc == 2 && !strcmp(argv[1], "--names"))
		return list(true, 0, LATER);
	if (argc == 2 && !strcmp(argv[1], "--terminal"))
		return list(true, TERMINAL, LATER);
	/* What exec_loop runs. */
	if (argc == 3 && !strcmp(argv[1], "--exit"))
		return atoi(argv[2]);
	for (const struct survivor *const *p = __start_survivors;
	     argc == 3 && p < __stop_survivors; p++)
		if (!strcmp((*p)->name, argv[1]))
			self = *p;
	if (!self) {
		fprintf(stderr, "usage: survivors NAME DIR | --list | --names\n");
		return 2;
	}
	dir = realpath(argv[2], NULL);
	if (!dir) {
		perror(argv[2]);
		return 2;
	}
	snprintf(label, sizeof(label), "%s", self->name);
	snprintf(stop_path, sizeof(stop_path), "%s/stop", dir);
	if (getenv("SURVIVOR_FAKE")) {
		source = realpath(getenv("SURVIVOR_FAKE"), NULL);
		fake = true;
	}
	check_self = self->check;
	finish_self = self->finish;
	prepare_and_live(self->prepare, self->around);
}
