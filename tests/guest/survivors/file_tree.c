// SPDX-License-Identifier: GPL-2.0
/* Files and directories made, filled, cut, moved and removed to the last moment. */
#include "survivor.h"

#define SLOTS 48
#define MOST (64 * KIB)

static struct slot {
	enum { NOTHING, FILE_HERE, DIRECTORY, LINK } kind;
	size_t size;
	char content[MOST];
	/* For who has to find out what went wrong. */
	const char *deed;
	size_t from, count;
	unsigned long turn;
} slots[SLOTS];
static unsigned long turns, unclear;
static uint64_t state = 4711;
static int root, pausing, paused;

static unsigned long any(unsigned long limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % limit;
}

static const char *name(const struct slot *slot)
{
	static char names[2][16];
	static int turn;

	turn ^= 1;
	snprintf(names[turn], sizeof(names[0]), "entry.%u", (unsigned int)(slot - slots));
	return names[turn];
}

static void note(struct slot *slot, const char *deed, size_t from, size_t count)
{
	slot->deed = deed;
	slot->from = from;
	slot->count = count;
	slot->turn = turns;
}

static const char *story(const struct slot *slot)
{
	static char text[100];

	snprintf(text, sizeof(text), "in turn %lu of %lu it was %s: %zu, %zu",
		 slot->turn, turns, slot->deed, slot->from, slot->count);
	return text;
}

/* A call that the kernel died in may have ended either way: look. */
static void look(struct slot *slot)
{
	struct stat st;
	int fd;

	slot->kind = NOTHING;
	slot->size = 0;
	if (fstatat(root, name(slot), &st, AT_SYMLINK_NOFOLLOW))
		return;
	slot->kind = S_ISDIR(st.st_mode) ? DIRECTORY : S_ISLNK(st.st_mode) ? LINK : FILE_HERE;
	if (slot->kind != FILE_HERE)
		return;
	fd = openat(root, name(slot), O_RDONLY | O_CLOEXEC);
	slot->size = st.st_size;
	if (fd < 0 || read(fd, slot->content, MOST) != st.st_size)
		fail("%s: %s", name(slot), strerror(errno));
	close(fd);
	note(slot, "looked at", 0, slot->size);
}

/* At most one call per death may fail. */
static bool worked(struct slot *slot, long result)
{
	if (result >= 0)
		return true;
	if (++unclear > (unsigned long)generation() + 1)
		fail("turn %lu, %s: %s", turns, name(slot), strerror(errno));
	look(slot);
	return false;
}

static void put(struct slot *slot, size_t from, size_t size)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC;
	int fd = openat(root, name(slot), slot->kind == NOTHING ? flags | O_EXCL : flags,
			0600);
	ssize_t n;

	if (!worked(slot, fd))
		return;
	if (slot->kind == NOTHING)
		slot->size = 0;
	slot->kind = FILE_HERE;
	if (from > slot->size)
		memset(slot->content + slot->size, 0, from - slot->size);
	for (size_t i = 0; i < size; i++)
		slot->content[from + i] = any(256);
	note(slot, "written", from, size);
	n = pwrite(fd, slot->content + from, size, from);
	if (worked(slot, n == (ssize_t)size ? 0 : -1) && from + size > slot->size)
		slot->size = from + size;
	close(fd);
}

static void cut(struct slot *slot, size_t size)
{
	int fd = openat(root, name(slot), O_WRONLY | O_CLOEXEC);

	if (!worked(slot, fd))
		return;
	note(slot, "cut", size, slot->size);
	if (worked(slot, ftruncate(fd, size))) {
		if (size > slot->size)
			memset(slot->content + slot->size, 0, size - slot->size);
		slot->size = size;
	}
	close(fd);
}

static void change_mapped(struct slot *slot)
{
	int fd = openat(root, name(slot), O_RDWR | O_CLOEXEC);
	char *map;

	if (!worked(slot, fd))
		return;
	map = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return (void)worked(slot, -1);
	note(slot, "changed in a map", 0, slot->size);
	for (int i = 0; i < 20; i++) {
		size_t at = any(slot->size);

		map[at] = any(256);
		slot->content[at] = map[at];
	}
	munmap(map, MOST);
}

static void drop(struct slot *slot)
{
	note(slot, "removed", slot->kind, slot->size);
	if (worked(slot, unlinkat(root, name(slot),
				  slot->kind == DIRECTORY ? AT_REMOVEDIR : 0))) {
		slot->kind = NOTHING;
		slot->size = 0;
	}
}

static void move(struct slot *slot, struct slot *to)
{
	if (to->kind == DIRECTORY || slot->kind != FILE_HERE || slot == to)
		return;
	note(slot, "moved away", to - slots, slot->size);
	if (!worked(slot, renameat(root, name(slot), root, name(to))))
		return look(to);
	to->kind = FILE_HERE;
	to->size = slot->size;
	note(to, "moved", slot - slots, slot->size);
	memcpy(to->content, slot->content, slot->size);
	slot->kind = NOTHING;
	slot->size = 0;
}

