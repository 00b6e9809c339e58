// SPDX-License-Identifier: GPL-2.0
#include "html.h"

#include "visible_text.h"

namespace owctl {

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : visible_text(text, true)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void Html::begin(std::string_view tag, HtmlAttributes attributes) {
  out_ += '<';
  out_ += tag;
  for (const auto& [name, value] : attributes) {
    out_ += ' ';
    out_ += name;
    out_ += "=\"" + html_escaped(value) + "\"";
  }
}

Html::Element Html::open(std::string_view tag, HtmlAttributes attributes) {
  begin(tag, attributes);
  out_ += '>';
  return {*this, tag};
}

void Html::put(std::string_view tag, HtmlAttributes attributes,
               std::string_view content) {
  const auto element = open(tag, attributes);
  text(content);
}

void Html::put_void(std::string_view tag, HtmlAttributes attributes) {
  begin(tag, attributes);
  out_ += "/>";
}

void Html::text(std::string_view text) {
  out_ += html_escaped(text);
}

void Html::style(std::string_view css) {
  out_ += "<style>";
  out_ += css;
  out_ += "</style>";
}

}  // namespace owctl
