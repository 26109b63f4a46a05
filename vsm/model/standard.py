"""Standards of the PMO: their parts, which streams adopted one, and which deviations are agreed.

A standard is a template of streams with what is asked beside stages: names that all streams share,
controls with the least mode, artefacts and roles. Its version is the hash of its text.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from vsm.model.control.control import DISPLAYED, Mode
from vsm.model.field_types import InvalidValue, text_of

NAME_PARTS = 300
"""Most characters of the name of a part: two names of stages and its kind."""


def version_of(text: str) -> str:
    """The first digits of the SHA-256 of the text of a standard."""
    return hashlib.sha256(text.encode()).hexdigest()[:DISPLAYED]


@dataclass(frozen=True, slots=True)
class StageNames:
    """The name that all streams share of a stage, other names for it, and a text that helps."""

    canonical: str = ""
    synonyms: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class RequiredControl:
    """A control of a standard, and the least mode that it asks for."""

    name: str
    mode: Mode = Mode.SUPPORTIVE


@dataclass(frozen=True, slots=True)
class Artefact:
    """A document that items need once they enter a stage (empty: once they finish)."""

    name: str
    title: str = ""
    at: str = ""
    text: str = ""


class PartKind(StrEnum):
    """Parts of a standard that a stream may deviate in."""

    STAGE = "stage"
    NAME = "name"
    ORDER = "order"
    CATEGORY = "category"
    COMMITMENT = "commitment"
    POLICY = "policy"
    LIMIT = "limit"
    WORD = "word"
    CONTROL = "control"
    ARTEFACT = "artefact"


def part_name(kind: PartKind, name: str = "") -> str:
    """A part as people name it: ``stage:Review``, ``commitment``."""
    return f"{kind}:{name}" if name else str(kind)


def renamed(part: str) -> tuple[str, str] | None:
    """The stage of a standard and what it is called, of a part such as ``name:Review=Check``."""
    kind, _, names = part.partition(":")
    standard, equals, local = (piece.strip() for piece in names.partition("="))
    return (standard, local) if kind == PartKind.NAME and equals and local else None


def read_part(what: str, value: object) -> str:
    """A part in its one form; raises :class:`InvalidValue`."""
    text = " ".join(text_of(what, str(value or ""), NAME_PARTS).split())
    kind, colon, name = (piece.strip() for piece in text.partition(":"))
    kinds = [str(known) for known in PartKind]
    is_whole = kind.casefold() == PartKind.COMMITMENT
    if kind.casefold() not in kinds or is_whole == bool(colon) or (not is_whole and not name):
        raise InvalidValue(
            f"{text[:60]!r} is no part of a standard",
            f"write kind:name as vsm standard diff does; kinds are {', '.join(kinds)}",
        )
    return part_name(PartKind(kind.casefold()), name)


@dataclass(frozen=True, slots=True)
class Adoption:
    """A stream follows a standard, with the text that it had then."""

    id: int
    number: str
    only: int
    standard: str
    version: str
    text: str
    reason: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """An agreement that a stream deviates from its standard in a part, up to a day (ISO)."""

    id: int
    number: str
    only: int
    part: str
    reason: str
    until: str | None
    decided_by: str

    def holds(self, day: str) -> bool:
        """Whether it is still agreed on a day."""
        return self.until is None or day <= self.until

    @property
    def renames(self) -> tuple[str, str] | None:
        """The stage of the standard and the one that it is in the stream: ``name:Review=Check``."""
        return renamed(self.part)
