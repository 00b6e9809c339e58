/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a dead kernel kept what /proc/sys showed.
 */
#ifndef _OW_SYSCTL_H
#define _OW_SYSCTL_H

#include "ow_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* No value that is asked for is longer; CORENAME_MAX_SIZE is 128. */
#define OW_SYSCTL_SIZE	256

/**
 * struct ow_sysctl - one of them
 * @data: its variable
 * @size: of that, in bytes; at most OW_SYSCTL_SIZE
 */
struct ow_sysctl {
	struct ow_virt data;
	u32 size;
};

/**
 * ow_sysctl_find() - find one by name
 * @c: where to read
 * @name: with dots: "vm.swappiness"
 * @sysctl: filled in
 *
 * Of the first namespaces. False if the dead kernel had none of that name, or
 * none that is a plain variable; and if something is damaged, as @c says then.
 */
bool ow_sysctl_find(struct ow_cursor *c, const char *name,
		    struct ow_sysctl *sysctl);

#ifdef __cplusplus
}
#endif

#endif /* _OW_SYSCTL_H */
