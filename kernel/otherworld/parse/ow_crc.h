/* SPDX-License-Identifier: GPL-2.0 */
/* CRC-32 (IEEE 802.3, as zlib's) that seals blocks of the handover. */
#ifndef _OW_CRC_H
#define _OW_CRC_H

#include "ow_compat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Start with 0, go on with the value of the part before. */
u32 ow_crc32(u32 crc, const void *data, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* _OW_CRC_H */
