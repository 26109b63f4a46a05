"""The question whether an initiative should continue: reasons for and against."""

from __future__ import annotations

from vsm.features.portfolio.results import InitiativeRow, StopCard, TeamDays
from vsm.features.portfolio.wording import odds as odds_text
from vsm.features.portfolio.wording import returns
from vsm.model.plural import count
from vsm.model.portfolio import IndicatorRole, InitiativeState
from vsm.model.rules import DAY

STILL_DAYS = 30
"""Days without any move after which an initiative that is under way is asked about."""
UNLIKELY, LIKELY = 0.20, 0.50
"""Odds of the day it is needed by, below and above which they are a reason."""
NEARLY = 0.8
"""Share of finished items from which on little is left."""
TWICE = 2
"""Readings in a row that count."""


def stop_card(
    row: InitiativeRow,
    *,
    hurdle: float,
    aimless: bool,
    continued: bool,
    last_move: int | None,
    now: int,
    freed: tuple[TeamDays, ...],
    dependants: tuple[str, ...],
) -> StopCard | None:
    """Reasons for and against going on; ``None`` where nothing speaks for stopping.

    ``aimless``: all objectives that it serves are closed. Only what is under way is asked about,
    and not again before the day that a decision to continue named (``continued``).
    """
    if row.state is not InitiativeState.IMPLEMENTING or continued:
        return None
    reasons = [*_reasons(row, hurdle, aimless), *_stillness(row, last_move, now)]
    if not reasons:
        return None
    return StopCard(tuple(reasons), tuple(_against(row, hurdle)), freed, dependants)


def _reasons(row: InitiativeRow, hurdle: float, aimless: bool) -> list[str]:
    reasons = []
    if row.roi is not None and row.roi.likely < hurdle:
        reasons.append(
            f"its return on what it still costs is {returns(row.roi.likely)},"
            f" less than {returns(hurdle)}"
        )
    for one in row.indicators:
        if one.behind >= TWICE and one.role is IndicatorRole.GUARD:
            reasons.append(f"{one.name} has been past its bound for {one.behind} readings")
        elif one.behind >= TWICE and one.role is IndicatorRole.LEADING:
            reasons.append(
                f"{one.name} has been more than a quarter behind for {one.behind} readings"
            )
    odds = row.forecast.need_by_odds
    if odds is not None and odds < UNLIKELY:
        reasons.append(f"it is there by the day it is needed with odds of {odds_text(odds)}")
    if aimless:
        reasons.append("all objectives that it serves are closed")
    return reasons


def _stillness(row: InitiativeRow, last_move: int | None, now: int) -> list[str]:
    if last_move is None or not row.items:
        return []
    days = (now - last_move) // DAY
    return [f"none of its items moved for {count(days, 'day')}"] if days >= STILL_DAYS else []


def _against(row: InitiativeRow, hurdle: float) -> list[str]:
    reasons = []
    if row.roi is not None and row.roi.likely >= hurdle:
        reasons.append(f"its return on what it still costs is {returns(row.roi.likely)}")
    every = row.finished + row.items + row.more_items
    if row.finished and row.finished >= NEARLY * every:
        reasons.append(f"{row.finished} of {count(every, 'item')} are finished")
    odds = row.forecast.need_by_odds
    if odds is not None and odds >= LIKELY:
        reasons.append(f"it is there by the day it is needed with odds of {odds_text(odds)}")
    good = [
        one.name
        for one in row.indicators
        if one.role is not IndicatorRole.GUARD and one.value is not None and not one.behind
    ]
    if good:
        reasons.append(f"on its path: {', '.join(good)}")
    if row.waiting_items:
        waiting = len(row.waiting_items)
        wait = "waits" if waiting == 1 else "wait"
        reasons.append(f"{count(waiting, 'item')} elsewhere {wait} for it")
    return reasons


def flags_of(row: InitiativeRow, card: StopCard | None) -> tuple[str, ...]:
    """What a row is marked with: the words behind its signs."""
    flags = []
    if card is not None:
        flags.append("stop?")
    if row.buffer_burn is not None and row.buffer_burn > 1:
        flags.append("buffer used up")
    if row.forecast.cannot and not row.state.is_over:
        flags.append("cannot forecast")
    if not row.objectives and not row.state.is_over:
        flags.append("no objective")
    return tuple(flags)
