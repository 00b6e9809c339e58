// SPDX-License-Identifier: GPL-2.0
/* zmm0 to zmm31 and the mask registers, in user mode and in a system call. */
#include "survivor.h"
#include "registers.h"

#define EACH(code)                                                         \
	".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21," \
	"22,23,24,25,26,27,28,29,30,31\n\t" code "\n\t.endr\n\t"
#define MASKS(code) ".irp n, 0,1,2,3,4,5,6,7\n\t" code "\n\t.endr\n\t"

REGISTERS(32 * 64 + 8 * 8,
	  EACH("vmovups \\n*64(%[in]), %%zmm\\n")
		  MASKS("kmovq 2048+\\n*8(%[in]), %%k\\n"),
	  EACH("vmovups %%zmm\\n, \\n*64(%[out])")
		  MASKS("kmovq %%k\\n, 2048+\\n*8(%[out])") "vzeroupper\n\t",
	  XMM0_7, XMM8_15);

static void prepare(void)
{
	if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw"))
		skip("no AVX-512");
	registers_start(&kind);
}

SURVIVOR(avx512, .about = "AVX-512 registers, running and asleep",
	 .prepare = prepare, .check = registers_check);
