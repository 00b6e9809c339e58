// SPDX-License-Identifier: GPL-2.0
/* mmap, munmap, mprotect, mremap, madvise and fork at random, all the time. */
#include "survivor.h"

#define AREAS 64
#define MOST (512 * KIB)

static struct area {
	char *memory;
	size_t size;
	uint64_t seed;
	int protection;
} areas[AREAS];
static unsigned long turns;
static uint64_t state = 12345;
/* check() wants to look for itself: from the one barrier to the other. */
static bool look_wanted;
static pthread_barrier_t looking[2];

static unsigned long any(unsigned long limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % limit;
}

static void renew(struct area *area)
{
	area->size = 4096 * (1 + any(MOST / 4096));
	area->seed = state;
	area->memory = mmap(NULL, area->size, PROT_READ | PROT_WRITE,
			    (any(4) ? MAP_PRIVATE : MAP_SHARED) | MAP_ANONYMOUS, -1, 0);
	if (area->memory == MAP_FAILED) {
		area->memory = NULL;
		return;
	}
	fill(area->memory, area->size, area->seed);
	area->protection = PROT_READ | PROT_WRITE;
}

static void verify(struct area *area)
{
	if (area->memory && area->protection != PROT_NONE)
		check_filled("area", area->memory, area->size, area->seed);
}

static void protect(struct area *area, int protection)
{
	if (mprotect(area->memory, area->size, protection))
		return fail("mprotect: %s", strerror(errno));
	area->protection = protection;
}

static void move(struct area *area)
{
	void *memory = mremap(area->memory, area->size, area->size / 2 / 4096 * 4096 + 4096,
			      MREMAP_MAYMOVE);

	if (memory == MAP_FAILED)
		return fail("mremap: %s", strerror(errno));
	area->memory = memory;
	area->size = area->size / 2 / 4096 * 4096 + 4096;
}

static void in_child(void)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		/* What fails here the parent cannot see. */
		for (int i = 0; i < AREAS; i += 7) {
			struct area *area = areas + i;
			uint64_t first;

			if (!area->memory || area->protection == PROT_NONE)
				continue;
			fill(&first, sizeof(first), area->seed);
			if (*(uint64_t *)area->memory != first)
				_exit(1);
		}
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		fail("a child saw something else: %d, %#x", pid, status);
}

static void *churn(void *argument)
{
	for (;; __atomic_fetch_add(&turns, 1, __ATOMIC_SEQ_CST)) {
		struct area *area = areas + any(AREAS);

		if (__atomic_load_n(&look_wanted, __ATOMIC_SEQ_CST))
			for (int i = 0; i < 2; i++)
				pthread_barrier_wait(looking + i);
		verify(area);
		if (!area->memory) {
			renew(area);
			continue;
		}
		switch (any(8)) {
		case 0:
			munmap(area->memory, area->size);
			area->memory = NULL;
			break;
		case 1:
			protect(area, PROT_NONE);
			break;
		case 2:
			protect(area, PROT_READ);
			break;
		case 3:
			protect(area, PROT_READ | PROT_WRITE);
			area->seed = state;
			fill(area->memory, area->size, area->seed);
			break;
		case 4:
			move(area);
			break;
		case 5:
			madvise(area->memory, area->size, MADV_COLD);
			break;
		case 6:
			if (!any(4))
				in_child();
			break;
		default:
			protect(area, PROT_READ | PROT_WRITE);
			break;
		}
	}
	return argument;
}

static void prepare(void)
{
	for (int i = 0; i < 2; i++)
		must_0(pthread_barrier_init(looking + i, NULL, 2));
	spinning_thread(churn, NULL);
	await(__atomic_load_n(&turns, __ATOMIC_SEQ_CST) > 100, 20);
}

static void check(void)
{
	unsigned long before;

	__atomic_store_n(&look_wanted, true, __ATOMIC_SEQ_CST);
	pthread_barrier_wait(looking);
	for (int i = 0; i < AREAS; i++)
		verify(areas + i);
	in_child();
	before = __atomic_load_n(&turns, __ATOMIC_SEQ_CST);
	__atomic_store_n(&look_wanted, false, __ATOMIC_SEQ_CST);
	pthread_barrier_wait(looking + 1);
	if (!await_with_cpu(__atomic_load_n(&turns, __ATOMIC_SEQ_CST) > before + 10, 20))
		fail("it does not go on");
}

SURVIVOR(churn, .about = "memory and fork calls at random, verified",
	 .prepare = prepare, .check = check, .flags = MAPS_CHANGE);
