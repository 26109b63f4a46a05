"""Runs the declared actions of a place by the keys that the keymap gives them there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.binding import Binding, BindingType

from vsm.actions import Scope, bound, scoped

if TYPE_CHECKING:
    from textual.dom import DOMNode


def bindings(*scopes: Scope) -> list[BindingType]:
    """The bindings of these places; a keymap replaces their keys by the ids of the actions."""
    return [
        Binding(bound(action.keys), action.id, action.label, show=False, id=action.id)
        for scope in scopes
        for action in scoped(scope)
    ]


class Keyed:
    """A widget or dialog that takes keys before the text field in it does.

    A key runs the method ``action_<id>`` of the action that has it in the place ``SCOPE``; a
    method that raises ``SkipAction``, or that is not there, leaves the key to others.
    """

    SCOPE: ClassVar[Scope]

    async def on_key(self, event: events.Key) -> None:
        app: Any = cast("DOMNode", self).app
        action = app.keymap.action_at(self.SCOPE, event.key, event.character)
        if (action and await app.run_action(action, self)) or (not action and self.typed(event)):
            event.stop()
            event.prevent_default()

    def typed(self, event: events.Key) -> bool:
        """Take a key that no action has here; tells whether it was taken."""
        return False
