// SPDX-License-Identifier: LGPL-2.1
// compute REGION [ROUNDS [STEPS]]: planets, STEPS forward and then as many
// back, in each of so many rounds. It is long, and it proves itself: all is
// done in whole numbers, so that each step can be undone to the last bit, and a
// round must end where it began. A step that was lost, done twice or torn apart
// would show.
//
// The persistent region is the checkpoint. Whoever is started with the same
// REGION goes on from there: after a crash, hot restart, reload or kill.
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <otherworld/ow.hpp>

namespace {

constexpr long kCommitEvery = 500;
constexpr std::size_t kAxes = 3;

using Vector = std::array<std::int64_t, kAxes>;

struct Body {
  double mass;
  Vector place;
  Vector speed;
  bool operator==(const Body&) const = default;
};

// The unit of length is what a body of speed 1 moves in a step.
constexpr std::array kBeginning = {
    Body{4e31, {0, 0, 0}, {0, 0, 0}},
    Body{1e27, {4'000'000'000'000, 0, 0}, {0, 3'100'000'000, 100'000'000}},
    Body{5e27, {0, 7'000'000'000'000, 0}, {-2'300'000'000, 0, 0}},
    Body{9e26, {-11'000'000'000'000, 0, 1'000'000}, {0, -1'900'000'000, 0}},
    Body{2e28, {0, -19'000'000'000'000, 0}, {1'400'000'000, 0, 300'000}},
};

struct State {
  long round;  // how many are done
  long step;   // of this one, back and forth
  std::array<Body, kBeginning.size()> bodies;
};

// What gravity adds to the speed in a step: of the places alone.
Vector pull(const State& state, const Body& body) {
  std::array<double, kAxes> sum = {};
  for (const Body& other : state.bodies) {
    if (&other == &body) {
      continue;
    }
    std::array<double, kAxes> way = {};
    double square = 0;
    for (std::size_t i = 0; i < kAxes; ++i) {
      way[i] = static_cast<double>(other.place[i] - body.place[i]);
      square += way[i] * way[i];
    }
    const double strength = other.mass / (square * std::sqrt(square) + 1);
    for (std::size_t i = 0; i < kAxes; ++i) {
      sum[i] += strength * way[i];
    }
  }
  Vector result = {};
  for (std::size_t i = 0; i < kAxes; ++i) {
    result[i] = std::llround(sum[i]);
  }
  return result;
}

void change_speeds(State& state, std::int64_t sign) {
  for (Body& body : state.bodies) {
    const Vector change = pull(state, body);
    for (std::size_t i = 0; i < kAxes; ++i) {
      body.speed[i] += sign * change[i];
    }
  }
}

void move(State& state, std::int64_t sign) {
  for (Body& body : state.bodies) {
    for (std::size_t i = 0; i < kAxes; ++i) {
      body.place[i] += sign * body.speed[i];
    }
  }
}

void forward(State& state) {
  change_speeds(state, 1);
  move(state, 1);
}

// The same undone, last things first.
void back(State& state) {
  move(state, -1);
  change_speeds(state, -1);
}

// False if it does not end where it began.
bool run_round(State& state, long steps, auto& commit) {
  while (state.step < 2 * steps) {
    state.step < steps ? forward(state) : back(state);
    if (++state.step % kCommitEvery == 0) {
      commit();
    }
  }
  const bool exact = state.bodies == kBeginning;
  std::printf("round %ld: %s\n", state.round, exact ? "exact" : "WRONG");
  ++state.round;
  state.step = 0;
  commit();
  return exact;
}

}  // namespace

int main(int count, char** arguments) {
  const long rounds = count > 2 ? std::atol(arguments[2]) : 10;
  const long steps = count > 3 ? std::atol(arguments[3]) : 100000;
  if (count < 2 || rounds <= 0 || steps <= 0) {
    std::fputs("usage: compute REGION [ROUNDS [STEPS]]\n", stderr);
    return 2;
  }
  // What is said must not wait in memory that a restart leaves behind.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  auto kept = ow::Region<State>::open(arguments[1]);
  if (!kept) {
    std::fprintf(stderr, "compute: no checkpoints: %s\n",
                 kept.error().message().c_str());
  }
  State unkept = {};
  State& state = kept ? **kept : unkept;
  if (!kept || kept->commits() == 0) {
    state.bodies = kBeginning;
  }
  auto commit = [&] {
    if (kept && kept->commit()) {
      std::fputs("compute: the commit failed\n", stderr);
    }
  };
  std::printf("begins in round %ld at step %ld\n", state.round, state.step);
  bool exact = true;
  while (exact && state.round < rounds) {
    exact = run_round(state, steps, commit);
  }
  return exact ? 0 : 1;
}
