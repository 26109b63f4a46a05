"""Declared values on the map: fields of one stage, and a table of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widgets import TextArea

from vsm.model import command as c
from vsm.model.declared import (
    SHARE_FORMS,
    TIME_FORMS,
    TimeBasis,
    parse_share,
    parse_time,
    write_share,
    write_time,
)
from vsm.model.declared_table import read_declared_table, write_declared_table
from vsm.model.errors import BadInput, Refusal
from vsm.model.plural import count
from vsm.model.sanitise import inert_line
from vsm.model.stream import Stage
from vsm.report.wording import percent
from vsm.screens.forms import Form, Values
from vsm.widgets.field import FieldSpec, Read
from vsm.widgets.stream_map.boxes import time_text

if TYPE_CHECKING:
    from vsm.screens.map import MapScreen

MOST_LINES = 12
"""Lines of the table that are seen at once."""


class TableForm(Form):
    """A form whose text is selected at first, so that what is pasted replaces it."""

    def on_mount(self) -> None:
        self.call_after_refresh(self.query_one(TextArea).select_all)


async def declare_all(screen: MapScreen) -> None:
    """Ask for what is declared of all stages, as a table to type in or to paste over."""
    stream, basis = screen.stream, screen.stream.map_time
    stages = [stage for stage in stream.line if stage.category.working]
    text = write_declared_table(stages, basis)

    def read(words: str) -> tuple[Any, str]:
        try:
            declared = read_declared_table(words, stream, "the table")
        except BadInput as error:
            raise ValueError(f"{error.message}: {error.remedy}") from None
        return [one for one in declared if one.changes], ""

    async def save(values: Values) -> Refusal | None:
        changed = values.get("table", [])
        if not changed:
            return None
        commands = [c.SetStage(one.stage.id, one.changes) for one in changed]
        message = f"declared {count(len(changed), 'stage')}"
        return await screen.apply(*commands, message=message)

    height = min(MOST_LINES, len(stages) + 2)
    await screen.app.push_screen_wait(
        TableForm(
            f"Declared values of {stream.name}",
            [FieldSpec("table", "Table", text, read=read, lines=height)],
            save,
            keys="{save}: save · {cancel}: cancel",
            about=f"A line a stage, in {basis.words} ({TIME_FORMS}). Paste a table over it, or go"
            " there with an arrow key and change it.",
        )
    )


def declared_fields(stage: Stage, basis: TimeBasis) -> list[FieldSpec]:
    """What people declare of a stage in which items are: times, %C&A, and where that is from."""
    if not stage.category.working:
        return []
    return [
        FieldSpec(
            "process_days",
            "PT",
            write_time(stage.process_days, basis),
            TIME_FORMS,
            _time("PT", basis),
        ),
        FieldSpec(
            "wait_days",
            "Wait",
            write_time(stage.wait_days, basis),
            TIME_FORMS,
            _time("wait", basis),
        ),
        FieldSpec(
            "complete_accurate",
            "%C&A",
            write_share(stage.complete_accurate),
            SHARE_FORMS,
            _share,
        ),
        FieldSpec("declared_note", "From", inert_line(stage.declared_note), "workshop, estimate"),
    ]


def _time(what: str, basis: TimeBasis) -> Read:
    def read(words: str) -> tuple[Any, str]:
        if not words.strip():
            return None, ""
        days = parse_time(words, basis)
        if days is None:
            raise ValueError(f"{words.strip()} is no {what}: write {TIME_FORMS}")
        return days, f"= {time_text(days, basis.hours)}"

    return read


def _share(typed: str) -> tuple[Any, str]:
    if not typed.strip():
        return None, ""
    share = parse_share(typed)
    if share is None:
        raise ValueError(f"{typed.strip()} is no share: write {SHARE_FORMS}")
    return share, f"= {percent(share)}"
