"""Where a stream is stuck, as the lines of a screen."""

from __future__ import annotations

from collections.abc import Sequence

from vsm.features.bottlenecks.results import PROBABLY, SUREST, Bottlenecks, Kind, StageEvidence
from vsm.features.bottlenecks.text import left_out, load, places, signed
from vsm.text_width import fit, width_of, wrap
from vsm.widgets.glyphs import ASCII, Glyphs
from vsm.widgets.report_view import Line
from vsm.widgets.status_bars import Pieces

MOST_LINES = 40
"""Lines that a sentence may take."""
WIDEST = 110
"""Cells beyond which sentences are not read well."""
USED_MUCH = 0.85
"""The utilisation from which on a stage is marked."""
_EIGHTHS = "▏▎▍▌▋▊▉█"


def share(value: float | None, most: float = 9.99) -> str:
    """A share as a percentage; nothing for none."""
    return "" if value is None else f"{min(value, most):.0%}".replace("%", " %")


def lines(told: Bottlenecks, glyphs: Glyphs, width: int) -> list[Line]:
    """All lines at a width. What opens is numbered: stages, actions, then what is left out."""
    return [
        *_verdict(told, glyphs, width),
        Line([]),
        *_stages(told, glyphs, width),
        Line([]),
        *_actions(told, width),
        *_left_out(told, width),
    ]


def _left_out(told: Bottlenecks, width: int) -> list[Line]:
    """The items that are left out, as their moves run backwards in time; they open."""
    if not told.backwards:
        return []
    opens = len(told.stages) + len(told.actions)
    words = sentence(f"{left_out(told)}.", width, "  ", "  ", "warn")
    return [Line([]), *(Line(line.left, opens=opens) for line in words)]


def sentence(text: str, width: int, indent: str, first: str, ink: str) -> list[Line]:
    """A sentence over as many lines as it needs; ``first`` is as wide as the indent after it."""
    room = min(width, WIDEST) - width_of(indent) - 2
    parts = wrap(text, max(10, room), MOST_LINES, "")
    return [
        Line([(first if n == 0 else indent, "faint"), (part, ink)]) for n, part in enumerate(parts)
    ]


def _verdict(told: Bottlenecks, glyphs: Glyphs, width: int) -> list[Line]:
    found = told.verdict
    ink = {Kind.UNKNOWN: "faint", Kind.DEMAND: "good"}.get(found.kind, "bad")
    if found.confidence < PROBABLY and found.kind not in (Kind.UNKNOWN, Kind.DEMAND):
        ink = "warn"
    sure = f"{share(found.confidence)} sure " if found.confidence else ""
    heads = wrap(found.heading, max(10, width - width_of(sure) - 4), MOST_LINES, "")
    out = [
        Line([(part, ink)], [(sure, "strong")] if n == 0 else []) for n, part in enumerate(heads)
    ]
    out += sentence(found.reason, width, "  ", "  ", "text")
    for each in found.against:
        out += sentence(each, width, "    ", f"  {glyphs.bullet} ", "faint")
    return out


def _columns(width: int) -> list[tuple[str, int]]:
    """Heads of the table of stages with their widths, by how much room there is."""
    out = [("places", 7), ("likely", 7), ("grows", 7), ("WIP", 8)]
    if width >= 96:
        out[1:1] = [("days each", 10)]
        out[0:0] = [("in/wk", 7), ("out/wk", 7)]
        out.insert(-1, ("of waiting", 11))
    if width >= 150:
        out.insert(-1, ("blocked", 9))
        out.insert(-1, ("starved", 9))
        out.append(("limit reached", 15))
    return out


