// SPDX-License-Identifier: LGPL-2.1
// Persistent regions: files in a directory of the user's on a tmpfs, which
// lives as long as the machine does, through crashes of its kernel.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <new>

#include "device.h"
#include "fork.h"
#include "names.h"
#include "otherworld/ow.h"
#include "procedure.h"
#include "region_file.h"

struct ow_region {
  std::mutex mutex;
  int fd = -1;
  libow::RegionHeader* file = nullptr;
  std::size_t file_size = 0;
  void* data = nullptr;
  std::size_t size = 0;
  std::uint64_t sequence = 0;
  unsigned forks = 0;
};

namespace libow {
namespace {

// A descriptor, closed at the end.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  [[nodiscard]] int get() const { return fd_; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

// Nobody else may have put it there: regions are trusted by who opens them.
int check_owner(int fd, mode_t type) {
  struct stat status = {};
  if (fstat(fd, &status) < 0) {
    return -errno;
  }
  return (status.st_mode & S_IFMT) == type && status.st_uid == geteuid()
             ? 0
             : -EPERM;
}

// The user's directory, made if it is not there.
int open_directory() {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const Fd all(open(device.regions, kFlags));
  if (all.get() < 0) {
    return errno == ENOENT ? -OW_ENOKERNEL : -errno;
  }
  char name[16];
  std::snprintf(name, sizeof(name), "%u", geteuid());
  if (mkdirat(all.get(), name, 0700) < 0 && errno != EEXIST) {
    return -errno;
  }
  Fd own(openat(all.get(), name, kFlags));
  if (own.get() < 0) {
    return errno == ELOOP || errno == ENOTDIR ? -EPERM : -errno;
  }
  const int error = check_owner(own.get(), S_IFDIR);
  return error < 0 ? error : own.release();
}

int lock(int fd) {
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
    return 0;
  }
  return errno == EWOULDBLOCK ? -EBUSY : -errno;
}

bool has_name(int fd) {
  struct stat status = {};
  return fstat(fd, &status) == 0 && status.st_nlink > 0;
}

// An existing file, locked.
int open_existing(int directory, const char* name) {
  for (;;) {
    Fd fd(
        openat(directory, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0) {
      return errno == ELOOP ? -EPERM : -errno;
    }
    int error = check_owner(fd.get(), S_IFREG);
    if (error == 0) {
      error = lock(fd.get());
    }
    if (error < 0) {
      return error;
    }
    // It may have been removed before it was locked.
    if (has_name(fd.get())) {
      return fd.release();
    }
  }
}

// A new file, locked and complete before it has its name. -EEXIST if another
// was quicker.
int create(int directory, const char* name, std::size_t size) {
  const std::size_t file_size = region_file_size(size);
  Fd fd(openat(directory, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
  if (fd.get() < 0) {
    return -errno;
  }
  // What cannot be had is refused here, not by a signal in a commit.
  if (fallocate(fd.get(), 0, 0, static_cast<off_t>(file_size)) < 0) {
    return -errno;
  }
  RegionHeader header = {};
  region_format(header, size);
  if (pwrite(fd.get(), &header, sizeof(header), 0) !=
      static_cast<ssize_t>(sizeof(header))) {
    return -EIO;
  }
  if (const int error = lock(fd.get()); error < 0) {
    return error;
  }
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/self/fd/%d", fd.get());
  if (linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW) < 0) {
    return -errno;
  }
  return fd.release();
}

int open_file(const char* name, std::size_t size, unsigned flags) {
  const Fd directory(open_directory());
  if (directory.get() < 0) {
    return directory.get();
  }
  for (;;) {
    Fd fd(open_existing(directory.get(), name));
    if (fd.get() >= 0 && (flags & OW_REGION_FRESH) == 0) {
      return fd.release();
    }
    if (fd.get() < 0 &&
        (fd.get() != -ENOENT || (flags & OW_REGION_EXISTING) != 0)) {
      return fd.get();
    }
    if (fd.get() >= 0 && unlinkat(directory.get(), name, 0) < 0) {
      return -errno;
    }
    const int made = create(directory.get(), name, size);
    if (made != -EEXIST) {
      return made;
    }
    flags &= ~static_cast<unsigned>(OW_REGION_FRESH);
  }
}

void* map(int fd, std::size_t size, int flags) {
  void* at = mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, fd, 0);
  return at == MAP_FAILED ? nullptr : at;
}

int load(ow_region& region) {
  const RegionState state = region_read(*region.file);
  if (state.damaged) {
    return -EILSEQ;
  }
  region.sequence = state.sequence;
  if (state.data != nullptr) {
    std::memcpy(region.data, state.data, region.size);
  } else {
    std::memset(region.data, 0, region.size);
  }
  return 0;
}

// region.fd is open and locked.
int attach(ow_region& region) {
  struct stat status = {};
  if (fstat(region.fd, &status) < 0) {
    return -errno;
  }
  region.file_size = static_cast<std::size_t>(status.st_size);
  if (region.file_size < kRegionPage) {
    return -EILSEQ;
  }
  region.file =
      static_cast<RegionHeader*>(map(region.fd, region.file_size, MAP_SHARED));
  if (region.file == nullptr) {
    return -errno;
  }
  if (!region_header_right(*region.file, region.file_size)) {
    return -EILSEQ;
  }
  if (region.file->size != region.size) {
    return -EINVAL;
  }
  region.data = map(-1, region.size, MAP_PRIVATE | MAP_ANONYMOUS);
  return region.data == nullptr ? -errno : load(region);
}

// A crash procedure must not wait for a lock: what it interrupted may hold it.
int take(std::unique_lock<std::mutex>& lock) {
  if (running_procedure() == nullptr) {
    lock.lock();
    return 0;
  }
  return lock.try_lock() ? 0 : -EBUSY;
}

}  // namespace
}  // namespace libow

