/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test of vector registers: load them, spin or sleep, store them. Two threads
 * do so for ever, one in user mode and one in a system call.
 */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "survivor.h"

/* Loads from in, does one of both, stores to out. Between all this in assembly
 * no compiler can use a register for something else. */
#define SPIN  "1: dec %[turns]\n\tjnz 1b\n\t"
#define SLEEP "syscall\n\t"

#define REGISTERS_MAX 4096
struct registers {
	size_t size; /* of in and out */
	void (*spin)(const void *in, void *out, unsigned long turns);
	/* clock_nanosleep() of a tenth of a second */
	void (*sleep)(const void *in, void *out, const struct timespec *time);
};

static const struct registers *registers;
static volatile unsigned long spins, sleeps;

static void registers_round(bool asleep, uint64_t seed)
{
	static const struct timespec tenth = { .tv_nsec = 100000000 };
	unsigned char in[REGISTERS_MAX] __attribute__((aligned(64)));
	unsigned char out[REGISTERS_MAX] __attribute__((aligned(64))) = { 0 };

	fill(in, registers->size, seed);
	if (asleep)
		registers->sleep(in, out, &tenth);
	else
		registers->spin(in, out, 4000000);
	for (size_t i = 0; i < registers->size; i++)
		if (in[i] != out[i])
			return fail("%s: byte %zu of the registers is %#x, not %#x",
				    asleep ? "asleep" : "spinning", i, out[i], in[i]);
}

static void *registers_spin(void *argument)
{
	(void)argument;
	for (;;)
		registers_round(false, spins++);
	return NULL;
}

static void *registers_sleep(void *argument)
{
	(void)argument;
	for (;;)
		registers_round(true, ~sleeps++);
	return NULL;
}

static void registers_start(const struct registers *kind)
{
	registers = kind;
	spinning_thread(registers_spin, NULL);
	thread(registers_sleep, NULL);
	await(spins && sleeps, 10);
}

static void registers_check(void)
{
	unsigned long spun = spins, slept = sleeps;

	if (!await(spins >= spun + 2 && sleeps >= slept + 2, 60))
		fail("stuck: %lu spins, %lu sleeps", spins - spun, sleeps - slept);
}

/* The operands of both: clock_nanosleep(CLOCK_MONOTONIC, 0, time, NULL). */
#define SPIN_OPERANDS(...)                                                 \
	: [turns] "+r"(turns)                                              \
	: [in] "r"(in), [out] "r"(out)                                     \
	: "memory", "cc", __VA_ARGS__
#define SLEEP_OPERANDS(...)                                                \
	: "+a"(number)                                                     \
	: [in] "r"(in), [out] "r"(out), "D"(1L), "S"(0L), "d"(time),       \
	  "r"(r10)                                                         \
	: "rcx", "r11", "memory", "cc", __VA_ARGS__
#define SLEEP_LOCALS                                                       \
	register long r10 asm("r10") = 0;                                  \
	long number = SYS_clock_nanosleep

#define XMM0_7	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"
#define XMM8_15 "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

/* Defines spin() and sleep_() for the code that loads and that stores. */
#define REGISTERS(bytes, load, store, ...)                                 \
	static void spin(const void *in, void *out, unsigned long turns)   \
	{                                                                  \
		asm volatile(load SPIN store SPIN_OPERANDS(__VA_ARGS__));  \
	}                                                                  \
	static void asleep(const void *in, void *out,                      \
			   const struct timespec *time)                    \
	{                                                                  \
		SLEEP_LOCALS;                                              \
		asm volatile(load SLEEP store SLEEP_OPERANDS(__VA_ARGS__)); \
	}                                                                  \
	static const struct registers kind = { (bytes), spin, asleep }

#endif
