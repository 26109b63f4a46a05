"""The program that shows the screens, as far as they know it.

Screens are typed against this protocol and never import the application, so a served session can
host the same screens with other capabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vsm.model.lanes import LaneField, LaneView

if TYPE_CHECKING:
    from textual.screen import Screen

    from vsm.actions import Action
    from vsm.drafts import DialogDraft, Draft, Drafts
    from vsm.keymap import Keymap
    from vsm.last_place import Place
    from vsm.machine import Machine
    from vsm.model.errors import Refusal
    from vsm.model.presence import Presence
    from vsm.model.stream import ValueStream
    from vsm.own_role import OwnRole
    from vsm.reader import Reader
    from vsm.replica_watch import ReplicaWatch
    from vsm.screens.serial_executor import SerialExecutor
    from vsm.screens.typeahead import TypeAhead
    from vsm.session import Session
    from vsm.widgets.company import Company
    from vsm.widgets.glyphs import Glyphs
    from vsm.widgets.status_bars import Live
    from vsm.widgets.styles import Styles


@dataclass(slots=True)
class ViewState:
    """What a session keeps from screen to screen."""

    at: int | None = None
    """The moment of the past that is shown (UTC microseconds); ``None`` for now."""
    mark: str = ""
    """What is shown as of now there, as it is not known of then."""
    window: int | None = 90
    """Days of the window of figures; ``None`` for all of the data."""
    days: tuple[date, date] | None = None
    """The first and the last day that were chosen in a chart, in place of the window."""
    compact: bool = False
    """Whether cards are as low as can be."""
    folded: dict[int, set[int]] = field(default_factory=dict)
    """By stream, the stages whose columns are folded."""
    lanes: dict[int, LaneView] = field(default_factory=dict)
    """By stream, how its board is in lanes, and which of them are folded."""
    marked: dict[int, dict[int, int]] = field(default_factory=dict)
    """By stream, the marked items, each with the version that was seen."""
    first_screen: str = ""
    """The action that shows the first screen, where that is not the board."""
    work_filter: str = "owner:me"
    """The filter of the work of all streams."""
    draft: Draft | None = None
    """What was typed before the terminal was lost: the next board brings it back."""
    draft_elsewhere: Draft | None = None
    """What stands in another session of the same person that is open: the next board asks."""
    refill: tuple[DialogDraft, str] | None = None
    """The texts for the dialog that is being opened again, and what it says of them."""
    greeting: str = ""
    """What the next board says when it opens."""
    quiet: bool | str = False
    """Whether, or in which hours of the day, changes of others are not said."""

    def begin_at(self, place: Place) -> None:
        """Begin with the screen and the lanes of the place at which a board was left."""
        self.first_screen = place.screen
        if place.lanes in tuple(LaneField):
            self.lanes[place.stream] = LaneView(LaneField(place.lanes))


class Followed(Protocol):
    """A colleague whose cursor this board follows."""

    session: str
    name: str

    def go_after(self, people: Sequence[Presence]) -> None:
        """Go where they are now."""

    def end(self, text: str = "") -> None:
        """Follow no longer, and say so."""

    def ends_with(self, action: Action) -> bool:
        """End following at an action; whether that is all that it does."""


class Present(Protocol):
    """Who else has the database open; ``is_on`` is whether this session says that it has.

    It may not where the files are only read.
    """

    may: bool
    is_on: bool
    hides: bool
    people: tuple[Presence, ...]
    company: Company
    following: Followed | None

    @property
    def others(self) -> list[Presence]:
        """Boards of other people."""

    def switch(self) -> bool:
        """Hide this board and show nobody, or the other way round; whether it is shown now."""

    def poll(self) -> None:
        """Look at where they are, where that is due."""

    def by_item(self) -> dict[int, tuple[str, ...]]:
        """By item the initials of those whose cursors are on it."""


class Host(Protocol):
    """What a screen may ask of the program that shows it."""

    actor: str
    session_id: str
    path: Path
    machine: Machine
    keymap: Keymap
    ascii_only: bool
    view: ViewState
    typeahead: TypeAhead
    reader: Reader | None
    reading: SerialExecutor[Reader]
    writing: SerialExecutor[Session]
    own_role: OwnRole
    replica: ReplicaWatch
    drafts: Drafts | None
    """Where typed text is kept for the case that the terminal is lost."""

    @property
    def colleagues(self) -> Present:
        """Who else is here."""

    @property
    def skin(self) -> Styles:
        """The styles of the theme."""

    @property
    def glyphs(self) -> Glyphs:
        """The symbols to draw with."""

    @property
    def is_leaving(self) -> bool:
        """Whether a signal ends it, or the terminal is gone."""

    @property
    def changes_refused(self) -> Refusal | None:
        """Why nothing can be changed; ``None`` where it can."""

    def now(self) -> int:
        """The present in UTC microseconds."""

    def freshness(self) -> tuple[Live, str]:
        """The live mark while all is well, and the time of day of a copy that is read."""

    def keep_texts(self, without: object = None) -> None:
        """Keep what is typed into the open dialogs, but for one, lest the terminal is lost."""

    def open_board(
        self, stream: ValueStream | None = None, item: int | None = None, query: str = ""
    ) -> None:
        """Show a stream's board in place of what is shown."""

    def open_database(self, path: Path) -> None:
        """Leave this database for another one."""

    def show_tab(self, screen: Screen[Any], action: str, **about: Any) -> None:
        """Show the screen of a tab above the board, opened for what it is to be about."""

    def set_look(self, name: str) -> None:
        """Draw with the theme of this name."""
