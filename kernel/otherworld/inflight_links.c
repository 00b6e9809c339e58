// SPDX-License-Identifier: GPL-2.0-only
/*
 * Otherworld: links that a half-done operation would have counted.
 *
 * A name is removed, or stands for another file, before the link is taken from
 * the inode; an inode that is made has its link before it has a name. Who died
 * in between left an inode that has more links than names: nobody reaches it,
 * and its space is lost until e2fsck finds it. What the call was about is known
 * from the dentry or the new inode that its stack names, so the rest is done here.
 *
 * Only ext4 is looked after. Where anything is not certain, the count stays.
 */

#include <linux/fs.h>
#include <linux/kallsyms.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "disks.h"
#include "inflight.h"
#include "parse/ow_dentries.h"

/* An inode of the dead kernel, and the disk that it is on. */
struct ow_link {
	struct ow_disk *disk;
	struct ow_virt inode;
	u32 ino, generation, links;
	u64 changed;
};

struct ow_link_search {
	const char *name;
	struct ow_link *link;
	u64 parent_modified;
};

static u64 ow_link_time(struct ow_cursor *c, struct ow_virt inode,
			enum ow_fact sec, enum ow_fact nsec)
{
	return ow_get(c, inode, sec) * NSEC_PER_SEC + ow_get(c, inode, nsec);
}

static bool ow_read_link(struct ow_call *call, struct ow_cursor *c,
			 struct ow_virt inode, struct ow_link *link)
{
	struct ow_virt super = ow_get_ptr(c, inode, OW_F_inode_i_sb);

	if (!ow_cursor_ok(c))
		return false;
	link->disk = ow_disk_at(call->kernel, super);
	if (!link->disk || !link->disk->live ||
	    strcmp(link->disk->super.type, "ext4"))
		return false;
	link->inode = inode;
	link->ino = ow_get(c, inode, OW_F_inode_i_ino);
	link->generation = ow_get(c, inode, OW_F_inode_i_generation);
	link->links = ow_get(c, inode, OW_F_inode_i_nlink);
	link->changed = ow_link_time(c, inode, OW_F_inode_i_ctime_sec,
				     OW_F_inode_i_ctime_nsec);
	return ow_cursor_ok(c);
}

/* The dentry that a call has looked up, by its name. */
static bool ow_is_named(struct ow_call *call, struct ow_virt word, void *priv)
{
	struct ow_link_search *search = priv;
	struct ow_dentry dentry;
	struct ow_virt parent;
	struct ow_cursor c;

	ow_cursor_init(&c, call->kernel);
	if (!ow_dentry_read(&c, word, &dentry) ||
	    strcmp(dentry.name, search->name) || !dentry.inode.a ||
	    !ow_read_link(call, &c, dentry.inode, search->link) ||
	    ow_get_ptr(&c, word, OW_F_dentry_d_sb).a !=
	    search->link->disk->super.at.a)
		return false;
	parent = ow_get_ptr(&c, ow_get_ptr(&c, word, OW_F_dentry_d_parent),
			    OW_F_dentry_d_inode);
	search->parent_modified = ow_link_time(&c, parent,
					       OW_F_inode_i_mtime_sec,
					       OW_F_inode_i_mtime_nsec);
	return ow_cursor_ok(&c);
}

/* Not one that is being read from disk: that is new to memory only. */
static bool ow_is_being_made(struct ow_call *call, struct ow_virt word,
			     void *priv)
{
	struct ow_link_search *search = priv;
	struct ow_cursor c;

	ow_cursor_init(&c, call->kernel);
	return ow_read_link(call, &c, word, search->link) &&
	       ow_get(&c, word, OW_F_inode_i_state) &
	       ow_const(&c, OW_C_I_CREATING) &&
	       !ow_get_word(&c, ow_field_at(&c, word, OW_F_inode_i_dentry)) &&
	       ow_cursor_ok(&c);
}

static bool ow_find_named(struct ow_call *call, const char __user *text,
			  struct ow_link_search *search)
{
	struct filename *path = getname(text);
	bool found = false;
	char *name = NULL;

	if (IS_ERR(path))
		return false;
	name = kstrdup(path->name, GFP_KERNEL);
	putname(path);
	if (name) {
		while (*name && name[strlen(name) - 1] == '/')
			name[strlen(name) - 1] = '\0';
		search->name = kbasename(name);
		found = ow_call_search(call, ow_is_named, search);
	}
	kfree(name);
	return found;
}

/* Whether the function that takes a name out of a directory has not returned. */
static bool ow_was_deleting(const struct ow_call *call)
{
	const struct ow_trace *trace = call->resume->trace;
	char name[KSYM_NAME_LEN];
	unsigned int i;

	for (i = trace->own; i < trace->count; i++)
		if (!lookup_symbol_name(trace->frames[i].ip, name) &&
		    !strcmp(name, "ext4_delete_entry"))
			return true;
	return false;
}

/*
 * The inode's time of change is set right after the link was taken, and
 * @before, of something else, before that.
 */
static void ow_take_link(struct ow_call *call, const struct ow_link *link,
			 u64 before, bool uncounted)
{
	int ret;

	if (!uncounted)
		uncounted = ow_was_deleting(call) || link->changed < before;
	ret = ow_ext4_take_link(link->disk, link->ino, link->generation,
				link->links, uncounted);
	if (ret < 0)
		ow_verdict(call->task->pid, OTHERWORLD_DEGRADED, link->inode.a,
			   "system call", "%s: inode %u may have lost its name",
			   ow_call_name(call->number), link->ino);
}

void ow_settle_removed(struct ow_call *call, const char __user *name)
{
	struct ow_link link;
	struct ow_link_search search = { .link = &link };

	if (call->resume->trace && ow_find_named(call, name, &search))
		ow_take_link(call, &link, search.parent_modified, false);
}

void ow_settle_replaced(struct ow_call *call, const char __user *old,
			const char __user *new, bool half)
{
	struct ow_link link, moved;
	struct ow_link_search search = { .link = &link };

	if (!call->resume->trace || !ow_find_named(call, new, &search))
		return;
	search.link = &moved;
	if (ow_find_named(call, old, &search) && moved.ino != link.ino)
		ow_take_link(call, &link, moved.changed, half);
}

void ow_settle_unmade(struct ow_call *call)
{
	struct ow_link link;
	struct ow_link_search search = { .link = &link };

	if (call->resume->trace && ow_call_search(call, ow_is_being_made, &search))
		ow_ext4_take_link(link.disk, link.ino, link.generation, 0,
				  false);
}
