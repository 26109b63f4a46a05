"""An item's edited fields as columns, derived ones (for order and search) included."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vsm.model.item import ClassOfService, Item, flow_type
from vsm.model.query import search_text

if TYPE_CHECKING:
    from vsm.model.event import ItemFields
    from vsm.model.history import ItemHistory

SEPARATOR = "\x1f"

COLUMNS = (
    "title",
    "description",
    "type",
    "type_fold",
    "flow_type",
    "service",
    "expedite",
    "owner",
    "owner_fold",
    "team",
    "estimate",
    "due",
    "labels",
    "labels_fold",
    "parent",
    "search",
)


def columns_of(
    key: str, fields: ItemFields | ItemHistory | Item, team: int | None
) -> tuple[Any, ...]:
    """The values of ``COLUMNS`` for an item; ``team`` is an id (a history only names one)."""
    labels = fields.labels
    folded = SEPARATOR.join(("", *(x.casefold() for x in labels), "")) if labels else ""
    return (
        fields.title,
        fields.description,
        fields.type,
        fields.type.casefold(),
        flow_type(fields.type).value,
        fields.service.value,
        int(fields.service is ClassOfService.EXPEDITE),
        fields.owner,
        fields.owner.casefold() if fields.owner else None,
        team,
        fields.estimate,
        fields.due,
        json.dumps(labels, ensure_ascii=False) if labels else "[]",
        folded,
        fields.parent,
        search_text(key, fields.title, fields.description, labels),
    )
