"""The JSON shapes of what the command line prints: plain values, stable keys and order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from vsm.model.board import Change, Detail, Line, LogEntry, StreamInfo
from vsm.model.calendar import weekday_names
from vsm.model.entity import Entity, Field, Names
from vsm.model.field_types import REFERENCES
from vsm.model.group_limit import GroupLimit, NewGroupLimit
from vsm.model.rules import iso, iso_or_none
from vsm.model.stream import Stage, ValueStream

if TYPE_CHECKING:
    from vsm.templates import Template

Shape = dict[str, Any]


def stage_shape(stage: Stage, teams: Mapping[int, str]) -> Shape:
    """A stage with its limits and owner."""
    return {
        "name": stage.name,
        "category": str(stage.category),
        "limit": stage.limit,
        "limit_kind": str(stage.limit_kind),
        "class_limits": {str(service): limit for service, limit in stage.class_limits},
        "team": teams.get(stage.team) if stage.team is not None else None,
        "policy": stage.policy,
        "retired": stage.retired,
        "behaviour": str(stage.behaviour),
        "process_days": stage.process_days,
        "wait_days": stage.wait_days,
        "complete_accurate": stage.complete_accurate,
        "declared_note": stage.declared_note,
        "note": stage.note,
        "exempt": [str(service) for service in stage.exempt],
    }


def stream_shape(stream: ValueStream, teams: Mapping[int, str]) -> Shape:
    """A stream with its stages in the order of the flow, and its edges by stage name."""
    commitment = stream.commitment_stage
    return {
        "name": stream.name,
        "timezone": stream.zone,
        "prefix": stream.prefix,
        "commitment": None if commitment is None else commitment.name,
        "types": list(stream.types),
        "vocabulary": dict(stream.vocabulary),
        "link": stream.link,
        "workdays": weekday_names(stream.workdays),
        "holidays": list(stream.holidays),
        "move_entry": str(stream.move_entry),
        "map_time": str(stream.map_time),
        "group_limits": group_limit_shapes(stream),
        "stages": [stage_shape(s, teams) for s in stream.order],
        "edges": [
            {
                "from": stream.stage(e.source).name,
                "to": stream.stage(e.target).name,
                "kind": str(e.kind),
                "note": e.note,
            }
            for e in sorted(
                stream.edges, key=lambda e: (stream.index[e.source], stream.index[e.target])
            )
        ],
    }


def group_limit_shapes(stream: ValueStream) -> list[Shape]:
    """The WIP limits over several stages, which are named in the order of the flow."""
    return [
        _group_shape(group, [s.name for s in stream.order if s.id in group.stages])
        for group in stream.group_limits
    ]


def _group_shape(group: GroupLimit | NewGroupLimit, stages: Iterable[str]) -> Shape:
    return {
        "name": group.name or None,
        "stages": list(stages),
        "limit": group.limit,
        "limit_kind": str(group.kind),
    }


def entity_shape(entity: Entity[Any], source: object, names: Names) -> Shape:
    """The fields of a declared entity; what it refers to by name."""

    def published(field: Field) -> Any:
        value = getattr(source, field.name)
        if field.refers_to:
            known = names[field.refers_to]
            shapes = [known[number] for number in field.references(value) if number in known]
            return shapes if field.type is REFERENCES else next(iter(shapes), None)
        return None if value is None else field.type.published(value)

    return {field.public: published(field) for field in entity.fields}


def template_shape(template: Template) -> Shape:
    """A template; ``path`` is null where it comes with vsm."""
    return {
        "name": template.name,
        "title": template.title,
        "about": template.about,
        "path": template.path or None,
        "commitment": template.commitment,
        "types": list(template.types),
        "vocabulary": dict(template.vocabulary),
        "link": template.link,
        "workdays": weekday_names(template.workdays),
        "move_entry": str(template.move_entry),
        "map_time": str(template.map_time),
        "stages": [
            {
                "name": s.name,
                "category": str(s.category),
                "limit": s.limit,
                "limit_kind": str(s.limit_kind),
                "class_limits": {str(service): most for service, most in s.class_limits.items()},
                "team": s.team,
                "policy": s.policy,
                "behaviour": str(s.behaviour),
                "exempt": [str(service) for service in s.exempt],
            }
            for s in template.stages
        ],
        "group_limits": [_group_shape(group, group.stages) for group in template.group_limits],
        "edges": [{"from": a, "to": b, "kind": str(kind)} for a, b, kind in template.edges],
    }


def stream_info_shape(info: StreamInfo) -> Shape:
    """One line of the list of streams."""
    return {
        "name": info.name,
        "items": info.items,
        "wip": info.wip,
        "last_activity": iso_or_none(info.last_activity),
    }


def detail_shape(detail: Detail) -> Shape:
    """All about one item."""
    item = detail.item
    return {
        "key": item.key,
        "title": item.title,
        "description": item.description,
        "stream": detail.stream,
        "stage": detail.stage,
        "since": iso(item.entered),
        "type": item.type,
        "class": str(item.service),
        "owner": item.owner,
        "team": detail.team,
        "estimate": item.estimate,
        "due": item.due,
        "labels": list(item.labels),
        "parent": item.parent,
        "created": iso(item.created),
        "started": iso_or_none(detail.started),
        "finished": iso_or_none(detail.finished),
        "age_days": detail.age,
        "days_in_stage": detail.idle,
        "overdue": detail.due_in is not None and detail.due_in < 0,
        "cycle_days": detail.cycle,
        "lead_days": detail.lead,
        "clock_skew": bool(detail.clock),
        "archived": item.archived,
        "history_quality": str(item.quality),
        "version": item.version,
        "blockers": [
            {
                "kind": str(b.kind),
                "reason": b.reason,
                "by": b.by,
                "started": iso(b.started),
                "ended": iso_or_none(b.ended),
            }
            for b in detail.blocks
        ],
        "links": [
            {
                "relation": link.label,
                "kind": str(link.kind),
                "key": link.key,
                "title": link.title,
                "stage": link.stage,
                "done": link.done,
                "agreed": link.agreed or None,
            }
            for link in detail.links
        ],
        "comments": [{"at": iso(c.at), "by": c.by, "text": c.text} for c in detail.comments],
        "history": [_history_shape(line) for line in detail.history],
    }


def _history_shape(line: Line) -> Shape:
    times = {"at": iso(line.at), "happened_at": iso_or_none(line.happened)}
    return {**times, "text": line.text, "by": line.by}


def change_shape(change: Change, item: str | None) -> Shape:
    """One thing that was recorded; ``group`` ties together what was done at once."""
    return {
        "seq": change.seq,
        "group": change.grp,
        "at": iso(change.at),
        "happened_at": iso_or_none(change.happened),
        "actor": change.actor,
        "actor_kind": change.actor_kind,
        "item": item,
        "text": change.text,
    }


def log_shape(entry: LogEntry, item: str | None, stream: str | None) -> Shape:
    """An entry of the journal, with where it came from and its hash."""
    return {
        **change_shape(entry.change, item),
        "stream": stream,
        "kind": entry.kind,
        "source": entry.source,
        "session": entry.change.session,
        "undoes": entry.undoes,
        "hash": entry.hash,
    }


def log_row(shape: Shape) -> Shape:
    """The same as :class:`vsm.report.log_row.LogRow` publishes it."""
    also = {"grp": shape["group"], "recorded_at": shape["at"], "words": shape["text"]}
    return {**shape, **also}
