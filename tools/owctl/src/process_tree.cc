// SPDX-License-Identifier: GPL-2.0
#include "process_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "visible_text.h"

namespace owctl {
namespace {

// More of one reason than this are only counted.
constexpr size_t kNamed = 4;

struct Strokes {
  const char *child, *last, *beside, *below;
};
constexpr Strokes kUnicode = {"├─ ", "└─ ", "│  ", "   "};
constexpr Strokes kAscii = {"|- ", "`- ", "|  ", "   "};

class Drawing {
 public:
  Drawing(const std::vector<TreeNode>& nodes, bool unicode)
      : nodes_(nodes),
        strokes_(unicode ? kUnicode : kAscii),
        children_(nodes.size()),
        drawn_(nodes.size()) {
    std::map<int, size_t> by_pid;
    for (size_t i = 0; i < nodes.size(); ++i)
      by_pid.emplace(nodes[i].pid, i);
    for (size_t i = 0; i < nodes.size(); ++i) {
      const auto parent = by_pid.find(nodes[i].ppid);
      if (parent == by_pid.end() || parent->second == i)
        roots_.push_back(i);
      else
        children_[parent->second].push_back(i);
    }
  }

  std::string draw() {
    for (const size_t root : roots_)
      draw_from(root);
    for (size_t i = 0; i < nodes_.size(); ++i)
      if (!drawn_[i])
        draw_from(i);
    return std::move(text_);
  }

  std::vector<TreePlace> order() {
    draw();
    return std::move(order_);
  }

 private:
  struct Turn {
    size_t node;
    size_t depth;
    std::string margin;  // of its own line, without the stroke
    const char* stroke;
    const char* below;
  };

  // Not by recursion: nobody knows how deep a dead kernel's tree is.
  void draw_from(size_t root) {
    std::vector<Turn> turns = {{root, 0, "", "", ""}};
    while (!turns.empty()) {
      const Turn turn = std::move(turns.back());
      turns.pop_back();
      if (drawn_[turn.node])
        continue;
      drawn_[turn.node] = true;
      order_.push_back({turn.node, turn.depth});
      const TreeNode& node = nodes_[turn.node];
      const auto& children = children_[turn.node];
      const std::string margin = turn.margin + turn.below;
      text_ += turn.margin + turn.stroke + node.line + "\n";
      const char* line = children.empty() ? strokes_.below : strokes_.beside;
      for (const auto& note : node.notes)
        text_ += fmt::format("{}{}{}\n", margin, line, note);
      for (size_t i = children.size(); i-- > 0;) {
        const bool last = i + 1 == children.size();
        turns.push_back({children[i], turn.depth + 1, margin,
                         last ? strokes_.last : strokes_.child,
                         last ? strokes_.below : strokes_.beside});
      }
    }
  }

  const std::vector<TreeNode>& nodes_;
  const Strokes& strokes_;
  std::vector<std::vector<size_t>> children_;
  std::vector<bool> drawn_;
  std::vector<size_t> roots_;
  std::vector<TreePlace> order_;
  std::string text_;
};

Colour colour_of(const std::string& grade) {
  if (grade == "exact")
    return Colour::kGreen;
  return grade == "degraded" ? Colour::kYellow : Colour::kRed;
}

}  // namespace

std::string render_tree(const std::vector<TreeNode>& nodes, bool unicode) {
  return Drawing(nodes, unicode).draw();
}

std::vector<TreePlace> tree_order(const std::vector<TreeNode>& nodes) {
  return Drawing(nodes, false).order();
}

std::string paint_grade(const std::string& grade, bool colour) {
  return paint(visible_text(grade), colour_of(grade), colour);
}

std::vector<std::string> verdict_notes(const std::vector<Verdict>& verdicts,
                                       bool colour) {
  struct Note {
    std::string grade, reason, names;
    size_t count = 0;
  };
  std::vector<Note> notes;
  for (const auto& verdict : verdicts) {
    if (verdict.grade == "exact")
      continue;
    auto note =
        std::find_if(notes.begin(), notes.end(), [&](const Note& other) {
          return other.grade == verdict.grade && other.reason == verdict.reason;
        });
    if (note == notes.end())
      note = notes.insert(notes.end(), {verdict.grade, verdict.reason, {}});
    if (++note->count <= kNamed)
      note->names += (note->count > 1 ? ", " : "") + verdict.resource;
  }
  std::vector<std::string> lines;
  for (const auto& note : notes) {
    std::string line =
        paint_grade(note.grade, colour) + ": " + visible_text(note.names);
    if (note.count > kNamed)
      line += fmt::format(" and {} more", note.count - kNamed);
    lines.push_back(line + ": " + visible_text(note.reason));
  }
  return lines;
}

std::string count_grades(const std::vector<std::string>& grades, bool colour) {
  std::string text = grades.size() == 1
                         ? "1 process: "
                         : fmt::format("{} processes: ", grades.size());
  const char* separator = "";
  for (const std::string grade : {"exact", "degraded", "lost", kUnknownGrade}) {
    const auto count = std::count(grades.begin(), grades.end(), grade);
    if (count == 0 && grade == kUnknownGrade)
      continue;
    text +=
        separator + fmt::format("{} {}", count,
                                count > 0 ? paint_grade(grade, colour) : grade);
    separator = ", ";
  }
  return text;
}

}  // namespace owctl
