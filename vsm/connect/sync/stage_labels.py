"""Decides what to change of an issue that is open or closed so that it gets into a status.

The reverse of :mod:`vsm.connect.files.issue_states`: stages are labels, *Open* and *Closed*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from vsm.connect.files.infer_mapping import normalise_name
from vsm.connect.files.issue_states import CLOSED, OPEN, stage_of_label
from vsm.connect.files.resolutions import STAGE
from vsm.connect.sync.tracker import Record
from vsm.connect.sync.web import Declined


class Change(NamedTuple):
    """Labels to add and to take off, and whether to close (``True``) or reopen it after that."""

    add: str = ""
    remove: tuple[str, ...] = ()
    close: bool | None = None
    is_delivered: bool = True


def change_into(record: Record, statuses: Sequence[str], labels: Iterable[str]) -> Change:
    """What puts an issue into the first status that can be had; ``labels`` are the project's.

    Raises :class:`Declined` where none can.
    """
    is_open = str(record.get("state")).casefold() not in ("closed", "merged")
    own = [name for name in map(label_name, record.get("labels") or ()) if stage_of_label(name)]
    known: dict[str, str] = {}
    for label in labels:
        if stage := stage_of_label(label):
            known.setdefault(normalise_name(stage), label)
    for end in (CLOSED, STAGE):
        if end in statuses:
            return Change(close=True if is_open else None, is_delivered=end == CLOSED)
    reopen = None if is_open else False
    for status in statuses:
        if status == OPEN:
            return Change(remove=tuple(own), close=reopen)
        new = known.get(normalise_name(status))
        if new is not None:
            others = tuple(name for name in own if name != new)
            return Change("" if new in own else new, others, reopen)
    raise Declined(
        f"no label stands for {' or '.join(statuses)}", "make one there, such as status: doing"
    )


def label_name(label: Any) -> str:
    """The name of a label, as each interface gives it."""
    name = label.get("name") if isinstance(label, dict) else label
    return name if isinstance(name, str) else ""
