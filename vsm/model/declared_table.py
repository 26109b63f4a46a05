"""Reads what people declare of stages: single values, and a table pasted from a workshop."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vsm.model.declared import (
    SHARE_FORMS,
    TIME_FORMS,
    TimeBasis,
    parse_share,
    parse_time,
    write_share,
    write_time,
)
from vsm.model.errors import BadInput
from vsm.model.stream import Stage, ValueStream

SHAPE = "stage;PT;wait;C&A"
MOST_LINES = 1000
NONE = ("none", "-", "–")
"""Words that take a value away."""
_COLUMNS = {
    "stage": ("stage", "step", "process step"),
    "process_days": ("pt", "process", "process time"),
    "wait_days": ("wait", "wt", "wait time", "waiting time"),
    "lead_days": ("lt", "lead time"),
    "complete_accurate": ("c&a", "%c&a", "ca", "%ca", "complete & accurate", "first pass"),
    "declared_note": ("note", "notes", "source"),
}
MOST_CHARACTERS = 10_000
"""The longest line."""
_USUAL = ("stage", "process_days", "wait_days", "complete_accurate", "declared_note")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is declared of a stage: fields as ``SetStage`` takes them, those that change."""

    stage: Stage
    changes: Mapping[str, Any]


def read_time(text: str, basis: TimeBasis, what: str) -> float | None:
    """A time that was given, ``None`` for ``none``. Raises :class:`BadInput` naming ``what``."""
    if text.strip().casefold() in NONE:
        return None
    days = parse_time(text, basis)
    if days is None:
        raise BadInput(f"{what}: {text!r:.60} is no time", f"write it as {TIME_FORMS}, or none")
    return days


def read_share(text: str, what: str) -> float | None:
    """A share that was given, ``None`` for ``none``. Raises :class:`BadInput` naming ``what``."""
    if text.strip().casefold() in NONE:
        return None
    share = parse_share(text)
    if share is None:
        raise BadInput(
            f"{what}: {text!r:.60} is no share above 0 and up to 100%",
            f"write it as {SHARE_FORMS}, or none",
        )
    return share


def changes_to(stage: Stage, values: Mapping[str, Any]) -> Declaration:
    """Those of some values that the stage does not have yet."""
    return Declaration(stage, {k: v for k, v in values.items() if getattr(stage, k) != v})


def read_declared_table(text: str, stream: ValueStream, where: str) -> list[Declaration]:
    """What a table declares of the stages of a stream; an empty cell leaves a value as it is.

    Cells are separated by ``;`` or tabs, in the order of :data:`SHAPE` unless a first line names
    them (LT in place of wait too). Raises :class:`BadInput` naming line and column.
    """
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise BadInput(f"{where} has no table", f"give a line for each stage: {SHAPE}")
    if len(lines) > MOST_LINES:
        raise BadInput(f"{where} has {len(lines)} lines", f"{MOST_LINES} are allowed")
    head = f"{where}, line {lines[0][0]}"
    columns = _columns(_cells(lines[0][1], head), head)
    if columns is None:
        columns = _USUAL
    else:
        del lines[0]
    if not lines:
        raise BadInput(f"{where} has no line below its head", f"give one for each stage: {SHAPE}")
    out: list[Declaration] = []
    seen: dict[int, int] = {}
    for number, line in lines:
        at = f"{where}, line {number}"
        cells = _cells(line, at)
        if len(cells) == 1:
            raise BadInput(f"{at}: no ; and no tab is in it", f"write it as {SHAPE}")
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            raise BadInput(f"{at}: {len(cells)} cells where {len(columns)} are expected", SHAPE)
        row = dict(zip(columns, cells, strict=False))
        stage = _stage(row.pop("stage", ""), stream, at)
        if stage.id in seen:
            raise BadInput(
                f"{at}: {stage.name} stands in line {seen[stage.id]} too", "name each stage once"
            )
        seen[stage.id] = number
        out.append(changes_to(stage, _values(row, stage, stream.map_time, at)))
    return out


def write_declared_table(stages: Iterable[Stage], basis: TimeBasis) -> str:
    """A table that declares of stages what is declared of them already."""
    lines = [SHAPE]
    for stage in stages:
        name = stage.name
        if re.search('[;"]', name):
            name = '"' + name.replace('"', '""') + '"'
        times = write_time(stage.process_days, basis), write_time(stage.wait_days, basis)
        lines.append(";".join((name, *times, write_share(stage.complete_accurate))))
    return "\n".join(lines)


def _cells(line: str, at: str) -> list[str]:
    """The cells of a line; a quoted one may hold what separates others."""
    if len(line) > MOST_CHARACTERS:
        raise BadInput(f"{at}: {len(line)} characters", f"{MOST_CHARACTERS} are allowed")
    (cells,) = csv.reader([line.replace("\t", ";")], delimiter=";", skipinitialspace=True)
    return [cell.strip() for cell in cells]


def _columns(cells: list[str], at: str) -> tuple[str, ...] | None:
    """The fields that a line names, ``None`` where it is no head."""
    names = {name: field for field, names in _COLUMNS.items() for name in names}
    fields = [names.get(" ".join(cell.casefold().split())) for cell in cells]
    if fields[0] != "stage" and sum(field is not None for field in fields) < 2:
        return None
    for cell, field in zip(cells, fields, strict=True):
        if field is None:
            raise BadInput(
                f"{at}: there is no column {cell!r:.40}", "use stage, PT, wait or LT, C&A, note"
            )
        if fields.count(field) > 1:
            raise BadInput(f"{at}: the column {cell!r:.40} is there twice", "name each once")
    if "stage" not in fields:
        raise BadInput(f"{at}: no column is called stage", f"write the head as {SHAPE}")
    if {"wait_days", "lead_days"} <= set(fields):
        raise BadInput(f"{at}: wait and LT are both there", "give one: LT is PT and wait together")
    return tuple(field or "" for field in fields)


def _stage(name: str, stream: ValueStream, at: str) -> Stage:
    stage = stream.find(name) if name else None
    if stage is None:
        there = ", ".join(s.name for s in stream.line)
        raise BadInput(f"{at}, stage: there is no stage {name!r:.60}", f"there are: {there}")
    return stage


def _values(row: Mapping[str, str], stage: Stage, basis: TimeBasis, at: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field, what in (("process_days", "PT"), ("wait_days", "wait")):
        if row.get(field):
            values[field] = read_time(row[field], basis, f"{at}, {what}")
    if row.get("complete_accurate"):
        values["complete_accurate"] = read_share(row["complete_accurate"], f"{at}, C&A")
    if row.get("declared_note"):
        note = row["declared_note"]
        values["declared_note"] = "" if note.casefold() in NONE else " ".join(note.split())
    if row.get("lead_days"):
        lead = read_time(row["lead_days"], basis, f"{at}, LT")
        process = values.get("process_days", stage.process_days) or 0.0
        if lead is not None and lead < process:
            raise BadInput(f"{at}, LT: {row['lead_days']} is less than PT", "LT is PT and wait")
        values["wait_days"] = None if lead is None else lead - process
    return values
