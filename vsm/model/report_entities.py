"""Declarations of reports that were made, and of notes on their facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vsm.model.entity import NUMBER_FIELD, STREAM_FIELD, Entity, Field
from vsm.model.field_types import (
    COUNT,
    KEYS,
    LINE,
    MOMENT,
    NAME,
    InvalidValue,
    word_type,
)
from vsm.model.report import FactNote, MadeReport, NoteKind, ReportKind, read_kept

FACTS_MAX = 400
"""Most facts of a report on record."""


def _read_facts(what: str, value: Any) -> tuple[str, ...]:
    facts = tuple(value or ()) if isinstance(value, list | tuple) else (value,)
    try:
        return tuple(read_kept(str(fact)).text for fact in facts[:FACTS_MAX])
    except (ValueError, RecursionError):
        raise InvalidValue(f"{what} are no facts of a report", "make it: vsm report") from None


_FACTS = replace(KEYS, read=_read_facts)
_ONLY = replace(STREAM_FIELD, default=None)

MADE_REPORT = Entity(
    name="made_report",
    type=MadeReport,
    label="report",
    since=17,
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        Field(name="report", type=word_type(ReportKind), fixed=True),
        _ONLY,
        Field(name="from_seq", type=COUNT, fixed=True),
        Field(name="to_seq", type=COUNT, fixed=True),
        Field(name="since", type=MOMENT, fixed=True),
        Field(name="until", type=MOMENT, fixed=True),
        Field(name="form", type=NAME, fixed=True),
        Field(name="sha256", type=NAME, fixed=True),
        Field(name="facts", type=_FACTS, default=(), fixed=True),
    ),
    kinds=("report_made", "report_changed", "report_removed"),
    added="made the {report} report {number}",
    removed="took the {report} report {number} off the record",
    add_usage="vsm report weekly",
    is_on_screen=False,
    has_noun=False,
    is_numbered=True,
)

FACT_NOTE = Entity(
    name="fact_note",
    type=FactNote,
    label="note on a fact",
    since=17,
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        Field(name="fact", type=NAME, fixed=True),
        Field(name="rule", type=NAME, fixed=True),
        _ONLY,
        Field(name="mark", type=word_type(NoteKind), fixed=True),
        Field(name="severity", type=COUNT, default=None, fixed=True),
        Field(name="items", type=KEYS, default=(), fixed=True),
        Field(name="sentence", type=LINE, default="", fixed=True),
        Field(name="reason", type=LINE, default=""),
        Field(name="noted_by", type=NAME, default="", fixed=True),
        Field(name="noted_at", type=MOMENT, default=0, fixed=True),
    ),
    kinds=("fact_noted", "fact_note_changed", "fact_note_removed"),
    added="noted as {mark}: {sentence}",
    changed="changed a note on a fact",
    removed="took back a note: {sentence}",
    add_usage="vsm report note FACT acknowledged",
    is_on_screen=False,
    has_noun=False,
    is_numbered=True,
)

REPORTS: tuple[Entity[Any], ...] = (MADE_REPORT, FACT_NOTE)
"""All of them."""
