"""Rules on what is ahead of a stream: constraint, promised dates, sprints, other teams, load."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from vsm.features.bottlenecks.limit_words import ENOUGH, limit_in_words
from vsm.features.bottlenecks.results import Kind
from vsm.features.reports.rule import Finding, some
from vsm.features.reports.sources import Sources
from vsm.model.entities import DRAFT
from vsm.model.rules import day_start, local
from vsm.model.sprint import SprintState
from vsm.report.wording import day, percent

if TYPE_CHECKING:
    from vsm.features.map.future_results import Judgement

FELL = 0.15
"""Odds that fall by so much are a fact."""
MARKS, WOBBLE = (0.5, 0.85), 0.05
"""Odds that are a fact when they are crossed downwards, by more than forecasts wobble."""
UNLIKELY = 0.5
"""Odds below which a sprint is at risk."""
HELD_DAYS = 7
"""Days after which others who wait are a fact."""


# -- the constraint ----------------------------------------------------------------------


def _constraint_at(of: Sources) -> tuple[str, str, float] | None:
    """Where the constraint is (its place in the id of a fact), in words, and how sure that is."""
    result = of.bottlenecks
    limit = result.constraint
    if limit is None:
        return None
    kind = result.verdict.kind
    words = limit_in_words(kind, limit.stages, limit.team, limit.confidence)
    if words is None:
        return None
    if words == limit.team:
        team = next((t.id for t in of.reader.teams() if t.name == limit.team), 0)
        return f"t{team}", words, limit.confidence
    ids = {stage.name: stage.id for stage in of.data.stream.order}
    return (
        "s" + "-".join(str(ids[name]) for name in limit.stages if name in ids),
        words,
        limit.confidence,
    )


def _name_of(of: Sources, place: str) -> str | None:
    """What a place in the id of a fact is called."""
    if place.startswith("t"):
        return next((t.name for t in of.reader.teams() if f"t{t.id}" == place), None)
    names = {stage.id: stage.name for stage in of.data.stream.order}
    known = [names.get(int(part)) for part in place[1:].split("-") if part.isdigit()]
    return " and ".join(name for name in known if name) or None


def find_constraint(of: Sources) -> Iterator[Finding]:
    """What limits the flow, and whether that is another stage than in the last report."""
    known = _constraint_at(of) if of.now.is_alive else None
    if known is None:
        yield from _demand(of)
        return
    place, words, confidence = known
    before = next(
        (fact.partition("/")[2] for fact in of.kept_then if fact.startswith("constraint/")),
        None,
    )
    was = None if before is None or before == place else _name_of(of, before)
    action = next(iter(of.bottlenecks.actions), None)
    items = () if action is None else tuple(item for item, _ in action.behind) or action.items
    remarks = () if action is None else tuple(remark for _, remark in action.behind)
    text = (
        "{limit} limits throughput" if was is None else "the constraint moved from {was} to {limit}"
    )
    yield Finding(
        at=place,
        severity=0 if was is None else 2,
        about="team" if place.startswith("t") else "stage",
        subject=words,
        template=text + " ({sure!p} sure)" + ("" if action is None else ". First: {next}"),
        values={
            "limit": f"team {words}" if place.startswith("t") else words,
            "was": was,
            "sure": confidence,
            "next": "" if action is None else action.what,
        },
        evidence=of.evidence(
            "what to do first", items, remarks if len(remarks) == len(items) else (), "bottlenecks"
        ),
        confidence=confidence,
        size=0.3,
    )


def _demand(of: Sources) -> Iterator[Finding]:
    """That nothing limits the flow but what comes in, where that is at least probable."""
    if not of.now.is_alive or of.bottlenecks.verdict.kind is not Kind.DEMAND:
        return
    verdict = of.bottlenecks.verdict
    if verdict.confidence < ENOUGH:
        return
    action = next(iter(of.bottlenecks.actions), None)
    yield Finding(
        at="demand",
        severity=0,
        about="stream",
        subject=of.stream.name,
        template="no stage limits throughput, what comes in does ({sure!p} sure)"
        + ("" if action is None else ". First: {next}"),
        values={"sure": verdict.confidence, "next": "" if action is None else action.what},
        evidence=of.evidence("what to do first", (), screen="bottlenecks"),
        confidence=verdict.confidence,
        size=0.3,
    )


# -- promised dates ----------------------------------------------------------------------


def fell(before: float | None, after: float | None) -> bool:
    """Whether odds dropped by 15 points or more, or by 5 and crossed 50% or 85% downwards."""
    if before is None or after is None:
        return False
    was, now = round(100 * before), round(100 * after)
    crossed = any(was >= 100 * mark > now for mark in MARKS)
    return was - now >= 100 * FELL or (crossed and was - now >= 100 * WOBBLE)


def find_odds(of: Sources) -> Iterator[Finding]:
    """Due dates of items whose odds fell since the beginning of the report."""
    from vsm.features.forecast.item_results import NeededBy

    if not of.has_due:
        return
    before, after = of.item_forecasts
    if after.cannot is not None or before.cannot is not None:
        return
    then = {one.id: one for one in before.items}
    worse = []
    for one in after.items:
        earlier = then.get(one.id)
        is_due = one.needed_for is NeededBy.DUE and one.id in of.open_ids
        if not is_due or earlier is None or earlier.needed_by != one.needed_by:
            continue
        if fell(earlier.in_time, one.in_time):
            worse.append((one, earlier.in_time or 0.0, one.in_time or 0.0))
    if not worse:
        return
    worse.sort(key=lambda row: row[2] - row[1])
    remarks = [
        f"by {day(one.needed_by)}: {percent(was)}, now {percent(now)}"
        for one, was, now in worse
        if one.needed_by is not None
    ]
    shown = [f"{one.key} {percent(was)} → {percent(now)}" for one, was, now in worse]
    yield Finding(
        at=f"s{of.stream.id}",
        severity=2,
        about="stream",
        subject=of.stream.name,
        template="the odds of {n} due date{s} fell: {items}",
        values={"n": len(worse), "s": "s" if len(worse) > 1 else "", "items": some(shown)},
        evidence=of.evidence("odds of the due date", [one.id for one, *_ in worse], remarks),
        size=max(was - now for _, was, now in worse),
        is_of_items=True,
    )


def find_pinned(of: Sources) -> Iterator[Finding]:
    """Forecasts that people rely on: whose day was in the window."""
    from vsm.features.forecast.pin_results import Outcome

    for pin in of.pins.pins:
        end = day_start(pin.by + timedelta(days=1), of.zone)
        if of.since < end <= of.until and pin.outcome in (Outcome.CAME_TRUE, Outcome.MISSED):
            is_true = pin.outcome is Outcome.CAME_TRUE
            word = "came true" if is_true else "did not come true"
            yield Finding(
                at=f"p{pin.id}",
                severity=0 if is_true else 1,
                about="stream",
                subject=of.stream.name,
                template=f"a forecast {word}: {{name}}, pinned on {{made}}{{came}}",
                values={
                    "name": pin.name,
                    "made": pin.pinned_on,
                    "came": "" if pin.of is None else f"; {pin.done} of {pin.of} came",
                },
                evidence=of.evidence(
                    "what it is about",
                    [i for i, _ in pin.behind],
                    [t for _, t in pin.behind],
                    "forecast",
                ),
                size=0.4,
            )


def find_pins_at_risk(of: Sources) -> Iterator[Finding]:
    """Forecasts that people rely on, whose odds fell below what they were pinned with."""
    from vsm.features.forecast.pin_results import Outcome

    for pin in of.pins.pins:
        if pin.outcome is not Outcome.OPEN or pin.now is None or not fell(pin.odds, pin.now.odds):
            continue
        yield Finding(
            at=f"p{pin.id}",
            severity=2,
            about="stream",
            subject=of.stream.name,
            template="{name}: pinned with {before!p}, now {after!p}",
            values={
                "name": pin.name,
                "before": pin.odds,
                "after": pin.now.odds or 0.0,
            },
            evidence=of.evidence(
                "what it is about",
                [i for i, _ in pin.behind],
                [t for _, t in pin.behind],
                "forecast",
            ),
            size=pin.odds - (pin.now.odds or 0.0),
            needs_decision=True,
        )


def find_sprint(of: Sources) -> Iterator[Finding]:
    """Sprints under way that will likelier not end as planned."""
    if not of.present:
        return  # the odds of a sprint are those of now
    sprints = of.reader.sprints_of(of.stream.id, of.until)
    active = [sprint for sprint in sprints if sprint.state is SprintState.ACTIVE]
    if not active:
        return
    from vsm.features.sprints.reading import read_sprint

    for sprint in active:
        detail = read_sprint(of.reader, of.stream, sprint.id, of.until)
        odds = None if detail is None else detail.odds
        likely = None if odds is None else odds.items if odds.items is not None else odds.count
        if detail is None or odds is None or likely is None or likely >= UNLIKELY:
            continue
        left = [row.item for row in detail.members if row.fate == "open"]
        yield Finding(
            at=f"sp{sprint.id}",
            severity=2,
            about="sprint",
            subject=sprint.name,
            template="{name}: {chance} that its {left} open items are done by {end}"
            if detail.planned.end >= of.today
            else "{name} ended on {end} with {left!i} open and is not closed",
            values={
                "name": sprint.name,
                "odds": likely,
                "chance": "odds under 1%" if likely < 0.01 else f"odds of {percent(likely)}",
                "left": odds.left,
                "end": detail.planned.end,
            },
            evidence=of.evidence("in the sprint and not done", left, screen="sprints"),
            confidence=1 - likely,
            size=1 - likely,
            needs_decision=True,
        )


# -- others ------------------------------------------------------------------------------


def find_dependencies(of: Sources) -> Iterator[Finding]:
    """Open dependencies whose even odds are after the day by which they are needed."""
    result = of.dependencies
    late = []
    for wait in result.waits:
        waiting, blocker = result.part(wait.waiting), result.part(wait.blocker)
        is_here = of.stream.name in (waiting.stream, blocker.stream)
        if (of.is_of_stream and not is_here) or wait.odds is None:
            continue
        if wait.need_by is not None and wait.odds.p50 > wait.need_by:
            late.append((wait, waiting, blocker, wait.odds.p50, wait.need_by))
    late.sort(key=lambda row: row[4] - row[3])
    if not late:
        return
    remarks = [
        f"for {waiting.key} {'by' if need_by >= of.today else 'since'} {day(need_by)}, even odds"
        f" on {day(p50)}"
        for _, waiting, _, p50, need_by in late
    ]
    shown = [
        f"{blocker.key} {text}" for (_, _, blocker, *_), text in zip(late, remarks, strict=True)
    ]
    pairs = {(wait.waiting_team, wait.blocking_team) for wait, *_ in late}
    teams = some(sorted(f"{a or 'no team'} waits for {b or 'no team'}" for a, b in pairs), 2)
    yield Finding(
        at=f"s{of.stream.id}",
        severity=2,
        about="stream",
        subject=of.subject,
        template="{what} needed earlier than can be expected ({teams}): {items}",
        values={
            "n": len(late),
            "what": "1 dependency is" if len(late) == 1 else f"{len(late)} dependencies are",
            "teams": teams,
            "items": some(shown, 2),
        },
        evidence=of.evidence(
            "expected after it is needed",
            [wait.blocker for wait, *_ in late],
            remarks,
            "dependencies",
        ),
        size=min(1.0, len(late) / 5),
        needs_decision=True,
        is_of_items=True,
    )


def find_holding_up(of: Sources) -> Iterator[Finding]:
    """Items of the stream for which other streams or teams have waited for more than a week."""
    result = of.dependencies
    waits = [
        wait
        for wait in result.waits
        if result.part(wait.blocker).stream == of.stream.name
        and wait.waiting_team != wait.blocking_team
        and wait.days > HELD_DAYS
    ]
    if not waits:
        return
    waits.sort(key=lambda wait: -wait.days)
    blockers = dict.fromkeys(wait.blocker for wait in waits)
    teams = sorted({wait.waiting_team or "no team" for wait in waits})
    yield Finding(
        at=f"s{of.stream.id}",
        severity=1,
        about="stream",
        subject=of.stream.name,
        template="{teams} waited {days:.0f} item-days for {n!i} of {stream}: {items}",
        values={
            "teams": some(teams),
            "days": sum(wait.days for wait in waits),
            "n": len(blockers),
            "stream": of.stream.name,
            "items": some(of.keys(blockers)),
        },
        evidence=of.evidence("others wait for it", blockers, screen="dependencies"),
        size=min(1.0, sum(wait.days for wait in waits) / 100),
        is_of_items=True,
    )


def _came_of(one: Judgement) -> str:
    """What came of a change of the map, against what was expected of it."""
    if one.actual_days is None:
        return "nothing finished in the 90 days after it"
    before = "" if one.measured_days is None else f", {one.measured_days:.1f} before"
    expected = "" if one.predicted_days is None else f", {one.predicted_days:.1f} expected"
    return f"lead time {one.actual_days:.1f} days{expected}{before}"


def find_experiments(of: Sources) -> Iterator[Finding]:
    """Future states of the map that were made real, once it is known what came of them."""
    if not any(draft.only == of.stream.id and draft.made_at for draft in of.reader.entities(DRAFT)):
        return  # what judges them takes a while to load
    from vsm.features.map.future_reading import read_judgements

    for one in read_judgements(of.reader, of.stream, of.until, present=of.present):
        end = day_start(one.due, of.zone)
        if one.is_over and of.since < end <= of.until:
            yield Finding(
                at=f"m{one.made_at}",
                severity=1,
                about="stream",
                subject=of.stream.name,
                template="the change {name}, made real on {made}: {what}",
                values={
                    "name": one.name,
                    "made": local(one.made_at, of.zone).date(),
                    "what": _came_of(one),
                },
                evidence=of.evidence("finished since", (), screen="map"),
                size=0.5,
            )