def _stages(told: Bottlenecks, glyphs: Glyphs, width: int) -> list[Line]:
    columns = _columns(width)
    rest = sum(cells for _, cells in columns)
    name = min(max((width_of(each.name) for each in told.stages), default=8) + 3, 30)
    bar = min(30, max(4, width - rest - name - 10))
    name = min(name, max(8, width - rest - bar - 10))
    head: Pieces = [(fit("  Stage", name), "faint"), (fit("used", bar + 8), "faint")]
    head += [(title.rjust(cells), "faint") for title, cells in columns]
    out = [Line(head)]
    if not told.stages:
        return [*out, Line([("  no stage is queue or active", "faint")])]
    for n, each in enumerate(told.stages):
        limits = each.name in told.verdict.stages
        mark = glyphs.limits if limits else " "
        left: Pieces = [
            (f"{mark} ", "bad"),
            (fit(each.name, name - 3), "strong" if limits else "text"),
            (" ", "text"),
            *_bar(each, bar, glyphs),
        ]
        left += _cells(each, columns, glyphs)
        out.append(Line(left, opens=n))
    for team in told.teams:
        out += sentence(f"{load(team)}.", width, "  ", "  ", "faint")
    if told.min_cut:
        cut = " and ".join(told.min_cut)
        out += sentence(f"What can flow is bounded by {cut}.", width, "  ", "  ", "faint")
    return out


def _bar(each: StageEvidence, cells: int, glyphs: Glyphs) -> Pieces:
    if each.utilisation is None:
        words = "waits for the next" if each.category == "queue" else "too little is known"
        if each.delays:
            words = "only delays"
        return [(fit(f"{glyphs.dot} {words}", cells + 7), "faint"), (" ", "text")]
    filled = min(each.utilisation, 1.0) * cells
    whole, part = int(filled), int((filled - int(filled)) * 8)
    if glyphs is ASCII:
        drawn = "#" * round(filled)
    else:
        drawn = "█" * whole + (_EIGHTHS[part - 1] if part else "")
    much = "bad" if each.utilisation >= USED_MUCH else "text"
    told = share(each.utilisation)
    return [
        (drawn, "accent"),
        (" " * (cells + 7 - width_of(drawn) - width_of(told)), "text"),
        (told, much),
        (" ", "text"),
    ]


def _cells(each: StageEvidence, columns: Sequence[tuple[str, int]], glyphs: Glyphs) -> Pieces:
    over = each.limit is not None and each.wip > each.limit
    wip = str(each.wip) if each.limit is None else f"{each.wip}/{each.limit}"
    told = {
        "in/wk": (f"{each.arrivals:.1f}", "text"),
        "out/wk": (f"{each.departures:.1f}", "text"),
        "places": (places(each, ""), "text"),
        "days each": ("" if each.touch_days is None else f"{each.touch_days:.1f}", "text"),
        "likely": (share(each.chance, SUREST), "text"),
        "grows": (signed(each.growth), "warn" if each.growth >= 0.5 else "text"),
        "of waiting": (share(each.share_of_waiting), "text"),
        "blocked": (share(each.blocked_share), "text"),
        "starved": (share(each.starved_share), "text"),
        "WIP": (f"{wip} {glyphs.over}" if over else f"{wip}  ", "bad" if over else "text"),
        "limit reached": (str(each.limit_reached or ""), "warn"),
    }
    return [(told[title][0].rjust(cells), told[title][1]) for title, cells in columns]


def _actions(told: Bottlenecks, width: int) -> list[Line]:
    out = [Line([("  What to do next", "faint")])]
    if not told.actions:
        return [*out, Line([("  Nothing stands out.", "text")])]
    keys = dict(told.keys)
    for n, action in enumerate(told.actions):
        opens = len(told.stages) + n
        mine = sentence(action.what, width, "     ", f"{n + 1:3}. ", "strong")
        mine += sentence(action.why, width, "     ", "     ", "text")
        if action.items:
            named = ", ".join(keys[item] for item in action.items)
            mine += sentence(named, width, "     ", "     ", "accent")
        out += [Line(line.left, opens=opens) for line in mine]
    return out
