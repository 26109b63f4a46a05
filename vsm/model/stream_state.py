"""Values that an overview needs of a stream at a moment, as they were read."""

from __future__ import annotations

from typing import NamedTuple

from vsm.model.board import Column
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
    """A stream, and what an overview shows of the items in it that fit a filter.

    ``until`` and ``ended`` are as in the header of the board, ``columns`` those of its stages that
    are neither done nor dropped. ``wip`` counts the items in progress, ``wip_of_all`` without the
    filter; ``blocked`` the unfinished ones that are blocked; ``finishes`` are those of the 90 days
    of the header. ``first_finish`` is when one finished for the first time, in UTC microseconds.
    """

    stream: ValueStream
    until: int
    ended: bool
    columns: tuple[Column, ...]
    wip: int
    wip_of_all: int
    blocked: int
    oldest: AgedItem | None
    finishes: tuple[Finish, ...]
    first_finish: int | None
