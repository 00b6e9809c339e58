// SPDX-License-Identifier: GPL-2.0
/* The x87 stack, control word and MXCSR, in user mode and in a system call. */
#include "survivor.h"
#include "registers.h"

/*
 * Eight 80-bit numbers, the control word at 80, MXCSR at 84; each is stored to
 * where it was loaded from. The last loaded comes out first.
 */
#define LOAD                                                               \
	"fninit\n\t"                                                       \
	".irp n, 0,1,2,3,4,5,6,7\n\tfldt \\n*10(%[in])\n\t.endr\n\t"       \
	"fldcw 80(%[in])\n\t"                                              \
	"ldmxcsr 84(%[in])\n\t"
#define STORE                                                              \
	"fnstcw 80(%[out])\n\t"                                            \
	"stmxcsr 84(%[out])\n\t"                                           \
	".irp n, 7,6,5,4,3,2,1,0\n\tfstpt \\n*10(%[out])\n\t.endr\n\t"     \
	"fninit\n\t"

REGISTERS(88, LOAD, STORE, "st");

/* Not any bytes are numbers, so the pattern of registers.h is overwritten. */
static void numbers(unsigned char *in)
{
	static const unsigned int mxcsr = 0x1f80 | 0x6000; /* towards zero */
	static const unsigned short control = 0x0c7f;	   /* too; single */

	for (int i = 0; i < 8; i++) {
		in[i * 10 + 7] |= 0x80;
		in[i * 10 + 8] = i;
		in[i * 10 + 9] = 0x40;
	}
	memset(in + 80, 0, 8);
	memcpy(in + 80, &control, sizeof(control));
	memcpy(in + 84, &mxcsr, sizeof(mxcsr));
}

static void spin_numbers(const void *in, void *out, unsigned long turns)
{
	unsigned int mxcsr = __builtin_ia32_stmxcsr();

	numbers((unsigned char *)in);
	spin(in, out, turns);
	__builtin_ia32_ldmxcsr(mxcsr);
}

static void sleep_numbers(const void *in, void *out, const struct timespec *time)
{
	unsigned int mxcsr = __builtin_ia32_stmxcsr();

	numbers((unsigned char *)in);
	asleep(in, out, time);
	__builtin_ia32_ldmxcsr(mxcsr);
}

static void prepare(void)
{
	static const struct registers both = { 88, spin_numbers, sleep_numbers };

	(void)kind;
	registers_start(&both);
}

SURVIVOR(x87, .about = "x87 stack, control word, MXCSR; running and asleep",
	 .prepare = prepare, .check = registers_check);
