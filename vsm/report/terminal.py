"""Draws a report as lines of a terminal, for screens and as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vsm.report.document import Cell, Column, Document, Section, Sentence, Table, Target
from vsm.text_width import clip, fit, shown, width_of, wrap

Pieces = list[tuple[str, str]]
"""(text, name of a tone)."""

MOST_LINES = 40
"""Lines that a sentence may take."""
WIDEST = 110
"""Cells beyond which sentences are hard to read."""
INDENT = 2
"""Cells before what stands in a section."""
GAP = 2
"""Cells between columns."""
BAR_MIN, BAR_MAX = 4, 30
"""Cells of a bar."""
NARROWEST = 8
"""Cells that a column is never cut below."""
OVER = "▶"
"""The last cell of a bar that is longer than everything."""
_EIGHTHS = "▏▎▍▌▋▊▉█"
_PLAIN_BAR = str.maketrans(f"{_EIGHTHS}{OVER}▒", "    ####>=")


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces on the left and on the right; ``opens`` is the number of the target of the line."""

    left: Pieces
    right: Pieces = field(default_factory=list)
    opens: int | None = None


def draw_lines(document: Document, width: int) -> list[Line]:
    """The sections as lines of at most so many cells.

    ``opens`` counts :attr:`Document.targets`.
    """
    numbers = {id(target): n for n, target in enumerate(document.targets)}
    out: list[Line] = []
    for section in document.sections:
        if out:
            out.append(Line([]))
        out += _section(section, width, numbers)
    return out


def draw_text(document: Document, width: int) -> list[str]:
    """The whole report as plain lines of at most so many cells, bars as ``###``."""
    out = wrap(document.title, width, MOST_LINES)
    for about in document.about:
        out += wrap(about, width, MOST_LINES)
    out.append("")
    for line in draw_lines(document, width):
        pieces = (
            t.translate(_PLAIN_BAR) if tone in ("accent", "bad") else t for t, tone in line.left
        )
        out.append("".join(pieces).rstrip())
    return [*out, "", document.foot] if document.foot else out


def _section(section: Section, width: int, numbers: dict[int, int]) -> list[Line]:
    parts = section.parts
    out = []
    heads = bool(parts) and isinstance(parts[0], Table) and bool(parts[0].columns[0].head)
    if section.title and not heads:
        out += [Line([(part, "strong")]) for part in wrap(section.title, width, MOST_LINES)]
    leads = [width_of(part.lead) for part in parts if isinstance(part, Sentence) and part.lead]
    lead = max(leads, default=-1) + 1
    for part in parts:
        if isinstance(part, Sentence):
            out += _sentence(part, width, lead, numbers)
        elif isinstance(part, Table):
            out += _table(part, width, numbers)
        else:
            from vsm.report.text_charts import draw_chart, line_targets

            room = width - 1 if part.FILLS else min(width, WIDEST)
            drawn, targets = draw_chart(part, room - INDENT), line_targets(part)
            out += [
                Line([(" " * INDENT, "text"), *pieces], opens=_opens(targets.get(n), numbers))
                for n, pieces in enumerate(drawn)
            ]
    return out


def _opens(target: Target | None, numbers: dict[int, int]) -> int | None:
    return None if target is None else numbers[id(target)]


def _sentence(part: Sentence, width: int, lead: int, numbers: dict[int, int]) -> list[Line]:
    listed = bool(part.lead) or part.more
    indent = INDENT + (lead if listed else 0)
    lines = wrap(part.text, max(10, min(width - 1, WIDEST) - indent), MOST_LINES)
    opens = _opens(part.target, numbers)
    out = []
    for n, text in enumerate(lines):
        if n == 0 and part.lead:
            before: Pieces = [(" " * INDENT, "text"), (fit(part.lead, lead), part.lead_tone)]
        else:
            before = [(" " * indent, "text")]
        out.append(Line([*before, (text, part.tone)], opens=opens))
    return out


def _table(table: Table, width: int, numbers: dict[int, int]) -> list[Line]:
    kept = [n for n, column in enumerate(table.columns) if width >= column.wide]
    columns = [table.columns[n] for n in kept]
    rows = [[line.cells[n] for n in kept] for line in table.rows]
    widths, bar = _widths(columns, rows, width)
    if sum(widths) + GAP * (len(widths) - 1) + INDENT >= width or _is_cut(columns, rows, widths):
        columns = [replace(column, head=column.short or column.head) for column in columns]
        widths, bar = _widths(columns, rows, width)
    out = []
    if any(column.head for column in columns):
        head = [Cell(column.head, "faint") for column in columns]
        out.append(Line(_cells(columns, head, widths, 0)))
    for line, cells in zip(table.rows, rows, strict=True):
        out.append(Line(_cells(columns, cells, widths, bar), opens=_opens(line.target, numbers)))
    return out


def _is_cut(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], widths: Sequence[int]
) -> bool:
    """Whether a column that shrinks is narrower than its texts."""
    return any(
        column.shrinks and any(width_of(shown(row[n].text)) > widths[n] for row in rows)
        for n, column in enumerate(columns)
    )


def _widths(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int
) -> tuple[list[int], int]:
    """Cells of each column, and of the bars among them."""
    widths = [
        max([width_of(column.head), *(width_of(shown(row[n].text)) for row in rows)])
        for n, column in enumerate(columns)
    ]
    spare = width - INDENT - 1 - sum(widths) - GAP * (len(columns) - 1)
    beside = {  # cells of the number and the gap before each bar
        n: 1 + max((width_of(row[n].text) for row in rows if row[n].bar is not None), default=0)
        for n, column in enumerate(columns)
        if column.bar
    }
    bar = 0
    if beside:  # all bars have one length, or equal shares would not look equal
        room = (spare + sum(widths[n] - size for n, size in beside.items())) // len(beside)
        heads = max(widths[n] - size for n, size in beside.items())
        bar = max(BAR_MIN, min(BAR_MAX, room), heads)
        for n, size in beside.items():
            spare -= size + bar - widths[n]
            widths[n] = size + bar
    for n, column in reversed(list(enumerate(columns))):
        if column.shrinks and spare < 0:
            cut = min(-spare, max(0, widths[n] - NARROWEST))
            widths[n] -= cut
            spare += cut
    return widths, bar


def _cells(
    columns: Sequence[Column], cells: Sequence[Cell], widths: Sequence[int], bar: int
) -> Pieces:
    out: Pieces = [(" " * INDENT, "text")]
    for n, (column, cell, size) in enumerate(zip(columns, cells, widths, strict=True)):
        if n:
            out.append((" " * GAP, "text"))
        if cell.bar is not None and bar:
            drawn = _bar(cell.bar, bar)
            values = size - bar - 1
            text = clip(cell.text, values)
            out.append((" " * (values - width_of(text)), "text"))
            out.append((text, cell.tone))
            out.append((f" {drawn}", "accent"))
            out.append((" " * (bar - width_of(drawn)), "text"))
            continue
        text = clip(cell.text, size)
        pad = " " * (size - width_of(text))
        pieces: Pieces = [(text, cell.tone), (pad, "text")]
        out += reversed(pieces) if column.right else pieces
    return out


def _bar(share: float, cells: int) -> str:
    if share > 1.0:  # what is over everything ends in a mark, not like what is full
        return "█" * (cells - 1) + OVER
    filled = max(share, 0.0) * cells
    whole, part = int(filled), int((filled - int(filled)) * 8)
    return "█" * whole + (_EIGHTHS[part - 1] if part else "")
