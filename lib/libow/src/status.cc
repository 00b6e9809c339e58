// SPDX-License-Identifier: LGPL-2.1
// What a process can learn: the generation, its own verdict, events.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>

#include "device.h"
#include "losses.h"
#include "otherworld/ow.h"

struct ow_subscription {
  std::mutex mutex;
  int fd = -1;
  otherworld_event last = {};
};

namespace libow {
namespace {

// All verdicts; they are free()d by the caller.
int all_verdicts(otherworld_verdict*& verdicts, otherworld_outcome& told) {
  verdicts = nullptr;
  unsigned room = 64;
  for (;;) {
    verdicts = static_cast<otherworld_verdict*>(
        std::calloc(room, sizeof(otherworld_verdict)));
    if (verdicts == nullptr) {
      return -ENOMEM;
    }
    const int result = outcome(verdicts, room, told);
    if (result == 0 && told.count <= room) {
      return 0;
    }
    std::free(verdicts);
    verdicts = nullptr;
    if (result < 0) {
      return result;
    }
    room = told.count;
  }
}

// The one after `last`, which becomes it.
int read_event(ow_subscription& subscription) {
  otherworld_event event = {};
  event.sequence = subscription.last.sequence;
  event.generation = subscription.last.generation;
  const int result =
      device.ioctl(subscription.fd, OTHERWORLD_IOC_EVENT, &event);
  if (result == 0) {
    subscription.last = event;
  }
  return result;
}

// What has happened until now is no news.
int skip_events(ow_subscription& subscription) {
  otherworld_outcome told;
  int result = outcome(subscription.fd, nullptr, 0, told);
  if (result == 0) {
    subscription.last.generation = told.generation;
  }
  while (result == 0) {
    result = read_event(subscription);
  }
  return result == -EAGAIN ? 0 : result;
}

bool is_known(const otherworld_event& event) {
  return event.kind == OTHERWORLD_EVENT_TAKEOVER ||
         event.kind == OTHERWORLD_EVENT_RESTARTED;
}

}  // namespace
}  // namespace libow

int ow_generation(uint64_t* generation) {
  if (generation == nullptr) {
    return -EINVAL;
  }
  otherworld_outcome told;
  const int result = libow::outcome(nullptr, 0, told);
  if (result == 0) {
    *generation = told.generation;
  }
  return result;
}

int ow_own_verdict(enum ow_grade* worst,
                   int (*tell)(const struct ow_loss* loss, void* data),
                   void* data) {
  otherworld_verdict* verdicts = nullptr;
  otherworld_outcome told;
  int result = libow::all_verdicts(verdicts, told);
  if (result < 0) {
    return result;
  }
  if (told.resurrected == 0) {
    std::free(verdicts);
    return -ENOENT;
  }
  ow_grade found = OW_EXACT;
  for (unsigned i = 0; i < told.count; ++i) {
    ow_loss loss;
    if (libow::loss_of(verdicts[i], loss)) {
      found = std::max(found, loss.grade);
      if (tell != nullptr && result == 0) {
        result = tell(&loss, data);
      }
    }
  }
  std::free(verdicts);
  if (worst != nullptr) {
    *worst = found;
  }
  return result;
}

int ow_subscribe(struct ow_subscription** subscription) {
  if (subscription == nullptr) {
    return -EINVAL;
  }
  *subscription = nullptr;
  auto* made = new (std::nothrow) ow_subscription;
  if (made == nullptr) {
    return -ENOMEM;
  }
  made->fd = libow::device.open(O_NONBLOCK);
  const int result = made->fd < 0 ? made->fd : libow::skip_events(*made);
  if (result < 0) {
    ow_unsubscribe(made);
    return result;
  }
  *subscription = made;
  return 0;
}

int ow_subscription_fd(const struct ow_subscription* subscription) {
  return subscription == nullptr ? -EINVAL : subscription->fd;
}

int ow_next_event(struct ow_subscription* subscription,
                  struct ow_event* event) {
  if (subscription == nullptr || event == nullptr) {
    return -EINVAL;
  }
  const std::scoped_lock lock(subscription->mutex);
  const otherworld_event& last = subscription->last;
  do {
    const int result = libow::read_event(*subscription);
    if (result < 0) {
      return result;
    }
  } while (!libow::is_known(last));
  *event = {};
  event->kind = last.kind == OTHERWORLD_EVENT_TAKEOVER
                    ? OW_EVENT_TAKEOVER
                    : OW_EVENT_GROUP_RESTARTED;
  event->generation = last.generation;
  event->action = static_cast<ow_action>(last.action);
  std::memcpy(event->group, last.group, sizeof(event->group) - 1);
  return 0;
}

void ow_unsubscribe(struct ow_subscription* subscription) {
  if (subscription == nullptr) {
    return;
  }
  if (subscription->fd >= 0) {
    close(subscription->fd);
  }
  delete subscription;
}
