"""Events that take texts out of other entries of the journal."""

from __future__ import annotations

from typing import Literal

from vsm.model.event.facts import EventModel


class EntriesRedacted(EventModel):
    """Texts were taken out of entries, which are told from forged ones by what they became.

    ``entries`` are position and hash (hexadecimal) of what each became. ``person`` is the number of
    somebody whose name was taken out; where it was texts of an item, ``fields`` names them.
    """

    kind: Literal["entries_redacted"] = "entries_redacted"
    entries: tuple[tuple[int, str], ...]
    reason: str
    person: int | None = None
    fields: tuple[str, ...] = ()
