"""Tell what a change did: a line for a person, the whole of it for a script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vsm.cli.context import CliContext
from vsm.cli.json_views import change_shape
from vsm.cli.output import emit, say

if TYPE_CHECKING:
    from vsm.model.board import Change
    from vsm.session import ChangeGroup


def change_shapes(work: CliContext, changes: Iterable[Change]) -> list[dict[str, Any]]:
    """The changes as JSON, items by key (``null`` where an undo took the item away)."""
    listed = list(changes)
    keys: dict[int, str | None] = {}
    for change in listed:
        if change.item is not None and change.item not in keys:
            item = work.reader.item(change.item)
            keys[change.item] = item.key if item else None
    return [change_shape(c, keys.get(c.item) if c.item is not None else None) for c in listed]


def report(work: CliContext, done: ChangeGroup, as_json: bool, **more: Any) -> None:
    """Print what was done; ``more`` goes into the JSON object before the changes."""
    if not as_json:
        say(done.label)
        return
    emit(
        {
            "group": done.grp,
            "label": done.label,
            **more,
            "changes": change_shapes(work, done.changes),
        }
    )


def report_nothing_new(as_json: bool) -> None:
    """Print that all of a file is there already, so that nothing was done."""
    if as_json:
        emit({"group": None, "label": "nothing new", "changes": []})
    else:
        say("nothing new: all of them are there so already")
