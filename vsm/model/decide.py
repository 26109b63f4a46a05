"""All rules on what people may do, and nothing else: command → events or a refusal.

``decide`` asks a read-only :class:`~vsm.model.view.View` and answers. Keyboard, drag, bulk
edit and command line obey the same rules because they live only here. What is allotted (ids,
ranks, keys, defaults) is allotted here and stands in the event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import singledispatch
from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.errors import Refusal
from vsm.model.item import EDITABLE, BlockerKind, ClassOfService, Item, LinkKind
from vsm.model.stream import (
    Category,
    Edge,
    EdgeKind,
    LimitKind,
    Stage,
    StreamError,
    ValueStream,
    chain,
)
from vsm.model.view import View

GAP = 1 << 20
"""Distance between neighbours' ranks when a stage is filled or spread anew."""

TITLE_MAX = 500
TEXT_MAX = 20_000
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*-[0-9]+")

Decision = list[e.Event] | Refusal


class _No(Exception):
    """Carries a refusal up from a helper to :func:`decide`."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def decide(view: View, command: c.Command) -> Decision:
    """Answer a command with the events that it leads to, or with a refusal."""
    try:
        return _decide(command, view)
    except _No as no:
        return no.refusal


@singledispatch
def _decide(command: object, view: View) -> list[e.Event]:
    raise TypeError(f"no rule for {type(command).__name__}")


# -- helpers -----------------------------------------------------------------------


def _no(code: str, message: str, remedy: str = "", items: tuple[str, ...] = ()) -> _No:
    return _No(Refusal(code, message, remedy, items))


def _item(view: View, item_id: int, expected: int | None) -> Item:
    item = view.item(item_id)
    if item is None:
        raise _no("unknown", f"there is no item {item_id}", "it was taken back or never was")
    if expected is not None and item.version != expected:
        last = view.last_change(item_id)
        by = f"{last.actor} {last.text}" if last else "somebody changed it"
        raise _no(
            "stale", f"{item.key} has changed since you looked: {by}", "look again", (item.key,)
        )
    return item


def _live(view: View, item_id: int, expected: int | None) -> Item:
    item = _item(view, item_id, expected)
    if item.archived:
        raise _no(
            "state",
            f"{item.key} is archived",
            f"bring it back first: vsm item archive {item.key} --undo",
            (item.key,),
        )
    return item


def _stream(view: View, stream_id: int) -> ValueStream:
    stream = view.stream(stream_id)
    if stream is None:
        raise _no("unknown", f"there is no stream {stream_id}", "list them: vsm stream list")
    return stream


def _valid(stream: ValueStream) -> ValueStream:
    try:
        return stream.validate()
    except StreamError as error:
        raise _no("invalid", f"stream {stream.name!r}: {error}", "nothing was changed") from error


def _room(view: View, stage: Stage, reason: str | None) -> e.Override | None:
    """The override to record, ``None`` where there is room; refuses by the stage's limit."""
    if not stage.limited or stage.limit is None:
        return None
    wip = view.wip(stage.id)
    if wip < stage.limit:
        return None
    if stage.limit_kind is LimitKind.HARD:
        first = tuple(view.finishable(stage.id, 3))
        remedy = (
            f"finish one of these first: {', '.join(first)}"
            if first
            else "every item there is blocked: unblock one first"
        )
        raise _no("wip-hard", f"{stage.name} is full: {wip} of {stage.limit}", remedy, first)
    text = (reason or "").strip()
    if not text:
        raise _no(
            "wip-soft",
            f"{stage.name} already holds {wip} of {stage.limit}",
            "say why it should take one more",
        )
    return e.Override(limit=stage.limit, wip=wip + 1, reason=_text("the reason", text))


def _text(what: str, value: str, longest: int = TEXT_MAX) -> str:
    if len(value) > longest:
        raise _no("invalid", f"{what} has {len(value)} characters", f"{longest} are allowed")
    if "\x00" in value:
        raise _no("invalid", f"{what} has a NUL character", "take it out")
    return value.encode("utf-8", "replace").decode("utf-8")


