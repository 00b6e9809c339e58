// SPDX-License-Identifier: GPL-2.0
// A dead kernel made of mock memory: segments, page tables, VMCOREINFO and a
// printk ring buffer written the way the kernel writes its own. Used by the
// unit tests and, for their first inputs, by the fuzzers.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "ow_log.h"
#include "ow_memory.h"
#include "ow_pagetable.h"
#include "ow_vmcoreinfo.h"

namespace mock {

// Physical memory with holes.
class Memory {
 public:
  // Adds a zeroed run of memory and returns its bytes.
  uint8_t* add(uint64_t start, uint64_t len) {
    auto& bytes = runs_.emplace_back(len);
    segments_.push_back({ow_phys_at(start), len, bytes.data()});
    return bytes.data();
  }

  // The byte at a physical address that add() covers.
  uint8_t* at(uint64_t phys) {
    for (const auto& seg : segments_)
      if (phys >= seg.start.a && phys - seg.start.a < seg.len)
        return const_cast<uint8_t*>(static_cast<const uint8_t*>(seg.bytes)) +
               (phys - seg.start.a);
    return nullptr;
  }

  template <typename T>
  void put(uint64_t phys, T value) {
    std::memcpy(at(phys), &value, sizeof(value));
  }

  template <typename T>
  T get(uint64_t phys) {
    T value;
    std::memcpy(&value, at(phys), sizeof(value));
    return value;
  }

  // Made anew each time, so that a moved Memory does not refer to the old one.
  const ow_memory* memory() {
    source_ = {segments_.data(), segments_.size()};
    ow_memory_from_segments(&memory_, &source_);
    return &memory_;
  }
  [[nodiscard]] const std::vector<ow_segment>& segments() const {
    return segments_;
  }

 private:
  std::deque<std::vector<uint8_t>> runs_;
  std::vector<ow_segment> segments_;
  ow_segments source_{};
  ow_memory memory_{};
};

constexpr uint64_t kTextStart = 0xffffffff80000000;
constexpr uint64_t kPresent = 1, kWritable = 2, kHuge = 0x80;

// A kernel image of `size` bytes at `phys`, mapped by the text mapping, with
// page tables at its beginning.
class Kernel {
 public:
  explicit Kernel(unsigned levels = 4, uint64_t phys = 0x1000000,
                  uint64_t size = 0x80000)
      : levels_(levels), phys_(phys), next_(phys) {
    mem.add(phys, size);
    root = page();
  }

  // Where the image's physical address appears in the text mapping.
  [[nodiscard]] uint64_t text(uint64_t phys) const {
    return kTextStart + phys - phys_base;
  }

  uint64_t page() { return alloc(4096, 4096); }
  uint64_t alloc(uint64_t size, uint64_t align = 8) {
    next_ = (next_ + align - 1) / align * align;
    uint64_t at = next_;
    next_ += size;
    return at;
  }

  // The page table entry that maps `virt` at `level` (1 is the last), with the
  // tables above it made as needed.
  uint64_t slot(uint64_t virt, unsigned level = 1) {
    uint64_t table = root;
    for (unsigned l = levels_;; l--) {
      uint64_t at = table + ((virt >> (12 + 9 * (l - 1))) & 511) * 8;
      if (l == level)
        return at;
      auto entry = mem.get<uint64_t>(at);
      if (!(entry & kPresent)) {
        entry = page() | kPresent | kWritable;
        mem.put(at, entry);
      }
      table = entry & 0xffffffffff000;
    }
  }

  void map(uint64_t virt, uint64_t phys, unsigned level = 1) {
    mem.put<uint64_t>(slot(virt, level),
                      phys | kPresent | kWritable | (level > 1 ? kHuge : 0));
  }

  [[nodiscard]] std::string vmcoreinfo() const {
    char text[512];
    snprintf(text, sizeof(text),
             "OSRELEASE=6.12.0-mock\n"
             "PAGESIZE=4096\n"
             "SYMBOL(swapper_pg_dir)=%lx\n"
             "NUMBER(phys_base)=%ld\n"
             "SYMBOL(init_top_pgt)=%lx\n"
             "NUMBER(pgtable_l5_enabled)=%d\n"
             "NUMBER(KERNEL_IMAGE_SIZE)=1073741824\n"
             "NUMBER(sme_mask)=0\n",
             this->text(root), static_cast<long>(phys_base), this->text(root),
             levels_ == 5);
    return text + extra_info;
  }

