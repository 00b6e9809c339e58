// SPDX-License-Identifier: GPL-2.0
// Drives a fuzzer without libFuzzer, where the compiler has none: runs every
// file it is given, then that many random mutations of them. Blind, but with
// the sanitizers on it still finds what breaks easily.
//
//   FUZZER [-runs=N] FILE-OR-DIRECTORY...
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "input.h"

namespace {

using Bytes = std::vector<uint8_t>;

void run(const Bytes& bytes) {
  // A copy of just this size, so that a read past its end is seen.
  Bytes exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void load(const std::filesystem::path& path, std::vector<Bytes>& corpus) {
  if (std::filesystem::is_directory(path)) {
    for (const auto& entry : std::filesystem::directory_iterator(path))
      load(entry.path(), corpus);
    return;
  }
  std::ifstream in(path, std::ios::binary);
  corpus.emplace_back(std::istreambuf_iterator<char>(in),
                      std::istreambuf_iterator<char>());
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Bytes> corpus;
  uint64_t runs = 0;
  for (int i = 1; i < argc; i++) {
    std::string arg = argv[i];
    if (arg.rfind("-runs=", 0) == 0)
      runs = std::strtoull(arg.c_str() + 6, nullptr, 10);
    else
      load(arg, corpus);
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "usage: %s [-runs=N] FILE-OR-DIRECTORY...\n", argv[0]);
    return 2;
  }

  for (const auto& bytes : corpus)
    run(bytes);
  // Always the same ones: a failure can be had again.
  std::mt19937_64 random(1);
  for (uint64_t i = 0; i < runs; i++) {
    Bytes bytes = corpus[random() % corpus.size()];
    for (uint64_t n = 1 + random() % 8; n > 0 && !bytes.empty(); n--)
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    if (random() % 8 == 0)
      bytes.resize(random() % (bytes.size() + 1));
    run(bytes);
  }
  std::printf("%zu files, %llu mutations\n", corpus.size(),
              static_cast<unsigned long long>(runs));
  return 0;
}
