// SPDX-License-Identifier: GPL-2.0
// Processes as a tree of lines, drawn as pstree does.
#ifndef OWCTL_PROCESS_TREE_H
#define OWCTL_PROCESS_TREE_H

#include <string>
#include <vector>

#include "report.h"
#include "terminal.h"

namespace owctl {

struct TreeNode {
  int pid = 0;
  int ppid = 0;
  std::string line;
  std::vector<std::string> notes = {};  // lines below it, before its children
};

// Children keep their order. Who has no parent among them is a root; so is one
// of a family in which everyone is another's child, as damage may have it.
std::string render_tree(const std::vector<TreeNode>& nodes, bool unicode);

// The same order: which node, and how deep it is.
struct TreePlace {
  size_t node = 0;
  size_t depth = 0;
};
std::vector<TreePlace> tree_order(const std::vector<TreeNode>& nodes);

std::string paint_grade(const std::string& grade, bool colour);
// What is not exact, one line for each reason.
std::vector<std::string> verdict_notes(const std::vector<Verdict>& verdicts,
                                       bool colour);
// "12 processes: 9 exact, 2 degraded, 1 lost"
std::string count_grades(const std::vector<std::string>& grades, bool colour);

}  // namespace owctl

#endif
