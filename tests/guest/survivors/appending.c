// SPDX-License-Identifier: GPL-2.0
/* A log that is appended to all the time: no line is lost, none is there twice. */
#include "survivor.h"

static int fd;
static unsigned long written;

static void *run(void *argument)
{
	char line[32];

	for (;;) {
		int length = snprintf(line, sizeof(line), "line %lu\n", written + 1);
		ssize_t n = write(fd, line, length);

		/* Interrupted before it began: to be done again. */
		if (n < 0 && errno == EINTR)
			continue;
		if (n != length)
			fail("write: %zd of %d, %s", n, length, strerror(errno));
		__atomic_fetch_add(&written, 1, __ATOMIC_SEQ_CST);
		nap(0.0005);
	}
	return argument;
}

static void prepare(void)
{
	fd = must(open(on_disk("log"),
		       O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
	thread(run, NULL);
	await(__atomic_load_n(&written, __ATOMIC_SEQ_CST) > 10, 10);
}

static void check(void)
{
	static char text[4 * MIB];
	unsigned long before = __atomic_load_n(&written, __ATOMIC_SEQ_CST);
	unsigned long number = 0;

	expect(await(__atomic_load_n(&written, __ATOMIC_SEQ_CST) > before + 5, 20));
	before = __atomic_load_n(&written, __ATOMIC_SEQ_CST);
	if (read_file(on_disk("log"), text, sizeof(text)) < 0)
		return fail("log: %s", strerror(errno));
	for (char *line = text; *line; line = strchr(line, '\n') + 1) {
		if (!strchr(line, '\n'))
			break;
		if (strtoul(line + 5, NULL, 10) != ++number)
			return fail("line %lu is %.*s", number,
				    (int)strcspn(line, "\n"), line);
		if (number >= before)
			break;
	}
	/* Beyond 4 MiB nobody looks. */
	if (number < before && strlen(text) < sizeof(text) - 32)
		fail("%lu lines of %lu", number, before);
	expect(fcntl(fd, F_GETFL) & O_APPEND);
}

static void finish(void)
{
	unlink(on_disk("log"));
}

/* The position of a file that is written meanwhile cannot be compared. */
SURVIVOR(appending, .about = "an O_APPEND log, written all the time",
	 .prepare = prepare, .check = check, .finish = finish,
	 .flags = FILES_CHANGE);
