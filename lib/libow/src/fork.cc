// SPDX-License-Identifier: LGPL-2.1
#include "fork.h"

#include <pthread.h>

namespace libow {

std::mutex pact_mutex;
std::mutex guard_mutex;

namespace {

unsigned fork_count = 0;

void before() {
  pact_mutex.lock();
  guard_mutex.lock();
}

void in_parent() {
  guard_mutex.unlock();
  pact_mutex.unlock();
}

void in_child() {
  in_parent();
  count_fork();
}

__attribute__((constructor)) void watch_forks() {
  pthread_atfork(before, in_parent, in_child);
}

}  // namespace

unsigned forks() {
  return fork_count;
}

void count_fork() {
  ++fork_count;
}

}  // namespace libow
