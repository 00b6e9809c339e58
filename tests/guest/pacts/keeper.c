// SPDX-License-Identifier: GPL-2.0
/*
 * keeper ROLE DIRECTORY [check]: commits a persistent region again and again, each
 * commit filled with its own number, and notes that in a file before and
 * after. Whoever begins anew says what it has found: "begins NUMBER" if that is
 * whole and no older than the last note, else "torn" or "lost"; if signals are
 * blocked, "blocked". A timer ticks all the time. What else it does goes by its
 * role, which is also its name for the kernel:
 *
 *   commits    nothing: it goes on where it stood
 *   anew       nothing: a policy has it begin anew
 *   updates    changes its pact all the time; its procedure tells of crashes
 *   registers  makes its first pact when it is told to
 *   restarts   when told to, its crash procedure answers that it begins anew
 *   escalates  when told to, its crash procedure fails
 *   swapped    has its pact swapped out when the kernel dies
 *   guarded    guards memory, of which some is wrong; its procedure tells of each
 *
 * It is told by the file go.ROLE. With "check" it says what another one with that
 * role has left, and ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <unistd.h>

#include <otherworld/ow.h>

#include "say.h"

/* Most of the time is spent inside of a commit, not all of what there is. */
#define WORDS 8192
#define REST_US 1000
#define LONG_LIMIT_MS 60000

static const char *role;
static char go_name[256];
static int notes;
static struct ow_region *region;

enum note { BEFORE, AFTER };

static void die_of(const char *what, int error)
{
	say(what, (uint64_t)error);
	exit(1);
}

static void note(enum note which, uint64_t number)
{
	if (pwrite(notes, &number, sizeof(number), which * sizeof(number)) !=
	    sizeof(number))
		die_of("no_note", errno);
}

static uint64_t noted(enum note which)
{
	uint64_t number = 0;

	if (pread(notes, &number, sizeof(number), which * sizeof(number)) < 0)
		die_of("no_note", errno);
	return number;
}

/* Each word is another one, and of this commit alone. */
static uint64_t word_of(uint64_t number, uint64_t at)
{
	return number ? (number << 20 | at) * 0x9e3779b97f4a7c15 : 0;
}

static bool is_whole(uint64_t number)
{
	const uint64_t *words = ow_region_data(region);

	for (uint64_t i = 0; i < WORDS; i++)
		if (words[i] != word_of(number, i))
			return false;
	return true;
}

/* The number of the last commit. */
static uint64_t find(void)
{
	uint64_t number;
	int ret = ow_region_open(role, WORDS * sizeof(uint64_t), 0, &region);

	if (ret)
		die_of("no_region", -ret);
	number = ow_region_commits(region);
	if (!is_whole(number))
		say("torn", number);
	else if (number < noted(AFTER) || number > noted(BEFORE))
		say("lost", number);
	else
		say("begins", number);
	return number;
}

static void commit(uint64_t number)
{
	uint64_t *words = ow_region_data(region);
	int ret;

	for (uint64_t i = 0; i < WORDS; i++)
		words[i] = word_of(number, i);
	note(BEFORE, number);
	ret = ow_region_commit(region);
	if (ret || ow_region_commits(region) != number)
		die_of("no_commit", -ret);
	note(AFTER, number);
}

static void wait_for_go(void)
{
	while (access(go_name, F_OK))
		usleep(10000);
}

static int procedure(const struct ow_crash *crash, void *data)
{
	(void)data;
	say("procedure", crash->generation);
	for (size_t i = 0; i < crash->guarded_count; i++)
		say(crash->guarded[i].name, crash->guarded[i].state);
	if (!strcmp(role, "restarts")) {
		wait_for_go();
		return OW_RESTART;
	}
	if (!strcmp(role, "escalates")) {
		wait_for_go();
		abort();
	}
	return OW_CONTINUE;
}