def _name(what: str, value: str) -> str:
    name = " ".join(_text(what, value, 100).split())
    if not name:
        raise _no("invalid", f"{what} is empty", "give it a name")
    return name


def _last(view: View, stage_id: int) -> int:
    last = view.last_rank(stage_id)
    return GAP if last is None else last + GAP


# -- fields ------------------------------------------------------------------------


def _fields(view: View, given: Mapping[str, Any], stream: ValueStream, key: str) -> dict[str, Any]:
    """Validated values of the named fields; refuses unknown names and bad values."""
    out: dict[str, Any] = {}
    for name, value in given.items():
        if name not in EDITABLE:
            raise _no("invalid", f"an item has no field {name!r}", f"use {', '.join(EDITABLE)}")
        out[name] = _FIELD[name](view, value)
    parent = out.get("parent")
    if parent:
        _check_parent(view, parent, key)
    return out


def _check_parent(view: View, parent: str, key: str) -> None:
    chain_of, above = [key.casefold()], view.item_by_key(parent)
    if above is None:
        raise _no("unknown", f"there is no item {parent} to be the parent", "check the key")
    while above is not None:
        if above.key.casefold() in chain_of:
            raise _no("cycle", f"{parent} lies below {key}", "an item cannot be its own ancestor")
        chain_of.append(above.key.casefold())
        above = view.item_by_key(above.parent) if above.parent else None


def _title(_view: View, value: Any) -> str:
    title = " ".join(_text("the title", str(value or ""), TITLE_MAX).split())
    if not title:
        raise _no("invalid", "the title is empty", "say in a few words what the item is")
    return title


def _optional(what: str) -> Any:
    def read(_view: View, value: Any) -> str | None:
        text = " ".join(_text(what, str(value or ""), 200).split())
        return text or None

    return read


def _type(_view: View, value: Any) -> str:
    return _name("the type", str(value or ""))


def _service(_view: View, value: Any) -> ClassOfService:
    try:
        return ClassOfService(str(value).strip().casefold().replace("_", "-").replace(" ", "-"))
    except ValueError:
        names = ", ".join(ClassOfService)
        raise _no("invalid", f"there is no class of service {value!r}", f"use {names}") from None


