// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Dead mounts
 *
 * The tree of mounts is walked depth first along the links between parents
 * and children, each of which is checked against its pointer back.
 */
#include "ow_mounts.h"

/* sysctl fs.mount-max is 100000. */
#define OW_MOUNTS_MAX	200000
#define OW_MOUNT_DEPTH	64

/* In both kernels' user interface: what mount(2) takes. */
#define OW_MS_RDONLY		BIT(0)
#define OW_MS_NOSUID		BIT(1)
#define OW_MS_NODEV		BIT(2)
#define OW_MS_NOEXEC		BIT(3)
#define OW_MS_NOATIME		BIT(10)
#define OW_MS_NODIRATIME	BIT(11)
#define OW_MS_RELATIME		BIT(21)

static bool ow_mount_flag(struct ow_cursor *c, u64 flags, enum ow_fact bit)
{
	return flags & ow_const(c, bit);
}

static u32 ow_mount_ms_flags(struct ow_cursor *c, u64 mnt)
{
	u32 ms = 0;

	if (ow_mount_flag(c, mnt, OW_C_MNT_READONLY))
		ms |= OW_MS_RDONLY;
	if (ow_mount_flag(c, mnt, OW_C_MNT_NOSUID))
		ms |= OW_MS_NOSUID;
	if (ow_mount_flag(c, mnt, OW_C_MNT_NODEV))
		ms |= OW_MS_NODEV;
	if (ow_mount_flag(c, mnt, OW_C_MNT_NOEXEC))
		ms |= OW_MS_NOEXEC;
	if (ow_mount_flag(c, mnt, OW_C_MNT_NOATIME))
		ms |= OW_MS_NOATIME;
	if (ow_mount_flag(c, mnt, OW_C_MNT_NODIRATIME))
		ms |= OW_MS_NODIRATIME;
	if (ow_mount_flag(c, mnt, OW_C_MNT_RELATIME))
		ms |= OW_MS_RELATIME;
	return ms;
}

bool ow_mount_read(struct ow_cursor *c, struct ow_virt at,
		   struct ow_mount *mount)
{
	struct ow_virt parent, type;

	memset(mount, 0, sizeof(*mount));
	mount->at = at;
	parent = ow_get_ptr(c, at, OW_F_mount_mnt_parent);
	mount->is_root = parent.a == at.a;
	mount->parent_mnt = ow_field_at(c, parent, OW_F_mount_mnt);
	mount->mountpoint = ow_get_ptr(c, at, OW_F_mount_mnt_mountpoint);
	mount->root = ow_get_ptr(c, at, OW_F_mount_mnt_root);
	mount->sb = ow_get_ptr(c, at, OW_F_mount_mnt_sb);
	mount->dev = ow_get(c, mount->sb, OW_F_super_block_s_dev);
	mount->ms_flags =
		ow_mount_ms_flags(c, ow_get(c, at, OW_F_mount_mnt_flags));
	mount->sb_read_only =
		ow_mount_flag(c, ow_get(c, mount->sb, OW_F_super_block_s_flags),
			      OW_C_SB_RDONLY);
	type = ow_get_ptr(c, mount->sb, OW_F_super_block_s_type);
	ow_get_string(c, ow_get_ptr(c, type, OW_F_file_system_type_name),
		      mount->type, sizeof(mount->type));
	ow_get_string(c, ow_get_ptr(c, at, OW_F_mount_mnt_devname),
		      mount->source, sizeof(mount->source));
	return ow_cursor_ok(c);
}

/* --- Options ------------------------------------------------------------------ */

static const char *ow_shmem_huge(u64 huge)
{
	static const char * const names[] = {
		"never", "always", "within_size", "advise"
	};

	return huge < ARRAY_SIZE(names) ? names[huge] : names[0];
}

/*
 * What each user may have. Limits that were set by quotactl(), for one user or
 * for groups, are not known here.
 */
