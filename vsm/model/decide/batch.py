"""Decides commands that are made one after the other, and collects all that is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from vsm.model import command as c
from vsm.model.decide import decide
from vsm.model.errors import Refusal
from vsm.model.view import View

Make = Callable[[View], Iterable[c.Command]]
"""Makes commands; each sees what those before it left."""
PROBED = 10
"""Refused commands of which the field is looked for: it costs a decision for each value."""


class RefusedCommand(NamedTuple):
    """A command that a rule said no to, why, and the field that it is about where one is."""

    command: c.Command
    refusal: Refusal
    field: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """How many commands would change something, and those that were refused."""

    asked: int = 0
    changes: int = 0
    refused: tuple[RefusedCommand, ...] = ()


def decide_batch(view: View, make: Make, record: Callable[..., object]) -> Decided:
    """Decide all commands; what is allowed is recorded, so that the next ones see it."""
    asked = changes = 0
    refused: list[RefusedCommand] = []
    for asked, command in enumerate(make(view), 1):  # noqa: B007
        decision = decide(view, command)
        if isinstance(decision, Refusal):
            field = _field_of(view, command, decision) if len(refused) < PROBED else ""
            refused.append(RefusedCommand(command, decision, field))
        elif decision:
            record(decision, at=getattr(command, "at", None))
            changes += 1
    return Decided(asked, changes, tuple(refused))


def _field_of(view: View, command: c.Command, refusal: Refusal) -> str:
    """The field without which a command would be allowed, or else refused for another reason."""
    if isinstance(command, c.AddEntity):
        values = command.values
    elif isinstance(command, c.ChangeEntity):
        values = command.changes
    else:
        return ""
    other = ""
    for field in values:
        if command.entity.field(field).is_required:
            continue
        without = {name: value for name, value in values.items() if name != field}
        decision = decide(
            view,
            replace(command, values=without)
            if isinstance(command, c.AddEntity)
            else replace(command, changes=without),
        )
        if not isinstance(decision, Refusal):
            return field
        if decision.message != refusal.message:
            other = other or field
    return other
