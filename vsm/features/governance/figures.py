"""Figures about gates: precision with its interval, what proved bad, the wait that was added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from vsm.date_form import write_moment
from vsm.features.governance.results import Interval
from vsm.features.metrics.proportion import wilson
from vsm.model.control.control import Verdict
from vsm.model.control.recorded import Recorded
from vsm.model.item import Visit
from vsm.model.rules import DAY, local
from vsm.model.stream import Direction, ValueStream

PROVES_BAD = 30 * DAY
"""Within so long after an entry it shows that it was bad."""


def interval(part: int, whole: int) -> Interval:
    """The share of a part with its 95% interval (Wilson 1927)."""
    proportion = wilson(part, whole)
    return Interval(*(proportion or (None, None, None)))


def proved_bad(
    visits: Sequence[Visit], at: int, stream: ValueStream, defects: Iterable[tuple[int, str]]
) -> str:
    """Why an entry at a moment proved bad within 30 days, in words; empty where it did not.

    ``defects`` are defects and incidents that are linked to the item: when made, and their keys.
    """
    for before, after in pairwise(visits):
        if not at < after.entered <= at + PROVES_BAD:
            continue
        if before.stage not in stream.by_id or after.stage not in stream.by_id:
            continue
        source, target = stream.by_id[before.stage], stream.by_id[after.stage]
        if source.category.ended and not target.category.ended:
            return f"reopened from {source.name} into {target.name}"
        if stream.direction(source.id, target.id) is Direction.REWORK:
            return f"went back from {source.name} to {target.name}"
    for made, key in defects:
        if at < made <= at + PROVES_BAD:
            return f"defect {key}"
    return ""


def overlap(start: int, end: int, spans: Iterable[tuple[int, int | None]]) -> int:
    """For how long of a time spans (open ones too) lie in it, in microseconds."""
    total = 0
    for begin, finish in spans:
        total += max(0, min(end, end if finish is None else finish) - max(start, begin))
    return total


class Wait(NamedTuple):
    """A wait that a gate added: from the first refused try until one passed.

    Where none did it lasts until the item went on in another way or ended (``is_over``), or up to
    now. ``took`` is without the time in which the item was blocked.
    """

    start: int
    took: int
    is_passed: bool
    is_over: bool = True

    @property
    def is_judged(self) -> bool:
        """Whether it shows whether the fail was fixed within a day."""
        return self.is_over or self.took > DAY


def added_waits(
    tries: Sequence[tuple[int, int, bool]],
    blocked: Mapping[int, Sequence[tuple[int, int | None]]],
    ended: Callable[[int, int], int | None],
    now: int,
) -> list[Wait]:
    """The waits by first refused try.

    ``tries`` are item, moment and whether it was refused, in the order of moments; ``blocked``
    are spans in which an item was blocked for other reasons, which do not count; ``ended`` gives
    when an item that was refused at a moment and never passed went on all the same.
    """
    first: dict[int, int] = {}
    waits: list[Wait] = []

    def took(item: int, start: int, end: int) -> int:
        return max(0, end - start - overlap(start, end, blocked.get(item, ())))

    for item, at, is_refused in tries:
        if is_refused:
            first.setdefault(item, at)
        elif item in first:
            start = first.pop(item)
            waits.append(Wait(start, took(item, start, at), is_passed=True))
    for item, start in first.items():
        end = ended(item, start)
        lasted = took(item, start, now if end is None else end)
        waits.append(Wait(start, lasted, is_passed=False, is_over=end is not None))
    return waits


def items_behind(verdicts: Sequence[Recorded], stream: ValueStream) -> tuple[tuple[int, str], ...]:
    """The items of verdicts that are no pass, each with its moments and what came of them."""
    notes: dict[int, list[str]] = defaultdict(list)
    for one in verdicts:
        if one.item and one.verdict is not Verdict.PASS:
            verdict = str(one.verdict).replace("_", " ")
            outcome = "refused" if one.is_refused else "emergency" if one.emergency else ""
            target = stream.by_id.get(one.target)
            into = f" into {target.name}" if target is not None else ""
            when = write_moment(local(one.judged_at, stream.zone))
            words = ", ".join(filter(None, (verdict, outcome)))
            notes[one.item].append(f"{words}{into} {when}")
    return tuple((item, "; ".join(texts)) for item, texts in notes.items())
