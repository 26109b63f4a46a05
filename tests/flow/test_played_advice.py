"""Plays of what would help by the diagnosis: which changes are played, and what is said of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.flow.test_bottlenecks_report import RESULT, VERDICT
from tests.flow.test_stations import stream as stream_of
from vsm.features.bottlenecks.report import report
from vsm.features.bottlenecks.results import Change, Effect, Kind, Play
from vsm.features.simulate.advice import find_advice, make_play
from vsm.features.simulate.results import Compared, Figure, Range, WhatIf
from vsm.report.publish import publish
from vsm.report.terminal import draw_text
from vsm.screens.played_advice import play_of

STREAM = stream_of(
    ("Backlog", "backlog"), ("Build", "active"), ("Review", "active"), ("Done", "done")
)
REVIEW = STREAM.order[2].id


def effect(change: Change, stages: tuple[str, ...] = ("Review",)) -> Effect:
    return Effect(
        change=change,
        constraint="Review",
        stages=stages,
        throughput_before=4.0,
        throughput_after=5.0,
        p85_before=20.0,
        p85_after=15.0,
        growth_before=0.0,
        growth_after=0.0,
        wip_limit=3,
        text=f"The estimate of {change}.",
        stage=REVIEW,
    )


def compared(figure: Figure, before: float, low: float, middle: float, high: float) -> Compared:
    def around(value: float) -> Range:
        return Range(value, value - 1, value + 1, value - 2, value + 2)

    change = Range(middle, low, high, low, high)
    return Compared(figure, around(before), around(before + middle), change)


def played(
    throughput: tuple[float, float, float], cycle_time: tuple[float, float, float]
) -> WhatIf:
    return WhatIf(
        stream="QX",
        zone="UTC",
        as_of=0,
        weeks=13,
        draws=200,
        changes=("1 slot more at Review",),
        cannot=None,
        figures=(
            compared(Figure.THROUGHPUT, 4.0, *throughput),
            compared(Figure.CYCLE_TIME, 21.0, *cycle_time),
            compared(Figure.WIP, 9.0, -1.0, 0.0, 1.0),
        ),
    )


MORE, SAME, LESS, OPEN = (0.8, 2.1, 3.4), (-0.1, 0.0, 0.1), (-3.0, -2.0, -1.0), (-2.0, 0.3, 3.0)
SHORTER, LONGER = (-9.0, -6.0, -2.0), (2.0, 6.0, 9.0)


def test_changes_that_the_simulator_knows_are_played() -> None:
    effects = (
        effect(Change.SLOT),
        effect(Change.REWORK),
        effect(Change.INTAKE, ("Build", "Review")),
    )
    matches = list(find_advice(replace(RESULT, effects=effects), STREAM))
    assert [change for change, *_ in matches] == [Change.SLOT, Change.REWORK]
    slot, rework = (request for *_, request in matches)
    assert [(stage.name, more) for stage, more in slot.slots] == [("Review", 1)]
    assert rework.rework == 0.5 and not rework.slots


def test_a_limit_of_one_stage_is_played_and_more_work_where_demand_limits() -> None:
    one = replace(RESULT, effects=(effect(Change.INTAKE),))
    ((change, constraint, request),) = find_advice(one, STREAM)
    assert (change, constraint) == (Change.INTAKE, "Review")
    assert [(stage.name, limit) for stage, limit in request.limits] == [("Review", 3)]
    demand = replace(RESULT, verdict=replace(VERDICT, kind=Kind.DEMAND))
    ((change, constraint, request),) = find_advice(demand, STREAM)
    assert (change, constraint, request.arrivals) == (Change.ARRIVALS, None, 1.2)
    assert not list(find_advice(RESULT, STREAM))


def test_a_play_that_helps_is_said_with_its_figures() -> None:
    play = make_play(Change.SLOT, "Review", played(MORE, SHORTER))
    assert play.helps and play.text == (
        "Played for 13 weeks (1 slot more at Review): +2.1 items a week (80%: +0.8 to +3.4);"
        " 85% cycle time 21 d → 15 d (80%: -9 to -2)."
    )


@pytest.mark.parametrize(
    ("change", "throughput", "cycle_time", "helps", "words"),
    [
        (Change.SLOT, SAME, SAME, False, "The plays do not confirm that it helps"),
        (Change.SLOT, SAME, SAME, False, "no difference in throughput that can be told; no diff"),
        (Change.SLOT, OPEN, OPEN, None, "Whether it helps cannot be told."),
        (Change.SLOT, OPEN, OPEN, None, "(80%: -2.0 to +3.0 items a week)"),
        (Change.SLOT, LESS, SAME, False, "The plays do not confirm that it helps"),
        (Change.SLOT, MORE, LONGER, None, "It helps one and harms the other."),
        (Change.INTAKE, MORE, SAME, False, "The plays do not confirm that it helps"),
        (Change.INTAKE, LESS, SHORTER, None, "It helps one and harms the other."),
        (Change.ARRIVALS, MORE, LONGER, True, "Items take longer then."),
        (Change.ARRIVALS, SAME, SHORTER, False, "The plays do not confirm that it helps"),
    ],
)
def test_a_play_that_does_not_agree_with_the_diagnosis_is_said_plainly(
    change: Change,
    throughput: tuple[float, float, float],
    cycle_time: tuple[float, float, float],
    helps: bool | None,
    words: str,
) -> None:
    play = make_play(change, "Review", played(throughput, cycle_time))
    assert play.helps is helps and words in play.text


def with_plays(*plays: Play) -> str:
    result = replace(RESULT, effects=(effect(Change.SLOT), effect(Change.REWORK)), plays=plays)
    return "\n".join(draw_text(report(result), 200))


def test_a_play_stands_below_the_estimate_that_it_is_of() -> None:
    text = with_plays(make_play(Change.REWORK, "Review", played(MORE, SHORTER)))
    slot, rework, play = (
        text.index(words) for words in ("estimate of slot", "estimate of rework", "Played for")
    )
    assert slot < rework < play and "Plays go on from" in text
    assert "Plays go on from" not in with_plays()


def test_only_what_was_played_opens_its_figures() -> None:
    cannot = replace(played(MORE, SAME), cannot="nothing has finished since May", figures=())
    plays = (
        make_play(Change.SLOT, "Review", cannot),
        make_play(Change.REWORK, "Review", played(MORE, SHORTER)),
    )
    assert "Not played: nothing has finished since May." in with_plays(*plays)
    result = replace(RESULT, effects=(effect(Change.SLOT), effect(Change.REWORK)), plays=plays)
    changes = [target.change for target in report(result).targets if target.change]
    assert changes == [("rework", "Review")]


def test_plays_come_back_from_what_is_published() -> None:
    play = make_play(Change.SLOT, "Review", played(MORE, OPEN))
    rows = json.loads(json.dumps(publish(replace(RESULT, plays=(play,)))))["plays"]
    assert [play_of(row) for row in rows] == [play]
