// SPDX-License-Identifier: GPL-2.0
#include "root_device.h"

#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <vector>

namespace owctl {
namespace {

template <size_t kSize>
bool read_exactly(int fd, uint64_t at, std::array<uint8_t, kSize>& into) {
  return ::pread(fd, into.data(), kSize, static_cast<off_t>(at)) ==
         static_cast<ssize_t>(kSize);
}

template <typename T>
T load(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

std::string format_uuid(const uint8_t* b) {
  std::string text;
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      text += '-';
    text += fmt::format("{:02x}", b[i]);
  }
  return text;
}

// A GUID's first three fields are little-endian.
std::string format_guid(const uint8_t* b) {
  const std::array<uint8_t, 16> swapped = {
      b[3], b[2], b[1],  b[0],  b[5],  b[4],  b[7],  b[6],
      b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]};
  return format_uuid(swapped.data());
}

std::string fixed_text(const uint8_t* from, size_t size) {
  const char* text = reinterpret_cast<const char*>(from);
  return {text, ::strnlen(text, size)};
}

bool same_id(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// "vda" and "vda2", or "nvme0n1" and "nvme0n1p2".
struct BlockDevice {
  std::string name;
  std::string disk;  // empty if it is a whole disk
  unsigned number = 0;
};

std::vector<BlockDevice> block_devices(const Paths& paths) {
  std::vector<BlockDevice> devices;
  for (const auto& disk : list_directory(paths("/sys/block"))) {
    devices.push_back({disk, "", 0});
    const std::string directory = "/sys/block/" + disk;
    for (const auto& name : list_directory(paths(directory))) {
      if (!name.starts_with(disk))
        continue;
      auto number =
          read_line(paths(fmt::format("{}/{}/partition", directory, name)));
      if (!number)
        continue;
      BlockDevice part{name, disk, 0};
      parse_number(*number, part.number);
      devices.push_back(std::move(part));
    }
  }
  return devices;
}

template <typename Matches>
std::optional<std::string> first_device(const Paths& paths, Matches matches) {
  for (const auto& device : block_devices(paths))
    if (matches(device))
      return paths("/dev/" + device.name);
  return {};
}

bool matches_filesystem(const Paths& paths, const BlockDevice& device,
                        std::string_view uuid, std::string_view label) {
  auto fd = open_file(paths("/dev/" + device.name), O_RDONLY);
  if (!fd)
    return false;
  const auto id = filesystem_id(fd->get());
  return id && (uuid.empty() || same_id(id->uuid, uuid)) &&
         (label.empty() || id->label == label);
}

}  // namespace

std::optional<FilesystemId> filesystem_id(int fd) {
  FilesystemId id;
  std::array<uint8_t, 1024> block = {};
  // ext*: the superblock is at 1024, its magic at 56 in there.
  if (read_exactly(fd, 1024, block) && load<uint16_t>(&block[56]) == 0xef53) {
    id.type = "ext4";  // its driver mounts the older ones, too
    id.uuid = format_uuid(&block[104]);
    id.label = fixed_text(&block[120], 16);
    return id;
  }
  if (read_exactly(fd, 0, block) && std::memcmp(block.data(), "XFSB", 4) == 0) {
    id.type = "xfs";
    id.uuid = format_uuid(&block[32]);
    id.label = fixed_text(&block[108], 12);
    return id;
  }
  // btrfs: the superblock is at 64 KiB.
  if (read_exactly(fd, 65536, block) &&
      std::memcmp(&block[64], "_BHRfS_M", 8) == 0) {
    id.type = "btrfs";
    id.uuid = format_uuid(&block[32]);
    id.label = fixed_text(&block[299], 256);
    return id;
  }
  return {};
}

std::optional<std::string> partition_uuid(int disk_fd, unsigned number) {
  if (number == 0)
    return {};
  std::array<uint8_t, 512> sector = {};
  if (!read_exactly(disk_fd, 0, sector))
    return {};
  const auto mbr_id = load<uint32_t>(&sector[440]);
  for (const uint64_t sector_size : {512, 4096}) {
    if (!read_exactly(disk_fd, sector_size, sector) ||
        std::memcmp(sector.data(), "EFI PART", 8) != 0)
      continue;
    const auto table = load<uint64_t>(&sector[72]);
    const auto count = load<uint32_t>(&sector[80]);
    const auto size = load<uint32_t>(&sector[84]);
    std::array<uint8_t, 128> entry = {};
    if (number > count || size < entry.size() ||
        !read_exactly(disk_fd,
                      table * sector_size + uint64_t{size} * (number - 1),
                      entry))
      return {};
    return format_guid(&entry[16]);
  }
  if (mbr_id == 0)
    return {};
  return fmt::format("{:08x}-{:02x}", mbr_id, number);
}

std::optional<std::string> find_root_device(const Paths& paths,
                                            std::string_view root) {
  if (root.starts_with("/dev/")) {
    std::string path = paths(root);
    if (exists(path))
      return path;
    return {};
  }
  const size_t equals = root.find('=');
  const std::string_view kind = root.substr(0, equals);
  const std::string_view wanted =
      equals == std::string_view::npos ? "" : root.substr(equals + 1);
  if (wanted.empty()) {
    // MAJOR:MINOR
    return first_device(paths, [&](const BlockDevice& device) {
      const std::string directory =
          device.disk.empty() ? "/sys/block/" + device.name
                              : "/sys/block/" + device.disk + "/" + device.name;
      return read_line(paths(directory + "/dev")).value_or("") == root;
    });
  }
  if (kind == "UUID")
    return first_device(paths, [&](const BlockDevice& device) {
      return matches_filesystem(paths, device, wanted, {});
    });
  if (kind == "LABEL")
    return first_device(paths, [&](const BlockDevice& device) {
      return matches_filesystem(paths, device, {}, wanted);
    });
  if (kind == "PARTUUID")
    return first_device(paths, [&](const BlockDevice& device) {
      if (device.disk.empty())
        return false;
      auto fd = open_file(paths("/dev/" + device.disk), O_RDONLY);
      if (!fd)
        return false;
      const auto uuid = partition_uuid(fd->get(), device.number);
      return uuid && same_id(*uuid, wanted);
    });
  return {};
}

}  // namespace owctl
