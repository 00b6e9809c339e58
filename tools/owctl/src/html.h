// SPDX-License-Identifier: GPL-2.0
// A page that is well-formed whatever is put on it.
#ifndef OWCTL_HTML_H
#define OWCTL_HTML_H

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace owctl {

using HtmlAttributes =
    std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Html {
 public:
  // Open until this is gone.
  class Element {
   public:
    Element(Html& page, std::string_view tag) : page_(page), tag_(tag) {}
    ~Element() { page_.out_ += "</" + tag_ + ">"; }
    Element(const Element&) = delete;
    Element& operator=(const Element&) = delete;

   private:
    Html& page_;
    const std::string tag_;
  };

  Html() : out_("<!DOCTYPE html>\n") {}

  [[nodiscard]] Element open(std::string_view tag,
                             HtmlAttributes attributes = {});
  // With text in it.
  void put(std::string_view tag, HtmlAttributes attributes,
           std::string_view content);
  void put(std::string_view tag, std::string_view content) {
    put(tag, {}, content);
  }
  // One that has no end, such as <meta>.
  void put_void(std::string_view tag, HtmlAttributes attributes);
  void text(std::string_view text);
  // The page's own style: the only thing that is not escaped.
  void style(std::string_view css);
  void line() { out_ += '\n'; }

  [[nodiscard]] const std::string& str() const { return out_; }

 private:
  void begin(std::string_view tag, HtmlAttributes attributes);

  std::string out_;
};

// Of any bytes: see visible_text().
std::string html_escaped(std::string_view text);

}  // namespace owctl

#endif
