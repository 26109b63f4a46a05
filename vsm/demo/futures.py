"""Future states that people of the demo drafted: one was made real and is judged, one is open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from vsm.features.map.future_reading import drafts_of, make_command, read_compared
from vsm.model.command import Command, OpenDraft
from vsm.reader import Reader

STREAM = "Card issuing"
"""The stream that the future states are of."""


class FuturePlan(NamedTuple):
    """A future state that somebody begins, or makes real, so many days before today."""

    days_ago: int
    by: str
    name: str
    edits: tuple[str, ...] = ()
    """None: it is made real."""


REVIEW = "Review within a day"
PLANS = (
    FuturePlan(
        128,
        "anna.kern",
        REVIEW,
        ("set Review process 1d", "set Review ca 95%", "edge Review -> Build rework 5%"),
    ),
    FuturePlan(121, "anna.kern", REVIEW),
    FuturePlan(
        9,
        "anna.kern",
        "Third reviewer, tests at the desk",
        (
            "set Review slots 3",
            "split Build into Build,Self-test",
            "set Self-test process 4h",
            "edge Test -> Build rework 3%",
            "set To release limit 4",
        ),
    ),
)


def days_of_futures(today: date) -> list[tuple[date, FuturePlan]]:
    """The plans with their days, the earliest first."""
    return [(today - timedelta(days=plan.days_ago), plan) for plan in PLANS]


def future_now(reader: Reader, plan: FuturePlan, now: int) -> Command:
    """The command that begins a future state or makes it real, as everything stands there."""
    stream = reader.stream_named(STREAM)
    if plan.edits:
        return OpenDraft(stream.id, plan.name, plan.edits)
    (draft,) = (one for one in drafts_of(reader, stream) if one.name == plan.name)
    return make_command(draft, read_compared(reader, draft, as_of=now, present=True, play=False))