def _team_id(view: View, value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or view.team(value) is None:
        raise _no("unknown", f"there is no team {value}", "list them: vsm team list")
    return value


def _estimate(_view: View, value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < 1e9:
        raise _no("invalid", f"{value!r} is no estimate", "give a number of 0 or more")
    return number


def _due(_view: View, value: Any) -> str | None:
    if not value:
        return None
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise _no("invalid", f"{value!r} is no date", "give it as YYYY-MM-DD") from None


def _labels(_view: View, value: Any) -> tuple[str, ...]:
    words = value if isinstance(value, (list, tuple)) else str(value or "").split(",")
    seen: dict[str, str] = {}
    for word in words:
        label = " ".join(_text("a label", str(word), 100).split())
        if label:
            seen.setdefault(label.casefold(), label)
    return tuple(seen.values())


_FIELD: dict[str, Any] = {
    "title": _title,
    "description": lambda _view, value: _text("the description", str(value or "")),
    "type": _type,
    "service": _service,
    "owner": _optional("the owner"),
    "team": _team_id,
    "estimate": _estimate,
    "due": _due,
    "labels": _labels,
    "parent": _optional("the parent"),
}


# -- items -------------------------------------------------------------------------


@_decide.register
def _(command: c.AddItem, view: View) -> list[e.Event]:
    stream = _stream(view, command.stream)
    if command.stage is None:
        stage = next((s for s in stream.order if not s.category.ended), stream.order[0])
    elif command.stage in stream.by_id:
        stage = stream.stage(command.stage)
    else:
        raise _no("unknown", f"stage {command.stage} is not in {stream.name}")
    number: int | None = None
    if command.key is None:
        number = view.next_number(stream.id)
        while view.item_by_key(f"{stream.prefix}-{number}") is not None:
            number += 1
        key = f"{stream.prefix}-{number}"
    else:
        key = command.key.strip()
        if not _KEY.fullmatch(key):
            raise _no("invalid", f"{key!r} is no key", "a key looks like PAY-131")
        if view.item_by_key(key) is not None:
            raise _no("state", f"{key} is there already", "choose another key", (key,))
    fields = _fields(view, {**command.fields, "title": command.title}, stream, key)
    override = _room(view, stage, command.reason)
    return [
        e.ItemAdded(
            item=view.next_id("item"),
            stream=stream.id,
            key=key,
            number=number,
            stage=stage.id,
            rank=_last(view, stage.id),
            fields=e.ItemFields(**fields),
            override=override,
        )
    ]


@_decide.register
def _(command: c.EditItem, view: View) -> list[e.Event]:
    item = _item(view, command.item, command.expected_version)
    stream = _stream(view, item.stream)
    wanted = _fields(view, command.changes, stream, item.key)
    changes = {
        name: (_plain(getattr(item, name)), _plain(value))
        for name, value in wanted.items()
        if getattr(item, name) != value
    }
    if not changes:
        return []
    return [e.ItemEdited(item=item.id, stream=item.stream, changes=changes)]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, ClassOfService) else value


@_decide.register
def _(command: c.MoveItem, view: View) -> list[e.Event]:
    item = _live(view, command.item, command.expected_version)
    stream = _stream(view, item.stream)
    if command.to not in stream.by_id:
        other = view.stream_of_stage(command.to)
        where = (
            f"stage {other.stage(command.to).name!r} belongs to {other.name}"
            if other
            else (f"there is no stage {command.to}")
        )
        raise _no("unknown", where, f"{item.key} is in {stream.name}")
    return [_move(view, item, stream, stream.stage(command.to), command.reason)]


def _move(
    view: View, item: Item, stream: ValueStream, target: Stage, reason: str | None
) -> e.ItemMoved:
    source = stream.stage(item.stage)
    if target.id == source.id:
        raise _no("state", f"{item.key} is already in {target.name}", items=(item.key,))
    override = _room(view, target, reason)
    how = "move"
    if target.category is Category.DROPPED:
        how = "drop"
    elif source.category.ended and not target.category.ended:
        how = "reopen"
    return e.ItemMoved.model_validate(
        {
            "item": item.id,
            "stream": stream.id,
            "source": source.id,
            "target": target.id,
            "rank_before": item.rank,
            "rank": _last(view, target.id),
            "how": how,
            "reason": _text("the reason", (reason or "").strip()),
            "override": override,
        }
    )


@_decide.register
def _(command: c.ReorderItem, view: View) -> list[e.Event]:
    item = _live(view, command.item, command.expected_version)
    stage = _stream(view, item.stream).stage(item.stage)
    if stage.category.ended:
        raise _no("state", f"{stage.name} is ordered by when items came there", items=(item.key,))
    around = view.between(item.id, command.by)
    if around is None:
        end = "top" if command.by < 0 else "bottom"
        raise _no("state", f"{item.key} is at the {end} of its group in {stage.name}")
    low, high = around
    events: list[e.Event] = []
    before = item.rank
    if low is not None and high is not None and high - low < 2:
        ranks = view.ranks(stage.id)
        fresh = {item_id: GAP * (n + 1) for n, (item_id, _) in enumerate(ranks)}
        old = dict(ranks)
        lows = [fresh[i] for i, rank in old.items() if rank == low and i != item.id]
        highs = [fresh[i] for i, rank in old.items() if rank == high and i != item.id]
        events.append(
            e.StageRespaced(
                stream=item.stream,
                stage=stage.id,
                ranks=tuple((i, old[i], fresh[i]) for i in old),
            )
        )
        low, high, before = max(lows), min(h for h in highs if h > max(lows)), fresh[item.id]
    if low is None and high is not None:
        rank = high - GAP
    elif high is None and low is not None:
        rank = low + GAP
    else:
        rank = ((low or 0) + (high or 0)) // 2
    events.append(
        e.ItemReordered(
            item=item.id, stream=item.stream, stage=stage.id, rank_before=before, rank=rank
        )
    )
    return events


@_decide.register
def _(command: c.BlockItem, view: View) -> list[e.Event]:
    item = _live(view, command.item, command.expected_version)
    stage = _stream(view, item.stream).stage(item.stage)
    if item.block is not None:
        raise _no(
            "state",
            f"{item.key} is blocked already ({item.block.kind}: {item.block.reason})",
            "unblock it first",
            (item.key,),
        )
    if stage.category.ended:
        raise _no("state", f"{item.key} is in {stage.name}: nothing holds it up", items=(item.key,))
    reason = _text("the reason", command.reason.strip(), 1000)
    if not reason:
        raise _no(
            "invalid", "a blocker needs a reason", "say what has to happen before it can go on"
        )
    return [
        e.ItemBlocked(
            item=item.id,
            stream=item.stream,
            block=view.next_id("block"),
            why=BlockerKind(command.kind),
            reason=reason,
        )
    ]


@_decide.register
def _(command: c.UnblockItem, view: View) -> list[e.Event]:
    item = _item(view, command.item, command.expected_version)
    if item.block is None:
        raise _no("state", f"{item.key} is not blocked", items=(item.key,))
    return [e.ItemUnblocked(item=item.id, stream=item.stream, block=item.block.id)]


@_decide.register
def _(command: c.DropItem, view: View) -> list[e.Event]:
    item = _live(view, command.item, command.expected_version)
    stream = _stream(view, item.stream)
    target = next((s for s in stream.order if s.category is Category.DROPPED), None)
    if target is not None:
        return [_move(view, item, stream, target, command.reason)]
    added = _insert(view, stream, c.NewStage("Dropped", Category.DROPPED), None)
    target = Stage(id=added.stage.id, name=added.stage.name, category=Category.DROPPED, position=0)
    wider = replace(stream, stages=(*stream.stages, target))
    return [added, _move(view, item, wider, target, command.reason)]


@_decide.register
def _(command: c.ReopenItem, view: View) -> list[e.Event]:
    item = _live(view, command.item, command.expected_version)
    stream = _stream(view, item.stream)
    if not stream.stage(item.stage).category.ended:
        raise _no(
            "state",
            f"{item.key} is in {stream.stage(item.stage).name}, neither done nor dropped",
            items=(item.key,),
        )
    if command.to is not None:
        if command.to not in stream.by_id:
            raise _no("unknown", f"stage {command.to} is not in {stream.name}")
        target: Stage | None = stream.stage(command.to)
    else:
        came = (stream.by_id.get(v.stage) for v in reversed(view.visits(item.id)))
        target = next((s for s in came if s is not None and not s.category.ended), None)
        target = target or stream.commitment_stage or stream.order[0]
    if target is None or target.category.ended:
        name = target.name if target else "?"
        raise _no("state", f"{name} is no stage to reopen into", "choose one before done")
    return [_move(view, item, stream, target, command.reason)]


@_decide.register
def _(command: c.ArchiveItem, view: View) -> list[e.Event]:
    item = _item(view, command.item, command.expected_version)
    if item.archived == command.archived:
        return []
    return [e.ItemArchived(item=item.id, stream=item.stream, archived=command.archived)]


@_decide.register
def _(command: c.LinkItems, view: View) -> list[e.Event]:
    source, target = _item(view, command.source, None), _item(view, command.target, None)
    if source.id == target.id:
        raise _no("invalid", f"{source.key} cannot be linked to itself", items=(source.key,))
    if command.kind is LinkKind.PARENT:
        return _decide(c.EditItem(target.id, {"parent": source.key}), view)
    ends = (source.key, target.key)
    if command.kind is LinkKind.RELATES:
        ends = tuple(sorted(ends))  # type: ignore[assignment]
    if view.linked(command.kind, *ends):
        raise _no("state", f"{source.key} {command.kind} {target.key} already")
    if command.kind is LinkKind.BLOCKS:
        path = tuple(view.blocking_path(target.key, source.key))
        if path:
            circle = " → ".join((source.key, *path))
            raise _no(
                "cycle", f"that would close a circle: {circle}", "take a link away first", path
            )
    return [
        e.ItemLinked(
            item=source.id, stream=source.stream, link=command.kind, source=ends[0], target=ends[1]
        )
    ]


@_decide.register
def _(command: c.UnlinkItems, view: View) -> list[e.Event]:
    source, target = _item(view, command.source, None), _item(view, command.target, None)
    if command.kind is LinkKind.PARENT:
        if (target.parent or "").casefold() != source.key.casefold():
            raise _no("state", f"{source.key} is not the parent of {target.key}")
        return _decide(c.EditItem(target.id, {"parent": None}), view)
    ends = (source.key, target.key)
    if command.kind is LinkKind.RELATES:
        ends = tuple(sorted(ends))  # type: ignore[assignment]
    if not view.linked(command.kind, *ends):
        raise _no("state", f"no link says that {source.key} {command.kind} {target.key}")
    return [
        e.ItemUnlinked(
            item=source.id, stream=source.stream, link=command.kind, source=ends[0], target=ends[1]
        )
    ]


# -- streams, stages, teams --------------------------------------------------------


def _edges(edges: tuple[Edge, ...]) -> tuple[e.EdgeFacts, ...]:
    return tuple(e.EdgeFacts(source=x.source, target=x.target, kind=x.kind) for x in edges)


def stage_facts(stage: Stage) -> e.StageFacts:
    """A stage as an event carries it."""
    return e.StageFacts(
        id=stage.id,
        name=stage.name,
        category=stage.category,
        position=stage.position,
        team=stage.team,
        limit=stage.limit,
        limit_kind=stage.limit_kind,
        policy=stage.policy,
    )


def _new_stage(
    view: View, new: c.NewStage, stage_id: int, position: int, teams: dict[str, int]
) -> Stage:
    limit, kind = _limit(new.limit, new.limit_kind, new.limit is not None)
    team: int | None = None
    if new.team:
        name = _name("the team's name", new.team)
        known = view.team_by_name(name)
        if known is not None:
            team = known.id
        else:
            team = teams.setdefault(name.casefold(), view.next_id("team") + len(teams))
    return Stage(
        id=stage_id,
        name=_name("a stage's name", new.name),
        category=Category(new.category),
        position=position,
        team=team,
        limit=limit,
        limit_kind=kind,
        policy=_text("the policy", new.policy.strip()),
    )


def _limit(limit: Any, kind: Any, given: bool) -> tuple[int | None, LimitKind]:
    """A limit without a kind is soft; no limit has no kind."""
    if limit is None:
        return None, LimitKind.NONE
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 1_000_000:
        raise _no("invalid", f"{limit!r} is no WIP limit", "give a whole number of 1 or more")
    kind = LimitKind(kind)
    return limit, LimitKind.SOFT if kind is LimitKind.NONE and given else kind


def _prefix(text: str, name: str) -> str:
    wanted = text.strip() or _initials(name)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,19}", wanted):
        raise _no(
            "invalid", f"{wanted!r} is no key prefix", "letters, digits and _, a letter first: PAY"
        )
    return wanted.upper()


