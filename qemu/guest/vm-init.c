// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of the test VM, in every generation: brings up what programs expect
 * of a system, runs the host's commands (agent.c), reaps orphans, and powers
 * off when told.
 *
 * It is started by the kernel on a bare root, or by `owctl resurrect` after
 * switch_root, when some of the mounts are there already.
 *
 * Words of the kernel command line that it follows, all set by qemu/vm:
 *	vm.shell		a shell on ttyS0; power off when it ends
 *	vm.term=NAME		its terminal type
 *	vm.winsize=ROWSxCOLS	its terminal's size
 *	vm.watchdog=SECONDS	feed /dev/watchdog, with this time-out
 *
 * SIGHUP makes the agent open its port and start its conversation again.
 */
#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char cmdline[4096];
static volatile sig_atomic_t reconnect;

static void mount_at(const char *type, const char *path, const char *data)
{
	struct stat here, above;
	char parent[64];

	mkdir(path, 0755);
	snprintf(parent, sizeof(parent), "%s/..", path);
	if (!stat(path, &here) && !stat(parent, &above) &&
	    here.st_dev != above.st_dev)
		return; /* already a mount point */
	if (mount(type, path, type, MS_NOSUID, data) && errno != ENODEV)
		fprintf(stderr, "vm-init: %s: %m\n", path);
}

static void mount_all(void)
{
	mount_at("proc", "/proc", NULL);
	mount_at("sysfs", "/sys", NULL);
	mount_at("devtmpfs", "/dev", NULL);
	mount_at("devpts", "/dev/pts", "mode=620,ptmxmode=666,gid=5");
	mount_at("tmpfs", "/dev/shm", "mode=1777");
	mount_at("tmpfs", "/run", "mode=755");
	mount_at("tmpfs", "/tmp", "mode=1777");
	mount_at("debugfs", "/sys/kernel/debug", NULL);
	mount_at("cgroup2", "/sys/fs/cgroup", NULL);
	mkdir("/run/otherworld", 0755);
	/* What udev would have made. */
	if (symlink("/proc/self/fd", "/dev/fd") ||
	    symlink("fd/0", "/dev/stdin") || symlink("fd/1", "/dev/stdout") ||
	    symlink("fd/2", "/dev/stderr"))
		return; /* a later generation has them already */
}

static void set_names(void)
{
	struct ifreq lo = { .ifr_name = "lo" };
	char name[64];
	FILE *file = fopen("/etc/hostname", "re");
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (file && fgets(name, sizeof(name), file))
		sethostname(name, strcspn(name, "\n"));
	if (file)
		fclose(file);
	if (sock < 0)
		return;
	if (!ioctl(sock, SIOCGIFFLAGS, &lo)) {
		lo.ifr_flags |= IFF_UP;
		ioctl(sock, SIOCSIFFLAGS, &lo);
	}
	close(sock);
}

static void read_cmdline(void)
{
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, cmdline, sizeof(cmdline) - 1);

	cmdline[n > 0 ? n : 0] = 0;
	cmdline[strcspn(cmdline, "\n")] = 0;
	if (fd >= 0)
		close(fd);
}

/* The word's value ("" if it has none), or NULL if it is not there. */
static const char *word(const char *name)
{
	static char value[128];
	size_t length = strlen(name);

	for (const char *p = cmdline; *p; p += strcspn(p, " "), p += *p == ' ') {
		if (strncmp(p, name, length))
			continue;
		if (p[length] == ' ' || !p[length])
			return "";
		if (p[length] != '=')
			continue;
		p += length + 1;
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(p, " "), p);
		return value;
	}
	return NULL;
}

static pid_t start_shell(void)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	const char *value;
	pid_t pid = fork();
	sigset_t none;
	int tty;

	if (pid)
		return pid;
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	tty = open("/dev/ttyS0", O_RDWR);
	if (tty < 0)
		_exit(126);
	ioctl(tty, TIOCSCTTY, 0);
	value = word("vm.winsize");
	if (value)
		sscanf(value, "%hux%hu", &size.ws_row, &size.ws_col);
	ioctl(tty, TIOCSWINSZ, &size);
	dup2(tty, 0);
	dup2(tty, 1);
	dup2(tty, 2);
	if (tty > 2)
		close(tty);
	value = word("vm.term");
	setenv("TERM", value && *value ? value : "vt220", 1);
	if (chdir("/root"))
		perror("vm-init: /root");
	execl("/bin/bash", "-bash", NULL);
	execl("/bin/sh", "-sh", NULL);
	_exit(127);
}

static int open_watchdog(int seconds)
{
	int fd = open("/dev/watchdog", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		fprintf(stderr, "vm-init: /dev/watchdog: %m\n");
	else if (ioctl(fd, WDIOC_SETTIMEOUT, &seconds))
		fprintf(stderr, "vm-init: watchdog time-out: %m\n");
	return fd;
}

static void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	/* A kernel that could not: at least the host sees that all is over. */
	reboot(RB_HALT_SYSTEM);
}

static void on_signal(int sig)
{
	if (sig == SIGHUP)
		reconnect = 1;
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct pollfd fds[AGENT_POLL];
	sigset_t blocked, waiting;
	struct timespec tick;
	pid_t shell = 0, pid;
	int watchdog = -1, status;
	const char *value;

	if (getpid() != 1) {
		fprintf(stderr, "vm-init: this is PID 1 of a test VM, started by qemu/vm\n");
		return 1;
	}
	umask(022);
	mount_all();
	set_names();
	read_cmdline();
	clearenv();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("LANG", "C.UTF-8", 1);

	/* Signals come only while waiting, so none is missed in between. */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigaddset(&blocked, SIGHUP);
	sigprocmask(SIG_BLOCK, &blocked, &waiting);
	sigdelset(&waiting, SIGCHLD);
	sigdelset(&waiting, SIGHUP);
	sigaction(SIGCHLD, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);

	value = word("vm.watchdog");
	if (value)
		watchdog = open_watchdog(atoi(value) > 0 ? atoi(value) : 10);
	if (word("vm.shell"))
		shell = start_shell();

	for (;;) {
		agent_step();
		/*
		 * Until the port is there, look for it more often; and while a
		 * command runs, whether there is a new kernel.
		 */
		tick.tv_sec = 0;
		tick.tv_nsec = 20000000;
		status = agent_poll(fds);
		if ((status || shell) && !agent_is_running()) {
			tick.tv_sec = 1;
			tick.tv_nsec = 0;
		}
		ppoll(fds, status, &tick, &waiting);
		if (watchdog >= 0 && write(watchdog, "\0", 1) < 0)
			fprintf(stderr, "vm-init: watchdog: %m\n");
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			agent_reaped(pid, status);
			if (pid == shell)
				power_off();
		}
		if (reconnect) {
			reconnect = 0;
			agent_reconnect();
		}
		if (agent_wants_poweroff())
			power_off();
	}
}
