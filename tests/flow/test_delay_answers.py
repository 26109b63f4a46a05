"""The cost of delay from plain answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.flow.test_portfolio_roadmap import PLAIN
from vsm.features.portfolio.delay_answers import Answers, answers_of, delay_of, preview
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