def _initials(name: str) -> str:
    words = re.findall(r"[A-Za-z][A-Za-z0-9]*", name)
    if len(words) > 1:
        return "".join(w[0] for w in words)[:6].upper()
    return words[0][:4].upper() if words else "ITEM"


def _zone(name: str) -> str:
    from vsm.model.rules import zone_of

    try:
        zone_of(name)
    except ValueError as error:
        raise _no("invalid", str(error)) from None
    return name


@_decide.register
def _(command: c.CreateStream, view: View) -> list[e.Event]:
    name = _name("the stream's name", command.name)
    if view.stream_by_name(name) is not None:
        raise _no("state", f"there is a stream called {name!r}", "choose another name")
    first, teams = view.next_id("stage"), {}  # type: tuple[int, dict[str, int]]
    stages = tuple(
        _new_stage(view, new, first + n, n + 1, teams) for n, new in enumerate(command.stages)
    )
    stream = ValueStream(
        id=view.next_id("stream"),
        name=name,
        zone=_zone(command.zone),
        stages=stages,
        edges=chain(stages),
        prefix=_prefix(command.prefix, name),
    )
    if command.edges:
        edges = tuple(
            Edge(_named(stream, a).id, _named(stream, b).id, EdgeKind(k))
            for a, b, k in command.edges
        )
        stream = replace(stream, edges=edges)
    if command.commitment is not None:
        stream = replace(stream, commitment=_named(stream, command.commitment).id)
    _valid(stream)
    names = {k: n.team for n in command.stages if n.team for k in [_name("", n.team).casefold()]}
    made: list[e.Event] = [
        e.TeamAdded(team=team, name=_name("the team's name", names[key] or ""))
        for key, team in teams.items()
    ]
    made.append(
        e.StreamCreated(
            stream=stream.id,
            name=stream.name,
            zone=stream.zone,
            prefix=stream.prefix,
            stages=tuple(stage_facts(s) for s in stages),
            edges=_edges(stream.edges),
            commitment=stream.commitment,
        )
    )
    return made


