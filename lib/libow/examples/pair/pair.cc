// SPDX-License-Identifier: LGPL-2.1
// pair sender FILE and pair receiver FILE: two processes that only make sense
// together. Each makes up half of a key when they meet, and keeps it in its own
// memory; whatever is sent is sealed with both halves. If one alone were
// restarted, it would have lost the key, and the other could not go on. So both
// join the group "pair", and policy.toml lets them be restarted together: then
// they meet again, by FILE, and go on behind the last number that the receiver
// has committed to its persistent region. No number is lost, none counts twice.
//
// A part that finds the other one begun anew, without itself, says so and ends.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <otherworld/ow.hpp>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr std::uint64_t kSayEvery = 100;

// What one part shows the other in FILE.
struct Half {
  std::atomic<std::uint64_t> key;   // its own half
  std::atomic<std::uint64_t> echo;  // the half of the other that it has seen
};

struct Table {
  Half sender;
  Half receiver;
  std::atomic<std::uint64_t> sent;      // a number
  std::atomic<std::uint64_t> seal;      // of it, written before it
  std::atomic<std::uint64_t> received;  // the last number that was committed
};

// What the receiver keeps.
struct Sum {
  std::uint64_t count;
  std::uint64_t sum;
};

void nap() {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// The table in FILE, which stays mapped; nullptr and errno if there is none.
Table* map_table(const char* path) {
  const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof(Table)) < 0) {
    return nullptr;
  }
  void* at =
      mmap(nullptr, sizeof(Table), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return at == MAP_FAILED ? nullptr : static_cast<Table*>(at);
}

// One meeting of the two, as one of them sees it.
class Meeting {
 public:
  // Comes back when both know both halves. What an earlier part has left in
  // the file echoes another key than this one's.
  Meeting(Half& own, const Half& other) : other_(other) {
    std::uint64_t key = 0;
    while (getrandom(&key, sizeof(key), 0) != sizeof(key) || key == 0) {
    }
    own.key = key;
    do {
      theirs_ = other.key;
      own.echo = theirs_;
      nap();
    } while (theirs_ == 0 || other.echo != key || other.key != theirs_);
    both_ = key ^ theirs_;
  }

  [[nodiscard]] bool holds() const { return other_.key == theirs_; }
  // Whoever has not both halves cannot make this.
  [[nodiscard]] std::uint64_t seal(std::uint64_t number) const {
    return (number ^ both_) * 0x9e3779b97f4a7c15;
  }

 private:
  const Half& other_;
  std::uint64_t theirs_ = 0;
  std::uint64_t both_ = 0;
};

// Waits for what the other one does; false if it began anew.
template <typename Done>
bool await(const Meeting& meeting, Done&& done) {
  while (!done()) {
    if (!meeting.holds()) {
      std::puts("the other one began anew, without me");
      return false;
    }
    nap();
  }
  return true;
}

int send(Table& table, std::uint64_t last) {
  const Meeting meeting(table.sender, table.receiver);
  std::uint64_t number = table.received;
  std::printf("they met; sends from %ju on\n", std::uintmax_t{number + 1});
  while (number < last) {
    ++number;
    table.seal = meeting.seal(number);
    table.sent = number;
    if (!await(meeting, [&] { return table.received == number; })) {
      return 1;
    }
  }
  return 0;
}

int receive(Table& table, std::uint64_t last) {
  auto kept = ow::Region<Sum>::open("pair-receiver");
  if (!kept) {
    std::fprintf(stderr, "pair: the sum will not be kept: %s\n",
                 kept.error().message().c_str());
  }
  Sum unkept = {};
  Sum& sum = kept ? **kept : unkept;
  // The sender goes on from there, once they have met.
  table.received = sum.count;
  const Meeting meeting(table.receiver, table.sender);
  std::printf("they met; has %ju numbers\n", std::uintmax_t{sum.count});
  while (sum.count < last) {
    const std::uint64_t next = sum.count + 1;
    // A number from before they met may be there, with an older seal.
    if (!await(meeting, [&] {
          return table.sent == next && table.seal == meeting.seal(next);
        })) {
      return 1;
    }
    sum.count = next;
    sum.sum += next;
    if (kept && kept->commit()) {
      std::fputs("pair: the commit failed\n", stderr);
      return 1;
    }
    table.received = next;
    const bool right = sum.sum == next * (next + 1) / 2;
    if (next % kSayEvery == 0 || !right) {
      std::printf("%ju: %s\n", std::uintmax_t{next}, right ? "right" : "WRONG");
    }
    if (!right) {
      return 1;
    }
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view part = count > 1 ? arguments[1] : "";
  const bool sends = part == "sender";
  if ((count != 3 && count != 4) || (!sends && part != "receiver")) {
    std::fputs("usage: pair sender|receiver FILE [LAST]\n", stderr);
    return 2;
  }
  // What is said must not wait in memory that a restart leaves behind.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (const auto error =
          ow::join_group(sends ? "pair/sender" : "pair/receiver")) {
    std::fprintf(stderr, "pair: not restarted together: %s\n",
                 error.message().c_str());
  }
  Table* table = map_table(arguments[2]);
  if (table == nullptr) {
    std::perror(arguments[2]);
    return 1;
  }
  const std::uint64_t last =
      count == 4 ? std::strtoull(arguments[3], nullptr, 10) : UINT64_MAX;
  return sends ? send(*table, last) : receive(*table, last);
}
