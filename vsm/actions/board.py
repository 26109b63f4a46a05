"""The registry of actions: keymaps, palette, help, hint line and key docs are made from it.

Plain data without any terminal library, so that documents and scripts can read it too. A key
is a single character as typed (``L``, ``?``) or a named key (``left``, ``pagedown``,
``ctrl+p``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Where an action can be called."""

    APP = "app"
    """Everywhere."""
    BOARD = "board"
    """On the board."""
    FLOW = "flow"
    """Among the figures."""
    FINDINGS = "findings"
    """Among what was found: bottlenecks, dependencies."""
    WAITS = "waits"
    """Among dependencies, besides what is done among findings."""


class Group(StrEnum):
    """Headings under which help and documents list the actions."""

    MOVE = "Move around"
    WORK = "Work on the item under the cursor, or on all that are marked"
    MARK = "Mark several items"
    FIND = "Find"
    FIGURES = "Figures and the past"
    STEER = "Shape the stream and the organisation"
    PROGRAM = "Undo, help and leaving"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a person can do.

    ``id`` names the method that does it (``action_<id>``), ``keys`` are the default keys.
    ``label`` is the few words of palette and help, ``help`` the sentence below it. ``hint`` is
    the one word of the hint line, empty where it is not shown there, and ``marked`` that of the
    hint line while items are marked; ``palette`` tells whether the palette offers it.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    scope: Scope
    group: Group
    hint: str = ""
    palette: bool = True
    marked: str = ""
    flow: str = ""
    """What it does among the figures, where that is an action of the board too."""
    findings: str = ""
    """What it does among findings, where that is an action of the board too."""

    @property
    def scopes(self) -> frozenset[Scope]:
        """Where it can be called; two actions that share a place cannot share a key."""
        if self.scope is Scope.APP:
            return frozenset((Scope.BOARD, Scope.FLOW, Scope.FINDINGS, Scope.WAITS))
        also = (
            (Scope.FLOW, self.flow),
            (Scope.FINDINGS, self.findings),
            (Scope.WAITS, self.findings),
        )
        return frozenset((self.scope, *(scope for scope, word in also if word)))


def _board(
    id: str,
    keys: str,
    label: str,
    help: str,
    group: Group,
    *,
    hint: str = "",
    palette: bool = True,
    marked: str = "",
    flow: str = "",
    findings: str = "",
) -> Action:
    named = tuple(keys.split())
    return Action(id, named, label, help, Scope.BOARD, group, hint, palette, marked, flow, findings)


def _app(
    id: str,
    keys: str,
    label: str,
    help: str,
    *,
    group: Group = Group.PROGRAM,
    hint: str = "",
    palette: bool = True,
) -> Action:
    return Action(id, tuple(keys.split()), label, help, Scope.APP, group, hint, palette)


def _flow(id: str, keys: str, label: str, help: str, *, hint: str = "") -> Action:
    return Action(id, tuple(keys.split()), label, help, Scope.FLOW, Group.FIGURES, hint)


def _waits(id: str, keys: str, label: str, help: str, hint: str) -> Action:
    return Action(id, tuple(keys.split()), label, help, Scope.WAITS, Group.WORK, hint)


