// SPDX-License-Identifier: GPL-2.0
/* ymm0 to ymm15, in user mode and in a system call. */
#include "survivor.h"
#include "registers.h"

#define EACH(code) ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t" code "\n\t.endr\n\t"

REGISTERS(16 * 32, EACH("vmovups \\n*32(%[in]), %%ymm\\n"),
	  EACH("vmovups %%ymm\\n, \\n*32(%[out])") "vzeroupper\n\t", XMM0_7, XMM8_15);

static void prepare(void)
{
	if (!__builtin_cpu_supports("avx"))
		skip("no AVX");
	registers_start(&kind);
}

SURVIVOR(avx, .about = "AVX registers, running and asleep", .prepare = prepare,
	 .check = registers_check);
