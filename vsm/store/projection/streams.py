"""Events of streams, stages and edges → rows."""

from __future__ import annotations

from collections.abc import Iterable

from vsm.model import event as e
from vsm.model.declared import DECLARED_FIELDS
from vsm.model.event import Recorded
from vsm.store.entities import pack
from vsm.store.projection.base import Projector, fold

_STREAM = (
    *("name", "zone", "prefix", "commitment"),
    *("workdays", "holidays", "types", "vocabulary", "link", "move_entry"),
    *("map_time", "group_limits"),
)
_STAGE = (
    *("name", "category", "team", "wip_limit", "limit_kind", "policy"),
    *("class_limits", "retired", "behaviour", "note", "exempt"),
    *DECLARED_FIELDS,
)
_PACKED = (
    *("workdays", "holidays", "types", "vocabulary", "class_limits", "exempt"),
    "group_limits",
)


@fold.register
def _(event: e.StreamCreated, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "INSERT INTO stream(id, name, name_fold, zone, prefix, commitment, version,"
        " last_number, last_activity, workdays, holidays, types, vocabulary, link,"
        " move_entry, map_time, group_limits)"
        " VALUES(?, ?, ?, ?, ?, ?, 1, 0, NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            event.stream,
            event.name,
            event.name.casefold(),
            event.zone,
            event.prefix,
            event.commitment,
            pack(event.workdays),
            pack(event.holidays),
            pack(event.types),
            pack(event.vocabulary),
            event.link,
            event.move_entry.value,
            event.map_time.value,
            pack([group.model_dump(mode="json") for group in event.group_limits]),
        ),
    )
    p.count("stream", event.stream)
    for stage in event.stages:
        _add_stage(p, event.stream, stage)
    _set_edges(p, event.stream, event.edges)


@fold.register
def _(event: e.StreamRemoved, p: Projector, r: Recorded) -> None:
    for table in ("edge", "stage"):
        p.conn.execute(f"DELETE FROM {table} WHERE stream = ?", (event.stream,))
    p.conn.execute("DELETE FROM stream WHERE id = ?", (event.stream,))
    p.forget(event.stream)


@fold.register
def _(event: e.StreamChanged, p: Projector, r: Recorded) -> None:
    for column, (_, value) in event.changes.items():
        if column not in _STREAM:
            raise LookupError(f"a stream has no column {column!r}")
        if column in _PACKED:
            value = pack(value)
        p.conn.execute(f"UPDATE stream SET {column} = ? WHERE id = ?", (value, event.stream))
        if column == "name":
            p.conn.execute(
                "UPDATE stream SET name_fold = ? WHERE id = ?",
                (str(value).casefold(), event.stream),
            )
    _reconfigured(p, event.stream, flow=bool({"zone", "commitment"} & set(event.changes)))


@fold.register
def _(event: e.StageAdded, p: Projector, r: Recorded) -> None:
    _add_stage(p, event.stream, event.stage)
    _rearrange(p, event)


@fold.register
def _(event: e.StageRemoved, p: Projector, r: Recorded) -> None:
    p.conn.execute("DELETE FROM edge WHERE stream = ?", (event.stream,))
    p.conn.execute("DELETE FROM stage WHERE id = ?", (event.stage.id,))
    _rearrange(p, event)


@fold.register
def _(event: e.StageChanged, p: Projector, r: Recorded) -> None:
    columns = {"limit": "wip_limit"}
    for field, (_, value) in event.changes.items():
        column = columns.get(field, field)
        if column not in _STAGE:
            raise LookupError(f"a stage has no column {column!r}")
        if column in _PACKED:
            value = pack(value)
        p.conn.execute(f"UPDATE stage SET {column} = ? WHERE id = ?", (value, event.stage))
        if column == "name":
            p.conn.execute(
                "UPDATE stage SET name_fold = ? WHERE id = ?",
                (str(value).casefold(), event.stage),
            )
    _reconfigured(p, event.stream, flow="category" in event.changes)


@fold.register
def _(event: e.StagesRearranged, p: Projector, r: Recorded) -> None:
    _rearrange(p, event)


@fold.register
def _(event: e.EdgesChanged, p: Projector, r: Recorded) -> None:
    _set_edges(p, event.stream, event.after)
    _reconfigured(p, event.stream, flow=True)


def _add_stage(p: Projector, stream: int, stage: e.StageFacts) -> None:
    p.conn.execute(
        "INSERT INTO stage(id, stream, name, name_fold, category, position, team, wip_limit,"
        " limit_kind, policy, class_limits, retired, behaviour, process_days, wait_days,"
        " complete_accurate, declared_note, note, exempt)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            stage.id,
            stream,
            stage.name,
            stage.name.casefold(),
            stage.category.value,
            stage.position,
            stage.team,
            stage.limit,
            stage.limit_kind.value,
            stage.policy,
            pack(stage.class_limits),
            int(stage.retired),
            stage.behaviour.value,
            stage.process_days,
            stage.wait_days,
            stage.complete_accurate,
            stage.declared_note,
            stage.note,
            pack(stage.exempt),
        ),
    )
    p.count("stage", stage.id)


def _rearrange(p: Projector, event: e.StageAdded | e.StageRemoved | e.StagesRearranged) -> None:
    p.conn.executemany(
        "UPDATE stage SET position = ? WHERE id = ?",
        [(after, stage) for stage, (_, after) in event.positions.items()],
    )
    _set_edges(p, event.stream, event.edges)
    _reconfigured(p, event.stream, flow=True)


def _set_edges(p: Projector, stream: int, edges: Iterable[e.EdgeFacts]) -> None:
    p.conn.execute("DELETE FROM edge WHERE stream = ?", (stream,))
    p.conn.executemany(
        "INSERT INTO edge(stream, source, target, kind, place, note) VALUES(?, ?, ?, ?, ?, ?)",
        [(stream, x.source, x.target, x.kind.value, n, x.note) for n, x in enumerate(edges)],
    )
    p.forget(stream)


def _reconfigured(p: Projector, stream: int, *, flow: bool) -> None:
    """A stream's configuration changed: forget it, and work its flow cache out anew."""
    p.conn.execute("UPDATE stream SET version = version + 1 WHERE id = ?", (stream,))
    p.forget(stream)
    if not flow:
        return
    items = p.conn.execute("SELECT id FROM item WHERE stream = ?", (stream,)).fetchall()
    for (item,) in items:
        p.flow(item)
