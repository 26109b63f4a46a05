"""Dialogs of the dependencies: a date, a team, a critical path."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING

from vsm.features.dependencies.reading import read_dependencies
from vsm.model.dates import read_day
from vsm.model.errors import VsmError
from vsm.model.rules import local
from vsm.screens.dialogs import AskDialog, PickDialog
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.features.dependencies.results import Dependencies
    from vsm.screens.dependencies import DependenciesScreen
    from vsm.screens.vsm_screen import VsmScreen

ALL = "all"
"""The row that stands for all teams; a team's has ``=`` before its name."""


async def ask_by(
    screen: VsmScreen, blocker: str, waiting: str, known: date | None = None
) -> str | None:
    """By when one item needs another: an ISO date, empty for none; ``None``: it was left."""
    today = local(screen.host.now(), screen.stream.zone).date()
    text = str(known or "")
    question = f"{waiting} needs {blocker}. By when (fri, +3d, 2026-12-24)?"
    while True:
        answer = await screen.app.push_screen_wait(
            AskDialog(
                "Request by a date",
                question,
                value=text,
                keys="{confirm}: request; the date is optional · {cancel}: cancel",
            )
        )
        if not answer:
            return answer
        try:
            return read_day(answer, today).isoformat()
        except ValueError as error:
            text, question = answer, f"{error}. By when does {waiting} need {blocker}?"


async def which_team(screen: DependenciesScreen, dependencies: Dependencies) -> str | None:
    """A team by its name, empty for all of them; ``None``: it was left."""
    glyphs = screen.host.glyphs
    of = {part.id: part.team for part in dependencies.parts}
    held = dict.fromkeys(sorted(filter(None, of.values()), key=str.casefold), 0)
    waits = dict(held)
    for wait in dependencies.waits:
        for counted, item in ((held, wait.blocker), (waits, wait.waiting)):
            if of[item]:
                counted[of[item]] += 1

    def find(text: str) -> Sequence[Row]:
        words = text.casefold().split()
        rows = [Row(ALL, "All teams")] if not words else []
        return rows + [
            Row(
                f"={name}",
                name,
                "",
                f"{glyphs.waits} waits for {waits[name]}  {glyphs.blocks} holds up {held[name]}",
            )
            for name in held
            if (held[name] or waits[name]) and all(word in name.casefold() for word in words)
        ]

    chosen = await screen.app.push_screen_wait(
        PickDialog(
            "Dependencies of a team",
            find,
            placeholder="parts of its name",
            keys="{list_up} {list_down}: choose · {confirm}: show · {cancel}: close",
            empty="No match",
        )
    )
    if chosen is None:
        return None
    return "" if chosen == ALL else chosen.removeprefix("=")


async def critical_path(screen: DependenciesScreen, ends: Collection[int], marked: bool) -> None:
    """List the chain that decides when the last of these items can be finished."""
    from vsm.features.dependencies.report import NO_FINISH, path_items, places
    from vsm.screens.items_list import listed

    at = screen.host.view.at
    now = screen.host.now() if at is None else at
    try:
        dependencies = await screen.host.reading.call(
            lambda reader: read_dependencies(reader, now, ends, past=at is not None)
        )
    except VsmError as error:
        screen.trouble(error)
        return
    circular = {item for cycle in dependencies.cycles for item in cycle.items} & set(ends)
    if circular:
        key = dependencies.part(min(circular)).key
        screen.say(f"{key} waits for itself in a circle: break that first", "warn")
        return
    paths = [path for path in dependencies.paths if path.items[-1] in ends]
    if not paths:
        what = "is marked" if marked else "is behind this"
        screen.say(f"None of what {what} waits for an unfinished item, or blocks one", "warn")
        return
    last = max(paths, key=lambda path: path.total)
    key = dependencies.part(last.items[-1]).key
    of = f"{key}, the last of {len(paths)}" if len(paths) > 1 else key
    await listed(
        screen,
        f"Critical path to {of}" + (f", expected {last.ends}" if last.ends is not None else ""),
        "what is to be finished first stands first" if last.ends is not None else NO_FINISH,
        path_items(last),
        places(dependencies),
    )
