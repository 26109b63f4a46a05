"""Saved changes of streams, under names."""

from __future__ import annotations

from vsm.features.simulate.options import options_of
from vsm.features.simulate.request import Request
from vsm.model.command import AddEntity
from vsm.model.entities import PLAN
from vsm.model.errors import BadInput
from vsm.model.pin import Plan
from vsm.model.stream import ValueStream
from vsm.reader import Reader


def plans_of(reader: Reader, stream: ValueStream) -> list[Plan]:
    """The plans of a stream, by name."""
    return [plan for plan in reader.entities(PLAN) if plan.only == stream.id]


def save_plan(reader: Reader, name: str, stream: ValueStream, request: Request) -> AddEntity:
    """The command that saves a change under a name; a plan of this stream gets the new change.

    Raises :class:`~vsm.model.errors.BadInput` where another stream has a plan of the name.
    """
    folded = " ".join(name.split()).casefold()
    for plan in reader.entities(PLAN):
        if plan.name.casefold() == folded and plan.only != stream.id:
            raise _of_another(reader, plan, "choose another name")
    values = {"name": name, "only": stream.id, "options": str(options_of(request))}
    return AddEntity(PLAN, values)


def save_team_plan(reader: Reader, name: str, options: str) -> AddEntity:
    """The command that saves changes of teams under a name; a plan of teams gets the new ones."""
    folded = " ".join(name.split()).casefold()
    for plan in reader.entities(PLAN):
        if plan.name.casefold() == folded and plan.only is not None:
            raise _of_another(reader, plan, "choose another name")
    return AddEntity(PLAN, {"name": name, "only": None, "options": options})


def check_stream(reader: Reader, plan: Plan, stream: ValueStream) -> None:
    """Raise :class:`~vsm.model.errors.BadInput` where a plan is one of another stream.

    One whose stream is gone can be played on any, one of teams on none.
    """
    if plan.only is None:
        raise BadInput(
            f"{plan.name} is a plan of teams", f"try it with: vsm capacity --plan {plan.name!r}"
        )
    if plan.only != stream.id and reader.stream(plan.only) is not None:
        raise _of_another(reader, plan, "leave out --stream")


def _of_another(reader: Reader, plan: Plan, what_to_do: str) -> BadInput:
    other = None if plan.only is None else reader.stream(plan.only)
    whose = "teams" if plan.only is None else other.name if other else "another stream"
    return BadInput(f"{plan.name} is a plan of {whose}", what_to_do)
