"""Declarations of standards that streams adopt, and of deviations that are agreed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vsm.model.entity import NUMBER_FIELD, STREAM_FIELD, Entity, Field
from vsm.model.field_types import DATE, LINE, NAME, REASON, TEXT, InvalidValue, text_of
from vsm.model.standard import Adoption, Deviation, read_part

STANDARD_MAX = 200_000
"""Most characters of the text of a standard."""


def _read_text(what: str, value: Any) -> str:
    text = text_of(what, str(value or ""), STANDARD_MAX)
    if not text.strip():
        raise InvalidValue(f"{what} is empty", "see one that works: vsm template show kanban")
    return text


ADOPTION = Entity(
    name="adoption",
    type=Adoption,
    label="standard",
    since=12,
    table="standard_adoption",
    key="number",
    title="standard",
    fields=(
        NUMBER_FIELD,
        STREAM_FIELD,
        Field(name="standard", type=NAME, what="the name of the standard"),
        Field(name="version", type=LINE, default=""),
        Field(
            name="text",
            type=replace(TEXT, read=_read_text),
            what="the text of the standard",
            is_private=True,
        ),
        Field(name="reason", type=REASON, what="the reason"),
        Field(name="decided_by", type=LINE, default=""),
    ),
    kinds=("standard_adopted", "standard_changed", "standard_dropped"),
    added="adopted the standard {standard} ({version}): {reason}",
    changed="adopted anew the standard",
    removed="dropped the standard {standard}",
    add_usage="vsm standard adopt STANDARD --reason TEXT",
    has_noun=False,
    is_on_screen=False,
    is_numbered=True,
)

DEVIATION = Entity(
    name="deviation",
    type=Deviation,
    since=12,
    table="standard_deviation",
    key="number",
    title="part",
    fields=(
        NUMBER_FIELD,
        STREAM_FIELD,
        Field(name="part", type=replace(NAME, read=read_part), fixed=True),
        Field(name="reason", type=REASON, what="the reason"),
        Field(name="until", type=DATE, default=None, what="the last day", nothing="open"),
        Field(name="decided_by", type=LINE, default="", public="agreed_by"),
    ),
    kinds=("deviation_agreed", "deviation_changed", "deviation_ended"),
    added="agreed on a deviation, {part}: {reason}",
    changed="changed an agreed deviation",
    removed="ended the agreed deviation {part}",
    add_usage="vsm standard deviate PART --reason TEXT",
    has_noun=False,
    is_on_screen=False,
    is_numbered=True,
)

STANDARDS: tuple[Entity[Any], ...] = (ADOPTION, DEVIATION)
"""All of them."""
