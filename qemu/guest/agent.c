// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the host's commands; see agent.h.
 *
 * What a command writes is kept until the host has acknowledged it. So the
 * conversation can start again at any point (agent_reconnect()) with nothing
 * lost and nothing said twice: the host drops what it has by its offset.
 */
#define _GNU_SOURCE
#include "agent.h"

#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define STREAM_BUFFER 65536
#define MAX_WORDS     1024
#define STREAM_DIR    "/run/vm-agent"

/*
 * What the command writes goes to a file in memory, and from there to the host:
 * a file with a name outlives its kernel. Offsets count bytes since the command
 * began. acked <= sent <= end.
 */
struct stream {
	int fd;
	bool dry; /* there was nothing more in the file */
	uint64_t acked, sent, end;
	char buffer[STREAM_BUFFER];
};

static struct stream streams[2] = { { .fd = -1 }, { .fd = -1 } };
static int writes = -1; /* readable when a stream was written to */
static uint32_t command; /* the last one started, 0 for none yet */
static pid_t pid;	 /* 0 when it has ended */
static int exit_status;
static bool exit_sent, exit_done = true;
static bool welcomed;
static bool poweroff;
static uint64_t agent_id;
static time_t last_hello;

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* One line of /sys/kernel/otherworld, or the default where there is none. */
static const char *fact(const char *name, const char *otherwise)
{
	static char text[4][1024];
	static unsigned int turn;
	char *line = text[turn++ % 4];
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/otherworld/%s", name);
	file = fopen(path, "re");
	if (!file)
		return otherwise;
	if (!fgets(line, sizeof(text[0]), file))
		*line = 0;
	line[strcspn(line, "\n")] = 0;
	fclose(file);
	return line;
}

static void hello(void)
{
	struct utsname uts;
	char text[4096];
	int length;

	if (!agent_id)
		getrandom(&agent_id, sizeof(agent_id), GRND_INSECURE);
	uname(&uts);
	length = snprintf(text, sizeof(text),
			  "agent=%016llx\ngeneration=%s\nstate=%s\nreason=%s\n"
			  "cause=%s\nkernel=%s %s\ncommand=%u\n",
			  (unsigned long long)agent_id, fact("generation", "0"),
			  fact("state", "none"), fact("reason", ""),
			  fact("cause", ""), uts.release, uts.version,
			  exit_done ? 0 : command);
	port_preamble();
	port_send(FRAME_HELLO, 0, 0, 0, text, length);
	last_hello = now();
}