ACTIONS: tuple[Action, ...] = (
    _board(
        "cursor_left",
        "h left",
        "Column to the left",
        "Go to the column on the left; the board follows where it does not fit.",
        Group.MOVE,
        palette=False,
        flow="to the left",
    ),
    _board(
        "cursor_down",
        "j down",
        "Next item",
        "Go to the item below.",
        Group.MOVE,
        palette=False,
        flow="down",
        findings="down",
    ),
    _board(
        "cursor_up",
        "k up",
        "Previous item",
        "Go to the item above.",
        Group.MOVE,
        palette=False,
        flow="up",
        findings="up",
    ),
    _board(
        "cursor_right",
        "l right",
        "Column to the right",
        "Go to the column on the right; the board follows where it does not fit.",
        Group.MOVE,
        palette=False,
        flow="to the right",
    ),
    _board(
        "page_up",
        "pageup",
        "A page up",
        "Go up by as many items as the column shows.",
        Group.MOVE,
        palette=False,
        flow="a page back",
        findings="a page back",
    ),
    _board(
        "page_down",
        "pagedown",
        "A page down",
        "Go down by as many items as the column shows.",
        Group.MOVE,
        palette=False,
        flow="a page on",
        findings="a page on",
    ),
    _board(
        "first_item",
        "home",
        "First item of the column",
        "Go to the top of the column.",
        Group.MOVE,
        flow="to the beginning",
        findings="to the beginning",
    ),
    _board(
        "last_item",
        "end",
        "Last item of the column",
        "Go to the bottom of the column.",
        Group.MOVE,
        flow="to the end",
        findings="to the end",
    ),
    _board(
        "to_stage",
        "'",
        "Jump to a stage by its number",
        "The columns show their numbers; type one. With more than nine stages it has two digits.",
        Group.MOVE,
    ),
    _board(
        "fold_column",
        "f",
        "Fold or open the column",
        "Make the column a narrow strip with its count and name, so that more columns fit, or "
        "open it again. The session remembers it.",
        Group.MOVE,
    ),
    _board(
        "move_right",
        "L",
        "Move the item right",
        "Move the item to the next stage. Above a soft WIP limit you are asked for a reason, "
        "a hard one refuses and says what could be finished first.",
        Group.WORK,
        hint="move",
        marked="move",
    ),
    _board(
        "move_left",
        "H",
        "Move the item left",
        "Move the item to the stage before.",
        Group.WORK,
    ),
    _board(
        "move_to",
        "m",
        "Move to a stage",
        "Choose any stage of the stream by its number, its name or the arrows; each shows its "
        "WIP against the limit.",
        Group.WORK,
        marked="to stage",
    ),
    _board(
        "new_item",
        "n",
        "New item",
        "Add an item to the stage under the cursor, or to the first stage from a done one.",
        Group.WORK,
        hint="new",
    ),
    _board(
        "new_child",
        "N",
        "New item below this one",
        "Add an item whose parent is the one under the cursor.",
        Group.WORK,
    ),
    _board(
        "edit_item",
        "e",
        "Edit the item",
        "Change its fields in a form: dates in words (fri, +3d), names completed while you type. "
        "Of several marked items only the fields that you fill in.",
        Group.WORK,
        hint="edit",
        marked="edit",
    ),
    _board(
        "edit_description",
        "E",
        "Edit the description in your editor",
        "Open the description in $VISUAL or $EDITOR; what you save there is written when it ends.",
        Group.WORK,
    ),
    _board(
        "take_item",
        "t",
        "Take the item, or give it back",
        "Become its owner; again: it has none.",
        Group.WORK,
        hint="take",
        marked="take",
    ),
    _board(
        "comment",
        "c",
        "Comment on the item",
        "Say something about it; comments stand in the details.",
        Group.WORK,
    ),
    _board(
        "block",
        "b",
        "Block or unblock the item",
        "Say why the item cannot go on: a kind and a reason. On a blocked item: it can go on.",
        Group.WORK,
        hint="block",
        marked="block",
    ),
    _board(
        "link_items",
        "d",
        "Link to other items",
        "Waits for, blocks, relates to, parent or child of an item of any stream; existing links "
        "are listed there and can be taken away.",
        Group.WORK,
        marked="link",
    ),
    _board(
        "reorder_down",
        "J",
        "Lower in its column",
        "Swap the item with the one below; the order is the team's own and is kept.",
        Group.WORK,
    ),
    _board(
        "reorder_up",
        "K",
        "Higher in its column",
        "Swap the item with the one above; the order is the team's own and is kept.",
        Group.WORK,
    ),
    _board(
        "drop",
        "x",
        "Drop the item",
        "Leave the item undelivered, with a reason; it goes to the dropped stage.",
        Group.WORK,
        marked="drop",
    ),
    _board(
        "reopen",
        "r",
        "Reopen the item",
        "Bring a done or dropped item back to the stage that it came from.",
        Group.WORK,
        marked="reopen",
    ),
    _board(
        "archive",
        "a",
        "Archive the item",
        "Take it off the board; its history stays. Undo brings it back, and so does going to its "
        "key.",
        Group.WORK,
        marked="archive",
    ),
    _board(
        "transfer",
        "T",
        "Transfer to another stream",
        "Choose a value stream and a stage of it; key and history stay with the item.",
        Group.WORK,
        marked="transfer",
    ),
    _board(
        "mark",
        "space",
        "Mark the item, or unmark it",
        "Mark it and go down. Keys that change items then act on all that are marked, as one group "
        "that one undo takes back.",
        Group.MARK,
    ),
    _board(
        "mark_range",
        "v",
        "Mark a range",
        "From the last mark, or the cursor, as far as the cursor goes; again: keep it.",
        Group.MARK,
    ),
    _board(
        "mark_all",
        "*",
        "Mark all",
        "Mark all that the board shows through the filter; where all is marked, nothing.",
        Group.MARK,
    ),
    _board(
        "details",
        "enter",
        "Details of the item",
        "Open or close the panel with fields, blockers, links and history; it follows the cursor.",
        Group.FIND,
        hint="details",
        flow="open",
        findings="open",
    ),
    _board(
        "details_down",
        "ctrl+d",
        "Scroll the details down",
        "Scroll the details panel down by half its height.",
        Group.FIND,
        palette=False,
    ),
    _board(
        "details_up",
        "ctrl+u",
        "Scroll the details up",
        "Scroll the details panel up by half its height.",
        Group.FIND,
        palette=False,
    ),
    _board(
        "copy_key",
        "y",
        "Copy the key",
        "Put the key of the item on the clipboard of your terminal, over SSH too.",
        Group.FIND,
    ),
    _board(
        "copy_link",
        "Y",
        "Copy key, title and link",
        "Put key and title of the item on the clipboard, with its link where the stream has one.",
        Group.FIND,
    ),
    _board(
        "filter",
        "/",
        "Filter the board",
        "Show only the items that fit: words, team:core, owner:me, type:bug, class:expedite, "
        "blocked, -blocked, age>p85, due<=fri. Tab completes, Enter keeps the filter, Esc clears "
        "it.",
        Group.FIND,
        hint="filter",
        flow="filter",
    ),
    _board(
        "views",
        "V",
        "Saved views",
        "Open a saved filter by its name, save the current one under a name, or take one away.",
        Group.FIND,
    ),
    _board(
        "go",
        "g",
        "Go to an item by its key",
        "Type a key or some words of a title; the list below completes it. What the item is linked "
        "to stands there first.",
        Group.FIND,
        hint="go to",
    ),
    _board(
        "streams",
        "s",
        "Choose a value stream",
        "List the value streams with their items, WIP and last activity, and open one.",
        Group.FIND,
        hint="streams",
        flow="streams",
        findings="streams",
    ),
    _board(
        "wip_limit",
        "w",
        "WIP limit of the stage",
        "Type it: 5, 5 hard, 5 expedite 1 (a limit of its own for a class of service), none.",
        Group.STEER,
    ),
    _board(
        "policies",
        "i",
        "Policies of the stage",
        "What the stage is for: when items enter and leave, its limits, its team, where it leads; "
        "changed from there.",
        Group.STEER,
    ),
    _board(
        "organisation",
        "o",
        "Organisation",
        "Streams, stages, edges, teams and members in one place: add, change, order, retire; a new "
        "stream from a template.",
        Group.STEER,
    ),
    _board(
        "undo",
        "z",
        "Undo",
        "Take back your last change of this session; refused where somebody changed it since.",
        Group.PROGRAM,
        hint="undo",
        findings="undo",
    ),
    _board(
        "redo",
        "Z",
        "Redo",
        "Bring back what you have just undone.",
        Group.PROGRAM,
        findings="redo",
    ),
    _board(
        "close",
        "escape",
        "Close or clear",
        "Close the message, the marks, the details or the filter, whichever is there, in this "
        "order.",
        Group.PROGRAM,
        palette=False,
        flow="close",
        findings="close",
    ),
    _app(
        "board",
        "1",
        "Board",
        "Show the items of the value stream.",
        group=Group.FIGURES,
        hint="board",
    ),
    _app(
        "flow",
        "3",
        "Flow",
        "Show how the stream flows: cycle time, cumulative flow, ageing work, throughput, waiting, "
        "blockers, rework, kinds of work.",
        group=Group.FIGURES,
        hint="flow",
    ),
    _app(
        "stuck",
        "4",
        "Bottlenecks",
        "Show where the stream is stuck: what limits the flow, why, how sure that is, what speaks "
        "against it, and what to do next.",
        group=Group.FIGURES,
        hint="stuck",
    ),
    _app(
        "waits",
        "5",
        "Dependencies",
        "Show who waits for whom over all streams and teams, what that costs, the paths to what is "
        "due, and what is at risk.",
        group=Group.FIGURES,
        hint="dependencies",
    ),
    _waits(
        "narrow",
        "t",
        "Only one team",
        "Choose a team: only what it waits for and what it holds up is shown.",
        "team",
    ),
    _waits(
        "critical_path",
        "c",
        "Critical path",
        "Tell which chain decides when the items under the cursor, or all that are marked on the "
        "board, can be finished.",
        "path",
    ),
    _waits(
        "ask",
        "p",
        "Ask for it by a date",
        "Say that what is waited for is needed, and by when: it is proposed until it is answered.",
        "ask",
    ),
    _waits("accept", "a", "Accept", "Answer that what is waited for will be delivered.", "accept"),
    _waits(
        "deliver",
        "d",
        "Delivered",
        "What was needed is there, though its item may not be done: nobody waits any more.",
        "delivered",
    ),
    _waits(
        "break_off",
        "x",
        "Broken",
        "What is waited for will not be delivered, or not in time.",
        "broken",
    ),
    _flow(
        "next_figure",
        "tab",
        "Next figure",
        "Go to the next figure, on the next page after the last of a page.",
    ),
    _flow("previous_figure", "shift+tab", "Previous figure", "Go to the figure before."),
    _flow(
        "window",
        "w",
        "A longer window",
        "Figures of 14, 30, 90, 180 days or of all of it; after the longest the shortest.",
        hint="window",
    ),
    _flow("window_back", "W", "A shorter window", "The same, the other way round."),
    _app(
        "earlier",
        ", [",
        "A week earlier",
        "Show board and figures as they were a week before: the past, which cannot be edited.",
        group=Group.FIGURES,
        hint="past",
    ),
    _app(
        "later",
        ". ]",
        "A week later",
        "A week forward in the past; not beyond now.",
        group=Group.FIGURES,
    ),
    _app(
        "day_earlier",
        "< {",
        "A day earlier",
        "Show board and figures as they were a day before.",
        group=Group.FIGURES,
    ),
    _app(
        "day_later",
        "> }",
        "A day later",
        "A day forward in the past; not beyond now.",
        group=Group.FIGURES,
    ),
    _app(
        "data_end",
        "G",
        "To the end of the data",
        "Show board and figures as of the last recorded move.",
        group=Group.FIGURES,
    ),
    _app(
        "present",
        ";",
        "To now",
        "Leave the past.",
        group=Group.FIGURES,
    ),
    _app(
        "export",
        "X",
        "Export",
        "Write a snapshot as JSON, items or their histories as CSV, or the journal to a file.",
        group=Group.FIGURES,
    ),
    _app(
        "palette",
        ": ctrl+p",
        "Palette",
        "Find an action by name and do it.",
        palette=False,
    ),
    _app(
        "help",
        "?",
        "Help",
        "List every key; type to filter the list.",
        hint="help",
    ),
    _app(
        "switch_theme",
        "",
        "Change the theme",
        "Dark, light, high contrast, 16 colours or none; config.toml keeps a theme for ever.",
    ),
    _app("quit", "q", "Quit", "Leave; everything is saved already."),
)
"""Every action, in the order in which help lists them."""

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
"""The same by id."""

