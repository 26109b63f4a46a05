"""Finds issues that Jira closed undelivered: done by their status, not by their resolution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vsm.connect.files.infer_mapping import guess_category
from vsm.connect.files.parsed_file import Hint
from vsm.connect.files.resolutions import not_delivered
from vsm.model.history import ItemHistory
from vsm.model.stream import Category


def undelivered(
    histories: Iterable[ItemHistory],
    resolutions: Mapping[str, str],
    hints: Mapping[str, Hint],
    chosen: str | None,
) -> dict[str, int]:
    """The source keys of such issues, each with the place of its last entry into done.

    ``resolutions`` are by source key, ``hints`` by status; ``chosen`` are the resolutions that the
    user named.
    """
    meaning = {name: not_delivered(name, chosen) for name in set(resolutions.values())}
    if not any(meaning.values()):
        return {}
    is_done = _Done(hints)
    out: dict[str, int] = {}
    for history in histories:
        if not meaning.get(resolutions.get(history.source_key, ""), False):
            continue
        place = len(history.entries)
        while place and is_done[history.entries[place - 1].status]:
            place -= 1
        if place < len(history.entries):
            out[history.source_key] = place
    return out


class _Done(dict[str, bool]):
    """Whether a status is done, by the category of Jira, else by its name."""

    def __init__(self, hints: Mapping[str, Hint]) -> None:
        super().__init__()
        self._hints = hints

    def __missing__(self, status: str) -> bool:
        kind = guess_category(status, self._hints.get(status, Hint()), False)
        self[status] = kind is Category.DONE
        return self[status]