static void child(char **env, char **args, int out, int err)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	setsid();
	dup2(null, 0);
	dup2(out, 1);
	dup2(err, 2);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir("/root"))
		perror("vm-init: /root");
	for (; *env; env++)
		putenv(*env);
	execvp(args[0], args);
	fprintf(stderr, "vm-init: %s: %s\n", args[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* The file of a stream, for the command to write to or for us to read from. */
static int open_stream(int number, int flags)
{
	char path[64];

	mkdir(STREAM_DIR, 0755);
	snprintf(path, sizeof(path), STREAM_DIR "/stream%d", number);
	return open(path, flags | O_CLOEXEC, 0644);
}

/*
 * To send at once what is written: the next instruction may be the kernel's
 * last. An inotify descriptor is of one kernel only.
 */
static void watch_streams(void)
{
	char path[64];

	if (writes >= 0)
		close(writes);
	writes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (int i = 1; writes >= 0 && i <= 2; i++) {
		snprintf(path, sizeof(path), STREAM_DIR "/stream%d", i);
		inotify_add_watch(writes, path, IN_MODIFY);
	}
}

/* The payload is strings, each with its zero byte: environment, "", arguments. */
static bool split(char *payload, size_t length, char **env, char **args)
{
	char **word = env;
	size_t words = 0;
	bool in_args = false;

	for (char *p = payload; p < payload + length; p += strlen(p) + 1) {
		if (words++ == MAX_WORDS)
			return false;
		if (*p || in_args) {
			*word++ = p;
		} else {
			*word = NULL;
			word = args;
			in_args = true;
		}
	}
	*word = NULL;
	return in_args && args[0];
}

static void run(uint32_t id, char *payload, size_t length)
{
	static char *env[MAX_WORDS + 1], *args[MAX_WORDS + 1];
	int out, err;

	/* A repeated request for what runs or ran already. */
	if (id == command)
		return;
	if (pid || !split(payload, length, env, args))
		return;
	command = id;
	exit_sent = exit_done = false;
	out = open_stream(1, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC);
	err = open_stream(2, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC);
	if (out < 0 || err < 0)
		abort();
	watch_streams();
	pid = fork();
	if (!pid)
		child(env, args, out, err);
	close(out);
	close(err);
	for (int i = 0; i < 2; i++) {
		struct stream *s = &streams[i];

		if (s->fd >= 0)
			close(s->fd);
		s->fd = open_stream(i + 1, O_RDONLY);
		s->acked = s->sent = s->end = 0;
	}
	if (pid < 0) {
		pid = 0;
		exit_status = 126 << 8;
	}
}

static void handle(const struct frame *frame, char *payload)
{
	struct stream *s;
	int32_t sig;

	switch (frame->type) {
	case FRAME_WELCOME:
		welcomed = true;
		break;
	case FRAME_RUN:
		run(frame->command, payload, frame->length);
		break;
	case FRAME_ACK:
		if (frame->command != command || frame->stream < 1 ||
		    frame->stream > 2)
			break;
		s = &streams[frame->stream - 1];
		if (frame->offset > s->acked && frame->offset <= s->end)
			s->acked = frame->offset;
		/* It may have come by an earlier session. */
		if (s->sent < s->acked)
			s->sent = s->acked;
		break;
	case FRAME_SIGNAL:
		memcpy(&sig, payload, sizeof(sig));
		if (frame->command == command && pid)
			kill(-pid, sig);
		break;
	case FRAME_DONE:
		if (frame->command == command)
			exit_done = true;
		break;
	case FRAME_POWEROFF:
		poweroff = true;
		break;
	}
}

/* Move what there is from the file to the port. True if more could come now. */
static bool pump(struct stream *s, int number)
{
	bool more = false;

	s->dry = s->fd < 0;
	if (s->fd >= 0 && s->end - s->acked < STREAM_BUFFER) {
		size_t at = s->end % STREAM_BUFFER;
		size_t room = STREAM_BUFFER - (s->end - s->acked);
		ssize_t n;

		if (room > STREAM_BUFFER - at)
			room = STREAM_BUFFER - at;
		n = read(s->fd, s->buffer + at, room);
		if (n > 0) {
			s->end += n;
			more = true;
		} else {
			s->dry = true;
		}
	}
	while (welcomed && s->sent < s->end) {
		size_t at = s->sent % STREAM_BUFFER;
		size_t length = s->end - s->sent;

		if (length > STREAM_BUFFER - at)
			length = STREAM_BUFFER - at;
		if (length > port_room())
			length = port_room();
		if (!length || !port_send(FRAME_OUTPUT, number, command, s->sent,
					  s->buffer + at, length))
			break;
		s->sent += length;
	}
	return more;
}

int agent_poll(struct pollfd *fds)
{
	int n = 0;

	if (port_is_open())
		fds[n++] = (struct pollfd){
			.fd = port_fd(),
			.events = POLLIN | (port_pending() ? POLLOUT : 0),
		};
	if (n && writes >= 0)
		fds[n++] = (struct pollfd){ .fd = writes, .events = POLLIN };
	return n;
}

/* The next kernel goes on with us, but has a port of its own. */
static void watch_generation(void)
{
	static char was[16];
	const char *is = fact("generation", "0");

	if (!*is || !strcmp(is, was))
		return;
	if (*was)
		agent_reconnect();
	snprintf(was, sizeof(was), "%s", is);
}

void agent_step(void)
{
	char events[1024];
	bool more;

	watch_generation();
	if (!port_is_open() && port_open() >= 0)
		hello();
	if (!port_is_open())
		return;
	port_flush();
	port_receive(handle);
	/* The host may not have been listening, or the bytes were lost. */
	if (!welcomed && now() - last_hello >= 1 && !port_pending())
		hello();
	/* That there are any is all they say. */
	while (writes >= 0 && read(writes, events, sizeof(events)) > 0)
		;
	do {
		more = pump(&streams[0], 1);
		more |= pump(&streams[1], 2);
	} while (more && port_room());
	/*
	 * A process left behind may go on writing, so the end of the command
	 * is the end, once what it had written is sent.
	 */
	if (welcomed && command && !pid && !exit_sent &&
	    streams[0].dry && streams[1].dry &&
	    streams[0].sent == streams[0].end &&
	    streams[1].sent == streams[1].end) {
		int32_t status = exit_status;

		exit_sent = port_send(FRAME_EXIT, 0, command, 0, &status,
				      sizeof(status));
	}
}

bool agent_is_running(void)
{
	return command && !exit_sent;
}

/* The machine may be gone before the console has shown what it was given. */
static void drain_console(void)
{
	int fd = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	tcdrain(fd);
	close(fd);
}

void agent_reaped(pid_t reaped, int status)
{
	if (reaped != pid)
		return;
	drain_console();
	pid = 0;
	exit_status = status;
}

void agent_reconnect(void)
{
	for (int i = 0; i < 2; i++)
		streams[i].sent = streams[i].acked;
	exit_sent = exit_done;
	welcomed = false;
	watch_streams();
	port_reopen();
	if (port_is_open())
		hello();
}

bool agent_wants_poweroff(void)
{
	return poweroff;
}
