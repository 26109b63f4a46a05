"""Defines an action: keys, words, where it can be run, what that needs, and what it runs.

Plain data without any terminal library, so that documents and scripts can read it too. A key
is a single character as typed (``L``, ``?``) or a named key (``left``, ``pagedown``,
``ctrl+p``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Flag, StrEnum, auto
from typing import NamedTuple


class Scope(StrEnum):
    """A place with keys of its own; the value is the heading of the place in help."""

    APP = "On every screen"
    BOARD = "On the board"
    STANDUP = "In a stand-up"
    FLOW = "On the flow charts"
    REPORT = "On every screen but the board and the flow charts"
    DEPENDENCIES = "On the dependencies"
    FORECAST = "On the forecast"
    TEAMS = "On the teams"
    GOVERNANCE = "On governance"
    SPRINTS = "On the sprints"
    PORTFOLIO = "On the portfolio"
    DELIVERY = "On delivery"
    REPORTS = "On the reports"
    MAP = "On the map"
    OVERVIEW = "On the overview"
    WORK = "On the work of all streams"
    WELCOME = "On the welcome screen"
    FILTER = "In the filter line"
    DIALOG = "In every dialog"
    LINE = "In a question"
    FILE = "In a question for a file"
    CONFIRM = "In a yes-or-no question"
    LIST = "In a list"
    ITEMS = "In a list of items"
    VIEWS = "In the list of saved views"
    LINKS = "In the links of an item"
    STREAMS = "In the list of value streams"
    FORM = "In a form"
    CHOICE = "In a field with a few values"
    TEXT = "In a text to read"
    ITEM = "In the details of an item"
    POLICIES = "In the policies of a stage"
    ORGANISATION = "In the organisation"


_TEXTS = (Scope.TEXT, Scope.ITEM, Scope.POLICIES)
_LISTS = (Scope.LIST, Scope.ITEMS, Scope.VIEWS, Scope.LINKS)
_QUESTIONS = (Scope.LINE, Scope.FILE)
_FORMS = (Scope.FORM, Scope.CHOICE)
_REPORTS = (
    *(Scope.REPORT, Scope.MAP, Scope.DEPENDENCIES, Scope.FORECAST, Scope.TEAMS),
    *(Scope.OVERVIEW, Scope.WORK, Scope.GOVERNANCE, Scope.SPRINTS, Scope.DELIVERY),
    *(Scope.PORTFOLIO, Scope.REPORTS),
)
INSIDE: dict[Scope, tuple[Scope, ...]] = {
    Scope.APP: (Scope.BOARD, Scope.FLOW, *_REPORTS),
    Scope.REPORT: _REPORTS,
    Scope.LINE: _QUESTIONS,
    Scope.LIST: _LISTS,
    Scope.TEXT: _TEXTS,
    Scope.FORM: _FORMS,
    Scope.DIALOG: (
        *_QUESTIONS,
        *_LISTS,
        *_TEXTS,
        Scope.CONFIRM,
        *_FORMS,
        Scope.STREAMS,
        Scope.ORGANISATION,
    ),
}
"""The places that a scope stands for, where it is not just its own."""
TYPING = frozenset((*_QUESTIONS, *_LISTS, Scope.FORM, Scope.FILTER))
"""Places where a character is text, so it cannot be a key."""


class Group(StrEnum):
    """Headings under which help and documents list the actions."""

    MOVE = "Move around"
    WORK = "Work on the item under the cursor, or on all that are marked"
    MARK = "Mark several items"
    FIND = "Find"
    FIGURES = "Figures and the past"
    OTHERS = "Others"
    STEER = "Shape the stream and the organisation"
    PROGRAM = "Undo, help and leaving"
    DIALOGS = "Answer dialogs, choose from lists, read texts"
    FORMS = "Fill in forms and the filter line"
    ORGANISATION = "Change the organisation"
    WELCOME = "Begin with an empty database"


class Needs(Flag):
    """What has to be there for an action to make sense."""

    NOTHING = 0
    STREAM = auto()
    """A value stream that is shown."""
    ITEM = auto()
    """An item under the cursor, or marked ones."""
    FILTER = auto()
    """Items or figures that a filter narrows."""
    PRESENT = auto()
    """The present is shown, not the past."""
    WRITABLE = auto()
    """The database may be changed."""
    EDITOR = auto()
    """The session may run a text editor on this computer."""
    FILES = auto()
    """The session may read and write files that are named in it."""
    CLIPBOARD = auto()
    """The session may ask the terminal to copy."""
    SUSPEND = auto()
    """The session may stop this process until its shell continues it."""
    EXPORT = auto()
    """The session may hand out texts: as files, or to the clipboard of the terminal."""
    MACHINE = EDITOR | FILES | CLIPBOARD | SUSPEND | EXPORT


class Situation(NamedTuple):
    """Where somebody is: the places whose keys count, the innermost first, and what is there."""

    scopes: tuple[Scope, ...]
    has: Needs = ~Needs.NOTHING
    tab: str = ""
    """The action that shows this screen."""


def places(*scopes: Scope) -> dict[Scope, str]:
    """Further places of an action, where the hint line does not name it."""
    return dict.fromkeys(scopes, "")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a person can do; everything about it is declared here.

    ``label`` is the verb and object of palette and help, ``help`` the sentence below it.
    """

    id: str
    key_text: str
    """The default keys with spaces between them."""
    label: str
    help: str
    scope: Scope
    group: Group
    hint: str = ""
    """Its word in the hint line; empty where it is not shown there."""
    marked: str = ""
    """Its word in the hint line while items are marked."""
    also: Mapping[Scope, str] = field(default_factory=dict)
    """Other places where it can be run, with its word in the hint line there."""
    writes: bool = False
    """Whether it changes the database: refused in the past and where all is read-only."""
    needs: Needs = Needs.NOTHING
    palette: bool = True
    """Whether the palette offers it."""
    runs: str = ""
    """``module:function``, imported when it is first run. It gets the screen, below
    ``vsm.screens.board`` the parts of the board, then what follows a second colon as a text, and
    may be a coroutine; a class is a screen of figures. Empty: the method ``action_<id>``."""
    tab: bool = False
    """Whether it is a tab, which shows a screen."""
    back: str = ""
    """Its label in the palette where it would undo what it did before."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The default keys."""
        return tuple(self.key_text.split())

    @property
    def scopes(self) -> frozenset[Scope]:
        """The places where it can be run; two actions that share one cannot share a key."""
        return frozenset(
            inner for outer in (self.scope, *self.also) for inner in INSIDE.get(outer, (outer,))
        )

    @property
    def types_text(self) -> bool:
        """Whether characters are text in one of its places."""
        return not self.scopes.isdisjoint(TYPING)

    def word(self, scope: Scope) -> str:
        """What the hint line of a place calls it."""
        if scope in self.also:
            return self.also[scope]
        inside = (word for outer, word in self.also.items() if scope in INSIDE.get(outer, ()))
        return next(inside, self.hint)

    def lacks(self, situation: Situation) -> Needs:
        """What is missing to run it."""
        needs = self.needs | (Needs.PRESENT | Needs.WRITABLE if self.writes else Needs.NOTHING)
        return needs & ~situation.has

    def is_available(self, situation: Situation) -> bool:
        """Whether it can be run where somebody is, and would do anything."""
        return (
            not self.scopes.isdisjoint(situation.scopes)
            and not (self.tab and self.id == situation.tab)
            and not self.lacks(situation)
        )
