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


def report(result: Bottlenecks) -> Document:
    """Verdict, stages, recommendations, and what is left out."""
    watched = result.watched
    weeks = round(((watched.last - watched.first).days + 1) / 7)
    sections = [
        Section("", _verdict(result)),
        Section("Stages", _stages(result)),
        Section("What to do next", _actions(result)),
    ]
    if result.backwards:
        sections.append(Section("", (_left_out(result),)))
    return Document(
        f"{result.stream}: bottlenecks",
        (f"{day(watched.first)} to {day(watched.last)} ({count(weeks, 'week')})",),
        tuple(sections),
    )


def _verdict(result: Bottlenecks) -> tuple[Part, ...]:
    verdict = result.verdict
    tone: Tone = "bad"
    if verdict.kind in (Kind.UNKNOWN, Kind.DEMAND):
        tone = "faint" if verdict.kind is Kind.UNKNOWN else "good"
    elif verdict.confidence < PROBABLY:
        tone = "warn"
    sure = f" (confidence {percent(verdict.confidence)})" if verdict.confidence else ""
    return (
        Sentence(f"{verdict.heading}{sure}", tone),
        Sentence(verdict.reason),
        *(Sentence(caveat, "faint", lead="•") for caveat in verdict.against),
    )


def _stages(result: Bottlenecks) -> tuple[Part, ...]:
    if not result.stages:
        return (Sentence("No stage is a queue or active.", "faint"),)
    parts: list[Part] = [Table(_COLUMNS, tuple(_row(stage, result) for stage in result.stages))]
    parts += [Sentence(_load(team), "faint") for team in result.teams]
    if result.min_cut:
        parts.append(Sentence(_cap(result), "faint"))
    return tuple(parts)


def _cap(result: Bottlenecks) -> str:
    """Which stages cap the throughput, now or, where demand limits it, if more work came."""
    names, one = listed(result.min_cut), len(result.min_cut) == 1
    if result.constraint is None:
        return f"{names} would {'' if one else 'together '}cap the throughput if more work came."
    return f"{names} {'caps' if one else 'together cap'} the throughput of the stream."


def _row(stage: StageEvidence, result: Bottlenecks) -> Row:
    limits = stage.name in result.verdict.stages
    over = stage.limit is not None and stage.wip > stage.limit
    wip = str(stage.wip) if stage.limit is None else f"{stage.wip}/{stage.limit}"
    return row(
        Cell(f"{'◆' if limits else ' '} {stage.name}", "strong" if limits else "text"),
        f"{stage.arrivals:.1f}",
        f"{stage.departures:.1f}",
        _utilisation(stage),
        "any" if stage.delays else _number(stage.parallel_places, 0),
        "" if stage.touch_days is None else f"{stage.touch_days:.1f} days",
        percent(stage.chance, SUREST, ""),
        Cell(signed(stage.growth), "warn" if stage.growth >= GROWING else "text"),
        percent(stage.share_of_waiting),
        percent(stage.blocked_share, unknown=""),
        percent(stage.starved_share, unknown=""),
        Cell(f"{wip} ▲" if over else f"{wip}  ", "bad" if over else "text"),
        Cell("" if stage.limit_reached is None else day(stage.limit_reached), "warn"),
        target=Target(stage.name, stage=stage.stage),
    )


def _utilisation(stage: StageEvidence) -> Cell:
    if stage.utilisation is not None:
        heavy = stage.utilisation >= HEAVY_LOAD
        return Cell(percent(stage.utilisation), "bad" if heavy else "text", stage.utilisation)
    if stage.delays:
        return Cell("only delays", "faint")
    return Cell("queue" if stage.category == "queue" else "too few items", "faint")


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _load(team: TeamLoad) -> str:
    text = f"{team.team} works on {listed(team.stages)}: "
    if team.parallel_places is None:
        return f"{text}no limit that they share is seen."
    slots = count(max(1, round(team.parallel_places)), "slot")
    return f"{text}like {slots}, {percent(team.utilisation)} used."


def _actions(result: Bottlenecks) -> tuple[Part, ...]:
    if not result.actions:
        return (Sentence("Nothing stands out."),)
    keys = dict(result.keys)
    return tuple(part for action in result.actions for part in _action(action, keys))


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


def _left_out(result: Bottlenecks) -> Sentence:
    """The items that are left out, as their moves run backwards in time; they open."""
    keys = dict(result.keys)
    n = len(result.backwards)
    what = "1 item is left out, as its" if n == 1 else f"{n} items are left out, as their"
    named = listed([keys.get(item, "") for item in result.backwards])
    target = Target("Left out", tuple((item, BACKWARDS) for item in result.backwards))
    return Sentence(
        f"{what} {BACKWARDS} (a clock was wrong); the true load may be higher: {named}.",
        "warn",
        target,
    )
