// SPDX-License-Identifier: GPL-2.0
// `owctl inspect` on dumps of a machine that has died, taken from outside. The
// host end of tests/guest/inspect.sh.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "harness.h"
#include "told.h"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

constexpr auto kPatience = std::chrono::seconds(90);

struct Ended {
  int status = -1;
  std::string out, err;
};

Ended call(const std::vector<std::string>& words) {
  harness::Process process(words, false);
  Ended ended;
  ended.status = process.wait();
  ended.out = harness::text(process.out());
  ended.err = harness::text(process.err());
  return ended;
}

Ended inspect(std::vector<std::string> words) {
  const char* const owctl = std::getenv("OTHERWORLD_OWCTL");
  if (owctl == nullptr)
    throw std::runtime_error("OTHERWORLD_OWCTL has to name owctl");
  words.insert(words.begin(), {owctl, "inspect"});
  return call(words);
}

// What the guest says of itself before it dies.
struct Living {
  std::map<int, std::string> names;
  int keeper = 0, reader = 0;
  std::set<std::tuple<uint64_t, uint64_t, std::string>> maps;  // the reader's
};

Living listen(harness::Vm& vm) {
  Living living;
  for (;;) {
    const auto line = vm.wait_for("", kPatience);
    std::string word;
    if (!line)
      throw std::runtime_error("the guest has not told of itself");
    std::istringstream words(line->text);
    words >> word;
    if (word == "listed")
      return living;
    if (word == "keeper") {
      words >> living.keeper;
    } else if (word == "reader") {
      words >> living.reader;
    } else if (word == "process") {
      int pid = 0;
      words >> pid >> living.names[pid];
    } else if (word == "map") {
      uint64_t start = 0;
      uint64_t end = 0;
      char dash = 0;
      std::string access;
      words >> std::hex >> start >> dash >> end >> access;
      living.maps.insert({start, end, access});
    }
  }
}

void wait_for_death(const harness::Vm& vm) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (vm.console().find("end Kernel panic") == std::string::npos) {
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error("the machine has not died:\n" + vm.console());
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

json process(const json& dead, int pid) {
  for (const auto& one : dead.at("processes"))
    if (one.at("pid") == pid)
      return one;
  return {};
}

json read(const fs::path& dump) {
  const Ended ended = inspect({"--json", dump});
  EXPECT_EQ(ended.status, 0) << ended.err;
  return json::parse(ended.out, nullptr, false);
}

void finds_what_was_there(const Living& living, const fs::path& elf) {
  const json dead = read(elf);
  ASSERT_TRUE(dead.is_object());
  EXPECT_THAT(dead.at("cause").get<std::string>(),
              HasSubstr("(NMI: Not continuing)"));
  EXPECT_THAT(dead.at("backtrace").get<std::string>(),
              HasSubstr("unknown_nmi_error"));
  EXPECT_EQ(dead.at("problem"), "");

  std::map<int, std::string> names;
  for (const auto& one : dead.at("processes"))
    names[one.at("pid")] = one.at("name");
  EXPECT_EQ(names, living.names);

  std::set<std::tuple<uint64_t, uint64_t, std::string>> maps;
  const json reader = process(dead, living.reader);
  for (const auto& map : reader.at("maps"))
    maps.insert({std::stoull(map.at("start").get<std::string>(), nullptr, 16),
                 std::stoull(map.at("end").get<std::string>(), nullptr, 16),
                 map.at("access")});
  EXPECT_EQ(maps, living.maps);
  json lines;
  for (const auto& file : reader.at("files"))
    if (file.at("fd") == 5)
      lines = file;
  EXPECT_EQ(lines.value("path", ""), "/var/tmp/inspect.d/lines");
  EXPECT_EQ(lines.value("position", 0), 9);
  EXPECT_EQ(reader.at("directory"), "/var/tmp/inspect.d");

  // It changes all the time, and is whole at any.
  const json pact = process(dead, living.keeper).at("pact");
  EXPECT_EQ(pact.value("state", ""), "yes");
  EXPECT_EQ(pact.value("procedure", false), true);
}

void reads_the_compressed_format(const fs::path& flat, const fs::path& elf) {
  const Ended refused = inspect({flat});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("makedumpfile -R"));

  const fs::path compressed = elf.parent_path() / "compressed";
  ASSERT_EQ(
      call({"sh", "-c", "makedumpfile -R \"$0\" <\"$1\"", compressed, flat})
          .status,
      0);
  EXPECT_LT(fs::file_size(compressed), fs::file_size(elf) / 2);
  const json dead = read(compressed);
  ASSERT_TRUE(dead.is_object());
  EXPECT_EQ(dead, read(elf));
}

void shows_a_tree(const Living& living, const fs::path& elf) {
  const Ended ended = inspect({elf});
  EXPECT_EQ(ended.status, 0) << ended.err;
  for (const auto& [pid, name] : living.names)
    EXPECT_THAT(ended.out, HasSubstr(fmt::format("{} {} [", pid, name)));
  EXPECT_THAT(ended.out, HasSubstr("pact yes, procedure 1m"));
  EXPECT_THAT(ended.out, HasSubstr(fmt::format("would bring back {} processes",
                                               living.names.size())));
}

// Its second half is missing, and with it much of what the first refers to.
void says_that_it_is_cut_short(const fs::path& elf) {
  fs::permissions(elf, fs::perms::owner_write, fs::perm_options::add);
  fs::resize_file(elf, fs::file_size(elf) / 2);
  const Ended ended = inspect({elf});
  EXPECT_THAT(ended.err, HasSubstr("it is cut short: "));
}

TEST(Dumps, TellWhatDied) {
  const harness::Folder folder;
  const fs::path elf = folder.path() / "elf";
  const fs::path flat = folder.path() / "flat";
  Living living;
  {
    const harness::GuestCopy copy({"inspect.sh", "death.sh"}, {KEEPER_PROGRAM});
    // It shall stay as it died.
    harness::Vm vm({.mem = "1G",
                    .append = "panic=0 unknown_nmi_panic",
                    .copy = copy.path()},
                   {"/root/copy/inspect.sh"});
    living = listen(vm);
    vm.qmp().inject_nmi();
    wait_for_death(vm);
    vm.qmp().dump(elf, "elf");
    vm.qmp().dump(flat, "kdump-zlib");
  }
  finds_what_was_there(living, elf);
  reads_the_compressed_format(flat, elf);
  shows_a_tree(living, elf);
  says_that_it_is_cut_short(elf);
}

}  // namespace
