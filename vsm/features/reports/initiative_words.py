"""Says in words why an initiative is late: what it waits for, what joined it, what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from vsm.features.dependencies.results import DependentItem
from vsm.features.portfolio.results import InitiativeRow
from vsm.features.reports.rule import some
from vsm.features.reports.sources import Sources
from vsm.model.board import LogFilter
from vsm.model.rules import local
from vsm.report.wording import count, day, listed, odds_text

_JOINED = ("item_added", "item_edited", "item_linked", "item_transferred", "item_history_imported")
"""Entries that let an item fit the filter of an initiative."""
_NAMED = 2
"""Items that a sentence names."""
_LOOKED_UP = 12
"""Items of which it is looked up when they joined."""


# -- dependencies ------------------------------------------------------------------------


def blocker_in_words(of: Sources, key: str) -> str:
    """An item that is waited for, with its team and the days by which it is expected."""
    result = of.dependencies
    item = next((part for part in result.parts if part.key == key), None)
    if item is None:
        return key
    expected = (one.odds for one in result.waits if one.blocker == item.id)
    odds = next((one for one in expected if one is not None), None)
    days = "" if odds is None else odds_text(odds.p50, odds.p85)
    about = ", ".join(part for part in (_team_of(of, item), days) if part)
    return f"{key} ({about})" if about else key


def _team_of(of: Sources, item: DependentItem) -> str:
    """The team of an item, else that of its stage."""
    if item.team:
        return item.team
    names = {team.id: team.name for team in of.reader.teams()}
    stages = (
        stage
        for stream in of.reader.all_streams()
        if stream.name == item.stream
        for stage in stream.order
        if stage.name == item.stage
    )
    return next((names.get(stage.team or 0, "") for stage in stages), "")


def waits_in_words(of: Sources, row: InitiativeRow) -> str:
    """What an initiative waits for, with teams and dates, and what of it is blocked."""
    keys, blocked = of.keys(row.awaited_items), of.keys(row.blocked_items)
    shown = [blocker_in_words(of, key) for key in keys[:_NAMED]] + keys[_NAMED:]
    parts = [f"waits for {some(shown, _NAMED)}"] if keys else []
    parts += [f"blocked now: {some(blocked, _NAMED)}"] if blocked else []
    return f"; {'; '.join(parts)}" if parts else ""


def waiting_in_words(of: Sources, row: InitiativeRow) -> str:
    """Who waits for an initiative: items elsewhere, with their teams."""
    if not row.waiting_items:
        return ""
    keys = of.keys(row.waiting_items)
    teams = {part.key: _team_of(of, part) for part in of.dependencies.parts if part.key in keys}
    shown = [f"{key} ({teams[key]})" if teams.get(key) else key for key in keys]
    return f"; {some(shown, _NAMED)} wait{'s' if len(keys) == 1 else ''} for it"


# -- scope -------------------------------------------------------------------------------


def joined_in_words(of: Sources, before: InitiativeRow | None, row: InitiativeRow) -> str:
    """Why there is more to do than when the window began: items that joined, a new filter."""
    if before is None:
        return ""
    return "".join(f"; {part}" for part in _growth(of, before, row))


def _growth(of: Sources, before: InitiativeRow, row: InitiativeRow) -> Iterator[str]:
    new = sorted(set(row.open_items) - set(before.open_items))
    dated = [(_joined_on(of, item), item) for item in new[:_LOOKED_UP]]
    known = sorted([(on, item) for on, item in dated if on is not None], reverse=True)
    if known:
        keys = of.reader.keys_of(item for _, item in known)
        named = [(keys.get(item, "?"), day(on)) for on, item in known[:_NAMED]]
        others = len(known) - len(named) + len(new[_LOOKED_UP:])
        shown = [f"{key} ({on})" for key, on in named] + ([f"{others} more"] if others else [])
        (key, on), *more = named
        yield f"{listed(shown)} joined it" if more or others else f"{key} joined it on {on}"
    if before.filter != row.filter:
        yield "its filter changed"
    if row.more_items > before.more_items:
        are = "is" if row.more_items == 1 else "are"
        extra = count(row.more_items, "more item")
        yield f"{extra} {are} expected, {before.more_items} before"


def _joined_on(of: Sources, item: int) -> date | None:
    """The day in the window on which an item was last changed so that it could join, if any.

    An item that only moved back into progress was there before.
    """
    chosen = LogFilter(limit=1, item=item, kinds=_JOINED, since=of.since + 1, until=of.until + 1)
    entry = next(iter(of.reader.log_entries(chosen)), None)
    return None if entry is None else local(entry.change.at, of.zone).date()
