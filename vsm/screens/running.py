"""Runs a declared action, or says why it cannot be run here and now."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from textual.app import App
from textual.screen import Screen

from vsm.actions import BY_ID, Action, Needs, Scope
from vsm.model.errors import RefusalCode
from vsm.screens.situation import situation
from vsm.screens.vsm_screen import VsmScreen

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from vsm.screens.host import Host


_UNAVAILABLE = {
    Needs.EDITOR: ("No editor", "{edit_item} edits the description here"),
    Needs.FILES: ("No files can be read", "vsm import reads them on the computer of the database"),
    Needs.CLIPBOARD: (
        "Nothing can be copied",
        "select the text with the mouse, perhaps with Shift",
    ),
    Needs.EXPORT: ("Nothing can be exported", "vsm export does it on the computer of the database"),
    Needs.SUSPEND: ("There is no shell to go to", "{quit} leaves vsm"),
}
"""By what a session may not do: that it may not, and what to do instead."""
_OWN_RIGHTS = (Scope.GOVERNANCE, Scope.DELIVERY, Scope.PORTFOLIO, Scope.REPORTS)
"""Places whose keys change no items, so that a refusal names what was tried."""
_DOORS = {"ssh": "over SSH", "web": "in a browser"}


def unavailable(host: Host, missing: Needs) -> str:
    """Why an action is not there in a session of fewer capabilities, and what to do instead."""
    lacks, instead = next(text for needs, text in _UNAVAILABLE.items() if needs & missing)
    where = _DOORS.get(host.machine.source, "in this session")
    return f"{lacks} {where}: {host.keymap.fill(instead, host.ascii_only)}"


def refused(screen: Screen[Any], action: Action) -> bool:
    """Whether an action is refused in the past, read-only, or in this session; says so.

    Escape on a page that another screen opened goes back to that, and does nothing else. While a
    colleague's cursor is followed, most keys end that first, and some do nothing else.
    """
    if not isinstance(screen, VsmScreen):
        return False
    if action.id == "close" and screen.goes_back():
        return True
    following = screen.host.colleagues.following
    if following is not None and following.ends_with(action):
        return True
    missing = action.lacks(situation(screen))
    refusal = screen.host.changes_refused
    if Needs.PRESENT in missing:
        from vsm.screens.as_of import read_only

        screen.say(read_only(screen).sentences, "warn")
    elif Needs.WRITABLE in missing and refusal is not None:
        if refusal.code is RefusalCode.ROLE and action.scope in _OWN_RIGHTS:
            # the right that lacks is that to items, which is not what was tried
            refusal = replace(refusal, message=f"{action.label}: {refusal.message}")
        screen.refuse_change(refusal)
    elif Needs.FILTER in missing:
        screen.say(screen.NO_FILTER, "warn")
    elif Needs.MACHINE & missing:
        screen.say(unavailable(screen.host, missing), "warn")
    else:
        return False
    return True


def first_able(action: Action, nodes: Sequence[DOMNode | None]) -> DOMNode | None:
    """The first node that has a method for an action, the program itself last."""
    able = [node for node in nodes if hasattr(node, f"action_{action.id}")]
    return min(able, key=lambda node: isinstance(node, App), default=None)


async def run(screen: Screen[Any], action: Action) -> bool:
    """Run what an action names; its module is imported now."""
    module, name, *argument = action.runs.split(":", 2)
    runs = getattr(import_module(module), name)
    board = _board(screen)
    if isinstance(runs, type):
        return show_above(screen, runs)
    if Needs.ITEM in action.needs:  # in a list over several streams that of the item
        board = getattr(screen, "item_parts", board)
    if module.startswith("vsm.screens.board.") and board is None:
        return False
    work = runs(board if module.startswith("vsm.screens.board.") else screen, *argument)
    if inspect.iscoroutine(work):
        if not isinstance(screen, VsmScreen):
            work.close()
            return False
        screen.begin(work, "change" if action.writes else "dialog")
    return True


def _board(screen: Screen[Any]) -> Any:
    """The parts of the board that is shown, or that the figures lie on."""
    return getattr(screen, "parts", None) or getattr(screen, "below", None)


async def choose(screen: Screen[Any], action: str | None) -> None:
    """Run the action that was chosen from a list, on the widget or screen that does it."""
    host = cast("Host", screen.app)
    host.typeahead.release()
    if action and BY_ID[action].scope is Scope.APP:
        await screen.app.run_action(f"app.{action}")
    elif action:
        target = first_able(BY_ID[action], _nodes(screen))
        await screen.app.run_action(action, target or screen)


def can_run(screen: Screen[Any], action: Action) -> bool:
    """Whether choosing an action from a list does anything."""
    return bool(action.runs) or first_able(action, _nodes(screen)) is not None


def _nodes(screen: Screen[Any]) -> list[DOMNode]:
    """What runs declared actions: the focused widget, what it is in, the screen, the program."""
    nodes = (screen.focused or screen).ancestors_with_self
    return [node for node in nodes if hasattr(node, "SCOPE") or node is screen.app]


def show_tab(screen: Screen[Any], action: str, **about: Any) -> bool:
    """Show the screen of a tab, opened for what it is to be about."""
    return show_above(screen, screen_class(action), **about)


def screen_class(action: str) -> type[Any]:
    """The screen of a tab."""
    module, _, name = BY_ID[action].runs.partition(":")
    kind: type[Any] = getattr(import_module(module), name)
    return kind


def show_above(screen: Screen[Any], kind: type[Any], **about: Any) -> bool:
    """Show another screen of the stream, above its board; its filter comes along."""
    board = _board(screen)
    if not isinstance(screen, VsmScreen) or isinstance(screen, kind) or board is None:
        return False
    show_screen(screen, kind(board, screen.carried_filter, **about))
    return True


def show_screen(screen: VsmScreen, above: Screen[Any]) -> None:
    """Show a screen above the board, in place of one that lies on it; keys wait for it."""
    screen.host.typeahead.hold()
    if screen.below is None:
        screen.app.push_screen(above)
    else:
        screen.app.switch_screen(above)
