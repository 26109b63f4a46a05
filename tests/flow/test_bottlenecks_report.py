"""The report on bottlenecks agrees with itself: sentences, rows and bars."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.flow.test_verdict import judged
from vsm.features.bottlenecks.report import TREND, report
from vsm.features.bottlenecks.results import (
    Action,
    Bottlenecks,
    Change,
    Effect,
    Kind,
    StageEvidence,
    TeamLoad,
    Verdict,
)
from vsm.features.bottlenecks.verdict import rates_a_week, reach_verdict
from vsm.features.metrics.results import Window
from vsm.report.html import draw_html
from vsm.report.terminal import draw_text
from vsm.report.wording import NO_RATES, percent


def stage(name: str, number: int = 1, **more: object) -> StageEvidence:
    values: dict[str, object] = {
        "category": "active",
        "team": None,
        "arrivals": 5.6,
        "departures": 5.3,
        "parallel_places": 2.0,
        "touch_days": 2.6,
        "delays": False,
        "utilisation": 0.6,
        "chance": 0.01,
        "growth": 0.0,
        "share_of_waiting": 0.1,
        "wip": 2,
        "limit": 3,
        "limit_reached": None,
        "blocked_share": 0.0,
        "starved_share": 0.0,
        **more,
    }
    return StageEvidence(stage=number, name=name, **values)  # type: ignore[arg-type]


VERDICT = Verdict(Kind.STAGE, ("Review",), None, "Review limits the flow", 0.9, "It does.", ())
RESULT = Bottlenecks(
    stream="QX",
    zone="UTC",
    as_of=0,
    watched=Window(date(2026, 1, 1), date(2026, 6, 30)),
    verdict=VERDICT,
    stages=(
        stage("Waiting for a reviewer", category="queue", utilisation=None, growth=0.7),
        stage("Review", 2, utilisation=1.13, chance=0.9),
        stage("Test", 3, utilisation=1.0),
        stage("Release to customers", 4, utilisation=0.996),
    ),
    teams=(),
    min_cut=("Review",),
    actions=(),
)


@pytest.mark.parametrize("width", [78, 80, 100, 160])
def test_rates_that_sentences_name_are_in_the_table_at_every_width(width: int) -> None:
    lines = draw_text(report(RESULT), width)
    assert all(len(line) <= width for line in lines)
    head = next(line for line in lines if "Stage" in line)
    for column in ("in/wk", "out/wk", "util", "slots", "service", "prob", "trend", "WIP"):
        assert column in head, (width, head)


def test_a_bar_over_100_percent_differs_from_one_at_100_percent() -> None:
    lines = draw_text(report(RESULT), 80)
    over, full, less = (
        next(line for line in lines if name in line and "%" in line)
        for name in ("113%", "100%", "99%")
    )
    assert "#>" in over and "##" in full and ">" not in full and ">" not in less
    assert 'class="bar over"' in draw_html(report(RESULT))


def test_less_than_everything_is_99_percent_in_sentence_and_table() -> None:
    assert percent(0.996) == "99%" and percent(1.0) == "100%" and percent(1.13) == "113%"


def test_where_the_history_is_too_short_no_rate_is_shown_and_why() -> None:
    short = replace(RESULT, stages=(stage("Review", arrivals=None, departures=None),))
    text = "\n".join(draw_text(report(short), 100))
    assert NO_RATES in text and "5.6" not in text
    case = judged("one slow stage", 0)
    assert rates_a_week(case, (0,)) is not None
    brief = replace(case, window=replace(case.window, days=0.003))
    assert rates_a_week(brief, (0,)) is None


def test_a_trend_against_the_rates_says_over_which_time_it_is() -> None:
    down = replace(RESULT, stages=(stage("Review", growth=-1.7),))
    assert TREND in "\n".join(draw_text(report(down), 100))
    assert TREND not in "\n".join(draw_text(report(RESULT), 100))


def test_what_caps_the_throughput_is_not_said_against_the_verdict() -> None:
    text = "\n".join(draw_text(report(RESULT), 100))
    assert "Review caps the throughput" in text
    other = replace(RESULT, min_cut=("Test",))
    assert "caps the throughput" not in "\n".join(draw_text(report(other), 100))


def test_where_no_stage_limits_the_flow_nothing_is_said_of_a_cut() -> None:
    verdict = replace(VERDICT, kind=Kind.DEMAND, stages=(), heading="Demand does")
    text = "\n".join(draw_text(report(replace(RESULT, verdict=verdict)), 100))
    assert "the throughput" not in text


def test_what_is_not_seen_of_a_stage_is_left_empty() -> None:
    unseen = stage("Build", utilisation=None, parallel_places=None, touch_days=None)
    text = "\n".join(draw_text(report(replace(RESULT, stages=(unseen,))), 100))
    (line,) = [line for line in text.splitlines() if line.strip().startswith("Build")]
    assert "%" not in line.split("1%")[0] and " d " not in line and "few items" not in line


def test_what_would_help_is_said_with_its_conditions() -> None:
    assert "What would help" not in "\n".join(draw_text(report(RESULT), 100))
    effect = Effect(
        change=Change.SLOT,
        constraint="Review",
        stages=("Review",),
        throughput_before=4.4,
        throughput_after=5.0,
        p85_before=None,
        p85_after=19.0,
        growth_before=0.7,
        growth_after=0.0,
        text="One more parallel slot at Review: more.",
    )
    document = report(replace(RESULT, effects=(effect,)))
    text = " ".join(" ".join(draw_text(document, 100)).split())
    assert "What would help • One more parallel slot at Review: more." in text
    assert "These are estimates: if Review limits the flow" in text
    assert "One more parallel slot" in draw_html(document)


def test_a_team_shows_its_probability() -> None:
    load = TeamLoad(
        team="Core", stages=("Review",), parallel_places=4.0, utilisation=0.77, chance=0.94
    )
    text = "\n".join(draw_text(report(replace(RESULT, teams=(load,))), 100))
    assert "Core works on Review: like 4 slots, 77% utilised, probability 94%." in text


def test_a_recommendation_says_how_many_more_it_opens() -> None:
    action = Action("Swarm", "Now.", (1, 2), behind=((1, "9 d"), (2, "8 d"), (3, "7 d")), rank=1)
    document = report(replace(RESULT, actions=(action,), keys=((1, "QX-1"), (2, "QX-2"))))
    assert "QX-1, QX-2 and 1 more" in "\n".join(draw_text(document, 80))
    assert document.targets[-1].items == action.behind


def test_a_confidence_below_the_probability_says_why() -> None:
    judgement = judged("one slow stage", 0)
    (fit,) = judgement.constraints
    plain = reach_verdict(judgement)
    assert not any("The confidence is only" in why for why in plain.against)
    little = tuple(replace(f, utilisation=0.65) if f is fit else f for f in judgement.fits)
    verdict = reach_verdict(replace(judgement, fits=little))
    assert percent(verdict.confidence) == "70%"
    was = percent(judgement.probability)
    assert (
        f"The confidence is only 70%, not {was}, as {fit.station.name} is little utilised."
        in verdict.against
    )


def test_the_sentence_has_the_rates_of_the_rows() -> None:
    judgement = judged("one slow stage", 0)
    (fit,) = judgement.constraints
    order = judgement.stream.order
    entry = fit.station.queues[0] if fit.station.queues else fit.station.active[0]
    into = rates_a_week(judgement, (entry,))
    out = rates_a_week(judgement, fit.station.active)
    assert into is not None and out is not None
    reason = reach_verdict(judgement).reason
    where = f" in {order[entry].name}" if fit.station.queues else ""
    assert f"{into[0]:.1f} items arrive a week{where}, {out[1]:.1f} leave" in reason
