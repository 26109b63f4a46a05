"""Writes the record of processing as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from vsm.connect.exports.items_csv import safe
from vsm.features.compliance.register import FIELDS, Processing
from vsm.model.rules import iso

COLUMNS = (
    *("item", "title", "stream", "team", "owner", *FIELDS),
    *("complete", "missing", "stated_by", "stated_at"),
    *("archived", "controller", "representative", "dpo"),
)


def rows(register: Iterable[Processing]) -> Iterator[Sequence[Any]]:
    """One row an item, under a head."""
    yield COLUMNS
    for one in register:
        texts = (one.item, one.title, one.stream, one.team, one.owner)
        fields = (getattr(one, name) for name in FIELDS)
        yield (
            *map(safe, texts),
            *map(safe, fields),
            "no" if one.missing else "yes",
            ", ".join(one.missing),
            safe(one.stated_by),
            "" if one.stated_at is None else iso(one.stated_at),
            "yes" if one.is_archived else "no",
            *map(safe, (one.controller, one.representative, one.dpo)),
        )
