// SPDX-License-Identifier: GPL-2.0
// What is asked of the kernel about processes that came back, or of whatever a
// test has in its place.
#ifndef OWCTL_PROCEDURE_DEVICE_H
#define OWCTL_PROCEDURE_DEVICE_H

#include <linux/otherworld.h>
#include <sys/types.h>

#include "result.h"

namespace owctl {

class ProcedureDevice {
 public:
  ProcedureDevice() = default;
  ProcedureDevice(const ProcedureDevice&) = delete;
  ProcedureDevice(ProcedureDevice&&) = default;
  ProcedureDevice& operator=(const ProcedureDevice&) = delete;
  ProcedureDevice& operator=(ProcedureDevice&&) = default;
  virtual ~ProcedureDevice() = default;

  // What it has asked for, its action while all stand at the gate or when that
  // failed, and how its crash procedure fares.
  [[nodiscard]] virtual Result<otherworld_pact_of> pact(pid_t pid) const = 0;
  [[nodiscard]] virtual Result<> decide(pid_t pid,
                                        otherworld_action action) const = 0;
  [[nodiscard]] virtual Result<otherworld_procedure> procedure(
      pid_t pid) const = 0;
  [[nodiscard]] virtual Result<> announce(
      const otherworld_event& event) const = 0;
};

}  // namespace owctl

#endif
