// SPDX-License-Identifier: GPL-2.0
/* Two thousand frames deep in the main stack; each frame is right, and returns. */
#include "survivor.h"

#define DEPTH 2000

struct frame {
	struct frame *above;
	uint64_t words[64];
};
static struct frame *deepest;
static int returned;

static void __attribute__((noinline)) descend(int depth, struct frame *above,
					      void (*live)(void))
{
	struct frame frame = { .above = above };

	fill(frame.words, sizeof(frame.words), depth);
	if (depth < DEPTH) {
		descend(depth + 1, &frame, live);
	} else {
		deepest = &frame;
		live();
	}
	check_filled("returning", frame.words, sizeof(frame.words), depth);
	returned++;
}

static void around(void (*live)(void))
{
	descend(1, NULL, live);
	if (returned != DEPTH)
		_exit(1);
}

static void check(void)
{
	struct frame *frame = deepest;
	int depth = DEPTH;

	for (; frame && depth; frame = frame->above, depth--)
		check_filled("frame", frame->words, sizeof(frame->words), depth);
	expect(!frame && !depth);
}

SURVIVOR(deep_stack, .about = "2000 frames deep in the main stack",
	 .around = around, .check = check);
