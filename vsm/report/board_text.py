"""Draw a board as plain text: stages side by side, as many as fit, the rest below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from vsm.date_form import write_day
from vsm.model.board import Card, Column, Header, groups_in
from vsm.model.dates import near_day
from vsm.model.item import ClassOfService
from vsm.model.rules import SLE_PERCENT, local
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category
from vsm.model.team import initials
from vsm.report.text_table import ends, fit, wrap
from vsm.text_width import clip, width_of

NARROWEST = 16
"""Cells of the narrowest column: a key of ten letters and an age side by side."""

_LEAST = 8
"""Cells that are left to whom a card belongs before times give way."""
ROOMY = 36
"""Cells from which on a column shows a title on one line."""

_BETWEEN = " │ "
_CROSSING = "─┼─"


def day_words(at: int, zone: str) -> str:
    """A moment as a day that cannot be misread: ``16 Jan 2015``."""
    return write_day(local(at, zone).date())


def header_parts(header: Header, filter: str = "") -> list[str]:
    """The figures at the top of a board, in words, and the filter of its cards."""
    limit = f"/{header.limit}" if header.limit is not None else ""
    last = day_words(header.until, header.zone)
    over = ", ".join(f"{inert_line(name)} {wip}/{most} ▲" for name, wip, most in header.over)
    over = f" ({over})" if over else ""
    to = f" to {last}, no activity since" if header.ended else ""
    cycle = f"{SLE_PERCENT}% finish within {header.p85} d"
    if header.p85 is None:
        cycle = "no cycle times in 90 d"
    return [
        inert_line(header.name),
        cycle,
        f"WIP {header.wip}{limit}{over}",
        f"{header.finished} done in 14 d{to}",
        *([f"cards that match: {inert_line(filter)}"] if filter else []),
    ]


def head_words(column: Column) -> tuple[str, str]:
    """Name of a column, and its WIP against the limit with a mark where it is over.

    Under a filter also how many of these fit it.
    """
    stage = column.stage
    some = f"{column.shown} of " if column.shown != column.wip else ""
    over = " ▲" if column.over or column.classes_over else ""
    limit = f"/{stage.limit}" if stage.limited else ""
    exempt = f" +{column.exempt}" if column.exempt and stage.limited else ""
    wip = column.counted if stage.limited else column.wip
    return inert_line(stage.name), f"{some}{wip}{limit}{exempt}{over}"


def _title_lines(title: str, cells: int) -> list[str]:
    """A title on one line, on two where the column is narrow, cut after that."""
    title = " ".join(title.split())
    lines = wrap(title, cells)
    if cells >= ROOMY or len(lines) == 1:
        return [clip(title, cells)]
    rest = title.removeprefix(lines[0]).lstrip()
    return [lines[0], clip(rest, cells)]


def card_lines(card: Card, cells: int) -> list[str]:
    """One card in so many cells: key and age, title, who, and the blocker where there is one."""
    days = card.age if card.age is not None else card.cycle
    deps = [f"↧{card.waits_for}"] if card.waits_for else []
    deps += [f"↥{card.waited_by}"] if card.waited_by else []
    who = [inert_line(card.team)] if card.team else []
    who += [initials(inert_line(card.owner))] if card.owner else []
    if card.service is not ClassOfService.STANDARD:
        mark = "!" if card.service is ClassOfService.EXPEDITE else ""
        who.insert(0, f"{mark}{card.service}")
    lines = [
        ends(inert_line(card.key), "" if days is None else f"{days}d", cells),
        *(fit(line, cells) for line in _title_lines(inert_line(card.title), cells)),
    ]
    if card.due is not None and card.due_in is not None:
        deps.append(f"{'!' if card.overdue else ''}due {near_day(card.due, card.due_in)}")
    if card.idle is not None and card.idle != card.age:
        deps.append(f"{card.idle}d here")
    while len(deps) > 1 and width_of(" ".join(deps)) > cells - _LEAST:
        deps.pop()
    if who or deps:
        lines.append(ends(" · ".join(who), " ".join(deps), cells))
    if card.blocked is not None:
        reason = inert_line(card.blocked_reason)
        lines.append(fit(f"■ {card.blocked}" + (f": {reason}" if reason else ""), cells))
    return lines


def _column_lines(column: Column, cards: Sequence[Card], cells: int) -> list[str]:
    name, count = head_words(column)
    lines = [ends(name, count, cells), "─" * cells]
    for card in cards:
        lines += [*card_lines(card, cells), ""]
    missing = column.shown - len(cards)
    if missing > 0:
        lines.append(fit(f"… {missing} more", cells))
    elif lines[-1] == "":
        lines.pop()
    return lines


def _band(columns: Sequence[Column], cards: Mapping[int, Sequence[Card]], total: int) -> list[str]:
    share = (total - len(_BETWEEN) * (len(columns) - 1)) // len(columns)
    drawn = [_column_lines(c, cards.get(c.stage.id, ()), share) for c in columns]
    out: list[str] = []
    for n, row in enumerate(zip_longest(*drawn, fillvalue="")):
        between = _CROSSING if n == 1 else _BETWEEN
        out.append(between.join(fit(text, share) for text in row).rstrip())
    return out


def draw_board(
    header: Header,
    columns: Sequence[Column],
    cards: Mapping[int, Sequence[Card]],
    total: int = 80,
    empty: str = "",
    filter: str = "",
) -> list[str]:
    """Lines of the board, none wider than ``total`` cells (20 at least).

    ``cards`` are those to draw, by stage id; a column says how many it has beyond them. A
    dropped stage is drawn only where it shows something. ``empty`` is said under a board
    without cards.
    """
    total = max(total, NARROWEST + 4)
    lines: list[str] = []
    for part in header_parts(header, filter):
        if lines and width_of(lines[-1]) + 3 + width_of(part) <= total:
            lines[-1] += f" · {part}"
        else:
            lines += wrap(part, total)
    groups = groups_in(columns)
    for group in groups:
        over = " ▲" if group.is_over else ""
        lines += wrap(f"{inert_line(group.label)} together {group.wip}/{group.limit}{over}", total)
    seen = [c for c in columns if c.shown or c.stage.category is not Category.DROPPED]
    if seen:
        fitting = max(1, (total + len(_BETWEEN)) // (NARROWEST + len(_BETWEEN)))
        bands = -(-len(seen) // fitting)
        per_band = -(-len(seen) // bands)
        for first in range(0, len(seen), per_band):
            lines += ["", *_band(seen[first : first + per_band], cards, total)]
    if empty and not any(c.shown for c in columns):
        lines += ["", *wrap(empty, total)]
    return lines
