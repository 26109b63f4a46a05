"""Who waits for whom, as the lines of a screen, and what each of them opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count

from vsm.features.dependencies.results import Dependencies, DependentItem, Path, RiskKind, Wait
from vsm.features.dependencies.text import clock_words
from vsm.screens.bottlenecks_lines import sentence
from vsm.text_width import fit, width_of
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.report_view import Line
from vsm.widgets.status_bars import Pieces

UNTOLD = "nothing has finished yet from some of these stages"
"""Why it is not told when a path is expected to end."""
SHOWN = 50
"""Lines of a list before the rest is only counted."""
_RISKS = {
    RiskKind.BROKEN: "bad",
    RiskKind.LATE: "bad",
    RiskKind.UNAGREED: "warn",
    RiskKind.BLOCKED: "bad",
    RiskKind.NOT_STARTED: "warn",
    RiskKind.AGEING: "warn",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What a line opens: items by id with what is told of each, or the chain of one item."""

    title: str
    items: tuple[tuple[int, str], ...] = ()
    chain: int | None = None
    pair: tuple[int, int] | None = None
    """The dependency that it is about, as (blocker, waiting)."""
    teams: tuple[str, str] | None = None
    """The teams that it is about, as (waiting, blocking)."""
    ends: tuple[int, ...] = ()
    """The items whose critical path can be asked for."""


def targets(told: Dependencies) -> list[Target]:
    """What can be opened, in the order of the lines."""
    by_id = {part.id: part for part in told.parts}
    out = []
    for each in told.matrix[:SHOWN]:
        seen: dict[int, str] = {}
        for wait in each.waits:
            seen.setdefault(wait.waiting, f"waits for {by_id[wait.blocker].key} {wait.days:.0f} d")
        for wait in each.waits:
            seen.setdefault(wait.blocker, "is waited for")
        out.append(
            Target(
                teams_words(each.waiting, each.blocking),
                tuple(seen.items()),
                teams=(each.waiting, each.blocking),
                ends=tuple(dict.fromkeys(wait.waiting for wait in each.waits)),
            )
        )
    out += [
        Target(by_id[each.item].key, chain=each.item, ends=each.behind)
        for each in told.blockers[:SHOWN]
    ]
    out += [
        Target(
            by_id[each.waiting].key,
            chain=each.waiting,
            pair=(each.blocker, each.waiting),
            ends=(each.waiting,),
        )
        for each in _soonest(told)
    ]
    for path in told.paths[:SHOWN]:
        out.append(
            Target(
                f"Critical path to {by_id[path.items[-1]].key}",
                on_path(told, path),
                ends=path.items[-1:],
            )
        )
    out += [
        Target("They wait for each other", tuple((item, "") for item in cycle.items))
        for cycle in told.cycles[:SHOWN]
    ]
    pairs = {(each.blocker, each.waiting) for each in told.waits}
    out += [
        Target(
            by_id[risk.item].key,
            chain=risk.item,
            pair=(risk.on, risk.item) if (risk.on, risk.item) in pairs else None,
            ends=(risk.item,),
        )
        for risk in told.risks[:SHOWN]
    ]
    if told.clock_off:
        items = tuple((item, "waits since later than now") for item in told.clock_off)
        out.append(Target("A clock was ahead", items, ends=told.clock_off))
    return out


def teams_words(waiting: str, blocking: str) -> str:
    """Who waits for whom."""
    return f"{waiting or 'No team'} waits for {blocking or 'no team'}"


def places(told: Dependencies, dash: str) -> dict[int, str]:
    """Team and stage of each item."""
    return {part.id: f"{part.team or dash}, {part.stage}" for part in told.parts}


def on_path(told: Dependencies, path: Path) -> tuple[tuple[int, str], ...]:
    """The items of a path, what is to be finished first first, with the days of each."""
    by_id = {part.id: part for part in told.parts}
    return tuple((item, days_left(by_id[item])) for item in path.items)


def days_left(part: DependentItem) -> str:
    """The days that an item is expected to take still, where that is known."""
    return f"{part.remaining:.0f} d" if part.remaining is not None else ""


def _soonest(told: Dependencies) -> list[Wait]:
    """The dependencies shown one by one: those needed first, then those waited for longest."""
    far = date.max
    return sorted(told.waits, key=lambda each: (each.need_by or far, -each.days))[:SHOWN]


