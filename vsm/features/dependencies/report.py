"""The report on dependencies: teams, top blockers, each wait, critical paths, circles, risks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from vsm.features.dependencies.results import (
    Dependencies,
    DependentItem,
    Odds,
    Path,
    RiskKind,
    TeamPair,
    Wait,
)
from vsm.features.standards.names import in_report
from vsm.model.rules import EVEN
from vsm.model.sanitise import inert_line
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Target,
    Tone,
    row,
)
from vsm.report.wording import count, day, listed, odds_text, percent

EITHER = "Only dependencies of which an item matches"
NO_FINISH = "nothing that finished took as long from some of these stages"
"""Why no date is expected for a path."""
SHOWN = 50
"""Lines of a list before the rest is only counted."""
DATES_WIDE = 110
"""Cells without which the dates of what is waited for are left out."""
MOST_NAMED = 5
"""So many items are named whose odds are without what is before them."""
OUT_OF_LINE = (
    "Odds of what has not started leave out what is before it in the backlog, which"
    " vsm forecast set KEY counts"
)
DASH = "–"
_RISKS: dict[RiskKind, Tone] = {
    RiskKind.BROKEN: "bad",
    RiskKind.LATE: "bad",
    RiskKind.UNAGREED: "warn",
    RiskKind.BLOCKED: "bad",
    RiskKind.NOT_STARTED: "warn",
    RiskKind.AGEING: "warn",
}
_STATES: dict[str, Tone] = {"accepted": "good", "broken": "bad", "proposed": "warn"}


@dataclass(frozen=True, slots=True)
class DependencyTarget(Target):
    """What a line about dependencies opens beside items."""

    chain: int | None = None
    """The item whose chain is shown."""
    pair: tuple[int, int] | None = None
    """The dependency that it is about, as (blocker, waiting)."""
    teams: tuple[str, str] | None = None
    """The teams that it is about, as (waiting, blocking)."""
    ends: tuple[int, ...] = ()
    """The items whose critical path can be asked for."""


def report(result: Dependencies, of: str = "over all streams", asked: bool = False) -> Document:
    """Everything on open dependencies; ``of`` says whose they are.

    ``asked`` says that the critical paths lead to items that were asked for.
    """
    title = "Dependencies" if of == "over all streams" else f"Dependencies {of}"
    about = (f"{EITHER}: {inert_line(result.filter)}",) if result.filter else ()
    if not result.waits:
        return Document(title, about, (Section("", _none_fits() if about else _nothing()),))
    sections = [
        Section("", _summary(result, of)),
        Section("Teams", _teams(result)),
        Section("Top blockers", _blockers(result)),
        Section("Open dependencies", _one_by_one(result)),
    ]
    goal = "was asked for" if asked else "is due"
    lists = (
        (f"Critical paths to what {goal}", _paths(result), len(result.paths)),
        ("Circles: none of these can be finished first", _cycles(result), len(result.cycles)),
        ("At risk", _risks(result), len(result.risks)),
    )
    sections += [Section(name, (*parts, *_rest(n))) for name, parts, n in lists if parts]
    if result.clock_off:
        sections.append(Section("", (_clock_off(result),)))
    return Document(title, about, tuple(sections))


def pair_title(waiting: str, blocking: str) -> str:
    """Which team waits for which."""
    return f"{waiting or 'No team'} waits for {blocking or 'no team'}"


def places(result: Dependencies) -> dict[int, str]:
    """Team and stage of each item."""
    return {part.id: f"{part.team or DASH}, {_stage(part)}" for part in result.parts}


def _stage(part: DependentItem) -> str:
    return in_report(part.stage, part.canonical)


def path_items(path: Path) -> tuple[tuple[int, str], ...]:
    """The items of a path, what is to be finished first first, with the days of each."""
    return tuple((part.id, _remaining(part)) for part in path.parts)


def _remaining(part: DependentItem) -> str:
    return "" if part.remaining is None else f"median {part.remaining:.0f} d"


def _none_fits() -> tuple[Part, ...]:
    return (Sentence("No open dependency has an item that matches the filter.", "faint"),)


def _nothing() -> tuple[Part, ...]:
    return (
        Sentence("No unfinished item waits for another one.", "good"),
        Sentence(
            "Links are made on the board: what an item waits for, of any stream and team, is shown"
            " here with what that costs.",
            "faint",
        ),
    )


def _summary(result: Dependencies, of: str) -> tuple[Part, ...]:
    many = count(len(result.waits), "open dependency", "open dependencies")
    waited = _whole_days(result.waits)
    parts = [Sentence(f"{many} {of}: {waited} item-days waited", "strong")]
    for team in result.teams[:2]:
        pairs = [p for p in result.matrix if p.blocking == team.team and p.waits]
        held_up = {p.waiting: _whole_days(p.waits) for p in pairs if p.waiting in team.holds_up}
        if sum(held_up.values()):
            who = listed(sorted(held_up), 4)
            text = f"{team.team} holds up {who}: {sum(held_up.values())} item-days."
            if team.between > 0:
                text += f" {percent(team.between)} of the ways between other teams lead over it."
            parts.append(Sentence(text))
    return tuple(parts)


def _whole_days(waits: Iterable[Wait]) -> int:
    """Item-days as the sum of the days that are shown of each, so that a reader can add up."""
    return sum(round(wait.days) for wait in waits)


def _rest(n: int) -> tuple[Sentence, ...]:
    """How many of a list are not shown."""
    return (Sentence(f"and {n - SHOWN} more: vsm deps --json lists all", "faint"),) * (n > SHOWN)


def _teams(result: Dependencies) -> tuple[Part, ...]:
    columns = (
        Column("Team", shrinks=True),
        Column("waits for", shrinks=True),
        Column("open", right=True),
        Column("item-days", bar=True),
    )
    most = max(1.0, *(pair.days for pair in result.matrix))
    keys = dict(result.keys)
    rows = tuple(
        row(
            pair.waiting or DASH,
            Cell(pair.blocking or DASH, "strong"),
            str(pair.open),
            Cell(f"{_whole_days(pair.waits)}", bar=pair.days / most),
            target=_team_target(pair, keys),
        )
        for pair in result.matrix[:SHOWN]
    )
    return (Table(columns, rows), *_rest(len(result.matrix)))


def _team_target(pair: TeamPair, keys: dict[int, str]) -> Target:
    seen: dict[int, str] = {}
    for wait in pair.waits:
        seen.setdefault(wait.waiting, f"waits for {keys[wait.blocker]} {wait.days:.0f} d")
    for wait in pair.waits:
        seen.setdefault(wait.blocker, "is waited for")
    return DependencyTarget(
        pair_title(pair.waiting, pair.blocking),
        tuple(seen.items()),
        teams=(pair.waiting, pair.blocking),
        ends=tuple(dict.fromkeys(wait.waiting for wait in pair.waits)),
    )


def _blockers(result: Dependencies) -> tuple[Part, ...]:
    columns = (
        Column("Top blocker"),
        Column("team", shrinks=True),
        Column("stage", shrinks=True),
        Column("behind it", right=True),
        Column("item-days", right=True),
        Column("title", shrinks=True),
    )
    rows = []
    for blocker in result.blockers[:SHOWN]:
        part = blocker.part
        tone: Tone = "bad" if part.blocked else "text" if part.start is not None else "warn"
        rows.append(
            row(
                Cell(part.key, "strong"),
                part.team or DASH,
                Cell(f"{_stage(part)}, blocked" if part.blocked else _stage(part), tone),
                str(blocker.waiting_items),
                f"{blocker.days:.0f}",
                part.title,
                target=DependencyTarget(part.key, chain=part.id, ends=blocker.behind),
            )
        )
    return (Table(columns, tuple(rows)), *_rest(len(result.blockers)))


def _one_by_one(result: Dependencies) -> tuple[Part, ...]:
    """Each dependency: those needed first, then those waited for longest."""
    keys = dict(result.keys)
    columns = (
        Column("Waiting"),
        Column("for"),
        Column("team", shrinks=True),
        Column("days", right=True),
        Column("needed by"),
        Column("in time", right=True),
        Column("50% by", wide=DATES_WIDE),
        Column("85% by", wide=DATES_WIDE),
        Column("agreed on"),
    )
    soonest = sorted(result.waits, key=lambda wait: (wait.need_by or date.max, -wait.days))
    idle = {part.id for part in result.parts if part.start is None}
    rows = tuple(_wait(wait, keys, idle) for wait in soonest[:SHOWN])
    out_of_line = dict.fromkeys(
        wait.blocker for wait in soonest[:SHOWN] if wait.odds and wait.blocker in idle
    )
    return (Table(columns, rows), *_out_of_line(out_of_line, keys), *_rest(len(result.waits)))


def _out_of_line(items: Collection[int], keys: dict[int, str]) -> Iterator[Part]:
    """That odds of items which have not started are without what is before them in the backlog."""
    if items:
        named = listed([keys[item] for item in items], MOST_NAMED)
        behind = Target("Not started", tuple((item, "") for item in items))
        yield Sentence(f"{OUT_OF_LINE}: {named}.", "faint", behind)


def _wait(wait: Wait, keys: dict[int, str], idle: Collection[int]) -> Row:
    waiting = keys[wait.waiting]
    return row(
        Cell(waiting, "strong"),
        keys[wait.blocker],
        wait.blocking_team or DASH,
        "?" if wait.clock_off else f"{wait.days:.0f}",
        DASH if wait.need_by is None else day(wait.need_by),
        *_odds_cells(wait.odds, wait.blocker in idle),
        Cell(wait.state or DASH, _STATES.get(wait.state or "", "faint")),
        target=DependencyTarget(
            waiting,
            chain=wait.waiting,
            pair=(wait.blocker, wait.waiting),
            ends=(wait.waiting,),
        ),
    )


def _odds_cells(odds: Odds | None, is_idle: bool) -> tuple[Cell, Cell, Cell]:
    """The odds of what is waited for: to be there when it is needed, and two dates.

    Those of an item that has not started are faint: they hold if it is begun now.
    """
    if odds is None:
        return (Cell(DASH, "faint"),) * 3
    is_late = odds.in_time is not None and odds.in_time < EVEN
    tone: Tone = "faint" if is_idle else "text"
    return (
        Cell(percent(odds.in_time, unknown=DASH), "bad" if is_late else tone),
        Cell(day(odds.p50), tone),
        Cell("later", "faint") if odds.p85 is None else Cell(day(odds.p85), tone),
    )


def _paths(result: Dependencies) -> Sequence[Sentence]:
    out = []
    for path in result.paths[:SHOWN]:
        names = " → ".join(map(_step, path.parts))
        due = f" due {day(path.due)}," if path.due is not None else ""
        odds = path.odds
        ends = odds_text(odds.p50, odds.p85, odds.in_time) if odds is not None else NO_FINISH
        title = f"Critical path to {path.to}"
        target = DependencyTarget(title, path_items(path), ends=path.items[-1:])
        tone: Tone = "bad" if path.late else "text"
        out.append(Sentence(f"{names}:{due} {ends}", tone, target, lead="•"))
    return out


def _step(part: DependentItem) -> str:
    about = ", ".join(filter(None, (part.team or DASH, _remaining(part))))
    return f"{part.key} ({about})"


def _cycles(result: Dependencies) -> Sequence[Sentence]:
    keys = dict(result.keys)
    out = []
    for cycle in result.cycles[:SHOWN]:
        target = DependencyTarget(
            "They wait for each other", tuple((item, "") for item in cycle.items)
        )
        names = " → ".join(keys[item] for item in (*cycle.items, cycle.items[0]))
        a, b = (keys[item] for item in cycle.cut)
        out.append(Sentence(names, "bad", target, lead="•"))
        advice = f"Break it: vsm item unlink {a} blocks {b}, or remove that link on the board"
        out.append(Sentence(advice, target=target, more=True))
    return out


def _risks(result: Dependencies) -> Sequence[Sentence]:
    keys = dict(result.keys)
    pairs = {(wait.blocker, wait.waiting) for wait in result.waits}
    out = []
    for risk in result.risks[:SHOWN]:
        pair = (risk.on, risk.item)
        target = DependencyTarget(
            keys[risk.item],
            chain=risk.item,
            pair=pair if pair in pairs else None,
            ends=(risk.item,),
        )
        kind = risk.kind
        out.append(Sentence(risk.why, "text", target, lead=kind.value, lead_tone=_RISKS[kind]))
    return out


def _clock_off(result: Dependencies) -> Sentence:
    """Which items have waited for an unknown time, as a clock was ahead."""
    keys = dict(result.keys)
    items = result.clock_off
    named = listed([keys[item] for item in items], 12)
    return Sentence(
        f"Waits that seem to begin later than now (a clock was ahead) count no days: {named}.",
        "warn",
        DependencyTarget(
            "A clock was ahead",
            tuple((item, "waits since later than now") for item in items),
            ends=items,
        ),
    )
