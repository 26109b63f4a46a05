"""Finds items that a source no longer shows, and those that are back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from vsm.connect.sync.known import Known
from vsm.model.history import Skipped

VANISHED_FEW = 20
"""So many items may vanish at once; more, and more than half, look like a lost permission."""


class Gone(NamedTuple):
    """Keys of items that went and of those that are back, and a doubt about them."""

    gone: list[str]
    back: list[str]
    doubt: list[Skipped]


def find_gone(
    name: str,
    imported: Mapping[str, str],
    marked: Collection[str],
    known: Mapping[str, Known],
    listed: Collection[str],
    *,
    full: bool,
) -> Gone:
    """What went from a source and what is back; only a listing of all ids can tell what went.

    ``imported`` are keys by ids, ``marked`` those that went earlier, ``listed`` ids.
    """
    present = {imported[i] for i in listed if i in imported}
    back = sorted(key for key in marked if key in present)
    if not full:
        return Gone([], back, [])
    vanished = {imported[i] for i in known if i in imported and i not in listed}
    if len(vanished) > VANISHED_FEW and 2 * len(vanished) > len(known):
        why = (
            f"{len(vanished):,} of {len(known):,} items vanished at once: that looks"
            " like a lost permission or another scope, so none is marked as gone"
        )
        return Gone([], back, [Skipped(name, why)])
    return Gone(sorted(vanished - set(marked)), back, [])
