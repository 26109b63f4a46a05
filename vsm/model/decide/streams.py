"""Rules on streams."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import RuleViolation, answer, stream_of, valid
from vsm.model.decide.stages import edge_facts, new_stage, stage_facts
from vsm.model.declared import TimeBasis
from vsm.model.entities import TEAM
from vsm.model.errors import RefusalCode
from vsm.model.field_types import holidays_of, name_of, text_of, word_of, workdays_of
from vsm.model.group_limit import GroupLimit, NewGroupLimit, group_values
from vsm.model.key_prefix import key_prefix
from vsm.model.practice import MoveEntry
from vsm.model.rules import zone_of
from vsm.model.stream import Edge, EdgeKind, LimitKind, Stage, ValueStream, chain
from vsm.model.view import View


def _prefix(text: str, name: str) -> str:
    typed = text.strip() or key_prefix(name)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,19}", typed):
        raise RuleViolation(
            RefusalCode.INVALID,
            f"{typed!r} is no key prefix",
            "letters, digits and _, a letter first: PAY",
        )
    return typed.upper()


def _zone(name: str) -> str:
    try:
        zone_of(name)
    except ValueError as error:
        raise RuleViolation(RefusalCode.INVALID, str(error)) from None
    return name


def _types(value: Any) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else value or ()
    return tuple(dict.fromkeys(name_of("a type of work", str(word)) for word in words))


WORDS = ("item", "items")
"""What a stream can have words of its own for."""


def _vocabulary(value: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    out: list[tuple[str, str]] = []
    for name, word in dict(value or {}).items():
        if name not in WORDS:
            raise RuleViolation(
                RefusalCode.INVALID, f"a vocabulary has no {name!r}", f"use {' and '.join(WORDS)}"
            )
        if str(word or "").strip():
            out.append((name, name_of(f"the word for {name}", str(word))))
    return tuple(sorted(out))


def _link(value: Any) -> str:
    link = text_of("the link", str(value or "").strip(), 500)
    if link and not re.fullmatch(r"https?://[!-~]*\{key\}[!-~]*", link):
        raise RuleViolation(
            RefusalCode.INVALID,
            f"{link!r} is no link to items",
            "give an address with {key} in it: https://tracker.example/browse/{key}",
        )
    return link


def _groups(groups: Any) -> tuple[GroupLimit, ...]:
    """Limits over several stages, each with its stages once and its name as names are."""
    return tuple(
        replace(
            group,
            stages=tuple(dict.fromkeys(group.stages)),
            kind=LimitKind(group.kind),
            name=name_of("the name of a WIP limit", group.name) if group.name.strip() else "",
        )
        for group in groups
    )


def _move_entry(value: Any) -> MoveEntry:
    return word_of("way to enter moves", MoveEntry, value)


def _map_time(value: Any) -> TimeBasis:
    return word_of("time of a map", TimeBasis, value)


@answer.register
def _(command: c.CreateStream, view: View) -> list[e.Event]:
    name = name_of("the stream's name", command.name)
    if view.stream_by_name(name) is not None:
        raise RuleViolation(
            RefusalCode.STATE, f"there is a stream called {name!r}", "choose another name"
        )
    first, teams = view.next_id("stage"), {}  # type: tuple[int, dict[str, int]]
    stages = tuple(
        new_stage(view, new, first + n, n + 1, teams) for n, new in enumerate(command.stages)
    )
    stream = ValueStream(
        id=view.next_id("stream"),
        name=name,
        zone=_zone(command.zone),
        stages=stages,
        edges=chain(stages),
        prefix=_prefix(command.prefix, name),
        workdays=workdays_of("working days", command.workdays),
        holidays=holidays_of("holidays", command.holidays),
        types=_types(command.types),
        vocabulary=_vocabulary(command.vocabulary),
        link=_link(command.link),
        move_entry=_move_entry(command.move_entry),
        map_time=_map_time(command.map_time),
    )
    if command.edges:
        edges = tuple(
            Edge(_named(stream, a).id, _named(stream, b).id, EdgeKind(k))
            for a, b, k in command.edges
        )
        stream = replace(stream, edges=edges)
    stream = replace(stream, group_limits=_new_groups(stream, command.group_limits))
    if command.commitment is not None:
        stream = replace(stream, commitment=_named(stream, command.commitment).id)
    valid(stream)
    names = {k: n.team for n in command.stages if n.team for k in [name_of("", n.team).casefold()]}
    made: list[e.Event] = [
        e.added(TEAM, team, name=name_of("the team's name", names[key] or ""))
        for key, team in teams.items()
    ]
    made.append(
        e.StreamCreated(
            stream=stream.id,
            name=stream.name,
            zone=stream.zone,
            prefix=stream.prefix,
            stages=tuple(stage_facts(s) for s in stages),
            edges=edge_facts(stream.edges),
            commitment=stream.commitment,
            workdays=stream.workdays,
            holidays=stream.holidays,
            types=stream.types,
            vocabulary=dict(stream.vocabulary),
            link=stream.link,
            move_entry=stream.move_entry,
            map_time=stream.map_time,
            group_limits=tuple(map(_group_facts, group_values(stream.group_limits))),
        )
    )
    return made


_group_facts = e.GroupLimitFacts.model_validate


def _new_groups(stream: ValueStream, groups: Iterable[NewGroupLimit]) -> tuple[GroupLimit, ...]:
    return _groups(
        GroupLimit(tuple(_named(stream, n).id for n in g.stages), g.limit, g.kind, g.name)
        for g in groups
    )


def _named(stream: ValueStream, name: str) -> Stage:
    stage = stream.find(name)
    if stage is None:
        raise RuleViolation(
            RefusalCode.UNKNOWN,
            f"there is no stage {name!r} in {stream.name}",
            f"its stages: {', '.join(s.name for s in stream.order)}",
        )
    return stage


@answer.register
def _(command: c.SetStream, view: View) -> list[e.Event]:
    stream = stream_of(view, command.stream)
    values: dict[str, Any] = {}
    for field, value in command.changes.items():
        if field == "name":
            values[field] = name_of("the stream's name", str(value))
            other = view.stream_by_name(values[field])
            if other is not None and other.id != stream.id:
                raise RuleViolation(
                    RefusalCode.STATE,
                    f"there is a stream called {other.name!r}",
                    "choose another name",
                )
        elif field == "prefix":
            values[field] = _prefix(str(value), stream.name)
        elif field in _FIELD:
            values[field] = _FIELD[field](value)
        else:
            names = ", ".join(("name", "prefix", *_FIELD))
            raise RuleViolation(
                RefusalCode.INVALID, f"a stream has no field {field!r}", f"use {names}"
            )
    changes = {k: (getattr(stream, k), v) for k, v in values.items() if getattr(stream, k) != v}
    if not changes:
        return []
    valid(replace(stream, **{k: v for k, (_, v) in changes.items()}))
    if "vocabulary" in changes:
        before, after = changes["vocabulary"]
        changes["vocabulary"] = (dict(before), dict(after))
    if "group_limits" in changes:
        before, after = changes["group_limits"]
        changes["group_limits"] = (group_values(before), group_values(after))
    return [e.StreamChanged(stream=stream.id, changes=changes)]


_FIELD: dict[str, Callable[[Any], Any]] = {
    "zone": lambda value: _zone(str(value)),
    "commitment": lambda value: value,
    "types": _types,
    "vocabulary": _vocabulary,
    "link": _link,
    "move_entry": _move_entry,
    "map_time": _map_time,
    "group_limits": _groups,
    "workdays": lambda value: workdays_of("working days", value),
    "holidays": lambda value: holidays_of("holidays", value),
}
