"""Opens the page of what a fact is about, and goes back to the report from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vsm.config import SCREENS
from vsm.features.reports.results import Fact
from vsm.model.entities import TEAM
from vsm.model.portfolio_entities import INITIATIVE
from vsm.screens.portfolio_pages import Whole
from vsm.screens.running import screen_class, show_screen
from vsm.screens.vsm_screen import WayBack

if TYPE_CHECKING:
    from vsm.reader import Reader
    from vsm.screens.reports import ReportsScreen

_PAGES = {"initiative": (INITIATIVE, "portfolio"), "team": (TEAM, "teams")}
"""Subjects with a page of their own: what they are, and the screen that shows one."""


async def open_subject(screen: ReportsScreen, fact: Fact) -> None:
    """Open the page of a fact's subject; Escape goes back to the report and its cursor."""
    entity, name = _PAGES.get(fact.about, (None, _screen_of(fact)))
    if not name:
        screen.say(f"There is no page of the {fact.about} {fact.subject}", "warn")
        return
    number: int | None = None

    def find(reader: Reader) -> int | None:
        every: Sequence[Any] = () if entity is None else reader.entities(entity)
        return next((one.id for one in every if one.name == fact.subject), None)

    if fact.about == "service":
        number = await screen.host.reading.call(
            lambda reader: _service(reader, fact, screen.host.view.at)
        )
    elif entity is not None:
        number = await screen.host.reading.call(find)
    is_of_shares = fact.about == "objective" and name == "portfolio"
    left, kind = screen.left, screen_class(SCREENS.get(name) or name)
    above: Any = kind(screen.below, screen.carried_filter)
    _turn_to(above, fact.about, number)
    if is_of_shares:
        above.whole = Whole.SHARES

    def is_there() -> bool:
        if is_of_shares:
            return bool(above.shows_alone(Whole.SHARES))
        if number is None:
            return bool(above.is_at_first_page)
        return _page_of(above, fact.about) == number

    def go_back() -> None:
        board = screen.below
        show_screen(above, type(screen)(board, above.carried_filter, left))

    above.way_back = WayBack("the report", is_there, go_back)
    show_screen(screen, above)


def _screen_of(fact: Fact) -> str:
    """The screen that shows more of a fact."""
    return next((one.screen for one in fact.evidence if one.screen), "")


def _service(reader: Reader, fact: Fact, at: int | None) -> int | None:
    return next((one.id for one in reader.services(at) if one.name == fact.subject), None)


def _turn_to(above: Any, about: str, number: int | None) -> None:
    """Let a screen that is not shown yet begin with the page of one subject."""
    if number is None:
        return
    if about == "initiative":
        above.one = number
    elif about == "team":
        above.team = number
    elif about == "service":
        from vsm.screens.delivery import Place

        above.place = Place(number)


def _page_of(above: Any, about: str) -> int | None:
    """The subject that a screen shows alone; of screens without such pages none."""
    if about == "initiative":
        return None if any(above.trial) else above.one
    if about == "team":
        return None if above.tried else above.team
    if about == "service":
        place = above.place
        return place.service if place == type(place)(place.service) else None
    return None
