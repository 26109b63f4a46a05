"""Draws a report as Markdown: headings, paragraphs, lists and tables.

Charts that can be drawn as text stand in blocks of code, others are left out.
"""

from __future__ import annotations

import re

from vsm.report.charts import Chart
from vsm.report.document import Document, Section, Sentence, Table
from vsm.report.text_charts import draw_chart
from vsm.text_width import shown

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_LIST = re.compile(r"^(\s*)([-+]|\d+[.)])(\s)")
CHART_WIDTH = 100
"""Cells of a chart."""
_PLAIN = str.maketrans("`<[", "'((")
_STRONG = ("strong", "bad", "warn")


def draw_markdown(document: Document) -> str:
    """The whole report; every text in it is escaped and harmless."""
    out = [f"# {escape(document.title)}", ""]
    for about in document.about:
        out += [escape(about), ""]
    for section in document.sections:
        out += _section(section)
    out += ["", escape(document.foot)] if document.foot else []
    return "\n".join(out).rstrip() + "\n"


def escape(text: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    line = _SPECIAL.sub(r"\\\1", shown(text).strip())
    return _LIST.sub(r"\1\\\2\3", line) if line[:1] in "-+" else line


def _section(section: Section) -> list[str]:
    out = [f"## {escape(section.title)}", ""] if section.title else []
    listed, indent = False, ""
    for part in section.parts:
        if listed and not (isinstance(part, Sentence) and (part.lead or part.more)):
            out.append("")
            listed = False
        if isinstance(part, Table):
            out += [*_table(part), ""]
        elif isinstance(part, Chart):
            out += _chart(part)
        elif isinstance(part, Sentence):
            text = _emphasis(part)
            if part.more:
                out += ["", f"{indent}{text}"]
            elif part.lead:
                lead = _lead(part.lead)
                indent = " " * (lead.index(" ") + 1)
                out += [f"{lead}{text}"]
            else:
                out += [text, ""]
            if part.behind:
                inner = indent or "  "
                out += [f"{inner}- {escape(line)}" for line in part.behind]
            listed = listed or bool(part.lead)
    return [*out, ""] if listed else out


def _chart(chart: Chart) -> list[str]:
    """A chart as a block of code, from which no text can break out."""
    lines = ["".join(text for text, _ in pieces) for pieces in draw_chart(chart, CHART_WIDTH)]
    return ["```", *(line.translate(_PLAIN).rstrip() for line in lines), "```", ""] if lines else []


def _lead(lead: str) -> str:
    """How an item of a list begins."""
    if lead.rstrip(".").isdigit():
        return f"{lead} "
    return "- " if lead == "•" else f"- {escape(lead)}: "


def _emphasis(part: Sentence) -> str:
    text = escape(part.text)
    return f"**{text}**" if text and part.tone in _STRONG and not part.more else text


def _table(table: Table) -> list[str]:
    heads = [escape(column.head) for column in table.columns]
    rules = ["---:" if column.right or column.bar else "---" for column in table.columns]
    rows = [[escape(cell.text) for cell in line.cells] for line in table.rows]
    return [f"| {' | '.join(cells)} |" for cells in (heads, rules, *rows)]
