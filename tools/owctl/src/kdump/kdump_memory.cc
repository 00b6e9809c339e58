// SPDX-License-Identifier: GPL-2.0
// Dead physical memory out of makedumpfile's own format, through libkdumpfile.
// Only in owctl-inspect: the library exists as a shared one alone, and the
// owctl of the crash kernel is a static program.
#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>

#include <algorithm>

#include "dump_file.h"
#include "fd.h"
#include "files.h"

namespace owctl {
namespace {

class KdumpMemory : public DumpFile {
 public:
  static Result<std::unique_ptr<DumpFile>> open(const std::string& path);

 private:
  using Context = std::unique_ptr<kdump_ctx_t, decltype(&::kdump_free)>;

  KdumpMemory() : context_(::kdump_new(), ::kdump_free) {}
  Result<> load(const std::string& path);
  static ow_status read(void* self, ow_phys at, void* dst, size_t len,
                        ow_phys* bad);

  static constexpr ow_memory_ops kOps = {.read = &KdumpMemory::read};
  static constexpr u64 kPageSize = 4096;

  Fd fd_;  // outlives the context
  Context context_;
};

Result<std::unique_ptr<DumpFile>> KdumpMemory::open(const std::string& path) {
  std::unique_ptr<KdumpMemory> self(new KdumpMemory);
  auto loaded = self->load(path);
  if (!loaded)
    return loaded.error();
  return std::unique_ptr<DumpFile>(std::move(self));
}

Result<> KdumpMemory::load(const std::string& path) {
  auto fd = open_file(path, O_RDONLY);
  if (!fd)
    return fd.error();
  fd_ = std::move(*fd);
  if (!context_)
    return Error{"no memory for libkdumpfile"};
  if (::kdump_open_fd(context_.get(), fd_.get()) != KDUMP_OK)
    return Error{fmt::format("{}: {}", path, ::kdump_get_err(context_.get()))};
  // Not by kdump_vmcoreinfo_raw(): that wants to know more of the kernel, and
  // to translate addresses, which the parser does here.
  kdump_attr_t raw = {};
  raw.type = KDUMP_BLOB;
  if (::kdump_get_typed_attr(context_.get(), "linux.vmcoreinfo.raw", &raw) ==
      KDUMP_OK) {
    vmcoreinfo_.assign(static_cast<const char*>(::kdump_blob_pin(raw.val.blob)),
                       ::kdump_blob_size(raw.val.blob));
    ::kdump_blob_unpin(raw.val.blob);
  }
  memory_ = {&kOps, this};
  kdump_num_t end = 0;
  if (vmcoreinfo_.empty() &&
      ::kdump_get_number_attr(context_.get(), "max_pfn", &end) == KDUMP_OK)
    search_vmcoreinfo({{0, end * kPageSize}});
  ::kdump_clear_err(context_.get());
  return {};
}

// Page by page, to know which one is missing.
ow_status KdumpMemory::read(void* self, ow_phys at, void* dst, size_t len,
                            ow_phys* bad) {
  auto* const context = static_cast<KdumpMemory*>(self)->context_.get();
  auto* out = static_cast<char*>(dst);
  while (len > 0) {
    size_t n = std::min<u64>(len, kPageSize - at.a % kPageSize);
    const size_t wanted = n;
    if (::kdump_read(context, KDUMP_MACHPHYSADDR, at.a, out, &n) != KDUMP_OK ||
        n != wanted) {
      ::kdump_clear_err(context);
      *bad = at;
      return OW_BAD_ADDRESS;
    }
    out += n;
    at.a += n;
    len -= n;
  }
  return OW_OK;
}

const bool registered = [] {
  set_compressed_dump_opener(&KdumpMemory::open);
  return true;
}();

}  // namespace
}  // namespace owctl
