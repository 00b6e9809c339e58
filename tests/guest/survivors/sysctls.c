// SPDX-License-Identifier: GPL-2.0
/* What the machine was told: its names, and values in /proc/sys. */
#include "survivor.h"

#define HOST	"the-same-host"
#define DOMAIN	"otherworld.example"

/* Values that no kernel begins with; 0 is what setting another makes of it. */
static const struct {
	const char *path, *value;
} settings[] = {
	{ "/proc/sys/kernel/core_pattern", "/nowhere/core.%e.%p" },
	{ "/proc/sys/kernel/core_uses_pid", "1" },
	{ "/proc/sys/kernel/overflowuid", "65533" },
	{ "/proc/sys/kernel/sched_rr_timeslice_ms", "90" },
	{ "/proc/sys/kernel/sem", "32001\t1024000001\t501\t32001" },
	{ "/proc/sys/kernel/shmmax", "987654321" },
	{ "/proc/sys/fs/protected_fifos", "2" },
	{ "/proc/sys/fs/suid_dumpable", "2" },
	{ "/proc/sys/fs/nr_open", "1048000" },
	{ "/proc/sys/fs/inotify/max_user_watches", "123456" },
	{ "/proc/sys/vm/dirty_background_bytes", "33554432" },
	{ "/proc/sys/vm/dirty_background_ratio", "0" },
	{ "/proc/sys/vm/dirty_ratio", "33" },
	{ "/proc/sys/vm/dirty_writeback_centisecs", "457" },
	{ "/proc/sys/vm/max_map_count", "65577" },
	{ "/proc/sys/vm/overcommit_ratio", "61" },
	{ "/proc/sys/vm/swappiness", "37" },
	{ "/proc/sys/net/core/somaxconn", "4321" },
	{ "/proc/sys/net/ipv4/ip_forward", "1" },
	{ "/proc/sys/net/ipv4/tcp_rmem", "4097\t131073\t6291457" },
	{ "/proc/sys/net/ipv4/tcp_ecn", "1" },
};

/* False if this kernel does not have it. */
static bool has(const char *path)
{
	return !access(path, F_OK);
}

static void set(const char *path, const char *value)
{
	int fd = must(open(path, O_WRONLY));

	must(write(fd, value, strlen(value)));
	close(fd);
}

static void prepare(void)
{
	size_t i;

	if (is_fake())
		skip("it is this very machine that would be told");
	if (geteuid())
		skip("only root may tell the machine");
	must(sethostname(HOST, strlen(HOST)));
	must(setdomainname(DOMAIN, strlen(DOMAIN)));
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (has(settings[i].path) && strcmp(settings[i].value, "0"))
			set(settings[i].path, settings[i].value);
}

static void check(void)
{
	char buffer[256];
	ssize_t length;
	size_t i;

	must(gethostname(buffer, sizeof(buffer)));
	if (strcmp(buffer, HOST))
		fail("the host's name is %s", buffer);
	must(getdomainname(buffer, sizeof(buffer)));
	if (strcmp(buffer, DOMAIN))
		fail("the domain's name is %s", buffer);
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (!has(settings[i].path))
			continue;
		length = read_file(settings[i].path, buffer, sizeof(buffer));
		if (length > 0 && buffer[length - 1] == '\n')
			buffer[length - 1] = '\0';
		if (strcmp(buffer, settings[i].value))
			fail("%s is %s", settings[i].path, buffer);
	}
}

SURVIVOR(sysctls, .about = "hostname, domain name, values in /proc/sys",
	 .prepare = prepare, .check = check);
