// SPDX-License-Identifier: GPL-2.0
// How what a dump holds looks to a person and to a program.
#ifndef OWCTL_DUMP_VIEW_H
#define OWCTL_DUMP_VIEW_H

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "dump_model.h"
#include "terminal.h"

namespace owctl {

struct DumpViewWants {
  bool tree = true;
  bool maps = false;
  bool files = false;
  bool mounts = false;
};

std::string render_dump(const DumpModel& model, const DumpViewWants& wants,
                        const Look& look);
nlohmann::json dump_json(const DumpModel& model);

}  // namespace owctl

#endif
