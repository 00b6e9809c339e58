// SPDX-License-Identifier: LGPL-2.1
// kv REGION REQUESTS ANSWERS: a store of keys and values that outlives crashes
// of the kernel, and its own restart. Or kv REGION, at a terminal.
//
// To REQUESTS anybody appends lines: "set KEY VALUE", "get KEY", "delete KEY",
// "count", "quit"; each is answered by a line in ANSWERS. The places in both
// files are committed with the table, and so is the last answer:
//   1. a request changes the table, and says what the answer is;
//   2. the commit;
//   3. the answer is written, to where it belongs.
// A restart at any point writes the last answer again, to the same place. So
// each request counts once, and what was answered is never lost.
// A region goes with one pair of files.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <otherworld/ow.hpp>
#include <string>
#include <string_view>
#include <thread>

namespace {

template <std::size_t Room>
struct Text {
  char text[Room];

  [[nodiscard]] std::string_view view() const { return text; }
  // False if it is empty or too long.
  bool put(std::string_view other) {
    text[other.copy(text, Room - 1)] = 0;
    return !other.empty() && other.size() < Room;
  }
};

struct Entry {
  Text<32> key;
  Text<95> value;
};

struct Store {
  off_t asked;      // how much of REQUESTS the table knows
  off_t answered;   // where in ANSWERS the last answer belongs
  Text<96> answer;  // it, with the end of its line
  std::size_t count;
  Entry entries[512];
};

std::string_view take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

std::string answer_to(Store& store, std::string_view request) {
  const auto verb = take_word(request);
  const auto key = take_word(request);
  Entry* const end = store.entries + store.count;
  Entry* found = std::find_if(store.entries, end, [&](const Entry& entry) {
    return key == entry.key.view();
  });
  if (verb == "count") {
    return std::to_string(store.count);
  }
  if (verb == "set") {
    Entry made = {};
    if (!made.key.put(key) || !made.value.put(request) ||
        found == std::end(store.entries)) {
      return "no room";
    }
    store.count += found == end ? 1 : 0;
    *found = made;
    return "ok";
  }
  if (verb != "get" && verb != "delete") {
    return verb == "quit" ? "bye" : "what?";
  }
  if (found == end || verb == "get") {
    return found == end ? "none" : std::string(found->value.view());
  }
  *found = end[-1];
  --store.count;
  return "ok";
}

// The next whole line; false at the end. Of a file that grows there is none.
bool next_line(int fd, off_t from, bool grows, std::string& line) {
  line.clear();
  for (char c = 0; c != '\n';) {
    const ssize_t got = grows ? pread(fd, &c, 1, from) : read(fd, &c, 1);
    if (got > 0) {
      line += c;
      ++from;
    } else if (got == 0 && grows) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    } else if (got == 0 || errno != EINTR) {
      return false;
    }
  }
  line.pop_back();
  return true;
}

bool write_answer(int fd, const Store& store, bool grows) {
  const auto text = store.answer.view();
  const ssize_t written =
      grows ? pwrite(fd, text.data(), text.size(), store.answered)
            : write(fd, text.data(), text.size());
  return written == static_cast<ssize_t>(text.size()) ||
         (written < 0 && errno == EINTR && write_answer(fd, store, grows));
}

}  // namespace

int main(int count, char** arguments) {
  const bool grows = count == 4;
  const int in = grows ? open(arguments[2], O_RDONLY | O_CLOEXEC) : 0;
  const int out = grows ? open(arguments[3], O_WRONLY | O_CREAT, 0644) : 1;
  if ((count != 2 && !grows) || in < 0 || out < 0) {
    std::perror("kv REGION [REQUESTS ANSWERS]");
    return 2;
  }
  auto kept = ow::Region<Store>::open(arguments[1]);
  const auto error = !kept ? kept.error() : ow::on_crash([](ow::Crash crash) {
    // All that counts is committed: if anything is amiss, begin anew.
    return crash.losses().empty() ? ow::Answer::go_on() : ow::Answer::restart();
  });
  if (error) {
    std::fprintf(stderr, "kv: not protected: %s\n", error.message().c_str());
  }
  static Store unkept;
  Store& store = kept ? **kept : unkept;
  std::string line;
  bool good = !grows || write_answer(out, store, grows);
  while (good && line != "quit" && next_line(in, store.asked, grows, line)) {
    const auto answer = answer_to(store, line) + '\n';
    store.asked += static_cast<off_t>(line.size()) + 1;
    store.answered += static_cast<off_t>(store.answer.view().size());
    store.answer.put(answer);
    good = (!kept || !kept->commit()) && write_answer(out, store, grows);
  }
  if (!good) {
    std::perror("kv: the commit or its answer");
  }
  return good ? 0 : 1;
}
