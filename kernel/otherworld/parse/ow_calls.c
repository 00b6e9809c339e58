// SPDX-License-Identifier: GPL-2.0
/*
 * The system calls of x86-64, each in its class.
 */
#include "ow_calls.h"

static const struct ow_call {
	const char *name;
	u8 class;
} ow_calls[OW_CALLS] = {
#define OW_CALL(number, name, class) [number] = { #name, OW_CALL_##class },
#include "ow_call_list.h"
#undef OW_CALL
};

enum ow_call_class ow_call_class(u64 number)
{
	if (number >= OW_CALLS)
		return OW_CALL_UNPLACED;
	return (enum ow_call_class)ow_calls[number].class;
}

const char *ow_call_name(u64 number)
{
	return number < OW_CALLS ? ow_calls[number].name : NULL;
}
