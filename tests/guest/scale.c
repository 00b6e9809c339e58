// SPDX-License-Identifier: GPL-2.0
/*
 * scale memory MIB [huge] | processes N | threads N
 *
 * One program of a given size, for tests/bench/scale: how long a resurrection
 * takes, and whether all of it came back.
 *
 * prepare: fill memory with a pattern, fork children or start threads.
 * ready:   writes "ready" to the file $SCALE_READY.
 * die:     reads the clock once in a millisecond. The longest time between two
 *          readings is the outage, as long as it lasted for this process.
 * check:   at a SIGUSR1, after the outage, every byte, child and thread is
 *          verified. Writes one line to $SCALE_RESULT:
 *          "outage US resident KIB huge KIB moved KIB right|wrong: ..."
 *          moved is what lies in other frames than before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB (1UL << 20)
#define CHILD_BYTES (64UL << 10)
#define THREAD_WORDS 512
#define PAGE_WORDS 512
/* Of an entry of /proc/PID/pagemap. */
#define FRAME ((1UL << 55) - 1)

static volatile sig_atomic_t asked;
static uint64_t *memory;
static size_t words;
static pid_t *children;
static pthread_t *threads;
static unsigned int count;
static char wrong[128] = "right";

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned int begun;
static int stop;

static void die(const char *what)
{
	fprintf(stderr, "scale: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void ask(int signal)
{
	(void)signal;
	asked = 1;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

/* No page is like another one: none is taken for another. */
static uint64_t pattern(uint64_t seed, size_t word)
{
	return (seed + word + 1) * 0x9e3779b97f4a7c15ULL;
}

static void fill(uint64_t *at, size_t length, uint64_t seed)
{
	for (size_t i = 0; i < length; i++)
		at[i] = pattern(seed, i);
}

static size_t first_wrong(const uint64_t *at, size_t length, uint64_t seed)
{
	size_t i = 0;

	while (i < length && at[i] == pattern(seed, i))
		i++;
	return i;
}

static void *map(size_t bytes, int advice)
{
	void *at = mmap(NULL, bytes + 2 * MIB, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("mmap");
	/* Only whole ones can be huge. */
	at = (void *)(((uintptr_t)at + 2 * MIB - 1) & ~(2 * MIB - 1));
	if (madvise(at, bytes, advice))
		die("madvise");
	return at;
}

static void start_memory(size_t mib, int huge)
{
	words = mib * MIB / sizeof(*memory);
	memory = map(mib * MIB, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	fill(memory, words, 0);
}

static void check_memory(void)
{
	size_t at = first_wrong(memory, words, 0);

	if (at < words)
		snprintf(wrong, sizeof(wrong), "wrong: byte %zu of memory",
			 at * sizeof(*memory));
}

/* Which frames the memory is in. */
static uint64_t *read_frames(void)
{
	size_t size = words / PAGE_WORDS * sizeof(uint64_t), done = 0;
	off_t from = (uintptr_t)memory / (PAGE_WORDS * sizeof(uint64_t)) *
		     sizeof(uint64_t);
	uint64_t *frames = malloc(size);
	int fd = open("/proc/self/pagemap", O_RDONLY);
	ssize_t got = 1;

	if (fd < 0 || !frames)
		die("pagemap");
	for (; done < size && got > 0; done += got)
		got = pread(fd, (char *)frames + done, size - done, from + done);
	if (done < size)
		die("pagemap");
	close(fd);
	return frames;
}

static size_t moved_kib(const uint64_t *before)
{
	uint64_t *after = read_frames();
	size_t moved = 0;

	for (size_t i = 0; i < words / PAGE_WORDS; i++)
		moved += (before[i] & FRAME) != (after[i] & FRAME);
	free(after);
	return moved * PAGE_WORDS * sizeof(uint64_t) / 1024;
}

static void child(unsigned int number)
{
	size_t length = CHILD_BYTES / sizeof(uint64_t);
	uint64_t *own = map(CHILD_BYTES, MADV_NOHUGEPAGE);
	sigset_t set;
	int signal;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fill(own, length, number);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	do {
		signal = sigwaitinfo(&set, NULL);
	} while (signal < 0 && errno == EINTR);
	_exit(signal == SIGTERM && first_wrong(own, length, number) == length ? 0 : 2);
}

static void start_processes(void)
{
	sigset_t set;

	/* Before the fork, so that no child misses it. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	children = calloc(count, sizeof(*children));
	for (unsigned int i = 0; children && i < count; i++) {
		children[i] = fork();
		if (children[i] < 0)
			die("fork");
		if (children[i] == 0)
			child(i);
	}
	/* All have gone through their memory and sleep. */
	sleep(1 + count / 200);
}

static void check_processes(void)
{
	unsigned int bad = 0;
	int status;

	for (unsigned int i = 0; i < count; i++)
		kill(children[i], SIGTERM);
	for (unsigned int i = 0; i < count; i++)
		if (waitpid(children[i], &status, 0) != children[i] || status)
			bad++;
	if (bad)
		snprintf(wrong, sizeof(wrong), "wrong: %u of %u children", bad, count);
}

static void *thread(void *argument)
{
	uint64_t own[THREAD_WORDS], seed = (uintptr_t)argument;

	fill(own, THREAD_WORDS, seed);
	__asm__ volatile("" : : "r"(own) : "memory");
	pthread_mutex_lock(&lock);
	begun++;
	pthread_cond_broadcast(&changed);
	while (!stop)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	__asm__ volatile("" : : "r"(own) : "memory");
	return first_wrong(own, THREAD_WORDS, seed) == THREAD_WORDS ? NULL : argument;
}

static void start_threads(void)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, CHILD_BYTES);
	threads = calloc(count, sizeof(*threads));
	for (unsigned int i = 0; threads && i < count; i++) {
		errno = pthread_create(&threads[i], &attributes, thread,
				       (void *)(uintptr_t)(i + 1));
		if (errno)
			die("pthread_create");
	}
	pthread_mutex_lock(&lock);
	while (begun < count)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void check_threads(void)
{
	unsigned int bad = 0;
	void *result;

	pthread_mutex_lock(&lock);
	stop = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (unsigned int i = 0; i < count; i++)
		if (pthread_join(threads[i], &result) || result)
			bad++;
	if (bad)
		snprintf(wrong, sizeof(wrong), "wrong: %u of %u threads", bad, count);
}

/* Of all mappings together, in KiB. */
static unsigned long in_smaps(const char *field)
{
	unsigned long sum = 0, kib;
	char line[256];
	FILE *file = fopen("/proc/self/smaps_rollup", "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, field, strlen(field)) &&
		    sscanf(line + strlen(field), " %lu", &kib) == 1)
			sum += kib;
	if (file)
		fclose(file);
	return sum;
}

/* At once or not at all, for whoever waits for the file. */
static void write_file(const char *variable, const char *text)
{
	const char *path = getenv(variable);
	char hidden[256];
	FILE *file;

	if (!path) {
		fputs(text, stdout);
		fflush(stdout);
		return;
	}
	snprintf(hidden, sizeof(hidden), "%s.new", path);
	file = fopen(hidden, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) || rename(hidden, path))
		die(path);
}

/*
 * The longest gap between two readings of the clock. Only who brought the
 * outage about knows when it is over: no gap is too long for a busy host.
 */
static uint64_t await_outage(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	uint64_t before = now_us(), longest = 0, now;

	do {
		nanosleep(&pause, NULL);
		now = now_us();
		if (now - before > longest)
			longest = now - before;
		before = now;
	} while (!asked);
	return longest;
}

int main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[1] : "";
	size_t size = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	unsigned long resident, huge, moved = 0;
	uint64_t *frames = NULL;
	char line[256];
	uint64_t outage;

	signal(SIGUSR1, ask);
	count = size;
	if (!strcmp(kind, "memory")) {
		start_memory(size, argc > 3 && !strcmp(argv[3], "huge"));
	} else if (!strcmp(kind, "processes")) {
		start_processes();
	} else if (!strcmp(kind, "threads")) {
		start_threads();
	} else {
		fputs("usage: scale memory MIB [huge] | processes N | threads N\n", stderr);
		return 2;
	}

	if (memory)
		frames = read_frames();
	resident = in_smaps("Rss:");
	huge = in_smaps("AnonHugePages:");
	write_file("SCALE_READY", "ready\n");
	outage = await_outage();
	if (memory) {
		moved = moved_kib(frames);
		check_memory();
	}
	if (children)
		check_processes();
	if (threads)
		check_threads();
	snprintf(line, sizeof(line), "outage %llu resident %lu huge %lu moved %lu %s\n",
		 (unsigned long long)outage, resident, huge, moved, wrong);
	write_file("SCALE_RESULT", line);
	return strcmp(wrong, "right") != 0;
}
