"""Shared by the verbs for the people of teams: who looks, what is listed, what was recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, TypeVar

import click

from vsm.cli.context import CliContext, terminal_width
from vsm.cli.entity_verbs import names_of
from vsm.cli.json_views import Shape, change_shape, entity_shape
from vsm.cli.output import emit, note, say, show
from vsm.cli.times import day, day_in_words
from vsm.model.entity import Entity
from vsm.model.people_privacy import Onlooker
from vsm.model.rules import local
from vsm.report.text_table import Col, table
from vsm.session import ChangeGroup

T = TypeVar("T")

all_option = click.option("--all", "with_past", is_flag=True, help="Those that are over, too.")


def today_of(work: CliContext) -> date:
    """The day of this moment."""
    return local(work.now, "UTC").date()


def read_day(work: CliContext, text: str | None, option: str) -> str | None:
    """An ISO date from a day in words, between 1900 and 2999; ``None`` and ``none`` are none."""
    if text is None or text.strip().casefold() == "none":
        return None
    iso = day_in_words(text, option, today_of(work)).isoformat()
    return day(iso, option).isoformat()


def look(work: CliContext) -> Onlooker:
    """What whoever calls may see now, also where the past is looked at (``--at-seq``)."""
    if work.at_seq is None:
        return work.reader.onlooker(work.me(), work.now, work.at_most)
    from vsm.reader import Reader

    present = Reader(work.existing())
    try:
        return present.onlooker(work.me(), time.time_ns() // 1000, work.at_most)
    finally:
        present.close()


def list_people(
    work: CliContext,
    entity: Entity[T],
    rows: Sequence[T],
    columns: Sequence[str],
    empty: str,
    as_json: bool,
    more: Callable[[T], Shape] = lambda one: {},
) -> None:
    """Print the rows: as a table of some columns, or all of their fields as JSON."""
    names = names_of(work, entity)
    if as_json:
        emit([{**entity_shape(entity, one, names), **more(one)} for one in rows])
    elif not rows:
        note(empty)
    else:
        fields = [entity.field(name) for name in columns]
        cols = [Col(f.heading, flexible=f.type.is_long or f.type.is_list) for f in fields]
        texts = [[f.text(getattr(one, f.name), names) or f.nothing for f in fields] for one in rows]
        show(table(cols, texts, terminal_width()))


def newest(work: CliContext, entity: Entity[T], is_it: Callable[[T], bool]) -> T | None:
    """The last one that fits; ``None`` where another has taken it away by now."""
    return next(filter(is_it, reversed(work.reader.entities(entity))), None)


def report_people(
    work: CliContext,
    entity: Entity[Any],
    done: ChangeGroup,
    current: Any,
    lines: Iterable[str],
    as_json: bool,
) -> None:
    """Print what was recorded: as JSON with the entity as it is now, or in lines of text."""
    if not as_json:
        for text in lines:
            say(text)
        return
    shape = None if current is None else entity_shape(entity, current, names_of(work, entity))
    changes = [change_shape(change, None) for change in done.changes]
    emit({"group": done.grp, "label": done.label, entity.name: shape, "changes": changes})