def lines(told: Dependencies, of: str, glyphs: Glyphs, width: int) -> list[Line]:
    """All lines at a width; what opens is numbered as :func:`targets` has it.

    ``of`` says whose dependencies they are.
    """
    if not told.waits:
        return [
            Line([(" No unfinished item waits for another one.", "good")]),
            *sentence(
                "Links are made on the board: what an item waits for, of any stream and team, is"
                " shown here with what that costs.",
                width,
                "  ",
                "  ",
                "faint",
            ),
        ]
    numbers = count()
    out = [*_head(told, of, width), *_clock_off(told, width)]
    out += [Line([]), *_matrix(told, glyphs, width, numbers)]
    out += [*_rest(len(told.matrix)), Line([])]
    out += [*_blockers(told, glyphs, numbers), *_rest(len(told.blockers))]
    out += [Line([]), *_one_by_one(told, glyphs, numbers), *_rest(len(told.waits))]
    if told.paths:
        out += [Line([]), *_paths(told, glyphs, width, numbers), *_rest(len(told.paths))]
    if told.cycles:
        out += [Line([]), *_cycles(told, glyphs, width, numbers), *_rest(len(told.cycles))]
    if told.risks:
        out += [Line([]), *_risks(told, width, numbers), *_rest(len(told.risks))]
    return out


def _clock_off(told: Dependencies, width: int) -> list[Line]:
    """Which items wait for nobody knows how long; they open after all else."""
    if not told.clock_off:
        return []
    words = sentence(f"{clock_words(told)}.", width, "  ", "  ", "warn")
    return [Line(line.left, opens=len(targets(told)) - 1) for line in words]


def _head(told: Dependencies, of: str, width: int) -> list[Line]:
    days = sum(each.days for each in told.waits)
    many = len(told.waits)
    noun = "dependency" if many == 1 else "dependencies"
    out = sentence(
        f"{many} open {noun} {of}: {days:.0f} item-days waited", width, " ", " ", "strong"
    )
    for team in told.teams[:2]:
        if team.holds_up and team.days_held_up >= 1:
            words = (
                f"{team.team} holds up {_and(team.holds_up)}: {team.days_held_up:.0f} item-days."
            )
            if team.between > 0:
                words += f" {team.between:.0%} of the ways between other teams lead over it."
            out += sentence(words.replace("%", " %"), width, "  ", "  ", "text")
    return out


def _rest(count: int) -> list[Line]:
    """How many of a list are not shown."""
    if count <= SHOWN:
        return []
    return [Line([(f"  and {count - SHOWN} more: vsm deps --json lists all", "faint")])]


