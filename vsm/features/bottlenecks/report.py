"""The report on bottlenecks: the verdict, the evidence of each stage, what to do next."""

from __future__ import annotations

from vsm.features.bottlenecks.results import (
    PROBABLY,
    SUREST,
    Action,
    Bottlenecks,
    Kind,
    StageEvidence,
    TeamLoad,
)
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
from vsm.report.wording import count, day, listed, percent, signed

HEAVY_LOAD = 0.85
"""The utilisation from which on a stage is marked."""
GROWING = 0.5
"""Items a week from which on a growing queue is marked."""
BACKWARDS = "moves run backwards in time"
_COLUMNS = (
    Column("Stage", shrinks=True),
    Column("in/wk", right=True, wide=110),
    Column("out/wk", right=True, wide=110),
    Column("utilisation", bar=True),
    Column("slots", right=True),
    Column("service time", right=True, wide=96),
    Column("probability", right=True),
    Column("queue trend", right=True),
    Column("share of wait", right=True, wide=96),
    Column("blocked", right=True, wide=150),
    Column("starved", right=True, wide=150),
    Column("WIP", right=True),
    Column("limit reached", right=True, wide=150),
)


def report(found: Bottlenecks) -> Document:
    """Verdict, stages, recommendations, and what is left out."""
    watched = found.watched
    weeks = round(((watched.last - watched.first).days + 1) / 7)
    sections = [
        Section("", _verdict(found)),
        Section("Stages", _stages(found)),
        Section("What to do next", _actions(found)),
    ]
    if found.backwards:
        sections.append(Section("", (_left_out(found),)))
    return Document(
        f"{found.stream}: bottlenecks",
        (f"{day(watched.first)} to {day(watched.last)} ({count(weeks, 'week')})",),
        tuple(sections),
    )


def _verdict(found: Bottlenecks) -> tuple[Part, ...]:
    verdict = found.verdict
    tone: Tone = "bad"
    if verdict.kind in (Kind.UNKNOWN, Kind.DEMAND):
        tone = "faint" if verdict.kind is Kind.UNKNOWN else "good"
    elif verdict.confidence < PROBABLY:
        tone = "warn"
    sure = f" (confidence {percent(verdict.confidence)})" if verdict.confidence else ""
    return (
        Sentence(f"{verdict.heading}{sure}", tone),
        Sentence(verdict.reason),
        *(Sentence(each, "faint", lead="•") for each in verdict.against),
    )


def _stages(found: Bottlenecks) -> tuple[Part, ...]:
    if not found.stages:
        return (Sentence("No stage is a queue or active.", "faint"),)
    parts: list[Part] = [Table(_COLUMNS, tuple(_row(each, found) for each in found.stages))]
    parts += [Sentence(_load(team), "faint") for team in found.teams]
    cut = found.min_cut
    if cut:
        caps = "caps" if len(cut) == 1 else "together cap"
        parts.append(Sentence(f"{listed(cut)} {caps} the throughput of the stream.", "faint"))
    return tuple(parts)


def _row(each: StageEvidence, found: Bottlenecks) -> Row:
    limits = each.name in found.verdict.stages
    over = each.limit is not None and each.wip > each.limit
    wip = str(each.wip) if each.limit is None else f"{each.wip}/{each.limit}"
    return row(
        Cell(f"{'◆' if limits else ' '} {each.name}", "strong" if limits else "text"),
        f"{each.arrivals:.1f}",
        f"{each.departures:.1f}",
        _utilisation(each),
        "any" if each.delays else _number(each.parallel_places, 0),
        "" if each.touch_days is None else f"{each.touch_days:.1f} days",
        percent(each.chance, SUREST, ""),
        Cell(signed(each.growth), "warn" if each.growth >= GROWING else "text"),
        percent(each.share_of_waiting),
        percent(each.blocked_share, unknown=""),
        percent(each.starved_share, unknown=""),
        Cell(f"{wip} ▲" if over else f"{wip}  ", "bad" if over else "text"),
        Cell("" if each.limit_reached is None else day(each.limit_reached), "warn"),
        target=Target(each.name, stage=each.stage),
    )


def _utilisation(each: StageEvidence) -> Cell:
    if each.utilisation is not None:
        heavy = each.utilisation >= HEAVY_LOAD
        return Cell(percent(each.utilisation), "bad" if heavy else "text", each.utilisation)
    if each.delays:
        return Cell("only delays", "faint")
    return Cell("queue" if each.category == "queue" else "too few items", "faint")


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _load(team: TeamLoad) -> str:
    text = f"{team.team} works on {listed(team.stages)}: "
    if team.parallel_places is None:
        return f"{text}no limit that they share is seen."
    slots = count(max(1, round(team.parallel_places)), "slot")
    return f"{text}like {slots}, {percent(team.utilisation)} used."


def _actions(found: Bottlenecks) -> tuple[Part, ...]:
    if not found.actions:
        return (Sentence("Nothing stands out."),)
    keys = dict(found.keys)
    return tuple(part for action in found.actions for part in _action(action, keys))


def _action(action: Action, keys: dict[int, str]) -> tuple[Sentence, ...]:
    target = Target(action.what, tuple((i, "") for i in action.items), policy=action.stage)
    out = [
        Sentence(action.what, "strong", target, lead=f"{action.rank}."),
        Sentence(action.why, target=target, more=True),
    ]
    if action.items:
        named = ", ".join(keys[item] for item in action.items)
        out.append(Sentence(named, "accent", target, more=True))
    return tuple(out)


def _left_out(found: Bottlenecks) -> Sentence:
    """The items that are left out, as their moves run backwards in time; they open."""
    keys = dict(found.keys)
    n = len(found.backwards)
    what = "1 item is left out, as its" if n == 1 else f"{n} items are left out, as their"
    named = listed([keys.get(item, "") for item in found.backwards])
    target = Target("Left out", tuple((item, BACKWARDS) for item in found.backwards))
    return Sentence(
        f"{what} {BACKWARDS} (a clock was wrong); the true load may be higher: {named}.",
        "warn",
        target,
    )
