"""Values that an overview needs of a stream at a moment, as they were read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from vsm.model.board import Header
from vsm.model.stream import ValueStream


class Finish(NamedTuple):
    """An item that finished: on which local day (since 1970-01-01), and its inclusive cycle time.

    The cycle time is ``None`` where the start is not known or there was none.
    """

    day: int
    cycle: int | None


class AgedItem(NamedTuple):
    """An item in progress with its age in inclusive days, and the id of its stage."""

    id: int
    key: str
    title: str
    stage: int
    age: int


class StreamState(NamedTuple):
    """A stream with its board's header, and what else an overview shows of it.

    ``held`` counts the items of each stage that is not done or dropped, ``blocked`` the unfinished
    ones that are blocked; ``finishes`` are those of the 90 days of the header. ``first_finish`` is
    when anything finished for the first time, in UTC microseconds.
    """

    stream: ValueStream
    header: Header
    held: Mapping[int, int]
    blocked: int
    oldest: AgedItem | None
    finishes: tuple[Finish, ...]
    first_finish: int | None
