// SPDX-License-Identifier: GPL-2.0
/*
 * counter LOG: counts in a persistent region, for ever. Compiled in the guest,
 * with what libow-dev has put there. Lines of LOG: "begins COUNT",
 * "counts COUNT" now and then, "procedure GENERATION".
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <otherworld/ow.h>

#define COUNTS_PER_LINE 20

static int log_file;

static void say(const char *word, uint64_t number)
{
	ow_safe_print(log_file, word);
	ow_safe_print_number(log_file, number);
	ow_safe_print(log_file, "\n");
}

static int procedure(const struct ow_crash *crash, void *data)
{
	(void)data;
	say("procedure ", crash->generation);
	return OW_CONTINUE;
}

int main(int count, char **arguments)
{
	struct ow_region *region;
	uint64_t *counter;
	int ret;

	if (count != 2)
		return 2;
	log_file = open(arguments[1], O_WRONLY | O_CREAT | O_APPEND, 0644);
	ret = ow_region_open("counter", sizeof(*counter), 0, &region);
	if (!ret)
		ret = ow_register_crash_procedure(procedure, NULL, 0, 0);
	if (ret) {
		fprintf(stderr, "counter: %s\n", strerror(-ret));
		return 1;
	}
	counter = ow_region_data(region);
	say("begins ", *counter);
	for (;;) {
		++*counter;
		ow_region_commit(region);
		if (*counter % COUNTS_PER_LINE == 0)
			say("counts ", *counter);
		usleep(10000);
	}
}
