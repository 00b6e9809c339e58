// SPDX-License-Identifier: GPL-2.0
#include "report_parts.h"

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
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
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
.cause { margin: 0; font-family: var(--mono); font-size: .9rem; color: var(--lost); overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .75rem; margin: 1.5rem 0 1rem; }
.figure {
  padding: .8rem 1rem; border: 1px solid var(--line);
  border-radius: .7rem; background: var(--card); color: var(--ink);
}
.figure b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.figure span { color: var(--dim); font-size: .85rem; }
.figure.zero b { color: var(--dim); }
.figure.exact b { color: var(--exact); }
.figure.degraded b { color: var(--degraded); }
.figure.lost b { color: var(--lost); }
.shares { display: flex; gap: 3px; margin: 1rem 0; }
.shares i { height: .6rem; min-width: 4px; border-radius: .3rem; }
.shares .exact { background: var(--exact); }
.shares .degraded { background: var(--degraded); }
.shares .lost { background: var(--lost); }
.facts { display: grid; grid-template-columns: max-content 1fr max-content 1fr; gap: .15rem .9rem; margin: 0 0 1rem; font-size: .9rem; }
.facts dt { color: var(--dim); }
.facts dd { margin: 0; font-family: var(--mono); font-size: .85rem; line-height: 1.7; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin: 0 0 1.25rem; font-size: .9rem; }
section {
  margin: 0 0 1.25rem; padding: 1.4rem 1.5rem; border: 1px solid var(--line);
  border-radius: .9rem; background: var(--card);
}
#advice ul { margin: 0; padding-left: 1.2rem; }
#advice li { margin: .35rem 0; overflow-wrap: anywhere; }
.none, .dim { color: var(--dim); }
.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin: 0 0 .8rem; color: var(--dim); font-size: .85rem; }
.legend span::before { content: ""; display: inline-block; width: .7rem; height: .7rem; margin-right: .45rem; border-radius: .2rem; background: currentcolor; vertical-align: -.05em; }
.legend .dead::before { background: var(--dead); }
.legend .boot::before { background: var(--boot); }
.legend .back::before { background: var(--back); }
.chart { display: grid; gap: 1px; list-style: none; margin: 0; padding: 0; }
.row { display: grid; grid-template-columns: 19rem 1fr 5.2rem 5.2rem; gap: .9rem; align-items: center; padding: .22rem 0; }
.row .num { font-size: .85rem; }
.row .num:last-child { color: var(--dim); }
.row.axis { color: var(--dim); font-size: .78rem; padding-bottom: .4rem; }
.stage { overflow-wrap: anywhere; }
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
label { margin-left: .4rem; color: var(--dim); font-size: .87rem; }
#only:checked ~ .tree > .whole:not(:target) { display: none; }
.tree { list-style: none; margin: .8rem 0 0; padding: 0; }
.tree > li {
  --step: 1.35rem;
  padding-left: calc(var(--depth) * var(--step));
  background: repeating-linear-gradient(to right, transparent 0 .5rem, var(--line) .5rem calc(.5rem + 1px), transparent calc(.5rem + 1px) var(--step)) no-repeat 0 0 / calc(var(--depth) * var(--step)) 100%;
}
.process { display: flex; flex-wrap: wrap; align-items: baseline; gap: .1rem .7rem; padding: .16rem .4rem; border-radius: .4rem; }
.process:hover, :target > .process { background: var(--shade); }
.pid { min-width: 2rem; color: var(--dim); font-family: var(--mono); font-size: .82rem; }
a:has(.pid) { color: inherit; text-decoration-color: var(--dim); }
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
.chip.bad { border-color: currentcolor; color: var(--lost); }
.groups { display: flex; flex-wrap: wrap; gap: .4rem; list-style: none; margin: 0 0 1rem; padding: 0; }
.groups .chip { color: var(--ink); }
.verdicts { padding: 0 0 .3rem; margin-left: 3.1rem; font-size: .87rem; }
.verdicts ul { list-style: none; margin: 0; padding: 0; }
.verdicts li { padding: .1rem 0; overflow-wrap: anywhere; }
details.verdicts ul { margin: .3rem 0; padding-left: .9rem; border-left: 2px solid var(--line); }
.process .dim { font-size: .82rem; }
summary { cursor: pointer; color: var(--dim); }
summary:hover { color: var(--ink); }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); color: var(--dim); font-size: .8rem; font-weight: 600; text-align: left; white-space: nowrap; }
td { padding: .5rem .8rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; }
th:last-child, td:last-child { padding-right: 0; }
.losses th:nth-child(3) { text-align: right; }
td.word { min-width: 6.5rem; }
td.why { min-width: 11rem; }
td.what { min-width: 9rem; }
td.what ul { list-style: none; margin: 0; padding: 0; font-size: .85rem; }
td.duration { min-width: 6rem; }
td.duration .bar { position: relative; display: block; height: .8rem; margin-top: .3rem; }
pre {
  margin: .5rem 0 0; padding: 1rem; max-height: 34rem; overflow: auto;
  border-radius: .6rem; background: var(--shade); font: .8rem/1.5 var(--mono);
}
footer { padding-bottom: 3rem; color: var(--dim); font-size: .85rem; }
code { font-family: var(--mono); }
@media (max-width: 60rem) {
  .row { grid-template-columns: 1fr 4.6rem 4.6rem; gap: .1rem .9rem; }
  .row .track { grid-column: 1 / -1; grid-row: 2; }
  .track { height: .7rem; }
  .facts { grid-template-columns: max-content 1fr; }
  td.why, td.what { min-width: 7rem; }
  td.duration { min-width: 3rem; }
}
@media (max-width: 46rem) {
  header, main, footer { padding-inline: .9rem; }
  header { padding-top: 1.4rem; }
  section { padding: 1.1rem 1rem; }
  .stage small, thead, td:empty { display: none; }
  .facts { grid-template-columns: 5.5rem 1fr; }
  .tree > li { --step: .5rem; }
  .verdicts { margin-left: .9rem; }
  table, tbody { display: block; }
  tr { display: flex; flex-wrap: wrap; gap: .2rem .9rem; padding: .6rem 0; border-bottom: 1px solid var(--line); }
  tr:last-child { border-bottom: 0; }
  td, td.word { min-width: 0; padding: 0; border: 0; }
  td.why, td.what, td.duration { flex: 1 0 100%; min-width: 0; }
  .losses .num, .losses .word { order: -1; }
  td.duration .bar { margin: 0; }
  td[data-label]::before { content: attr(data-label); color: var(--dim); font-weight: 400; }
}
@media print {
  body { background: none; }
  section { border-color: #ccc; }
  .row, .process, tr { break-inside: avoid; }
  h2, h3, thead { break-after: avoid; }
  i, .grade { print-color-adjust: exact; }
  nav, #only, label { display: none; }
  pre { max-height: none; white-space: pre-wrap; overflow-wrap: anywhere; }
  details::details-content { display: block; content-visibility: visible; block-size: auto; }
}
)css";

}  // namespace

std::string_view report_style() {
  return kStyle;
}

}  // namespace owctl