  Memory mem;
  uint64_t root = 0;
  // As with KASLR, where it may well be "negative".
  uint64_t phys_base = static_cast<uint64_t>(-0x2000000L);
  std::string extra_info;

 private:
  unsigned levels_;
  uint64_t phys_;
  uint64_t next_;
};

// The structures of kernel/printk/printk_ringbuffer.h.
struct Desc {
  uint64_t state_var, begin, next;
};
struct Info {
  uint64_t seq, ts_nsec;
  uint16_t text_len;
  uint8_t facility;
  uint8_t flags_level;
  uint32_t caller_id;
  char dev_info[64];
};
struct DescRing {
  uint32_t count_bits;
  uint64_t descs, infos, head_id, tail_id, last_finalized_seq;
};
struct DataRing {
  uint32_t size_bits;
  uint64_t data, head_lpos, tail_lpos;
};
struct RingBuffer {
  DescRing desc_ring;
  DataRing text_data_ring;
  uint64_t fail;
};

enum State : uint64_t { kReserved, kCommitted, kFinalized, kReusable };
constexpr uint64_t kIdMask = (1ULL << 62) - 1;
constexpr uint64_t kFailedLpos = 1, kEmptyLineLpos = 3;

// A ring buffer inside a mock kernel, and a writer for it.
class Ring {
 public:
  struct Options {
    uint64_t ts_nsec = 0;
    uint8_t level = 6;
    uint8_t facility = 0;
    uint32_t caller_id = 1;
    State state = kFinalized;
  };

  Ring(Kernel& kernel, unsigned count_bits, unsigned size_bits)
      : kernel_(kernel), count_(1ULL << count_bits), size_(1ULL << size_bits) {
    descs = kernel.alloc(count_ * sizeof(Desc));
    infos = kernel.alloc(count_ * sizeof(Info));
    data = kernel.alloc(size_);
    ring = kernel.alloc(sizeof(RingBuffer));
    prb = kernel.alloc(8);
    kernel.mem.put(prb, kernel.text(ring));
    head_id_ = tail_id_ = (-(count_ + 1)) & kIdMask;
    head_lpos_ = tail_lpos_ = -size_;
    rb_.desc_ring = {count_bits, kernel.text(descs), kernel.text(infos), 0, 0,
                     0};
    rb_.text_data_ring = {size_bits, kernel.text(data), 0, 0};
    kernel.mem.put<Desc>(desc(head_id_),
                         {sv(head_id_, kReusable), kFailedLpos, kFailedLpos});
    flush();
    describe();
  }

  // Physical addresses of a record's descriptor and meta data.
  [[nodiscard]] uint64_t desc(uint64_t id) const {
    return descs + (id & (count_ - 1)) * sizeof(Desc);
  }
  [[nodiscard]] uint64_t info(uint64_t id) const {
    return infos + (id & (count_ - 1)) * sizeof(Info);
  }
  // Of its text block, ID included, where the text itself is.
  uint64_t block(uint64_t id) {
    auto d = kernel_.mem.get<Desc>(desc(id));
    bool wraps = d.begin / size_ != d.next / size_;
    return data + (wraps ? 0 : d.begin & (size_ - 1));
  }

  static uint64_t sv(uint64_t id, State state) { return state << 62 | id; }
  void set_state(uint64_t id, State state) {
    kernel_.mem.put<uint64_t>(desc(id), sv(id, state));
  }

  // Stores a message; returns its descriptor's ID.
  uint64_t log(std::string_view text) { return log(text, Options()); }
  uint64_t log(std::string_view text, const Options& opt) {
    uint64_t id = (head_id_ + 1) & kIdMask;
    if (((id - count_) & kIdMask) == tail_id_)
      retire_tail();
    head_id_ = id;

    Info meta{};
    meta.seq = seq_++;
    meta.ts_nsec = opt.ts_nsec;
    meta.text_len = static_cast<uint16_t>(text.size());
    meta.facility = opt.facility;
    meta.flags_level = static_cast<uint8_t>(opt.level << 5 | 2);
    meta.caller_id = opt.caller_id;
    kernel_.mem.put(info(id), meta);

    Desc d{sv(id, opt.state), kEmptyLineLpos, kEmptyLineLpos};
    if (!text.empty())
      place(text, id, d);
    kernel_.mem.put(desc(id), d);
    flush();
    return id;
  }

