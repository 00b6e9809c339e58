// SPDX-License-Identifier: GPL-2.0
#include "region.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

namespace owctl {
namespace {

struct IomemLine {
  uint64_t start;
  uint64_t end;  // inclusive
  bool top_level;
  std::string_view name;
};

// "  00100000-7ffdffff : System RAM"
std::optional<IomemLine> parse_iomem_line(std::string_view line) {
  IomemLine parsed = {};
  parsed.top_level = !line.starts_with(' ');
  line = trim(line);
  const char* const end = line.data() + line.size();
  auto first = std::from_chars(line.data(), end, parsed.start, 16);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-')
    return {};
  auto second = std::from_chars(first.ptr + 1, end, parsed.end, 16);
  if (second.ec != std::errc())
    return {};
  const std::string_view rest = line.substr(second.ptr - line.data());
  const size_t colon = rest.find(':');
  if (colon == std::string_view::npos)
    return {};
  parsed.name = trim(rest.substr(colon + 1));
  return parsed;
}

template <typename Visit>
void each_iomem_line(std::string_view iomem, Visit visit) {
  while (!iomem.empty()) {
    const size_t end = iomem.find('\n');
    if (auto line = parse_iomem_line(iomem.substr(0, end)))
      visit(*line);
    if (end == std::string_view::npos)
      break;
    iomem.remove_prefix(end + 1);
  }
}

}  // namespace

RegionNeed required_region(const RegionInputs& inputs,
                           const RegionCoefficients& coefficients) {
  const RegionCoefficients& k = coefficients;
  RegionNeed need;
  need.terms = {
      {"a struct page for every frame",
       inputs.total_ram / k.ram_per_struct_page_byte},
      {"hash tables for the whole machine",
       inputs.total_ram / k.ram_per_hash_byte},
      {"page tables of the direct map",
       inputs.total_ram / k.ram_per_direct_map_byte},
      {"bounce buffers (RAM above 4 GiB)", inputs.ram_above_4g ? k.swiotlb : 0},
      {"per-CPU areas and stacks", inputs.cpus * k.per_cpu},
      {"kernel, loaded and unpacked",
       inputs.kernel_init_size * k.kernel_copies},
      {"initramfs, packed and unpacked",
       inputs.initramfs_size * k.initramfs_copies},
      {"room to work in until the release", k.working_room},
  };
  const uint64_t sum = std::accumulate(
      need.terms.begin(), need.terms.end(), uint64_t{0},
      [](uint64_t so_far, const RegionTerm& t) { return so_far + t.bytes; });
  need.total = (sum + k.granularity - 1) / k.granularity * k.granularity;
  return need;
}

std::string RegionNeed::explain() const {
  std::string text;
  for (const auto& term : terms)
    text += fmt::format("  {:>9.1f} MiB  {}\n",
                        static_cast<double>(term.bytes) / kMiB, term.name);
  text += fmt::format("  {:>9.1f} MiB  together, rounded up\n",
                      static_cast<double>(total) / kMiB);
  return text;
}

MachineMemory parse_iomem(std::string_view iomem) {
  MachineMemory memory;
  each_iomem_line(iomem, [&memory](const IomemLine& line) {
    if (!line.top_level || line.name != "System RAM" || line.end == 0)
      return;
    memory.total += line.end - line.start + 1;
    memory.highest = std::max(memory.highest, line.end + 1);
  });
  return memory;
}

uint64_t crash_region_in_iomem(std::string_view iomem) {
  uint64_t size = 0;
  each_iomem_line(iomem, [&size](const IomemLine& line) {
    if (line.name == "Crash kernel" && line.end != 0)
      size = std::max(size, line.end - line.start + 1);
  });
  return size;
}

Result<MachineMemory> machine_memory(const Paths& paths) {
  auto iomem = read_file(paths("/proc/iomem"));
  if (!iomem)
    return iomem.error();
  const MachineMemory memory = parse_iomem(*iomem);
  if (memory.total == 0)
    return Error{"/proc/iomem does not tell where memory lies",
                 "Its addresses are shown to root with CAP_SYS_ADMIN only.",
                 Exit::kNoPermission};
  return memory;
}

Result<uint64_t> crash_region_size(const Paths& paths) {
  // With crashkernel=…,high a small low part has a line of its own in iomem;
  // the kernel's own count is of the part images are loaded into.
  uint64_t size = 0;
  auto text = read_line(paths("/sys/kernel/kexec_crash_size"));
  if (text)
    parse_number(*text, size);
  if (size == 0)
    if (auto iomem = read_file(paths("/proc/iomem")))
      size = crash_region_in_iomem(*iomem);
  return size;
}

unsigned possible_cpus(const Paths& paths) {
  // "0-3": the last number counts.
  auto text = read_line(paths("/sys/devices/system/cpu/possible"));
  if (!text)
    return 1;
  unsigned last = 0;
  const size_t at = text->find_last_of("-,");
  const size_t from = at == std::string::npos ? 0 : at + 1;
  parse_number(std::string_view(*text).substr(from), last);
  return last + 1;
}

Result<uint64_t> parse_size(std::string_view text) {
  const Error wrong{fmt::format("'{}' is not a size", text),
                    "Write it like 256M or 1G.", Exit::kUsage};
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto number = std::from_chars(text.data(), end, value);
  if (number.ec != std::errc())
    return wrong;
  std::string_view suffix = text.substr(number.ptr - text.data());
  if (suffix.ends_with("iB"))
    suffix.remove_suffix(2);
  uint64_t unit = 1;
  if (suffix == "K" || suffix == "k")
    unit = kKiB;
  else if (suffix == "M" || suffix == "m")
    unit = kMiB;
  else if (suffix == "G" || suffix == "g")
    unit = kGiB;
  else if (!suffix.empty())
    return wrong;
  if (value > UINT64_MAX / unit)
    return wrong;
  return value * unit;
}

std::string format_size(uint64_t bytes) {
  if (bytes != 0 && bytes % kGiB == 0)
    return fmt::format("{}G", bytes / kGiB);
  if (bytes != 0 && bytes % kMiB == 0)
    return fmt::format("{}M", bytes / kMiB);
  if (bytes != 0 && bytes % kKiB == 0)
    return fmt::format("{}K", bytes / kKiB);
  return std::to_string(bytes);
}

std::string format_mib(uint64_t bytes) {
  return fmt::format("{} MiB", (bytes + kMiB - 1) / kMiB);
}

}  // namespace owctl
