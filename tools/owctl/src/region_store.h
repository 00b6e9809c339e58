// SPDX-License-Identifier: GPL-2.0
// Where the persistent regions of libow are: a tmpfs with a directory for each
// user, which a takeover brings back with all that is in it.
//
// libow makes a user's directory if it is not there, so that nobody needs to be
// asked: the directory above must be everybody's, as /tmp is. Another user
// could be quicker and take the name. So the directories of all users of
// /etc/passwd are made here, before anybody else can write there. Of a user
// from elsewhere libow refuses what is not the user's own: then there is no
// region, but never somebody else's.
#ifndef OWCTL_REGION_STORE_H
#define OWCTL_REGION_STORE_H

#include <cstdint>
#include <optional>
#include <string>

#include "files.h"
#include "reporter.h"
#include "restart_policy.h"
#include "result.h"

namespace owctl {

inline constexpr std::string_view kRegionStore = "/run/otherworld/regions";

struct StoreLimits {
  uint64_t size = 0;
  uint64_t per_user = 0;
  uint64_t files = 0;
  uint64_t files_per_user = 0;

  // As mount(2) takes them, with what each user may have or without.
  [[nodiscard]] std::string options(bool with_quota) const;
};

// What is not said of them: a sixteenth of the memory, and a quarter of that
// for each user.
StoreLimits store_limits(const RegionLimits& limits, uint64_t memory,
                         size_t users);

struct RegionStore {
  uint64_t size = 0;
  uint64_t used = 0;
  std::optional<uint64_t> per_user;  // nothing: as much as there is
};

// What is done to the machine; tests do it to none.
class StoreSystem {
 public:
  struct Space {
    uint64_t size = 0;
    uint64_t used = 0;
  };

  StoreSystem() = default;
  StoreSystem(const StoreSystem&) = delete;
  StoreSystem& operator=(const StoreSystem&) = delete;
  virtual ~StoreSystem() = default;

  // Of a tmpfs; as mount(2).
  virtual int mount(const std::string& target, unsigned long flags,
                    const std::string& options);
  // A directory below an open one becomes a user's; as fchownat(2).
  virtual int give(int directory, const std::string& name, uint32_t uid);
  virtual Result<Space> space(const std::string& target);
};

// Nothing if it is not mounted.
std::optional<RegionStore> find_region_store(const Paths& paths,
                                             StoreSystem& system);

// Mounts it, or gives the one that is there the size that the policy says.
Result<> provide_region_store(const Paths& paths, const RegionLimits& limits,
                              StoreSystem& system, Reporter& reporter);

}  // namespace owctl

#endif
