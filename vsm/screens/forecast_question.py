"""Asks for a date or a number of items of one's own, on the forecast screen."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vsm.model.dates import read_day
from vsm.model.rules import local
from vsm.report.wording import count, day
from vsm.screens.dialogs import AskDialog

if TYPE_CHECKING:
    from vsm.screens.forecast import ForecastScreen

MOST_DAYS, MOST_ITEMS = 365, 100_000
"""How far ahead, and of how many items, can be asked."""
_NUMBER = re.compile(r"(\d[\d,]*)(?:\s+items?)?")
QUESTION = "How many by a date (fri, +30d, 2026-12-24), or when a number of items (25)?"


async def ask_forecast(screen: ForecastScreen) -> None:
    """Ask, and show the answer as lines of the forecast; nothing takes the lines away again."""
    today = local(screen.as_of, screen.stream.zone).date()
    text, question = "", QUESTION
    while True:
        answer = await screen.app.push_screen_wait(
            AskDialog(
                "Forecast for a date or a number",
                question,
                value=text,
                keys="{confirm}: forecast; nothing: without lines of your own · {cancel}: cancel",
            )
        )
        if answer is None:
            return
        try:
            days, items = read_question(answer, today) if answer else ((), ())
        except ValueError as error:
            text, question = answer, f"{error}. {QUESTION}"
            continue
        screen.asked = (
            (*screen.asked[0], *days) if answer else (),
            (*screen.asked[1], *items) if answer else (),
        )
        screen.work_out()
        return


def read_question(text: str, today: date) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The days from today to a date, both counted, or the number of items that is meant.

    Raises :class:`ValueError` with what is wrong.
    """
    number = _NUMBER.fullmatch(text.strip().casefold())
    if number is not None:
        items = int(number[1].replace(",", ""))
        if not 1 <= items <= MOST_ITEMS:
            raise ValueError(f"{text} is not a number from 1 to {MOST_ITEMS:,}")
        return (), (items,)
    last = read_day(text, today)
    if last < today:
        raise ValueError(f"{day(last)} is before {day(today)}")
    if last >= today + timedelta(days=MOST_DAYS):
        raise ValueError(f"{day(last)} is more than {count(MOST_DAYS, 'day')} ahead")
    return ((last - today).days + 1,), ()
