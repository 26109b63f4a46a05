"""A verdict that the journal holds: of which control, at which move, and what came of it."""

from __future__ import annotations

from typing import NamedTuple

from vsm.model.control.control import Disposition, Mode, Verdict


class CheckedByHand(NamedTuple):
    """A verdict that somebody asked for and put on record, at no move: it counts as no gate."""

    seq: int
    item: int
    target: int
    at: int
    by: str
    version: str
    verdict: Verdict
    mode: Mode
    missing: tuple[str, ...]


class Recorded(NamedTuple):
    """The verdict of a control at a move; ``item`` is 0 where a new item was refused.

    ``at`` is when the move happened, ``judged_at`` when the verdict was given, by facts, modes and
    waivers of then: later, where the move was entered late. Both are in UTC microseconds.
    ``source`` is ``None`` for a new item.
    """

    seq: int
    control: int
    item: int
    stream: int
    source: int | None
    target: int
    at: int
    judged_at: int
    version: str
    verdict: Verdict
    disposition: Disposition
    mode: Mode
    facts: str
    missing: tuple[str, ...]
    problem: str
    waiver: int | None
    emergency: str
    is_refused: bool
