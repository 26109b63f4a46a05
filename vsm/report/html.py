"""Draws a report as one HTML file: no scripts, nothing fetched, light or dark as the reader's."""

from __future__ import annotations

from html import escape as escape_html

from vsm.model.sanitise import inert_line
from vsm.report.charts import Chart
from vsm.report.document import Cell, Column, Document, Part, Section, Sentence, Table
from vsm.report.svg import draw_svg

STYLE = """\
:root { color-scheme: light dark; --text: #1b2026; --ground: #fbfbfa; --faint: #5a626c;
  --line: #d5dae0; --accent: #2f6fb0; --good: #116329; --warn: #7a4f00; --bad: #a3201a;
  --a0: #9ecae1; --a1: #4292c6; --a2: #fdae6b; --a3: #e6550d; --a4: #a1d99b; --a5: #31a354;
  --a6: #bcbddc; --a7: #756bb1; --a8: #fbb4b9; --a9: #c51b8a; --a10: #80cdc1; --a11: #01665e;
  --a12: #dfc27d; --a13: #8c510a; --a14: #bdbdbd; --a15: #636363; --a16: #ffe14d; --a17: #b58900;
  --a18: #2166ac; --a19: #b2182b; }
@media (prefers-color-scheme: dark) {
  :root { --text: #d7dae0; --ground: #14171c; --faint: #8f97a5; --line: #39404a;
    --accent: #5fafff; --good: #87d787; --warn: #ffd75f; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: var(--text);
  background: var(--ground); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .3rem 0; max-width: 46rem; }
.item { padding-left: 5.5rem; text-indent: -5.5rem; max-width: 46rem; margin: .3rem 0; }
.item details { display: inline; text-indent: 0; }
.item summary { display: inline-block; cursor: pointer; font-size: .85rem; margin-left: .5rem; }
.item li { text-indent: 0; } .item ul { margin: .2rem 0 .4rem; }
.item .lead { display: inline-block; min-width: 5.5rem; padding-right: .3rem; text-indent: 0; }
.dot { padding-left: 1.2rem; text-indent: -1.2rem; } .dot .lead { min-width: 1.2rem; }
p.more { padding-left: 5.5rem; }
.strong { font-weight: 600; } .faint { color: var(--faint); } .accent { color: var(--accent); }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; font-size: .94em; }
th, td { padding: .2rem .7rem .2rem 0; text-align: left; border-bottom: 1px solid var(--line);
  vertical-align: top; font-variant-numeric: tabular-nums; }
th { color: var(--faint); font-weight: 500; }
.right { text-align: right; } .short { white-space: nowrap; }
.over { border-right: .3em double var(--bad); }
.bar { display: inline-block; height: .7em; margin-left: .5rem; background: var(--accent); }
.value { display: inline-block; min-width: 3.2em; text-align: right; }
figure { margin: 1rem 0; } figcaption { color: var(--faint); font-size: .9rem; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; fill: var(--text); }
svg .grid { stroke: var(--line); } svg .line { stroke: var(--accent); fill: none; }
svg .pace { stroke: var(--warn); stroke-width: 2; }
svg .limit { stroke: var(--warn); stroke-dasharray: 4 3; }
svg .dot { fill: var(--accent); fill-opacity: .6; }
svg .late { fill: var(--bad); fill-opacity: .8; }
svg .column { fill: var(--accent); } svg .partial { fill-opacity: .45; }
svg .signal { fill: var(--bad); } svg .quiet { fill: var(--faint); } svg .bad { fill: var(--bad); }
@media print {
  body { margin: 0; max-width: none; font-size: 13px; background: none; }
  h1, h2, h2 + p { break-after: avoid; }
  .item, tr, figure { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
  .item details { display: block; }
  .item summary { margin-left: 0; list-style: none; } }
"""
_SHORT = 16
"""Characters up to which a cell is never broken: keys, days, names of stages."""
_BAR = 12
"""Width of the longest bar in em."""


def draw_html(document: Document) -> str:
    """The whole report as a file that needs no other; every text in it is escaped and harmless."""
    title = text(document.title)
    body = [f"<h1>{title}</h1>"]
    body += [f'<p class="faint">{text(about)}</p>' for about in document.about]
    for section in document.sections:
        body += _section(section)
    if document.foot:
        body.append(f'<p class="faint">{text(document.foot)}</p>')
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>\n{STYLE}</style>",
        "</head>",
        "<body>",
    ]
    return "\n".join([*head, *body, "</body>", "</html>"]) + "\n"


def text(value: str) -> str:
    """A text that HTML shows as it is."""
    return escape_html(inert_line(value), quote=True)


def _section(section: Section) -> list[str]:
    title = [f"<h2>{text(section.title)}</h2>"] if section.title else []
    return ["<section>", *title, *(_part(part) for part in section.parts), "</section>"]


def _part(part: Part) -> str:
    if isinstance(part, Table):
        return _table(part)
    if isinstance(part, Chart):
        return _figure(part)
    return _sentence(part)


def _sentence(part: Sentence) -> str:
    body = f'<span class="{part.tone}">{text(part.text)}</span>'
    if part.behind:
        items = "".join(f"<li>{text(line)}</li>" for line in part.behind)
        count = f'<summary class="faint">{text(part.behind_title)}</summary>'
        body += f"<details>{count}<ul>{items}</ul></details>"
    if part.lead:
        lead = f'<span class="lead {part.lead_tone}">{text(part.lead)}</span>'
        tag = "div" if part.behind else "p"
        kind = "item dot" if part.lead == "•" else "item"
        return f'<{tag} class="{kind}">{lead}{body}</{tag}>'
    return f'<p class="{"more" if part.more else "plain"}">{body}</p>'


def _table(table: Table) -> str:
    heads = "".join(f"<th{_side(column)}>{text(column.head)}</th>" for column in table.columns)
    rows = [
        "".join(_cell(cell, column) for cell, column in zip(line.cells, table.columns, strict=True))
        for line in table.rows
    ]
    lines = [f"<tr>{cells}</tr>" for cells in rows]
    head = f"<thead><tr>{heads}</tr></thead>"
    return "\n".join(
        ['<div class="scroll"><table>', head, "<tbody>", *lines, "</tbody>", "</table></div>"]
    )


def _side(column: Column) -> str:
    return ' class="right"' if column.right else ""


def _cell(cell: Cell, column: Column) -> str:
    classes: list[str] = [cell.tone] if cell.tone != "text" else []
    classes += ["right"] if column.right else []
    classes += ["short"] if len(cell.text) <= _SHORT and not column.right else []
    kind = f' class="{" ".join(classes)}"' if classes else ""
    if cell.bar is None:
        return f"<td{kind}>{text(cell.text)}</td>"
    size = min(max(cell.bar, 0.0), 1.0) * _BAR
    over = " over" if cell.bar > 1.0 else ""
    bar = f'<span class="bar{over}" style="width:{size:.2f}em"></span>'
    return f'<td{kind}><span class="value">{text(cell.text)}</span>{bar}</td>'


def _figure(chart: Chart) -> str:
    """A chart with its title and summary; where there is nothing to draw, why."""
    caption = text(f"{chart.title}: {chart.summary}" if chart.summary else chart.title)
    drawn = draw_svg(chart) if chart.stops else f'<p class="faint">{text(chart.empty)}</p>'
    return f"<figure>\n{drawn}\n<figcaption>{caption}</figcaption>\n</figure>" if drawn else ""
