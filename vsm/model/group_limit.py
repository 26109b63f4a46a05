"""WIP limits over several stages of a stream together, and what is wrong with limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from vsm.model.limit_text import MOST
from vsm.model.stream import LimitKind, Stage, ValueStream


@dataclass(frozen=True, slots=True)
class GroupLimit:
    """The most items in several stages together, by their ids; a stage is in one group at most."""

    stages: tuple[int, ...]
    limit: int
    kind: LimitKind = LimitKind.SOFT
    name: str = ""


@dataclass(frozen=True, slots=True)
class NewGroupLimit:
    """A WIP limit over several stages, named by their names."""

    stages: tuple[str, ...]
    limit: int
    kind: LimitKind = LimitKind.SOFT
    name: str = ""


class GroupWip(NamedTuple):
    """Items in several stages against the limit that they share; ``stages`` are their ids."""

    label: str
    stages: tuple[int, ...]
    wip: int
    limit: int

    @property
    def is_over(self) -> bool:
        """Whether they hold more than the limit allows."""
        return self.wip > self.limit


def group_of(stream: ValueStream, stage_id: int) -> GroupLimit | None:
    """The group of stages with a limit that a stage is in."""
    return next((group for group in stream.group_limits if stage_id in group.stages), None)


def stages_of(stream: ValueStream, group: GroupLimit) -> list[Stage]:
    """The stages of a group that are on the board, in the order of the flow."""
    return [stage for stage in stream.line if stage.id in group.stages]


def label_of(stream: ValueStream, group: GroupLimit) -> str:
    """What a group is called: its name, else its stages (``Build + Review``)."""
    return group.name or " + ".join(s.name for s in stream.order if s.id in group.stages)


def group_text(stream: ValueStream, group: GroupLimit) -> str:
    """A group in words: ``Build + Review 6 hard``, or ``In work: Build + Review 6 hard``."""
    names = " + ".join(s.name for s in stream.order if s.id in group.stages)
    return f"{f'{group.name}: ' if group.name else ''}{names} {group.limit} {group.kind}"


_GROUP = re.compile(
    r"(?:(?P<name>[^:;]+):)?\s*(?P<stages>[^:;]+?)\s+(?P<limit>[0-9]{1,7})"
    r"(?:\s+(?P<kind>soft|hard))?\s*",
    re.IGNORECASE,
)
_EXAMPLE = "write Build + Review 6 hard, and ; between several"


def read_groups(stream: ValueStream, text: str) -> tuple[GroupLimit, ...]:
    """The limits that a text names, as :func:`group_text` writes them, ``;`` between them.

    Without ``soft`` or ``hard`` a limit is soft. Raises ``ValueError`` that says what is wrong.
    """
    if text.strip().casefold() in ("", "none"):
        return ()
    return tuple(_read_group(stream, part) for part in text.split(";") if part.strip())


def _read_group(stream: ValueStream, text: str) -> GroupLimit:
    match = _GROUP.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text.strip()!r} is no limit over several stages: {_EXAMPLE}")
    name = " ".join((match["name"] or "").split())
    kind = LimitKind((match["kind"] or LimitKind.SOFT).casefold())
    return GroupLimit(read_stages(stream, match["stages"]), int(match["limit"]), kind, name)


def read_stages(stream: ValueStream, text: str) -> tuple[int, ...]:
    """The ids of the stages that a text names, ``+`` or commas between them."""
    out = []
    for name in re.split(r"[+,]", text):
        stage = stream.find(name)
        if stage is None:
            there = ", ".join(s.name for s in stream.line if s.category.working)
            raise ValueError(f"there is no stage {name.strip()!r}: {there}")
        out.append(stage.id)
    return tuple(dict.fromkeys(out))


def group_values(groups: Iterable[GroupLimit]) -> list[dict[str, Any]]:
    """Groups as events and tables keep them."""
    return [
        {"stages": list(g.stages), "limit": g.limit, "kind": str(g.kind), "name": g.name}
        for g in groups
    ]


def groups_from(values: Iterable[Mapping[str, Any]]) -> tuple[GroupLimit, ...]:
    """Groups from what events and tables keep."""
    return tuple(
        GroupLimit(
            tuple(value["stages"]),
            value["limit"],
            LimitKind(value.get("kind", LimitKind.SOFT)),
            value.get("name", ""),
        )
        for value in values
    )


def most_allowed(stream: ValueStream) -> int | None:
    """The most items that the limits allow in the working stages; ``None`` where none is limited.

    Stages without a limit are left out, unless a group limits them. Items that do not count into
    these limits come on top, as many as the limits of their classes allow.
    """
    total: int | None = None
    for group in stream.group_limits:
        stages = [stage for stage in stages_of(stream, group) if stage.category.working]
        if stages:
            single = [stage.limit or 0 for stage in stages if stage.limited]
            counted = min(group.limit, sum(single)) if len(single) == len(stages) else group.limit
            total = (total or 0) + counted + sum(map(_most_exempt, stages))
    for stage in stream.line:
        if stage.category.working and stage.limited and group_of(stream, stage.id) is None:
            total = (total or 0) + (stage.limit or 0) + _most_exempt(stage)
    return total


def _most_exempt(stage: Stage) -> int:
    """The most items in a stage that do not count into its limit."""
    return sum(stage.class_limit(service) or 0 for service in stage.exempt)


def limit_problems(stream: ValueStream) -> list[str]:
    """All that is wrong with the WIP limits of a stream, in sentences."""
    out: list[str] = []
    for stage in stream.stages:
        if stage.limit is not None and stage.limit < 1:
            out.append(f"the WIP limit of {stage.name!r} is {stage.limit}: give 1 or more")
        is_limited = stage.limit is not None or bool(stage.class_limits)
        if not is_limited and stage.limit_kind is not LimitKind.NONE:
            out.append(f"{stage.name!r} has a {stage.limit_kind} limit without a number")
        without = [c for c in stage.exempt if stage.class_limit(c) is None]
        out += [f"{c} items of {stage.name!r} need a limit of their own" for c in without]
        if (stage.limited or stage.class_limits) and not stage.category.working:
            out.append(_not_working(stage))
    return [*out, *_group_problems(stream)]


def _not_working(stage: Stage) -> str:
    return f"{stage.name!r} is {stage.category}: only queue and active stages can have a WIP limit"


def _group_problems(stream: ValueStream) -> list[str]:
    out: list[str] = []
    seen: set[int] = set()
    for group in stream.group_limits:
        label = label_of(stream, group)
        missing = [number for number in group.stages if number not in stream.by_id]
        if missing:
            out.append(f"a WIP limit names stage {missing[0]}, which is not in the stream")
        if len(set(group.stages)) < 2:
            out.append(f"the WIP limit of {label!r} is of one stage: give two or more")
        if not 1 <= group.limit <= MOST:
            out.append(f"the WIP limit of {label!r} is {group.limit}: give 1 to {MOST}")
        if group.kind is LimitKind.NONE:
            out.append(f"the WIP limit of {label!r} is neither soft nor hard")
        for stage in (stream.by_id[number] for number in group.stages if number in stream.by_id):
            if not stage.category.working:
                out.append(_not_working(stage))
            if stage.id in seen:
                out.append(f"{stage.name!r} is in two WIP limits over several stages")
            seen.add(stage.id)
    return out
