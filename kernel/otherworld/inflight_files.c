// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: system calls whose progress shows in files.
 *
 * By now the files are back as they were left: positions, lengths, contents,
 * free numbers.
 */

#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/major.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/unistd.h>

#include "inflight.h"

static struct file *ow_regular_file(struct ow_call *call)
{
	struct file *file = fget(call->regs->di);

	if (!file || S_ISREG(file_inode(file)->i_mode))
		return file;
	fput(file);
	return NULL;
}

static bool ow_is_terminal(struct ow_call *call)
{
	struct file *file = fget(call->regs->di);
	unsigned int major = 0;

	if (!file)
		return false;
	if (S_ISCHR(file_inode(file)->i_mode))
		major = imajor(file_inode(file));
	fput(file);
	return major == TTY_MAJOR || major == TTYAUX_MAJOR ||
	       (major >= UNIX98_PTY_MASTER_MAJOR &&
		major < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT);
}

/*
 * The position is set when all is done, after which a call does not wait: only
 * a thread that was running may be past it. Calls with a position of their own
 * can be run again at any time.
 */
static bool ow_position_is_doubtful(struct ow_call *call, enum ow_fact begin,
				    enum ow_fact end)
{
	return call->task->on_cpu && !ow_call_within(call, begin, end);
}

static void ow_say_doubtful(struct ow_call *call)
{
	ow_verdict(call->task->pid, OTHERWORLD_DEGRADED, call->task->at.a,
		   "system call", "%s: run again, at its very begin or end",
		   ow_call_name(call->number));
}

void ow_settle_read(struct ow_call *call)
{
	struct file *file = ow_regular_file(call);

	if (!file) {
		ow_call_restart(call, -ERESTARTSYS);
		return;
	}
	fput(file);
	if (call->number == __NR_read &&
	    ow_position_is_doubtful(call, OW_A_vfs_read, OW_C_OW_VFS_READ_END))
		ow_say_doubtful(call);
	ow_call_restart(call, -ERESTARTNOINTR);
}

/* --- Appending --------------------------------------------------------------------- */

/* Whether @size bytes of the file at @pos are those that were to be written. */
static bool ow_holds(struct file *file, loff_t pos, const char __user *from,
		     size_t size)
{
	char *there = kmalloc(PAGE_SIZE, GFP_KERNEL);
	char *here = kmalloc(PAGE_SIZE, GFP_KERNEL);
	bool same = there && here;

	while (same && size) {
		size_t part = min_t(size_t, size, PAGE_SIZE);

		same = kernel_read(file, there, part, &pos) == part &&
		       !copy_from_user(here, from, part) &&
		       !memcmp(there, here, part);
		from += part;
		size -= part;
	}
	kfree(here);
	kfree(there);
	return same;
}

/* It may be open for writing only. */
static struct file *ow_reader(struct file *file)
{
	return dentry_open(&file->f_path, O_RDONLY | O_LARGEFILE,
			   current_cred());
}

/*
 * How many bytes of an interrupted write are at the end of the file. Before,
 * the file ended where its last write through this description did, if others
 * did not append to it as well.
 */
static size_t ow_appended(struct ow_call *call, struct file *file)
{
	const char __user *from = (const char __user *)call->regs->si;
	loff_t end = i_size_read(file_inode(file)), pos = file->f_pos;
	size_t count = call->regs->dx, done = 0;
	struct file *reader = ow_reader(file);

	if (IS_ERR(reader))
		return 0;
	if (end > pos && end - pos <= count &&
	    ow_holds(reader, pos, from, end - pos))
		done = end - pos;
	else if (end > pos && end >= count &&
		 ow_holds(reader, end - count, from, count))
		done = count;
	else if (end == pos && end >= count &&
		 ow_position_is_doubtful(call, OW_A_vfs_write,
					 OW_C_OW_VFS_WRITE_END) &&
		 ow_holds(reader, end - count, from, count))
		done = count;
	fput(reader);
	return done;
}

/* Programs do not expect a file to take less than all of it. */
static void ow_append_rest(struct ow_call *call, struct file *file, size_t done)
{
	const char __user *from = (const char __user *)call->regs->si;
	size_t count = call->regs->dx;
	ssize_t more = 0;

	file->f_pos = i_size_read(file_inode(file));
	if (done < count)
		more = vfs_write(file, from + done, count - done, &file->f_pos);
	ow_call_return(call, done + max(more, 0));
}

void ow_settle_write(struct ow_call *call)
{
	struct file *file = ow_regular_file(call);
	size_t done;

	if (!file) {
		if (call->begun && ow_is_terminal(call))
			ow_verdict(call->task->pid, OTHERWORLD_DEGRADED,
				   call->task->at.a, "system call",
				   "%s to a terminal: it may show twice",
				   ow_call_name(call->number));
		ow_call_restart(call, -ERESTARTSYS);
		return;
	}
	ow_call_restart(call, -ERESTARTNOINTR);
	if (call->number == __NR_write && file->f_flags & O_APPEND) {
		done = ow_appended(call, file);
		if (done)
			ow_append_rest(call, file, done);
	} else if (file->f_flags & O_APPEND) {
		ow_call_doubt(call, "some of it may have been appended");
	} else if (call->number == __NR_write &&
		   ow_position_is_doubtful(call, OW_A_vfs_write,
					   OW_C_OW_VFS_WRITE_END)) {
		ow_say_doubtful(call);
	}
	fput(file);
}

void ow_settle_seek(struct ow_call *call)
{
	if (call->regs->dx == SEEK_CUR && call->regs->si && call->task->on_cpu)
		ow_call_doubt(call, "the position may have moved");
	else
		ow_call_restart(call, -ERESTARTNOINTR);
}

/* --- Numbers ---------------------------------------------------------------------------- */

void ow_settle_close(struct ow_call *call)
{
	unsigned int fd = call->regs->di;
	struct file *file = fget_raw(fd);

	if (file)
		fput(file);
	/* Nothing else that a close does is for the caller to see. */
	if (!file && fd < rlimit(RLIMIT_NOFILE))
		ow_call_return(call, 0);
	else
		ow_call_restart(call, -ERESTARTNOINTR);
}
