"""Actors: persons, agents, imports and vsm itself, and the names that they act under."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

AGENT_PREFIX = "agent:"
"""Before the name of an agent: ``agent:build-bot``."""

NAME_MAX = 60
"""Most characters of the name that somebody acts under."""


class ActorKind(StrEnum):
    """How a change came about."""

    PERSON = "person"
    AGENT = "agent"
    IMPORT = "import"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, by ``name`` (a login, ``agent:NAME``) and ``kind``.

    ``number`` stands for the name in the journal, so that a name can be removed from it; entries
    of older versions have none. ``is_new`` marks the entry that first uses the number.
    """

    name: str
    kind: ActorKind = ActorKind.PERSON
    number: int | None = None
    is_new: bool = False

    @property
    def column(self) -> str:
        """What the journal holds: ``person:3``, and ``person:3=anna`` where it is new."""
        if self.number is None:
            return self.name
        return f"{self.kind}:{self.number}" + (f"={self.name}" if self.is_new else "")


def kind_of(name: str) -> ActorKind:
    """Whether a name is that of an agent or of a person."""
    return ActorKind.AGENT if name.startswith(AGENT_PREFIX) else ActorKind.PERSON


def alias(number: int) -> str:
    """What stands in place of the name of somebody who is forgotten."""
    return f"former-{number}"


def is_name(name: object) -> bool:
    """Whether a text may be the name that somebody acts under."""
    return (
        isinstance(name, str)
        and len(name.removeprefix(AGENT_PREFIX)) > 0
        and len(name) <= NAME_MAX
        and name.isprintable()
        and not any(character.isspace() for character in name)
    )
