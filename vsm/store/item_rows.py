"""Reads items with everything that a list can show of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vsm.model.board import Card, Flowed
from vsm.model.item_list import Listed
from vsm.model.rules import Days
from vsm.model.stream import Category, ValueStream
from vsm.store.filter_sql import Moment

if TYPE_CHECKING:
    from vsm.store.past_facts import PastFacts
    from vsm.store.sqlite import sqlite3


def listed(
    conn: sqlite3.Connection,
    stream: ValueStream,
    cards: Sequence[Card],
    days: Days,
    moment: Moment,
    then: tuple[PastFacts, Mapping[int, Flowed]] | None = None,
) -> list[Listed]:
    """The rows of these cards, in their order; in the past with what is known of then."""
    rows = conn.execute(
        "SELECT i.id, i.description, i.flow_type, i.labels, i.estimate, i.parent, i.created,"
        f" {moment.updated}, f.start, f.finish, i.quality, i.archived, f.lead_days"
        " FROM json_each(?) j JOIN item i ON i.id = j.value JOIN item_flow f ON f.item = i.id",
        (json.dumps([card.id for card in cards]),),
    )
    by_id = {row[0]: row[1:] for row in rows}
    out = []
    for card in cards:
        if card.id not in by_id:
            continue
        about, kind, labels, estimate, parent, created, updated, *rest = by_id[card.id]
        start, finish, quality, archived, lead = rest
        if then is not None:
            facts, flow = then
            start, finish, _, lead, _ = flow[card.id]
            archived = facts.was_archived(card.id, moment.at, bool(archived))
            fields = facts.fields(card.id, moment.at)
            about, kind = fields.get("description", about), fields.get("flow_type", kind)
            estimate, parent = fields.get("estimate", estimate), fields.get("parent", parent)
            labels = json.dumps(fields["labels"]) if "labels" in fields else labels
        stage = stream.stage(card.stage)
        out.append(
            Listed(
                card=card,
                stage=stage.name,
                place=stream.index[stage.id],
                state=_state(stage.category, start),
                description=about,
                flow_type=kind,
                labels=tuple(json.loads(labels)),
                estimate=estimate,
                parent=parent,
                created=created,
                updated=updated,
                started=start,
                finished=finish,
                lead=lead,
                quality=quality,
                archived=bool(archived),
                stream=stream.name,
            )
        )
    return out


def _state(category: Category, start: int | None) -> str:
    if category is Category.DONE:
        return "finished"
    if category is Category.DROPPED:
        return "dropped"
    return "not started" if start is None else "in progress"