int ow_region_open(const char* name, size_t size, unsigned flags,
                   struct ow_region** region) {
  constexpr unsigned kFlags = OW_REGION_EXISTING | OW_REGION_FRESH;
  if (region == nullptr) {
    return -EINVAL;
  }
  *region = nullptr;
  if (const int error = libow::check_name(name, OW_NAME_LEN); error < 0) {
    return error;
  }
  if (libow::region_file_size(size) == 0 || (flags & ~kFlags) != 0) {
    return -EINVAL;
  }
  auto* made = new (std::nothrow) ow_region;
  if (made == nullptr) {
    return -ENOMEM;
  }
  made->size = size;
  made->forks = libow::forks();
  made->fd = libow::open_file(name, size, flags);
  const int error = made->fd < 0 ? made->fd : libow::attach(*made);
  if (error < 0) {
    ow_region_close(made);
    return error;
  }
  *region = made;
  return 0;
}

void* ow_region_data(struct ow_region* region) {
  return region == nullptr ? nullptr : region->data;
}

size_t ow_region_size(const struct ow_region* region) {
  return region == nullptr ? 0 : region->size;
}

uint64_t ow_region_commits(const struct ow_region* region) {
  return region == nullptr ? 0 : region->sequence;
}

int ow_region_commit(struct ow_region* region) {
  if (region == nullptr) {
    return -EINVAL;
  }
  // It is its parent's.
  if (region->forks != libow::forks()) {
    return -EPERM;
  }
  std::unique_lock lock(region->mutex, std::defer_lock);
  if (const int error = libow::take(lock); error < 0) {
    return error;
  }
  libow::region_write(*region->file, region->data, region->sequence + 1);
  ++region->sequence;
  return 0;
}

int ow_region_revert(struct ow_region* region) {
  if (region == nullptr) {
    return -EINVAL;
  }
  if (region->forks != libow::forks()) {
    return -EPERM;
  }
  std::unique_lock lock(region->mutex, std::defer_lock);
  const int error = libow::take(lock);
  return error < 0 ? error : libow::load(*region);
}

void ow_region_close(struct ow_region* region) {
  if (region == nullptr) {
    return;
  }
  if (region->data != nullptr) {
    munmap(region->data, region->size);
  }
  if (region->file != nullptr) {
    munmap(region->file, region->file_size);
  }
  if (region->fd >= 0) {
    close(region->fd);
  }
  delete region;
}

int ow_region_remove(const char* name) {
  if (const int error = libow::check_name(name, OW_NAME_LEN); error < 0) {
    return error;
  }
  const libow::Fd directory(libow::open_directory());
  if (directory.get() < 0) {
    return directory.get();
  }
  const libow::Fd file(libow::open_existing(directory.get(), name));
  if (file.get() < 0) {
    return file.get();
  }
  return unlinkat(directory.get(), name, 0) < 0 ? -errno : 0;
}
