// SPDX-License-Identifier: GPL-2.0
#include "say.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <otherworld/ow.h>

static const char *name, *log_name;

void say_as(const char *own_name, const char *log)
{
	name = own_name;
	log_name = log;
}

/* In one write(), for others write there, too. */
void say(const char *word, uint64_t number)
{
	int fd = open(log_name, O_WRONLY | O_CREAT | O_APPEND, 0644);
	char line[256], digits[24] = "", *first = digits + sizeof(digits) - 1;

	do {
		*--first = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	stpcpy(stpcpy(stpcpy(stpcpy(stpcpy(stpcpy(line, name), " "), word), " "),
		      first), "\n");
	ow_safe_print(fd, line);
	close(fd);
}
