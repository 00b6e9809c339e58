// SPDX-License-Identifier: GPL-2.0
/*
 * Processes of kinds that do not come back: in a user namespace, in a PID
 * namespace, of 32 bits. Their parent does, and finds its children killed.
 */
#include "survivor.h"
#include <elf.h>
#include <sched.h>
#include <sys/prctl.h>

enum { USER, PID, BITS, KINDS };

/* Shared. */
static struct {
	/* Who is not to come back, 0 if this machine has no such kind. */
	volatile pid_t lost[KINDS];
	/* Of the one whose parent is not this process but another one. */
	volatile int status;
} *shared;

static void wait_for_ever(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void in_user_namespace(void)
{
	if (unshare(CLONE_NEWUSER))
		_exit(1);
	shared->lost[USER] = getpid();
	wait_for_ever();
}

/* It is in the machine's itself: only its child is not. */
static void with_pid_namespace(void)
{
	int status = 0;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWPID))
		_exit(1);
	pid = must(fork());
	if (!pid)
		wait_for_ever();
	shared->lost[PID] = pid;
	must(waitpid(pid, &status, 0) == pid ? 0 : -1);
	shared->status = status;
	wait_for_ever();
}

/* mov $29, %eax (pause); int $0x80; jmp back */
static const unsigned char code[] = { 0xb8, 29,	  0,	0,   0,
				      0xcd, 0x80, 0xeb, 0xf7 };
#define BASE 0x10000

static void write_program(const char *path)
{
	struct {
		Elf32_Ehdr elf;
		Elf32_Phdr segment;
		unsigned char code[sizeof(code)];
	} file = {
		.elf = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32,
				      ELFDATA2LSB, EV_CURRENT },
			 .e_type = ET_EXEC,
			 .e_machine = EM_386,
			 .e_version = EV_CURRENT,
			 .e_phoff = sizeof(Elf32_Ehdr),
			 .e_ehsize = sizeof(Elf32_Ehdr),
			 .e_phentsize = sizeof(Elf32_Phdr),
			 .e_phnum = 1 },
		.segment = { .p_type = PT_LOAD,
			     .p_vaddr = BASE,
			     .p_flags = PF_R | PF_X,
			     .p_align = 4096 },
	};
	int fd;

	memcpy(file.code, code, sizeof(code));
	file.elf.e_entry = BASE + offsetof(typeof(file), code);
	file.segment.p_filesz = sizeof(file);
	file.segment.p_memsz = sizeof(file);
	fd = must(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755));
	must(write(fd, &file, sizeof(file)));
	must(close(fd));
}

static void with_32_bits(void)
{
	const char *path = on_disk("32bit");

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	shared->lost[BITS] = getpid();
	execl(path, path, NULL);
	/* Not every kernel runs such programs. */
	shared->lost[BITS] = 0;
	_exit(1);
}

/* One that cannot be had ends at once. */
static void start(void (*run)(void), int kind)
{
	pid_t pid = must(fork());

	if (!pid) {
		run();
		_exit(1);
	}
	must(await(shared->lost[kind] || waitpid(pid, NULL, WNOHANG) == pid, 10) ?
	     0 : -1);
}

static void prepare(void)
{
	shared = shared_page();
	start(in_user_namespace, USER);
	start(with_pid_namespace, PID);
	write_program(on_disk("32bit"));
	start(with_32_bits, BITS);
	/* Time to be what it is to be, or not. */
	nap(0.5);
	if (!shared->lost[BITS])
		waitpid(-1, NULL, WNOHANG);
	if (!shared->lost[USER] && !shared->lost[PID] && !shared->lost[BITS])
		skip("this machine has none of them");
}

static void find_killed(int kind)
{
	static bool found[KINDS];
	pid_t pid = shared->lost[kind];
	int status = 0;

	if (found[kind])
		return;
	found[kind] = true;
	if (kind == PID && await(shared->status, 10))
		status = shared->status;
	else if (kind != PID && waitpid(pid, &status, WNOHANG) != pid)
		status = 0;
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail("%d, of kind %d, is not found killed: %x", (int)pid, kind,
		     status);
}

static void check(void)
{
	int i;

	for (i = 0; i < KINDS; i++) {
		pid_t pid = shared->lost[i];

		if (!pid || is_fake())
			continue;
		find_killed(i);
		if (!kill(pid, 0) || errno != ESRCH)
			fail("%d, of kind %d, is there", (int)pid, i);
	}
}

static void finish(void)
{
	unlink(on_disk("32bit"));
}

SURVIVOR(left_behind, .about = "processes of kinds that do not come back",
	 .prepare = prepare, .check = check, .finish = finish);
