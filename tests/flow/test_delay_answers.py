"""The cost of delay from plain answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.flow.test_portfolio_roadmap import PLAIN
from vsm.features.portfolio.delay_answers import (
    AS_SET,
    Answers,
    answers_of,
    changes_of,
    choices_of,
    delay_of,
    preview,
    with_changes,
)
from vsm.model.errors import BadInput
from vsm.model.portfolio import Initiative

TODAY = date(2026, 11, 29)
DAY = date(2027, 2, 7)


@pytest.mark.parametrize(
    ("answers", "profile", "amounts"),
    [
        (Answers(1000), "linear", (500, 1000, 2000)),
        (Answers(1000, sure="high"), "linear", (800, 1000, 1250)),
        (Answers(1000, day=DAY), "window", (500, 1000, 2000)),
        (Answers(fine=90_000, day=DAY, sure="high"), "deadline", (72_000, 90_000, 112_500)),
        (Answers(1000, half=4), "decay", (500, 1000, 2000)),
    ],
)
def test_answers_lead_to_a_profile_and_a_range_and_back(
    answers: Answers, profile: str, amounts: tuple[float, float, float]
) -> None:
    fields = delay_of(answers, TODAY)
    assert fields["profile"] == profile
    assert tuple(fields[f"delay_{name}"] for name in ("low", "likely", "high")) == amounts
    assert answers_of(Initiative(1, "A", **fields)) == answers
    if profile == "window":
        assert (fields["delay_from"], fields["delay_until"]) == ("2026-11-29", "2027-02-07")


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (Answers(), "no amount is given"),
        (Answers(fine=5.0), "a loss at once has a day"),
        (Answers(1.0, day=DAY, fine=5.0), "either every week or at once"),
        (Answers(1.0, day=DAY, half=4), "either ends on a day or fades"),
    ],
)
def test_answers_that_contradict_each_other_are_refused(answers: Answers, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        delay_of(answers, TODAY)


def test_the_preview_says_cd3_and_the_place_by_it() -> None:
    row = replace(PLAIN, id=1, weeks=2.0)
    others = [row, *(replace(PLAIN, id=2 + n, cd3=cd3) for n, cd3 in enumerate((600, 400, None)))]

    def say(answers: Answers) -> str:
        return preview(delay_of(answers, TODAY), row, others, TODAY, "EUR")

    assert say(Answers(1000)) == (
        "linear: 1.0k EUR (500 to 2.0k) a week; 2.0 weeks of work make CD3 500, place 2 of 3"
    )
    # 10 weeks up to the day: 90,000 / 10 a week, over 2 weeks
    assert say(Answers(fine=90_000, day=DAY)).endswith("CD3 4.5k, place 1 of 3")
    assert "at once" in say(Answers(fine=90_000, day=DAY))
    unknown = preview(delay_of(Answers(5), TODAY), PLAIN, others, TODAY, "points")
    assert unknown.endswith("CD3 follows once its open items can be forecast")


SET = Initiative(
    1, "Instant cards", currency="EUR", delay_low=6000, delay_likely=9000, delay_high=14_000
)
FINE = Initiative(
    2,
    "Strong authentication",
    profile="deadline",
    need_by="2027-02-07",
    delay_low=60_000,
    delay_likely=90_000,
    delay_high=120_000,
)
SEASON = replace(SET, profile="window", delay_from="2027-01-01", delay_until="2027-02-07")
FADING = replace(SET, profile="decay", half_life=10 / 3)


@pytest.mark.parametrize("one", [SET, FINE, SEASON, FADING, replace(SET, delay_low=None)])
def test_answers_that_are_left_alone_change_nothing(one: Initiative) -> None:
    before = answers_of(one)
    assert before.sure == AS_SET and choices_of(one)[0] == AS_SET
    assert changes_of(one, before, TODAY) == {}


def test_each_figure_stays_until_the_answer_that_it_follows_from_changes() -> None:
    def changes(one: Initiative, **answers: object) -> dict[str, object]:
        return changes_of(one, replace(answers_of(one), **answers), TODAY)  # type: ignore[arg-type]

    assert changes(SET, sure="high") == {"delay_low": 7200, "delay_high": 11_250}
    assert changes(SET, day=DAY) == {
        "profile": "window",
        "delay_from": "2026-11-29",
        "delay_until": "2027-02-07",
    }
    assert changes(SET, half=4.0) == {"profile": "decay", "half_life": 4.0}
    assert changes(SEASON, day=date(2027, 3, 1)) == {"delay_until": "2027-03-01"}, "begins as set"
    assert changes(SEASON, day=None) == {
        "profile": "linear",
        "delay_from": None,
        "delay_until": None,
    }
    assert changes(FINE, sure="low") == {"delay_low": 45_000, "delay_high": 180_000}
    assert changes(FADING, sure="low") == {"delay_low": 4500, "delay_high": 18_000}


def test_another_amount_keeps_the_proportions_of_a_range_that_was_set() -> None:
    before = answers_of(SET)
    assert changes_of(SET, replace(before, lost=18_000), TODAY) == {
        "delay_low": 12_000,
        "delay_likely": 18_000,
        "delay_high": 28_000,
    }
    assert changes_of(SET, replace(before, lost=0.001), TODAY) == {
        "delay_low": 0.0,
        "delay_likely": 0.001,
        "delay_high": 0.001,
    }
    alone = Initiative(1, "A", delay_likely=9000)
    changed = changes_of(alone, replace(answers_of(alone), lost=5.0), TODAY)
    assert changed == {"delay_likely": 5.0}, "no range is made up"


def test_the_first_amount_is_asked_for() -> None:
    empty = Initiative(1, "A")
    assert choices_of(empty) == ("low", "high")
    with pytest.raises(BadInput, match="no amount is given"):
        changes_of(empty, answers_of(empty), TODAY)


def test_the_preview_shows_the_range_on_record() -> None:
    row = replace(PLAIN, id=1, weeks=2.0)

    def say(one: Initiative) -> str:
        return preview(with_changes(one, {}), row, [row], TODAY, "EUR")

    assert say(SET).startswith("linear: 9.0k EUR (6.0k to 14k) a week; ")
    assert say(replace(SET, delay_low=None)).startswith("linear: 9.0k EUR (at most 14k) a week")
    assert say(replace(SET, delay_high=None)).startswith("linear: 9.0k EUR (at least 6.0k) a week")
    assert "9.0k EUR (no range)" in say(replace(SET, delay_low=None, delay_high=None))
    # without a day of its own the day that it is needed by: 10 weeks
    assert say(FINE).endswith("CD3 4.5k, place 1 of 1")
