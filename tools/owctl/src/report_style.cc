// SPDX-License-Identifier: GPL-2.0
#include "report_html.h"

namespace owctl {
namespace {

constexpr std::string_view kStyle = R"css(
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #ffffff; --ink: #1a2029; --dim: #5d6878;
  --line: #dfe3e9; --shade: #eef1f5; --accent: #3355c8;
  --exact: #0f7a53; --degraded: #9a5b00; --lost: #b3261e;
  --exact-back: #dff3ea; --degraded-back: #fcedd0; --lost-back: #fbe1df;
  --dead: #c2453c; --boot: #6b5bd2; --back: #14897f; --after: #8792a2;
  --mono: ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #10141a; --card: #181d25; --ink: #e4e8ee; --dim: #98a3b3;
    --line: #2b323d; --shade: #212833; --accent: #8fa8ff;
    --exact: #5fd3a2; --degraded: #f0b95a; --lost: #ff8a80;
    --exact-back: #12352a; --degraded-back: #3b2c10; --lost-back: #421d1b;
    --dead: #e4695f; --boot: #8f80f0; --back: #2fb3a6; --after: #6b7686;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2.5rem; }
.brand {
  margin: 0; color: var(--accent); font-weight: 600; font-size: .8rem;
  letter-spacing: .14em; text-transform: uppercase;
}
h1 { margin: .2rem 0 .4rem; font-size: clamp(1.6rem, 4vw, 2.4rem); line-height: 1.15; letter-spacing: -.02em; }
h2 { margin: 0 0 1rem; font-size: 1.15rem; letter-spacing: -.01em; }
h3 { margin: 1.6rem 0 .6rem; font-size: .95rem; color: var(--dim); font-weight: 600; }
.cause { margin: 0 0 1.5rem; font-family: var(--mono); font-size: .9rem; color: var(--lost); overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: .75rem; }
.figure {
  flex: 1 1 7rem; padding: .8rem 1rem; border: 1px solid var(--line);
  border-radius: .7rem; background: var(--card); color: var(--ink);
}
.figure b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.figure span { color: var(--dim); font-size: .85rem; }
.figure.exact b { color: var(--exact); }
.figure.degraded b { color: var(--degraded); }
.figure.lost b { color: var(--lost); }
.shares { display: flex; gap: 3px; height: .6rem; margin: 1rem 0; }
.shares i { min-width: 4px; border-radius: .3rem; }
.shares .exact { background: var(--exact); }
.shares .degraded { background: var(--degraded); }
.shares .lost { background: var(--lost); }
.shares .unknown { background: var(--dim); }
.facts { display: flex; flex-wrap: wrap; gap: .3rem 2rem; margin: 0 0 1.5rem; font-size: .9rem; }
.facts div { display: flex; flex-wrap: wrap; gap: 0 .5rem; }
.facts dt { color: var(--dim); }
.facts dd { margin: 0; font-family: var(--mono); font-size: .85rem; line-height: 1.6; overflow-wrap: anywhere; }
section {
  margin: 0 0 1.25rem; padding: 1.4rem 1.5rem; border: 1px solid var(--line);
  border-radius: .9rem; background: var(--card);
}
.none, .dim { color: var(--dim); }
.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin: 0 0 .8rem; color: var(--dim); font-size: .85rem; }
.legend span::before { content: ""; display: inline-block; width: .7rem; height: .7rem; margin-right: .45rem; border-radius: .2rem; background: currentcolor; vertical-align: -.05em; }
.legend .dead::before { background: var(--dead); }
.legend .boot::before { background: var(--boot); }
.legend .back::before { background: var(--back); }
.chart { display: grid; gap: 1px; }
.row { display: grid; grid-template-columns: minmax(9rem, 20rem) 1fr 5.2rem 5.2rem; gap: .9rem; align-items: center; padding: .22rem 0; }
.row .num { font-size: .85rem; }
.row .num:last-child { color: var(--dim); }
.row.axis { color: var(--dim); font-size: .78rem; padding-bottom: .4rem; }
.stage b { font-family: var(--mono); font-size: .82rem; font-weight: 600; }
.stage small { display: block; color: var(--dim); font-size: .78rem; line-height: 1.3; }
.track { position: relative; height: 1.15rem; border-radius: .3rem; background: var(--shade); }
.axis .track { background: none; height: 1rem; }
.axis .track i { position: absolute; padding-left: .3rem; border-left: 1px solid var(--line); font-style: normal; white-space: nowrap; }
.bar { position: absolute; top: 0; bottom: 0; min-width: 3px; border-radius: .3rem; background: var(--after); }
.bar.dead { background: var(--dead); }
.bar.boot { background: var(--boot); }
.bar.back { background: var(--back); }
.row.gate { border-top: 2px solid var(--exact); border-bottom: 2px solid var(--exact); }
.row.gate b, .row.gate .num { color: var(--exact); font-weight: 700; }
.tree { list-style: none; margin: 0; padding: 0; }
.tree > li {
  --step: 1.35rem;
  padding-left: calc(var(--depth) * var(--step));
  background: repeating-linear-gradient(to right, transparent 0 .5rem, var(--line) .5rem calc(.5rem + 1px), transparent calc(.5rem + 1px) var(--step)) no-repeat 0 0 / calc(var(--depth) * var(--step)) 100%;
}
.process { display: flex; flex-wrap: wrap; align-items: baseline; gap: .1rem .7rem; padding: .16rem .4rem; border-radius: .4rem; }
.process:hover { background: var(--shade); }
.pid { min-width: 2.6rem; color: var(--dim); font-family: var(--mono); font-size: .82rem; text-align: right; }
td .pid { margin-right: .6rem; }
.name { font-family: var(--mono); font-size: .87rem; font-weight: 600; overflow-wrap: anywhere; }
span.grade {
  padding: .02rem .5rem; border-radius: 1rem; font-size: .76rem;
  font-weight: 600; background: var(--shade); color: var(--dim);
}
span.grade.exact { background: var(--exact-back); color: var(--exact); }
span.grade.degraded { background: var(--degraded-back); color: var(--degraded); }
span.grade.lost { background: var(--lost-back); color: var(--lost); }
td.bad { color: var(--lost); font-weight: 600; }
.chip { padding: .02rem .5rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .76rem; color: var(--dim); overflow-wrap: anywhere; }
.groups .chip { margin-left: .3rem; color: var(--ink); }
details { padding: 0 0 .3rem; }
.tree details { margin-left: 3.75rem; font-size: .87rem; }
.process .dim { font-size: .82rem; }
summary { cursor: pointer; color: var(--dim); }
summary:hover { color: var(--ink); }
details ul { list-style: none; margin: .3rem 0; padding: 0 0 0 .9rem; border-left: 2px solid var(--line); }
details li { padding: .1rem 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); color: var(--dim); font-size: .8rem; font-weight: 600; text-align: left; white-space: nowrap; }
td { padding: .5rem .8rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td.what .name { display: inline-block; margin-right: .9rem; font-weight: 400; font-size: .82rem; }
td.duration { position: relative; width: 9rem; }
td.duration .bar { position: relative; display: block; height: .8rem; margin-top: .3rem; }
pre {
  margin: .5rem 0 0; padding: 1rem; max-height: 34rem; overflow: auto;
  border-radius: .6rem; background: var(--shade); font: .8rem/1.5 var(--mono);
}
footer { padding-bottom: 3rem; color: var(--dim); font-size: .85rem; }
code { font-family: var(--mono); }
@media (max-width: 46rem) {
  .row { grid-template-columns: 1fr 4.6rem 4.6rem; gap: .1rem .9rem; }
  .row .track { grid-column: 1 / -1; grid-row: 2; }
  .track { height: .7rem; }
  .axis .track { height: 1rem; }
  .stage small { display: none; }
}
@media print {
  body { background: none; }
  section { break-inside: avoid; border-color: #ccc; }
  pre { max-height: none; white-space: pre-wrap; }
}
)css";

}  // namespace

std::string_view report_style() {
  return kStyle;
}

}  // namespace owctl
