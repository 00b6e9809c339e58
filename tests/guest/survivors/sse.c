// SPDX-License-Identifier: GPL-2.0
/* xmm0 to xmm15, in user mode and in a system call. */
#include "survivor.h"
#include "registers.h"

#define EACH(code) ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t" code "\n\t.endr\n\t"

REGISTERS(16 * 16, EACH("movups \\n*16(%[in]), %%xmm\\n"),
	  EACH("movups %%xmm\\n, \\n*16(%[out])"), XMM0_7, XMM8_15);

static void prepare(void)
{
	registers_start(&kind);
}

SURVIVOR(sse, .about = "SSE registers, running and asleep", .prepare = prepare,
	 .check = registers_check);