static void ow_tmpfs_quota(struct ow_cursor *c, struct ow_virt info, char *buf)
{
	size_t len = strlen(buf);
	u64 bytes, inodes;

	if (!ow_layout_has(&c->kernel->layout,
			   OW_F_shmem_sb_info_usrquota_bhardlimit))
		return;
	bytes = ow_get(c, info, OW_F_shmem_sb_info_usrquota_bhardlimit);
	inodes = ow_get(c, info, OW_F_shmem_sb_info_usrquota_ihardlimit);
	/* A limit of 0 is none, and refused as one. */
	if (bytes)
		len += snprintf(buf + len, OW_MOUNT_OPTIONS_MAX - len,
				",usrquota,usrquota_block_hardlimit=%llu",
				bytes);
	if (inodes)
		snprintf(buf + len, OW_MOUNT_OPTIONS_MAX - len,
			 ",usrquota,usrquota_inode_hardlimit=%llu", inodes);
}

static void ow_tmpfs_options(struct ow_cursor *c, struct ow_virt info,
			     char *buf)
{
	u64 huge = ow_get(c, info, OW_F_shmem_sb_info_huge);
	u64 blocks = ow_get(c, info, OW_F_shmem_sb_info_max_blocks);
	u64 inodes = ow_get(c, info, OW_F_shmem_sb_info_max_inodes);
	bool noswap = ow_get(c, info, OW_F_shmem_sb_info_noswap);
	bool wide = ow_get(c, info, OW_F_shmem_sb_info_full_inums);
	u32 mode = ow_get(c, info, OW_F_shmem_sb_info_mode);
	u32 uid = ow_get(c, info, OW_F_shmem_sb_info_uid);
	u32 gid = ow_get(c, info, OW_F_shmem_sb_info_gid);

	snprintf(buf, OW_MOUNT_OPTIONS_MAX,
		 "size=%lluk,nr_inodes=%llu,mode=%03o,uid=%u,gid=%u,inode%d%s%s%s",
		 blocks * 4, inodes, mode & 07777, uid, gid, wide ? 64 : 32,
		 huge ? ",huge=" : "", huge ? ow_shmem_huge(huge) : "",
		 noswap ? ",noswap" : "");
	ow_tmpfs_quota(c, info, buf);
}

static void ow_proc_options(struct ow_cursor *c, struct ow_virt info,
			    char *buf)
{
	u32 gid = ow_get(c, info, OW_F_proc_fs_info_pid_gid);
	u32 hide = ow_get(c, info, OW_F_proc_fs_info_hide_pid);
	bool pidonly = ow_get(c, info, OW_F_proc_fs_info_pidonly);

	snprintf(buf, OW_MOUNT_OPTIONS_MAX, "hidepid=%u,gid=%u%s", hide, gid,
		 pidonly ? ",subset=pid" : "");
}

/* Numbers of 4 and 2 bytes, read with what is behind them. */
static void ow_devpts_options(struct ow_cursor *c, struct ow_virt info,
			      char *buf)
{
	struct ow_virt at = ow_field_at(c, info, OW_F_pts_fs_info_mount_opts);
	u32 setuid = ow_get(c, at, OW_F_pts_mount_opts_setuid);
	u32 setgid = ow_get(c, at, OW_F_pts_mount_opts_setgid);
	u32 uid = ow_get(c, at, OW_F_pts_mount_opts_uid);
	u32 gid = ow_get(c, at, OW_F_pts_mount_opts_gid);
	u16 mode = ow_get(c, at, OW_F_pts_mount_opts_mode);
	u16 ptmxmode = ow_get(c, at, OW_F_pts_mount_opts_ptmxmode);
	int len;

	len = snprintf(buf, OW_MOUNT_OPTIONS_MAX, "mode=%03o,ptmxmode=%03o",
		       mode & 0777, ptmxmode & 0777);
	if (setuid)
		len += snprintf(buf + len, OW_MOUNT_OPTIONS_MAX - len,
				",uid=%u", uid);
	if (setgid)
		snprintf(buf + len, OW_MOUNT_OPTIONS_MAX - len, ",gid=%u",
			 gid);
}