def _named(stream: ValueStream, name: str) -> Stage:
    stage = stream.find(name)
    if stage is None:
        raise _no(
            "unknown",
            f"there is no stage {name!r} in {stream.name}",
            f"its stages: {', '.join(s.name for s in stream.order)}",
        )
    return stage


@_decide.register
def _(command: c.SetStream, view: View) -> list[e.Event]:
    stream = _stream(view, command.stream)
    wanted: dict[str, Any] = {}
    for field, value in command.changes.items():
        if field == "name":
            wanted[field] = _name("the stream's name", str(value))
            other = view.stream_by_name(wanted[field])
            if other is not None and other.id != stream.id:
                raise _no(
                    "state", f"there is a stream called {other.name!r}", "choose another name"
                )
        elif field == "zone":
            wanted[field] = _zone(str(value))
        elif field == "prefix":
            wanted[field] = _prefix(str(value), stream.name)
        elif field == "commitment":
            wanted[field] = value
        else:
            raise _no(
                "invalid", f"a stream has no field {field!r}", "use name, zone, prefix, commitment"
            )
    changes = {k: (getattr(stream, k), v) for k, v in wanted.items() if getattr(stream, k) != v}
    if not changes:
        return []
    _valid(replace(stream, **{k: v for k, (_, v) in changes.items()}))
    return [e.StreamChanged(stream=stream.id, changes=changes)]