def _and(names: Sequence[str], most: int = 4) -> str:
    shown = list(names[:most])
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _matrix(told: Dependencies, glyphs: Glyphs, width: int, numbers: Iterator[int]) -> list[Line]:
    name = min(max([5, *(width_of(e.waiting) for e in told.matrix)]) + 2, max(10, width // 4))
    other = min(max([9, *(width_of(e.blocking) for e in told.matrix)]) + 2, max(11, width // 4))
    bar = max(0, min(30, width - name - other - 30))
    most = max((each.days for each in told.matrix), default=0.0) or 1.0
    head = fit("  Team", name + 1) + fit("waits for", other) + "   open  item-days"
    out = [Line([(head, "faint")])]
    full = glyphs.cursor_bar if glyphs.cursor_bar != ">" else "#"
    for each in told.matrix[:SHOWN]:
        drawn = full * round(bar * each.days / most)
        out.append(
            Line(
                [
                    (f"  {fit(each.waiting or glyphs.dash, name - 2)} ", "text"),
                    (fit(each.blocking or glyphs.dash, other), "strong"),
                    (f"{len(each.waits):>6} {each.days:>10.0f}  ", "text"),
                    (drawn, "accent"),
                ],
                opens=next(numbers),
            )
        )
    return out


def _blockers(told: Dependencies, glyphs: Glyphs, numbers: Iterator[int]) -> list[Line]:
    by_id = {part.id: part for part in told.parts}
    shown = [by_id[each.item] for each in told.blockers[:SHOWN]]
    key = min(max(width_of(part.key) for part in shown) + 2, 16)
    team = min(max([4, *(width_of(part.team) for part in shown)]) + 2, 16)
    stage = min(max([5, *(width_of(part.stage) for part in shown)]) + 4, 18)
    out = [
        Line(
            [
                (fit("  Item", key + 2), "faint"),
                (fit("team", team) + fit("  stage", stage), "faint"),
                ("behind it  item-days  ", "faint"),
                ("what others wait for", "faint"),
            ]
        )
    ]
    for part, each in zip(shown, told.blockers[:SHOWN], strict=True):
        mark = f"{glyphs.blocked} " if part.blocked else "  "
        started = "text" if part.start is not None else "warn"
        out.append(
            Line(
                [
                    (f"  {fit(part.key, key)}", "strong"),
                    (fit(part.team or glyphs.dash, team), "text"),
                    (mark, "bad"),
                    (fit(part.stage, stage - 2), started),
                    (f"{len(each.behind):>9}  {each.days:>9.0f}  ", "text"),
                    (part.title, "text"),
                ],
                opens=next(numbers),
            )
        )
    return out


def _one_by_one(told: Dependencies, glyphs: Glyphs, numbers: Iterator[int]) -> list[Line]:
    by_id = {part.id: part for part in told.parts}
    shown = _soonest(told)
    key = min(max(7, *(width_of(by_id[each.waiting].key) for each in shown)) + 2, 16)
    other = min(max(5, *(width_of(by_id[each.blocker].key) for each in shown)) + 2, 16)
    team = min(max(4, *(width_of(by_id[each.blocker].team) for each in shown)) + 2, 16)
    head = fit("  Waiting", key + 2) + fit("for", other) + fit("team", team)
    out = [Line([(head + "  days  needed by   agreed on", "faint")])]
    inks = {"accepted": "good", "broken": "bad", "proposed": "warn"}
    for each in shown:
        blocker = by_id[each.blocker]
        out.append(
            Line(
                [
                    (f"  {fit(by_id[each.waiting].key, key)}", "strong"),
                    (fit(blocker.key, other), "text"),
                    (fit(blocker.team or glyphs.dash, team), "text"),
                    (f"{'?' if each.clock_off else f'{each.days:.0f}':>6}  ", "text"),
                    (fit(str(each.need_by or glyphs.dash), 12), "text"),
                    (each.state or glyphs.dash, inks.get(each.state or "", "faint")),
                ],
                opens=next(numbers),
            )
        )
    return out


def _paths(told: Dependencies, glyphs: Glyphs, width: int, numbers: Iterator[int]) -> list[Line]:
    by_id = {part.id: part for part in told.parts}
    out = [Line([("  Critical paths to what is due", "faint")])]
    for path in told.paths[:SHOWN]:
        at = next(numbers)
        names = f" {glyphs.arrow} ".join(by_id[item].key for item in path.items)
        ink = "bad" if path.late else "text"
        due = f"due {path.due}, " if path.due is not None else ""
        when = f"expected {path.ends}" if path.ends is not None else UNTOLD
        mine = sentence(f"{names}: {due}{when}", width, "    ", "  ", ink)
        out += [Line(line.left, opens=at) for line in mine]
    return out


def _cycles(told: Dependencies, glyphs: Glyphs, width: int, numbers: Iterator[int]) -> list[Line]:
    by_id = {part.id: part for part in told.parts}
    out = [Line([("  Circles: none of these can be finished first", "faint")])]
    for cycle in told.cycles[:SHOWN]:
        at = next(numbers)
        names = f" {glyphs.arrow} ".join(by_id[item].key for item in (*cycle.items, cycle.items[0]))
        a, b = (by_id[item].key for item in cycle.cut)
        mine = sentence(names, width, "    ", "  ", "bad")
        mine += sentence(f"Break it: take away that {a} blocks {b}", width, "    ", "    ", "text")
        out += [Line(line.left, opens=at) for line in mine]
    return out


def _risks(told: Dependencies, width: int, numbers: Iterator[int]) -> list[Line]:
    out = [Line([("  At risk", "faint")])]
    for risk in told.risks[:SHOWN]:
        at = next(numbers)
        mine = sentence(risk.why, width, " " * 16, f"  {fit(risk.kind.value, 13)} ", "text")
        first: Pieces = [(mine[0].left[0][0], _RISKS[risk.kind]), *mine[0].left[1:]]
        out += [Line(first, opens=at), *(Line(line.left, opens=at) for line in mine[1:])]
    return out