static void protect(void)
{
	int ret = ow_register_crash_procedure(procedure, NULL, 0, LONG_LIMIT_MS);

	if (ret)
		die_of("no_pact", -ret);
}

static void heed(int signal)
{
	(void)signal;
}

/* Nothing of what it was before may be left to whoever begins. */
static void expect_fresh(void)
{
	const struct itimerval tick = { { 0, 2000 }, { 0, 2000 } };
	struct sigaction action = { .sa_handler = heed, .sa_flags = SA_RESTART };
	struct itimerval old;
	sigset_t blocked;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	if (!sigisemptyset(&blocked))
		say("blocked", 0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &tick, &old);
	if (old.it_value.tv_sec || old.it_value.tv_usec)
		say("ticking", 0);
}

static void guard(void)
{
	static char intact[100], changing[100], damaged[100];

	if (ow_guard(intact, sizeof(intact), "intact") ||
	    ow_guard(changing, sizeof(changing), "changing") ||
	    ow_guard(damaged, sizeof(damaged), "damaged") ||
	    ow_guard_open(changing))
		die_of("no_guard", 0);
	changing[3] = damaged[99] = 1;
}

/* How much of the mapping of the device is in swap; @at: where it is. */
static unsigned long pact_in_swap(unsigned long *at)
{
	unsigned long start, end, kib = 0;
	FILE *maps = fopen("/proc/self/smaps", "re");
	char line[512];

	*at = 0;
	while (maps && fgets(line, sizeof(line), maps)) {
		if (!*at && strstr(line, "/dev/otherworld") &&
		    sscanf(line, "%lx-%lx", &start, &end) == 2)
			*at = start;
		if (*at && sscanf(line, "Swap: %lu kB", &kib) == 1)
			break;
	}
	if (maps)
		fclose(maps);
	return kib;
}

/* It stays there until somebody looks into it. */
static void swap_pact_out(void)
{
	unsigned long at;

	for (int i = 0; i < 1000; i++) {
		if (pact_in_swap(&at)) {
			say("swapped", 0);
			return;
		}
		if (!at || madvise((void *)at, 1, MADV_PAGEOUT))
			die_of("no_pageout", errno);
		usleep(10000);
	}
	die_of("not_swapped", 0);
}

static void update(uint64_t number)
{
	char group[32];

	snprintf(group, sizeof(group), "keeper/%llu",
		 (unsigned long long)number);
	if (ow_join_group(group))
		die_of("no_group", 0);
}

int main(int count, char **arguments)
{
	bool registers, updates, swapped, guarded, protects;
	char name[256], log[256];
	const char *directory;
	uint64_t number;
	bool check;

	if (count != 3 && count != 4)
		return 2;
	role = arguments[1];
	directory = arguments[2];
	check = count == 4;
	snprintf(name, sizeof(name), "%s/notes.%s", directory, role);
	snprintf(go_name, sizeof(go_name), "%s/go.%s", directory, role);
	snprintf(log, sizeof(log), "%s/log", directory);
	prctl(PR_SET_NAME, role);
	say_as(role, log);
	notes = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (notes < 0)
		die_of("no_notes", errno);

	expect_fresh();
	registers = !strcmp(role, "registers");
	updates = !strcmp(role, "updates");
	swapped = !strcmp(role, "swapped");
	guarded = !strcmp(role, "guarded");
	protects = updates || swapped || guarded ||
		   !strcmp(role, "restarts") || !strcmp(role, "escalates");
	if (guarded)
		guard();
	if (protects && !check)
		protect();
	number = find();
	if (swapped && !check)
		swap_pact_out();
	while (!check) {
		commit(++number);
		usleep(REST_US);
		if (updates)
			for (int i = 0; i < 1000; i++)
				update(number + i);
		if (registers && !access(go_name, F_OK)) {
			protect();
			say("registered", number);
			registers = false;
		}
	}
	return 0;
}
