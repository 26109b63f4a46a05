"""The beginning of a file, by which each format says whether it is one of its own."""

from __future__ import annotations

from dataclasses import dataclass

from vsm.connect.files.columns import Role, recognise


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file: its first bytes, and the header if it may be a table."""

    data: bytes
    header: tuple[str, ...] = ()

    def begins(self, *starts: bytes) -> bool:
        """Whether the first character is one of these."""
        return self.data[:1] in starts

    def has(self, roles: tuple[Role, ...]) -> bool:
        """Whether the header has a column for each of the roles that are needed."""
        needed = {role.name for role in roles if role.needed}
        return needed <= recognise(self.header, roles).keys()