bool ow_mount_options(struct ow_cursor *c, const struct ow_mount *mount,
		      char *buf)
{
	struct ow_virt info = ow_get_ptr(c, mount->sb,
					 OW_F_super_block_s_fs_info);

	*buf = 0;
	if (!strcmp(mount->type, "tmpfs"))
		ow_tmpfs_options(c, info, buf);
	else if (!strcmp(mount->type, "proc"))
		ow_proc_options(c, info, buf);
	else if (!strcmp(mount->type, "devpts"))
		ow_devpts_options(c, info, buf);
	if (!ow_cursor_ok(c))
		*buf = 0;
	return ow_cursor_ok(c);
}

/* --- The tree ------------------------------------------------------------------ */

static struct ow_virt ow_first_mount(struct ow_cursor *c)
{
	struct ow_virt init, nsproxy, ns, next;

	/* The idle task lives in the first namespace, as PID 1 mostly does. */
	init = ow_virt_at(ow_const(c, OW_A_init_task));
	next = ow_field_at(c, init, OW_F_task_struct_tasks);
	next = ow_virt_at(ow_get_word(c, next));
	init = ow_object_of(c, next, OW_F_task_struct_tasks);
	nsproxy = ow_get_ptr(c, init, OW_F_task_struct_nsproxy);
	ns = ow_get_ptr(c, nsproxy, OW_F_nsproxy_mnt_ns);
	return ow_get_ptr(c, ns, OW_F_mnt_namespace_root);
}

/* Behind @child in its parent's list; no address when it was the last. */
static struct ow_virt ow_next_mount(struct ow_cursor *c, struct ow_virt parent,
				    struct ow_virt at)
{
	struct ow_virt head = ow_field_at(c, parent, OW_F_mount_mnt_mounts);
	struct ow_virt next = ow_virt_at(ow_get_word(c, at));

	if (ow_cursor_ok(c) && ow_get_word(c, ow_virt_add(next, 8)) != at.a)
		ow_cursor_fail(c, OW_BAD_DATA, next, "a link between mounts");
	if (!ow_cursor_ok(c) || next.a == head.a)
		return ow_virt_at(0);
	next = ow_object_of(c, next, OW_F_mount_mnt_child);
	if (ow_get(c, next, OW_F_mount_mnt_parent) != parent.a)
		ow_cursor_fail(c, OW_BAD_DATA, next, "the parent of a mount");
	return ow_cursor_ok(c) ? next : ow_virt_at(0);
}

int ow_mounts_walk(const struct ow_kernel *kernel,
		   int (*each)(void *priv, struct ow_virt mount), void *priv,
		   struct ow_fault_info *why)
{
	struct ow_virt path[OW_MOUNT_DEPTH], next, link;
	unsigned int depth = 0, count = 0;
	struct ow_cursor c;
	int ret = 0;

	ow_cursor_init(&c, kernel);
	/* What is mounted over "/" lies below what the kernel began with. */
	path[0] = ow_first_mount(&c);
	link = ow_field_at(&c, path[0], OW_F_mount_mnt_mounts);
	if (ow_cursor_ok(&c))
		ret = each(priv, path[0]);

	while (!ret && ow_cursor_ok(&c)) {
		next = ow_next_mount(&c, path[depth], link);
		if (next.a) {
			if (++count > OW_MOUNTS_MAX ||
			    depth + 1 == OW_MOUNT_DEPTH) {
				ow_cursor_fail(&c, OW_REFUSED, next,
					       "the number of mounts");
				break;
			}
			ret = each(priv, next);
			path[++depth] = next;
			link = ow_field_at(&c, next, OW_F_mount_mnt_mounts);
		} else if (depth) {
			link = ow_field_at(&c, path[depth],
					   OW_F_mount_mnt_child);
			depth--;
		} else {
			break;
		}
	}
	if (!ow_cursor_ok(&c) && why)
		*why = c.fault;
	return ret;
}
