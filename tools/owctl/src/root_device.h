// SPDX-License-Identifier: GPL-2.0
// Which device root= means.
#ifndef OWCTL_ROOT_DEVICE_H
#define OWCTL_ROOT_DEVICE_H

#include <optional>
#include <string>
#include <string_view>

#include "files.h"

namespace owctl {

// What a file system says of itself in its superblock.
struct FilesystemId {
  std::string type;  // by which to mount it
  std::string uuid;
  std::string label;
};

// ext2/3/4, XFS and btrfs; `read_at` is a file or a block device.
std::optional<FilesystemId> filesystem_id(int fd);

// Unique ids of the partitions on a disk with GPT or MBR, by their number.
std::optional<std::string> partition_uuid(int disk_fd, unsigned number);

// The device node for root=, if it is there by now. Understands /dev/NAME,
// MAJOR:MINOR, UUID=, LABEL= and PARTUUID=.
std::optional<std::string> find_root_device(const Paths& paths,
                                            std::string_view root);

}  // namespace owctl

#endif
