"""Describes what is already as a command would make it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from vsm.model import command as c
from vsm.model.allocation import covers
from vsm.model.entities import GRANT, MEMBER, TEAM
from vsm.model.errors import UNCHANGED, Refusal
from vsm.model.event_text import field_name, value_text
from vsm.model.item import Item
from vsm.model.people_entities import ABSENCE
from vsm.model.view import View

_LONG = 40
"""Characters from which a value is not repeated."""


def unchanged(view: View, commands: Sequence[c.Command]) -> Refusal:
    """The refusal of commands that would change nothing; for one it says what is so already."""
    text = _describe(view, commands[0]) if len(commands) == 1 else ""
    return replace(UNCHANGED, message=text) if text else UNCHANGED


def _describe(view: View, command: c.Command) -> str:
    if isinstance(command, c.AddEntity) and command.entity is GRANT:
        return f"{command.values['login']} is {command.values['role']} already"
    if isinstance(command, c.AddEntity) and command.entity is ABSENCE:
        return _away_already(view, command)
    if isinstance(command, c.AddEntity):
        return f"the {command.entity.label} is like that already"
    if isinstance(command, c.ChangeEntity):
        values = command.entity.values(view.get(command.entity, command.id))
        fields = [command.entity.field(name).public for name in command.changes]
        return _has(f"the {command.entity.label} {values[command.entity.title]}", fields)
    if isinstance(command, c.SetStage):
        stream = view.stream_of_stage(command.stage)
        names = [s.name for s in stream.stages if s.id == command.stage] if stream else []
        return _has(names[0], command.changes) if names else ""
    if isinstance(command, c.SetStream):
        stream = view.stream(command.stream)
        return _has(stream.name, command.changes) if stream is not None else ""
    number = getattr(command, "item", None)
    item = view.item(number) if isinstance(number, int) else None
    if item is None:
        return ""
    if isinstance(command, c.EditItem):
        return _item_has(view, item, command.changes)
    if isinstance(command, c.ArchiveItem):
        return f"{item.key} is {'archived already' if command.archived else 'not archived'}"
    return f"{item.key} is like that already"


def _away_already(view: View, command: c.AddEntity) -> str:
    """Who is away on the days of an absence already, and from when to when."""
    day = str(command.values["start"])
    owner = (command.values.get("member"), command.values.get("team"))
    same = [one for one in view.all(ABSENCE) if (one.member, one.team) == owner]
    span = next((one for one in same if covers(one.start, one.end, day)), None)
    if span is None:
        return ""
    member = None if span.member is None else view.get(MEMBER, span.member)
    team = None if span.team is None else view.get(TEAM, span.team)
    who = member.login if member is not None else team.name if team is not None else "somebody"
    return f"{who} is away already from {span.start} to {span.end}"


def _item_has(view: View, item: Item, fields: Collection[str]) -> str:
    """The fields of an item; the value too where it is one and short."""
    if len(fields) == 1:
        (field,) = fields
        value = getattr(item, field)
        if field == "team" and value is not None:
            team = view.get(TEAM, value)
            value = team.name if team is not None else value
        text = value_text(value)
        if text == "none":
            return f"{item.key} has no {field_name(field)} already"
        if len(text) < _LONG and field != "description":
            return f"{item.key} has {field_name(field)} {text} already"
    return _has(item.key, fields)


def _has(what: str, fields: Collection[str]) -> str:
    *others, last = map(field_name, fields) if fields else ["value"]
    names = f"{', '.join(others)} and {last}" if others else last
    return f"{what} has {'these values' if others else 'this value'} already: {names}"
