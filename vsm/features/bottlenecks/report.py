"""The report on bottlenecks: the verdict, the evidence of each stage, what to do next."""

from __future__ import annotations

from vsm.features.bottlenecks.effect_text import explain_conditions
from vsm.features.bottlenecks.results import (
    PROBABLY,
    SUREST,
    Action,
    Bottlenecks,
    Kind,
    Play,
    StageEvidence,
    TeamLoad,
)
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
from vsm.report.wording import FEW_ITEMS, NO_RATES, count, day, listed, percent, signed

HEAVY_LOAD = 0.85
"""The utilisation from which on a stage is marked."""
GROWING = 0.5
"""Items a week from which on a growing queue is marked."""
TREND = "in/wk and out/wk are of the whole time, the trend is of the last 13 weeks."
OF_ALL = "Verdict and stages are of all items."
PLAYED = (
    "Plays go on from the work in progress of now (vsm forecast whatif); ranges hold 80% of them."
)
BACKWARDS = "moves run backwards in time"
_COLUMNS = (
    Column("Stage", shrinks=True),
    Column("in/wk", right=True),
    Column("out/wk", right=True),
    Column("utilisation", bar=True, short="util."),
    Column("slots", right=True),
    Column("service time", right=True, short="service"),
    Column("probability", right=True, short="prob."),
    Column("queue trend", right=True, short="trend"),
    Column("share of wait", right=True, short="wait", wide=84),
    Column("blocked", right=True, wide=150),
    Column("starved", right=True, wide=150),
    Column("WIP  ", right=True),  # the two cells of what marks a stage over its limit
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
    if result.effects or result.plays:
        sections.append(Section("What would help", _effects(result)))
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
        *_practice(result),
    )


def _practice(result: Bottlenecks) -> tuple[Part, ...]:
    """How the board is kept, where the verdict rests on it."""
    text = result.board_practice.text
    return (Sentence(f"How this board is kept: {text}", "faint"),) if text else ()


def _stages(result: Bottlenecks) -> tuple[Part, ...]:
    if not result.stages:
        return (Sentence("No stage is a queue or active.", "faint"),)
    parts: list[Part] = [Table(_COLUMNS, tuple(_row(stage, result) for stage in result.stages))]
    parts += [Sentence(_load(team), "faint") for team in result.teams]
    if any(map(_turned, result.stages)):
        parts.append(Sentence(TREND, "faint"))
    if any(stage.arrivals is None for stage in result.stages):
        parts.append(Sentence(f"{NO_RATES} in/wk and out/wk are left empty.", "faint"))
    if _agrees(result):
        parts.append(Sentence(_cap(result), "faint"))
    return tuple(parts)


def _turned(stage: StageEvidence) -> bool:
    """Whether the trend of a stage goes another way than its rates let expect."""
    if stage.arrivals is None or stage.departures is None:
        return False
    grew = round(stage.arrivals, 1) - round(stage.departures, 1)
    return round(stage.growth, 1) * grew < 0


def _agrees(result: Bottlenecks) -> bool:
    """Whether the stages that cap the throughput are those that the verdict names.

    The two are worked out in two ways: where they differ, or where no stage limits the flow, the
    verdict is what stands.
    """
    cut = set(result.min_cut)
    return result.constraint is not None and bool(cut) and cut >= set(result.constraint.stages)


def _cap(result: Bottlenecks) -> str:
    """Which stages cap the throughput."""
    names, one = listed(result.min_cut), len(result.min_cut) == 1
    return f"{names} {'caps' if one else 'together cap'} the throughput of the stream."


def _row(stage: StageEvidence, result: Bottlenecks) -> Row:
    limits = stage.name in result.verdict.stages
    over = stage.limit is not None and stage.wip > stage.limit
    wip = str(stage.wip) if stage.limit is None else f"{stage.wip}/{stage.limit}"
    return row(
        Cell(f"{'◆' if limits else ' '} {stage.name}", "strong" if limits else "text"),
        _number(stage.arrivals, 1),
        _number(stage.departures, 1),
        _utilisation(stage),
        "any" if stage.delays else _number(stage.parallel_places, 0),
        ""
        if stage.touch_days is None
        else f"{'<0.1' if stage.touch_days < 0.05 else f'{stage.touch_days:.1f}'} d",
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
    if stage.delays is not None:  # nothing is seen of how much the stage is used
        return Cell("delays" if stage.delays else "", "faint")
    return Cell("queue" if stage.category == "queue" else FEW_ITEMS, "faint")


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _load(team: TeamLoad) -> str:
    shared = [work.name for work in team.elsewhere if work.shares_slots]
    apart = [work.name for work in team.elsewhere if not work.shares_slots]
    text = f"{team.team} works on {listed(team.stages)}"
    if team.parallel_places is None:
        others = f", and on {listed(shared + apart)}" if team.elsewhere else ""
        return f"{text}{others}: no limit that they share is seen."
    if shared:
        text += f", and with the same slots on {listed(shared)}"
    slots = count(max(1, round(team.parallel_places)), "slot")
    text += (
        f": like {slots}, {percent(team.utilisation)} utilised, probability"
        f" {percent(team.chance, SUREST)}."
    )
    return f"{text} It also works on {listed(apart)}." if apart else text


def _actions(result: Bottlenecks) -> tuple[Part, ...]:
    parts: list[Part] = []
    if result.filter:
        match = inert_line(result.filter)
        parts.append(Sentence(f"Names only items that match: {match}. {OF_ALL}", "warn"))
    keys = dict(result.keys)
    parts += [part for action in result.actions for part in _action(action, keys)]
    return tuple(parts) if result.actions else (*parts, Sentence("Nothing stands out."))


def _action(action: Action, keys: dict[int, str]) -> tuple[Sentence, ...]:
    behind = action.behind or tuple((item, "") for item in action.items)
    target = Target(action.what, behind, policy=action.stage)
    out = [
        Sentence(action.what, "strong", target, lead=f"{action.rank}."),
        Sentence(action.why, target=target, more=True),
    ]
    if action.items:
        named = ", ".join(keys[item] for item in action.items)
        more = len(behind) - len(action.items)
        named += f" and {more} more" if more > 0 else ""
        out.append(Sentence(named, "accent", target, more=True))
    return tuple(out)


def _effects(result: Bottlenecks) -> tuple[Part, ...]:
    """What changes at the constraint would do, and under which conditions.

    Below each stands what came of it when it was played; what was only played follows.
    """
    played = {(play.change, play.constraint): play for play in result.plays}
    parts: list[Part] = []
    for effect in result.effects:
        play = played.pop((effect.change, effect.constraint), None)
        target = None if play is None else _play_target(play)
        parts.append(Sentence(effect.text, target=target, lead="•"))
        if play is not None:
            parts.append(Sentence(play.text, _play_tone(play), target, more=True))
    parts += [
        Sentence(play.text, _play_tone(play), _play_target(play), lead="•")
        for play in played.values()
    ]
    if result.effects:
        parts.append(Sentence(explain_conditions(result.effects), "faint"))
    if result.plays:
        parts.append(Sentence(PLAYED, "faint"))
    return tuple(parts)


def _play_target(play: Play) -> Target | None:
    """The whole of what was played."""
    if play.cannot is not None:
        return None
    return Target(play.what, change=(play.change, play.constraint))


def _play_tone(play: Play) -> Tone:
    if play.cannot is not None or play.helps is None:
        return "faint"
    return "good" if play.helps else "warn"


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
