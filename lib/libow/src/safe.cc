// SPDX-License-Identifier: LGPL-2.1
// What a crash procedure may use: nothing here takes a lock or allocates.
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "otherworld/ow.h"

namespace {

constexpr int kNames = 100;

// Its end: writes the digits before it.
char* digits(char* end, std::uint64_t number) {
  do {
    *--end = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return end;
}

int write_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, data, size);
    if (written < 0 && errno != EINTR) {
      return -errno;
    }
    if (written > 0) {
      data += written;
      size -= static_cast<std::size_t>(written);
    }
  }
  return 0;
}

// What a path means: through symbolic links, so that they stay.
struct Target {
  char path[PATH_MAX];
  std::size_t folder;  // how much of it names the directory
  bool exists;
  struct stat status;
};

int look_at(const char* path, Target& target) {
  const std::size_t length = std::strlen(path);
  if (length >= sizeof(target.path)) {
    return -ENAMETOOLONG;
  }
  std::memcpy(target.path, path, length + 1);
  target.exists = false;
  const int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0 && errno != ENOENT) {
    return -errno;
  }
  if (fd >= 0) {
    target.exists = fstat(fd, &target.status) == 0;
    char link[32] = "/proc/self/fd/";
    char number[21] = {};
    const char* first = digits(number + 20, static_cast<std::uint64_t>(fd));
    std::memcpy(link + std::strlen(link), first, std::strlen(first) + 1);
    const ssize_t resolved =
        readlink(link, target.path, sizeof(target.path) - 1);
    if (resolved > 0) {
      target.path[resolved] = 0;
    }
    close(fd);
  }
  const char* slash = std::strrchr(target.path, '/');
  target.folder =
      slash == nullptr ? 0 : static_cast<std::size_t>(slash - target.path) + 1;
  return 0;
}

// A new file beside the target, of a name that no other has; its name behind
// the directory's in name.
int create_beside(const Target& target, char (&name)[PATH_MAX], mode_t mode) {
  constexpr std::string_view kPrefix = ".ow-";
  if (target.folder + 48 > sizeof(name)) {
    return -ENAMETOOLONG;
  }
  std::memcpy(name, target.path, target.folder);
  for (int i = 0; i < kNames; ++i) {
    char number[48] = {};
    char* first = digits(number + 47, static_cast<std::uint64_t>(i));
    *--first = '-';
    first = digits(first, static_cast<std::uint64_t>(getpid()));
    first -= kPrefix.size();
    std::memcpy(first, kPrefix.data(), kPrefix.size());
    std::memcpy(name + target.folder, first, std::strlen(first) + 1);
    const int fd =
        open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd >= 0 || errno != EEXIST) {
      return fd >= 0 ? fd : -errno;
    }
  }
  return -EEXIST;
}

int take_attributes(int fd, const struct stat& of) {
  mode_t mode = of.st_mode & 07777;
  // Another's file stays that one's if it may, and its group's; it must not
  // become ours and run with the rights of its owner.
  if (fchown(fd, of.st_uid, of.st_gid) < 0) {
    mode &= 0777;
    [[maybe_unused]] const int group =
        fchown(fd, static_cast<uid_t>(-1), of.st_gid);
  }
  return fchmod(fd, mode) < 0 ? -errno : 0;
}

// The name of a file that was just given it stays with it.
void sync_directory(const Target& target, char (&name)[PATH_MAX]) {
  std::memcpy(name, target.path, target.folder);
  name[target.folder] = 0;
  const int fd =
      open(target.folder == 0 ? "." : name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
}

int save(const Target& target, const void* data, std::size_t size,
         mode_t mode) {
  char name[PATH_MAX];
  const int fd = create_beside(target, name, target.exists ? 0600 : mode);
  if (fd < 0) {
    return fd;
  }
  int result = write_all(fd, static_cast<const char*>(data), size);
  if (result == 0 && target.exists) {
    result = take_attributes(fd, target.status);
  }
  if (result == 0 && fsync(fd) < 0) {
    result = -errno;
  }
  close(fd);
  if (result == 0 && rename(name, target.path) < 0) {
    result = -errno;
  }
  if (result < 0) {
    unlink(name);
    return result;
  }
  sync_directory(target, name);
  return 0;
}

}  // namespace

int ow_safe_save(const char* path, const void* data, size_t size, mode_t mode) {
  if (path == nullptr || (data == nullptr && size > 0)) {
    return -EINVAL;
  }
  const int saved_errno = errno;
  Target target;
  int result = look_at(path, target);
  if (result == 0 && target.exists && !S_ISREG(target.status.st_mode)) {
    result = S_ISDIR(target.status.st_mode) ? -EISDIR : -EINVAL;
  }
  if (result == 0) {
    result = save(target, data, size, mode);
  }
  errno = saved_errno;
  return result;
}

int ow_safe_print(int fd, const char* text) {
  if (text == nullptr) {
    return -EINVAL;
  }
  const int saved_errno = errno;
  const int result = write_all(fd, text, std::strlen(text));
  errno = saved_errno;
  return result;
}

int ow_safe_print_number(int fd, uint64_t number) {
  char text[21] = {};
  return ow_safe_print(fd, digits(text + 20, number));
}
