"""The beginning of a file, by which each format says whether it is one of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vsm.connect.files.columns import Role, recognise


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file: its first bytes and, if it may be a table, its header and columns.

    ``columns`` have the cells of the first rows.
    """

    data: bytes
    header: tuple[str, ...] = ()
    columns: Sequence[Sequence[str]] = ()

    def begins(self, *starts: bytes) -> bool:
        """Whether the first character is one of these."""
        return self.data[:1] in starts

    def has(self, roles: tuple[Role, ...]) -> bool:
        """Whether the header has a column for each of the roles that are needed."""
        needed = {role.name for role in roles if role.needed}
        return needed <= recognise(self.header, roles).keys()

    def repeats(self, role: Role) -> bool:
        """Whether a value of the column stands in several rows."""
        place = recognise(self.header, (role,)).get(role.name)
        if place is None or not self.columns:
            return False
        filled = [cell for cell in self.columns[place] if cell.strip()]
        return len(set(filled)) < len(filled)
