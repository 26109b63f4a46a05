"""Mapping workshops of the demo: what people said that stages take, near and far from the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from vsm.model.command import Command, NoteEdge, SetStage

HOUR = 1 / 24


class Workshop(NamedTuple):
    """A workshop about one stream so many days before today: who held it, and what was said.

    ``stages`` are process time and wait in elapsed days and %C&A by stage; ``notes`` stand on
    stages, ``edge_notes`` on edges.
    """

    days_ago: int
    by: str
    code: str
    source: str
    stages: tuple[tuple[str, float | None, float | None, float | None], ...]
    notes: tuple[tuple[str, str], ...] = ()
    edge_notes: tuple[tuple[str, str, str], ...] = ()


WORKSHOPS = (
    Workshop(
        70,
        "anna.kern",
        "cards",
        "mapping workshop, estimates of the teams",
        (
            ("Ready", None, HOUR, None),
            ("Build", 1.0, 1.0, 0.9),
            ("Review", 4 * HOUR, 2.0, 0.95),
            ("Test", 1.0, HOUR, 0.95),
            ("To release", None, 2.0, None),
        ),
        (
            (
                "Review",
                "Everything waits for two signatures: small changes need a fast lane",
            ),
        ),
        (("Review", "Build", "Most come back for missing evidence: put it into the template"),),
    ),
    Workshop(
        49,
        "anna.kern",
        "app",
        "stand-up, estimates of the team",
        (
            ("In progress", 2.0, 1.0, 0.85),
            ("Code review", 2 * HOUR, 3 * HOUR, 0.95),
            ("Acceptance", 1.5, 2 * HOUR, 0.9),
        ),
    ),
)


def days_of_workshops(today: date) -> list[tuple[date, Workshop]]:
    """The workshops with their days, the earliest first."""
    return [(today - timedelta(days=one.days_ago), one) for one in WORKSHOPS]


def commands_of(workshop: Workshop, stages: Mapping[tuple[str, str], int]) -> Iterator[Command]:
    """What a workshop changes; ``stages`` are ids by stream and name."""
    notes = dict(workshop.notes)
    for name, process, wait, share in workshop.stages:
        changes: dict[str, Any] = {"declared_note": workshop.source}
        changes |= {"process_days": process, "wait_days": wait, "complete_accurate": share}
        if name in notes:
            changes["note"] = notes[name]
        yield SetStage(stages[workshop.code, name], changes)
    for source, target, note in workshop.edge_notes:
        yield NoteEdge(stages[workshop.code, source], stages[workshop.code, target], note)
