"""Runs the declared actions of a place by the keys that the keymap gives them there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType

from vsm.actions import Scope, bound, scoped


def bindings(*scopes: Scope) -> list[BindingType]:
    """The bindings of these places; a keymap replaces their keys by the ids of the actions."""
    return [
        Binding(bound(action.keys), action.id, action.label, show=False, id=action.id)
        for scope in scopes
        for action in scoped(scope)
    ]


async def take_key(node: Any, event: events.Key, typed: Callable[[events.Key], bool]) -> None:
    """Run the action that has a key in the place ``node.SCOPE``, before a text field takes it.

    The action runs the method ``action_<id>``; one that raises ``SkipAction``, or that is not
    there, leaves the key to others. ``typed`` takes a key that no action has, or returns false.
    """
    action = node.app.keymap.action_at(node.SCOPE, event.key, event.character)
    if (action and await node.app.run_action(action, node)) or (not action and typed(event)):
        event.stop()
        event.prevent_default()


class Keyed:
    """A widget or screen that takes the keys of its place (see :func:`take_key`)."""

    SCOPE: ClassVar[Scope]

    async def on_key(self, event: events.Key) -> None:
        await take_key(self, event, self.typed)

    def typed(self, event: events.Key) -> bool:
        """Take a key that no action has here; returns whether it was taken."""
        return False