@_decide.register
def _(command: c.AddStage, view: View) -> list[e.Event]:
    stream = _stream(view, command.stream)
    if command.after is not None and command.after not in stream.by_id:
        raise _no("unknown", f"stage {command.after} is not in {stream.name}")
    teams: dict[str, int] = {}
    added = _insert(view, stream, command.stage, command.after, teams)
    made: list[e.Event] = [
        e.TeamAdded(team=team, name=_name("the team's name", command.stage.team or ""))
        for team in teams.values()
    ]
    return [*made, added]


def _insert(
    view: View,
    stream: ValueStream,
    new: c.NewStage,
    after: int | None,
    teams: dict[str, int] | None = None,
) -> e.StageAdded:
    category = Category(new.category)
    if after is None:
        before = [
            s
            for s in stream.order
            if (category is Category.DROPPED)
            or (category is Category.DONE and s.category is not Category.DROPPED)
            or not s.category.ended
        ]
        after = before[-1].id if before else None
    place = stream.index[after] + 1 if after is not None else 0
    stage = _new_stage(view, new, view.next_id("stage"), 0, teams if teams is not None else {})
    line = list(stream.order)
    line.insert(place, stage)
    position = {s.id: n + 1 for n, s in enumerate(line)}
    stage = replace(stage, position=position[stage.id])
    stages = tuple(stage if s.id == stage.id else replace(s, position=position[s.id]) for s in line)
    edges = stream.edges
    if category is not Category.DROPPED and after is not None:
        onward = [x for x in edges if x.source == after and x.kind is EdgeKind.FORWARD]
        kept = [x for x in edges if x not in onward]
        kept.append(Edge(after, stage.id))
        kept += [Edge(stage.id, x.target) for x in onward]
        edges = tuple(kept)
    elif category is not Category.DROPPED and stream.order:
        edges = (Edge(stage.id, stream.order[0].id), *edges)
    _valid(replace(stream, stages=stages, edges=edges))
    return e.StageAdded(
        stream=stream.id,
        stage=stage_facts(stage),
        positions={
            s.id: (s.position, position[s.id])
            for s in stream.stages
            if s.position != position[s.id]
        },
        edges=_edges(edges),
        edges_before=_edges(stream.edges),
    )