static void make(struct slot *slot)
{
	switch (any(6)) {
	case 0:
		if (worked(slot, mkdirat(root, name(slot), 0700)))
			slot->kind = DIRECTORY;
		return;
	case 1:
		if (worked(slot, symlinkat("/nowhere", root, name(slot))))
			slot->kind = LINK;
		return;
	default:
		put(slot, 0, any(MOST));
	}
}

static void turn(struct slot *slot)
{
	switch (slot->kind) {
	case NOTHING:
		return make(slot);
	case DIRECTORY:
	case LINK:
		return drop(slot);
	case FILE_HERE:
		break;
	}
	switch (any(8)) {
	case 0:
		return drop(slot);
	case 1:
		return cut(slot, any(MOST));
	case 2:
		return move(slot, &slots[any(SLOTS)]);
	case 3:
		return slot->size ? change_mapped(slot) : drop(slot);
	case 4:
		return put(slot, slot->size, any(MOST - slot->size + 1));
	default:
		return put(slot, any(MOST / 2), any(MOST / 2));
	}
}

static void *run(void *argument)
{
	for (;;) {
		while (__atomic_load_n(&pausing, __ATOMIC_SEQ_CST)) {
			__atomic_store_n(&paused, 1, __ATOMIC_SEQ_CST);
			nap(0.001);
		}
		__atomic_store_n(&paused, 0, __ATOMIC_SEQ_CST);
		turn(&slots[any(SLOTS)]);
		__atomic_fetch_add(&turns, 1, __ATOMIC_SEQ_CST);
		nap(0.0005);
	}
	return argument;
}

static void prepare(void)
{
	must(mkdir(on_disk("tree"), 0700));
	root = must(open(on_disk("tree"), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	thread(run, NULL);
	await(__atomic_load_n(&turns, __ATOMIC_SEQ_CST) > 200, 10);
}

static void tell_difference(const struct slot *slot, const char *text)
{
	size_t first = slot->size, last = 0, bytes = 0;

	for (size_t i = 0; i < slot->size; i++) {
		if (text[i] == slot->content[i])
			continue;
		if (!bytes)
			first = i;
		last = i;
		bytes++;
	}
	fail("%s of %zu differs in %zu bytes from %zu to %zu, the first is %d and not %d; %s",
	     name(slot), slot->size, bytes, first, last, text[first],
	     slot->content[first], story(slot));
}

static void check_slot(struct slot *slot)
{
	static char text[MOST + 1];
	struct stat st;
	ssize_t size;
	int fd;

	if (fstatat(root, name(slot), &st, AT_SYMLINK_NOFOLLOW)) {
		if (slot->kind != NOTHING)
			fail("%s of kind %d: %s", name(slot), slot->kind, strerror(errno));
		return;
	}
	if (slot->kind == NOTHING)
		return fail("%s was removed; %s", name(slot), story(slot));
	if (slot->kind != FILE_HERE)
		return expect(S_ISDIR(st.st_mode) == (slot->kind == DIRECTORY));
	fd = openat(root, name(slot), O_RDONLY | O_CLOEXEC);
	size = read(fd, text, sizeof(text));
	close(fd);
	if (size != (ssize_t)slot->size)
		return fail("%s has %zd bytes, not %zu", name(slot), size, slot->size);
	if (memcmp(text, slot->content, size))
		tell_difference(slot, text);
}

static void check(void)
{
	unsigned long before = __atomic_load_n(&turns, __ATOMIC_SEQ_CST);

	/* The call that was interrupted is over, and so is its turn. */
	expect(await(__atomic_load_n(&turns, __ATOMIC_SEQ_CST) > before, 20));
	__atomic_store_n(&pausing, 1, __ATOMIC_SEQ_CST);
	expect(await(__atomic_load_n(&paused, __ATOMIC_SEQ_CST), 20));
	for (struct slot *slot = slots; slot < slots + SLOTS; slot++)
		check_slot(slot);
	__atomic_store_n(&pausing, 0, __ATOMIC_SEQ_CST);
}

static void finish(void)
{
	__atomic_store_n(&pausing, 1, __ATOMIC_SEQ_CST);
	await(__atomic_load_n(&paused, __ATOMIC_SEQ_CST), 5);
	for (struct slot *slot = slots; slot < slots + SLOTS; slot++)
		if (slot->kind != NOTHING)
			drop(slot);
	rmdir(on_disk("tree"));
}

SURVIVOR(file_tree, .about = "files made, filled, cut, moved, removed to the last moment",
	 .prepare = prepare, .check = check, .finish = finish,
	 .flags = FILES_CHANGE | MAPS_CHANGE);
