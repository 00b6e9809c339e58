// SPDX-License-Identifier: GPL-2.0
// hostile hNUMBER LOG: a process whose pact is as wrong as it can be. The
// number says how, and seeds all that is random in it. Under a user of its own:
// what its own code does when it is entered anywhere is its own affair as well.
#include <fcntl.h>
#include <linux/otherworld.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "pact.h"
#include "say.h"

// The linker's names.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" char __executable_start;
extern "C" char etext;

namespace {

constexpr std::size_t kPage = 4096;
constexpr uid_t kFirstUser = 20000;

// What is wrong, by number modulo their count.
enum Kind {
  kNoise,      // in all of the page
  kUnsealed,   // a valid beginning, and noise
  kSealed,     // any fields, with right checksums
  kOneSealed,  // and the other copy torn
  kEntered,    // as if a crash procedure of it ran
  kProtected,  // sealed, in a page that cannot be written or read
  kRestless,   // all of it changes all the time
  kMany,       // several pages, for other versions and processes, one moved
  kOwnCode,    // entered anywhere in its own code, on a stack of its own
  kOwnPage,    // its stack is the pact
  kNameless,   // begins anew, without a word of its arguments left
  kKinds
};

std::mt19937_64 dice;

template <typename Value, std::size_t Count>
Value one_of(const Value (&values)[Count]) {
  return values[dice() % Count];
}

std::uint64_t own_code() {
  const auto first = reinterpret_cast<std::uintptr_t>(&__executable_start);
  const auto last = reinterpret_cast<std::uintptr_t>(&etext);
  return first + dice() % (last - first);
}

std::uint64_t wild_address() {
  static char own[1 << 16];
  const std::uint64_t all[] = {
      0,
      8,
      kPage,
      0xffffffff81000000,  // the kernel's text
      0xffff888000001000,  // and its view of memory
      0xffffffffff600000,  // vsyscall
      0x0000800000000000,  // no address at all
      0x00007fffffffffff,
      UINT64_MAX,
      UINT64_MAX - 15,
      reinterpret_cast<std::uintptr_t>(own),
      reinterpret_cast<std::uintptr_t>(own) + 7,
      reinterpret_cast<std::uintptr_t>(&all),
      own_code(),
      dice(),
  };
  return one_of(all);
}

std::uint64_t wild_size() {
  const std::uint64_t all[] = {0,
                               1,
                               2047,
                               2048,
                               1 << 14,
                               1 << 16,
                               std::uint64_t{1} << 47,
                               std::uint64_t{1} << 63,
                               UINT64_MAX,
                               dice()};
  return one_of(all);
}

std::uint32_t wild_number() {
  const std::uint32_t all[] = {0,          1,
                               2,          3,
                               4,          5,
                               0x7fffffff, 0x80000000,
                               UINT32_MAX, static_cast<std::uint32_t>(dice())};
  return one_of(all);
}

void fill(void* at, std::size_t size) {
  auto* bytes = static_cast<unsigned char*>(at);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<unsigned char>(dice());
}

libow::Wanted wild_wish() {
  libow::Wanted wish;
  wish.procedure = wild_address();
  wish.stack = wild_address();
  wish.stack_size = wild_size();
  wish.limit_ms = wild_number();
  const std::uint32_t actions[] = {
      wild_number(),
      static_cast<std::uint32_t>(dice() % OTHERWORLD_ACTION_COUNT),
      OTHERWORLD_ACTION_PROCEDURE};
  wish.action = static_cast<int>(one_of(actions));
  const char* const groups[] = {"", "shop", "../..", "/", "a/../b", "\033[2J"};
  if (dice() % 4 == 0)
    fill(wish.group, sizeof(wish.group));
  else
    std::snprintf(wish.group, sizeof(wish.group), "%s", one_of(groups));
  return wish;
}

otherworld_pact* map_pact() {
  const int fd = open("/dev/otherworld", O_RDWR);
  void* page = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  if (page == MAP_FAILED)
    std::exit(3);
  close(fd);
  return static_cast<otherworld_pact*>(page);
}

void begin(otherworld_pact& page) {
  page.version = OTHERWORLD_PACT_VERSION;
  page.pid = getpid();
  page.magic = OTHERWORLD_PACT_MAGIC;
}

void seal(otherworld_pact& page, const libow::Wanted& wish) {
  const std::uint64_t sequences[] = {0, 1, UINT64_MAX - 1, dice()};
  const std::uint64_t sequence = one_of(sequences);
  begin(page);
  libow::write_copy(page, wish, sequence);
  libow::write_copy(page, wish, sequence + 1);
}

void pretend_entered(otherworld_running& running) {
  const std::int32_t threads[] = {getpid(), getpid(), getpid(),  getppid(),
                                  1,        -1,       0x7fffffff};
  running.tid = one_of(threads);
  running.ucontext = wild_address();
  running.call = static_cast<std::int64_t>(dice() % 500) - 50;
}

void protect(otherworld_pact* page) {
  const int protections[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_EXEC};
  mprotect(page, kPage, one_of(protections));
}

void map_many() {
  for (int i = 0; i < 8; ++i) {
    otherworld_pact* page = map_pact();
    seal(*page, wild_wish());
    if (i % 2 == 0)
      page->version = wild_number();
    else
      page->pid = static_cast<int>(wild_number());
    // The first may be anywhere.
    if (i == 3)
      mremap(page, kPage, kPage, MREMAP_MAYMOVE | MREMAP_FIXED,
             reinterpret_cast<void*>(0x10000));
  }
}

void say_ended() {
  const int fd = open("/dev/otherworld", O_RDWR);
  otherworld_end end = {};
  end.ucontext = wild_address();
  end.answer = static_cast<std::uint32_t>(dice() % 3);
  ioctl(fd, OTHERWORLD_IOC_PROCEDURE_END, &end);
  close(fd);
}

// A valid one, but for where it leads.
void seal_wish_for(otherworld_pact& page, std::uint64_t procedure, void* stack,
                   std::size_t size) {
  libow::Wanted wish;
  wish.procedure = procedure;
  wish.stack = reinterpret_cast<std::uintptr_t>(stack);
  wish.stack_size = size;
  seal(page, wish);
}

libow::Wanted wish_to_begin_anew() {
  libow::Wanted wish;
  wish.action = OTHERWORLD_ACTION_HOT_RESTART;
  return wish;
}

// Not even the ends of the strings are there any more.
void overwrite_words(int count, char** words) {
  char* const end = words[count - 1] + std::strlen(words[count - 1]) + 1;
  std::memset(words[0], 'x', static_cast<std::size_t>(end - words[0]));
}

[[noreturn]] void be_hostile(Kind kind) {
  static char stack[1 << 16];
  otherworld_pact* page = map_pact();
  switch (kind) {
    case kNoise:
      fill(page, kPage);
      break;
    case kUnsealed:
      fill(page, kPage);
      begin(*page);
      break;
    case kOneSealed:
      seal(*page, wild_wish());
      fill(&page->copies[dice() % 2], sizeof(page->copies[0]));
      break;
    case kEntered:
      seal(*page, wild_wish());
      pretend_entered(page->running);
      break;
    case kProtected:
      seal(*page, wild_wish());
      protect(page);
      break;
    case kMany:
      map_many();
      break;
    case kOwnCode:
      seal_wish_for(*page, own_code(), stack, sizeof(stack));
      break;
    case kOwnPage:
      seal_wish_for(*page, own_code(), page, kPage);
      break;
    case kNameless:
      seal(*page, wish_to_begin_anew());
      break;
    default:
      seal(*page, wild_wish());
  }
  say("begins", static_cast<std::uint64_t>(getpid()));
  for (;;) {
    if (kind == kRestless) {
      fill(reinterpret_cast<char*>(page) + dice() % sizeof(*page), 1);
      if (dice() % 8 == 0)
        seal(*page, wild_wish());
    } else if (kind == kEntered) {
      say_ended();
    }
    usleep(kind == kRestless ? 1000 : 100000);
  }
}

// kNameless, begun anew: by its name alone.
[[noreturn]] void be_nameless() {
  for (;;)
    pause();
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 1)
    be_nameless();
  if (count != 3 || arguments[1][0] != 'h')
    return 2;
  const std::string name = arguments[1];
  const std::string log = arguments[2];
  say_as(name.c_str(), log.c_str());
  const auto number = std::strtoul(arguments[1] + 1, nullptr, 10);
  dice.seed(number);
  const auto user = static_cast<uid_t>(kFirstUser + number);
  if (setgid(user) < 0 || setuid(user) < 0)
    return 1;
  const auto kind = static_cast<Kind>(number % kKinds);
  if (kind == kNameless)
    overwrite_words(count, arguments);
  be_hostile(kind);
}