@_decide.register
def _(command: c.SetStage, view: View) -> list[e.Event]:
    stream = view.stream_of_stage(command.stage)
    if stream is None:
        raise _no("unknown", f"there is no stage {command.stage}", "list them: vsm stage list")
    stage = stream.stage(command.stage)
    wanted: dict[str, Any] = {}
    for field, value in command.changes.items():
        if field == "name":
            wanted[field] = _name("a stage's name", str(value))
        elif field == "category":
            wanted[field] = Category(value)
        elif field == "team":
            wanted[field] = _team_id(view, value)
        elif field == "policy":
            wanted[field] = _text("the policy", str(value or "").strip())
        elif field not in ("limit", "limit_kind"):
            raise _no("invalid", f"a stage has no field {field!r}")
    if "limit" in command.changes or "limit_kind" in command.changes:
        limit = command.changes.get("limit", stage.limit)
        kind = command.changes.get("limit_kind", stage.limit_kind)
        if "limit" not in command.changes and limit is None and LimitKind(kind) != LimitKind.NONE:
            raise _no("invalid", f"{stage.name} has no WIP limit", "give the number too")
        if LimitKind(kind) is LimitKind.NONE and "limit_kind" in command.changes:
            limit = None
        wanted["limit"], wanted["limit_kind"] = _limit(limit, kind, True)
    changes = {k: (getattr(stage, k), v) for k, v in wanted.items() if getattr(stage, k) != v}
    if not changes:
        return []
    _valid(stream.with_stage(replace(stage, **{k: v for k, (_, v) in changes.items()})))
    return [e.StageChanged(stream=stream.id, stage=stage.id, changes=changes)]


@_decide.register
def _(command: c.AddEdge, view: View) -> list[e.Event]:
    stream = _one_stream(view, command.source, command.target)
    if any((x.source, x.target) == (command.source, command.target) for x in stream.edges):
        a, b = stream.stage(command.source).name, stream.stage(command.target).name
        raise _no("state", f"an edge leads from {a} to {b} already")
    edges = (*stream.edges, Edge(command.source, command.target, EdgeKind(command.kind)))
    return _redraw(stream, edges)


@_decide.register
def _(command: c.RemoveEdge, view: View) -> list[e.Event]:
    stream = _one_stream(view, command.source, command.target)
    edges = tuple(
        x for x in stream.edges if (x.source, x.target) != (command.source, command.target)
    )
    if len(edges) == len(stream.edges):
        a, b = stream.stage(command.source).name, stream.stage(command.target).name
        raise _no("state", f"no edge leads from {a} to {b}")
    return _redraw(stream, edges)


def _one_stream(view: View, source: int, target: int) -> ValueStream:
    stream = view.stream_of_stage(source)
    if stream is None or target not in stream.by_id:
        raise _no("invalid", "both stages of an edge must be in one stream")
    return stream


def _redraw(stream: ValueStream, edges: tuple[Edge, ...]) -> list[e.Event]:
    _valid(replace(stream, edges=edges))
    return [e.EdgesChanged(stream=stream.id, before=_edges(stream.edges), after=_edges(edges))]


@_decide.register
def _(command: c.AddTeam, view: View) -> list[e.Event]:
    name = _name("the team's name", command.name)
    if view.team_by_name(name) is not None:
        raise _no("state", f"there is a team called {name!r}", "choose another name")
    return [e.TeamAdded(team=view.next_id("team"), name=name)]


@_decide.register
def _(command: c.SetTeam, view: View) -> list[e.Event]:
    team = view.team(command.team)
    if team is None:
        raise _no("unknown", f"there is no team {command.team}", "list them: vsm team list")
    name = _name("the team's name", command.name)
    other = view.team_by_name(name)
    if other is not None and other.id != team.id:
        raise _no("state", f"there is a team called {other.name!r}", "choose another name")
    if name == team.name:
        return []
    return [e.TeamChanged(team=team.id, changes={"name": (team.name, name)})]
