// SPDX-License-Identifier: GPL-2.0
/* What survivors have in common; see survivor.h. */
#include "survivor.h"

#include <sched.h>
#include <setjmp.h>
#include <sys/resource.h>

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

double cpu_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static long cpus;

/* Before anything else: asking opens a file, which others would see. */
__attribute__((constructor)) static void count_cpus(void)
{
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
}

double slack(void)
{
	return 4 + 16.0 / cpus;
}

/* More than a hundred programs look at the same time: it shall cost little. */
double between_looks(void)
{
	return 1.0 / cpus;
}

void nap(double seconds)
{
	struct timespec ts = { .tv_sec = (time_t)seconds };

	ts.tv_nsec = (seconds - ts.tv_sec) * 1e9;
	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* xorshift64*, one step. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static uint64_t start(uint64_t seed)
{
	return seed * 0x9e3779b97f4a7c15ULL | 1;
}

void fill(void *memory, size_t size, uint64_t seed)
{
	uint64_t state = start(seed), *word = memory;

	for (size_t i = 0; i < size / sizeof(*word); i++)
		word[i] = next(&state);
}

void check_filled(const char *what, const void *memory, size_t size, uint64_t seed)
{
	uint64_t state = start(seed), first = 0;
	const uint64_t *word = memory;
	size_t wrong = 0, at = 0;

	for (size_t i = 0; i < size / sizeof(*word); i++) {
		if (word[i] == next(&state))
			continue;
		if (!wrong++) {
			at = i * sizeof(*word);
			first = word[i];
		}
	}
	if (wrong)
		fail("%s: %zu words of %zu are wrong, first at %p + %#zx: %#llx",
		     what, wrong, size / sizeof(*word), memory, at,
		     (unsigned long long)first);
}

void *anonymous(size_t size)
{
	return must_map(mmap(NULL, size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static __thread sigjmp_buf faulted;

static void on_fault(int sig)
{
	siglongjmp(faulted, sig);
}

static bool can(void *address, bool write)
{
	struct sigaction action = { .sa_handler = on_fault }, segv, bus;
	volatile char *byte = address;
	volatile bool result = true;

	sigaction(SIGSEGV, &action, &segv);
	sigaction(SIGBUS, &action, &bus);
	if (sigsetjmp(faulted, 1))
		result = false;
	else if (write)
		*byte = *byte;
	else
		(void)*byte;
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	return result;
}

bool readable(const void *address)
{
	return can((void *)address, false);
}

bool writable(void *address)
{
	return can(address, true);
}

ssize_t read_file(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t n = -1;

	buffer[0] = 0;
	if (fd < 0)
		return -1;
	while (length < size - 1) {
		n = read(fd, buffer + length, size - 1 - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		length += n;
	}
	close(fd);
	buffer[length] = 0;
	return n < 0 ? -1 : (ssize_t)length;
}

/* /proc/self/smaps of the largest of them. */
static char text[4 * MIB];

long long file_number(const char *path, const char *key)
{
	size_t length = strlen(key);

	if (read_file(path, text, sizeof(text)) < 0)
		return -1;
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, length))
			return strtoll(line + length, NULL, 10);
	}
	return -1;
}

long smaps_kib(const void *start_of, size_t size, const char *key)
{
	unsigned long from = (unsigned long)start_of, begin, end;
	size_t length = strlen(key);
	bool inside = false;
	long sum = 0;

	if (read_file("/proc/self/smaps", text, sizeof(text)) < 0)
		return -1;
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%lx-%lx ", &begin, &end) == 2)
			inside = begin < from + size && end > from;
		else if (inside && !strncmp(line, key, length))
			sum += strtol(line + length, NULL, 10);
	}
	return sum;
}

void *shared_page(void)
{
	return must_map(mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

struct start_of_thread {
	void *(*function)(void *);
	void *argument;
	bool spins, runs;
};

#define MOST_SPINNING 16
static pid_t spinning[MOST_SPINNING];
static int spinning_count;

static void *start_thread(void *argument)
{
	struct start_of_thread *start_of = argument, copy = *start_of;

	if (copy.spins) {
		setpriority(PRIO_PROCESS, 0, 10);
		spinning[spinning_count++] = gettid();
	}
	__atomic_store_n(&start_of->runs, true, __ATOMIC_SEQ_CST);
	return copy.function(copy.argument);
}

static pthread_t make_thread(struct start_of_thread start_of)
{
	pthread_attr_t attributes;
	pthread_t result;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 256 * KIB);
	must_0(pthread_create(&result, &attributes, start_thread, &start_of));
	pthread_attr_destroy(&attributes);
	while (!__atomic_load_n(&start_of.runs, __ATOMIC_SEQ_CST))
		nap(0.001);
	return result;
}

pthread_t thread(void *(*function)(void *), void *argument)
{
	return make_thread((struct start_of_thread){ function, argument, false, false });
}

pthread_t spinning_thread(void *(*function)(void *), void *argument)
{
	return make_thread((struct start_of_thread){ function, argument, true, false });
}

void spinning_threads_give_way(bool all)
{
	const struct sched_param none = { 0 };

	/* Not every user may go back. */
	if (is_fake())
		return;
	for (int i = 0; i < spinning_count; i++)
		expect(!sched_setscheduler(spinning[i], all ? SCHED_IDLE : SCHED_OTHER,
					   &none));
}

static void *call_again_and_again(void *argument)
{
	struct caller *caller = argument;

	__atomic_store_n(&caller->tid, gettid(), __ATOMIC_SEQ_CST);
	for (;;) {
		caller->round();
		__atomic_fetch_add(&caller->rounds, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

#define MOST_CALLERS 16
static struct caller *callers[MOST_CALLERS];
static int caller_count;

void callers_await_asleep(void)
{
	for (int i = 0; i < caller_count; i++)
		await_asleep(callers[i]->tid);
}

void caller_start(struct caller *caller)
{
	callers[caller_count++] = caller;
	thread(call_again_and_again, caller);
	await(__atomic_load_n(&caller->tid, __ATOMIC_SEQ_CST), 10);
	await_asleep(caller->tid);
}

unsigned long rounds_of(struct caller *caller)
{
	return __atomic_load_n(&caller->rounds, __ATOMIC_SEQ_CST);
}

void caller_goes_on(struct caller *caller, unsigned long rounds, double seconds)
{
	unsigned long before = rounds_of(caller);

	if (!await(rounds_of(caller) >= before + rounds, seconds))
		fail("the call in flight is stuck: %lu of %lu rounds in %.1f s",
		     rounds_of(caller) - before, rounds, seconds);
}

/* Asked of /proc, for the thread cannot say so itself. */
void await_asleep(pid_t tid)
{
	char path[64], stat[512], *state;
	int asleep = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	for (int i = 0; i < 1000 && asleep < 2; i++) {
		nap(0.01);
		if (read_file(path, stat, sizeof(stat)) < 0)
			continue;
		state = strrchr(stat, ')');
		asleep = state && strchr("SDZT", state[2]) ? asleep + 1 : 0;
	}
}