  [[nodiscard]] uint64_t last_wrapped() const { return last_wrapped_; }

 private:
  // As data_alloc(): the ID and the text, or the ID alone at the end of the
  // ring and both again at its beginning.
  void place(std::string_view text, uint64_t id, Desc& d) {
    uint64_t need = (8 + text.size() + 7) / 8 * 8;
    d.begin = head_lpos_;
    d.next = d.begin + need;
    uint64_t at = d.begin;
    bool wraps = d.begin / size_ != d.next / size_;
    if (wraps) {
      at = d.next / size_ * size_;
      d.next = at + need;
    }
    while (d.next - tail_lpos_ > size_)
      retire_data();
    if (wraps) {
      last_wrapped_ = id;
      kernel_.mem.put(data + (d.begin & (size_ - 1)), id);
    }
    kernel_.mem.put(data + (at & (size_ - 1)), id);
    std::memcpy(kernel_.mem.at(data + (at & (size_ - 1)) + 8), text.data(),
                text.size());
    head_lpos_ = d.next;
  }

  void retire_data() {
    auto id = kernel_.mem.get<uint64_t>(data + (tail_lpos_ & (size_ - 1)));
    set_state(id, kReusable);
    tail_lpos_ = kernel_.mem.get<Desc>(desc(id)).next;
  }

  void retire_tail() {
    auto d = kernel_.mem.get<Desc>(desc(tail_id_));
    set_state(tail_id_, kReusable);
    if (!(d.next & 1))
      while (tail_lpos_ != d.next && tail_lpos_ - d.next > size_)
        retire_data();
    tail_id_ = (tail_id_ + 1) & kIdMask;
  }

  void flush() {
    rb_.desc_ring.head_id = head_id_;
    rb_.desc_ring.tail_id = tail_id_;
    rb_.text_data_ring.head_lpos = head_lpos_;
    rb_.text_data_ring.tail_lpos = tail_lpos_;
    kernel_.mem.put(ring, rb_);
  }

  void describe() {
    char text[64];
    snprintf(text, sizeof(text), "SYMBOL(prb)=%lx\n", kernel_.text(prb));
    std::string info = text;
    auto offset = [&](const char* name, size_t n) {
      info += std::string("OFFSET(") + name + ")=" + std::to_string(n) + "\n";
    };
    auto size = [&](const char* name, size_t n) {
      info += std::string("SIZE(") + name + ")=" + std::to_string(n) + "\n";
    };
    offset("printk_ringbuffer.desc_ring", offsetof(RingBuffer, desc_ring));
    offset("printk_ringbuffer.text_data_ring",
           offsetof(RingBuffer, text_data_ring));
    offset("prb_desc_ring.count_bits", offsetof(DescRing, count_bits));
    offset("prb_desc_ring.descs", offsetof(DescRing, descs));
    offset("prb_desc_ring.infos", offsetof(DescRing, infos));
    offset("prb_desc_ring.head_id", offsetof(DescRing, head_id));
    offset("prb_desc_ring.tail_id", offsetof(DescRing, tail_id));
    size("prb_desc", sizeof(Desc));
    offset("prb_desc.state_var", offsetof(Desc, state_var));
    offset("prb_desc.text_blk_lpos", offsetof(Desc, begin));
    offset("prb_data_blk_lpos.begin", 0);
    offset("prb_data_blk_lpos.next", 8);
    size("printk_info", sizeof(Info));
    offset("printk_info.seq", offsetof(Info, seq));
    offset("printk_info.ts_nsec", offsetof(Info, ts_nsec));
    offset("printk_info.text_len", offsetof(Info, text_len));
    offset("printk_info.caller_id", offsetof(Info, caller_id));
    offset("prb_data_ring.size_bits", offsetof(DataRing, size_bits));
    offset("prb_data_ring.data", offsetof(DataRing, data));
    offset("atomic_long_t.counter", 0);
    kernel_.extra_info += info;
  }

  Kernel& kernel_;
  uint64_t count_, size_;
  uint64_t head_id_, tail_id_, head_lpos_, tail_lpos_;
  uint64_t seq_ = 0;
  uint64_t last_wrapped_ = 0;
  RingBuffer rb_{};

 public:
  uint64_t descs, infos, data, ring, prb;
};

}  // namespace mock