_KEY_NAMES = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "enter": "Enter",
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "insert": "Ins",
    "delete": "Del",
    "backspace": "Backspace",
    "tab": "Tab",
    "space": "Space",
}
_KEY_NAMES_ASCII = {"left": "Left", "right": "Right", "up": "Up", "down": "Down"}


def key_name(key: str, ascii_only: bool = False) -> str:
    """What people call a key: ``pagedown`` is ``PgDn``, ``ctrl+p`` is ``Ctrl+P``."""
    if len(key) == 1:
        return key
    *modifiers, last = key.split("+")
    name = _KEY_NAMES.get(last) or (last.upper() if modifiers or len(last) < 4 else last)
    if ascii_only:
        name = _KEY_NAMES_ASCII.get(last, name)
    return "+".join([*(each.capitalize() for each in modifiers), name])


UNBOUND = "unbound"
"""A key that no terminal sends, for an action that only the palette calls."""


def bound(keys: tuple[str, ...]) -> str:
    """Keys in the form of a binding: one text, with commas between them."""
    return ",".join("comma" if key == "," else key for key in keys) or UNBOUND


def scoped(scope: Scope) -> tuple[Action, ...]:
    """The actions that a screen of this scope (or the app) does, in the order of the registry."""
    return tuple(
        action
        for action in ACTIONS
        if action.scope is scope or (action.scope is not Scope.APP and scope in action.scopes)
    )
