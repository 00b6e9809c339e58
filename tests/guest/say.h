/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a program of the guest says of itself, beside others: lines of one log,
 * "NAME WORD NUMBER" each. Also from within a crash procedure.
 */
#ifndef GUEST_SAY_H
#define GUEST_SAY_H

#include <stdint.h>

/* This is C, and formatted as such. */
/* clang-format off */
#ifdef __cplusplus
extern "C" {
#endif

/* Both must stay valid. */
void say_as(const char *name, const char *log);
void say(const char *word, uint64_t number);

#ifdef __cplusplus
}
#endif

/* clang-format on */

#endif /* GUEST_SAY_H */
