"""The JSON of a board and its cards: plain values, stable keys and order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vsm.model.board import Card, Column, Header, groups_in
from vsm.model.item_list import Listed
from vsm.model.rules import iso, iso_or_none
from vsm.model.stream import ValueStream
from vsm.report.publish import Shape


def board_shape(
    stream: ValueStream,
    header: Header,
    columns: Sequence[Column],
    cards: Mapping[int, Sequence[Card]],
    filter: str = "",
) -> Shape:
    """A whole board; ``cards`` are those to show, by stage id, through a filter if there is one."""
    return {
        "stream": stream.name,
        "timezone": stream.zone,
        "header": header_shape(header),
        "columns": [column_shape(column, cards.get(column.stage.id, ())) for column in columns],
        "filter": filter or None,
        "group_limits": [
            {
                "name": group.label,
                "stages": [c.stage.name for c in columns if c.stage.id in group.stages],
                "items": group.wip,
                "limit": group.limit,
                "over_limit": group.is_over,
            }
            for group in groups_in(columns)
        ],
    }


def card_shape(card: Card, stage: str) -> Shape:
    """An item as a card; ages and cycle times in whole days."""
    return {
        "key": card.key,
        "title": card.title,
        "stage": stage,
        "since": iso(card.entered),
        "type": card.type,
        "class": str(card.service),
        "owner": card.owner,
        "team": card.team,
        "age_days": card.age,
        "days_in_stage": card.idle,
        "cycle_days": card.cycle,
        "due": card.due,
        "overdue": card.overdue,
        "clock_skew": card.clock_off,
        "blocked": None
        if card.blocked is None
        else {"kind": str(card.blocked), "reason": card.blocked_reason},
        "waits_for": card.waits_for,
        "waits_on": list(card.waits_on),
        "waited_by": card.waited_by,
        "version": card.version,
    }


def listed_shape(item: Listed) -> Shape:
    """An item as a list has it: its card, and every other field."""
    return {
        **card_shape(item.card, item.stage),
        "stream": item.stream,
        "state": item.state,
        "description": item.description,
        "flow_type": item.flow_type,
        "labels": list(item.labels),
        "estimate": item.estimate,
        "parent": item.parent,
        "created": iso(item.created),
        "updated": iso(item.updated),
        "started": iso_or_none(item.started),
        "finished": iso_or_none(item.finished),
        "lead_days": item.lead,
        "history_quality": item.quality,
        "archived": item.archived,
    }


def header_shape(header: Header) -> Shape:
    """The figures at the top of a board; ``until`` is the moment at which they end."""
    return {
        "cycle_p85_days": header.p85,
        "cycle_samples": header.samples,
        "wip": header.wip,
        "limit": header.limit,
        "finished_14_days": header.finished,
        "until": iso(header.until),
        "activity_ended": header.ended,
    }


def column_shape(column: Column, cards: Sequence[Card]) -> Shape:
    """A column with its cards; ``shown`` counts all that it has to show."""
    stage = column.stage
    return {
        "stage": stage.name,
        "category": str(stage.category),
        "team": column.team,
        "items": column.wip,
        "limit": stage.limit,
        "limit_kind": str(stage.limit_kind),
        "counted": column.counted,
        "over_limit": column.over,
        "classes": [
            {
                "class": str(c.service),
                "items": c.wip,
                "limit": c.limit,
                "over_limit": c.wip > c.limit,
                "exempt": c.service in stage.exempt,
            }
            for c in column.classes
        ],
        "shown": column.shown,
        "cards": [card_shape(card, stage.name) for card in cards],
    }
