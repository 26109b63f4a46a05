"""The registry of actions: keymaps, palette, help, hints, tabs and key docs are made from it."""

from __future__ import annotations

from vsm.actions import (
    board,
    dialogs,
    everywhere,
    figures,
    items,
    map,
    portfolio,
    reports,
    steering,
)
from vsm.actions.action import Action, Group, Needs, Scope, Situation
from vsm.actions.key_names import bound, key_name

ACTIONS: tuple[Action, ...] = (
    *board.MOVES,
    *items.ACTIONS,
    *board.ACTIONS,
    *figures.ACTIONS,
    *steering.ACTIONS,
    *portfolio.ACTIONS,
    *reports.ACTIONS,
    *map.ACTIONS,
    *everywhere.ACTIONS,
    *dialogs.ACTIONS,
)
"""Every action, in the order in which help lists them."""
BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
TABS: tuple[Action, ...] = tuple(action for action in ACTIONS if action.tab)
"""The actions that show a screen each: the tabs."""

__all__ = [
    "ACTIONS",
    "BY_ID",
    "TABS",
    "Action",
    "Group",
    "Needs",
    "Scope",
    "Situation",
    "bound",
    "key_name",
    "scoped",
]


def scoped(scope: Scope) -> tuple[Action, ...]:
    """The actions that a screen of this scope (or the app) runs, in the order of the registry."""
    return tuple(
        action
        for action in ACTIONS
        if action.scope is scope or (action.scope is not Scope.APP and scope in action.scopes)
    )
