"""The palette: what can be done now, from the registry of actions."""

from __future__ import annotations

from collections.abc import Coroutine
from functools import partial
from typing import Any

from textual.command import DiscoveryHit, Hit, Hits, Provider

from vsm.actions import ACTIONS, Action, Scope, keys_text


class ActionProvider(Provider):
    """Offers the registry's actions that the screen below can do."""

    def _offered(self) -> list[Action]:
        target = self.screen
        return [
            action
            for action in ACTIONS
            if action.palette
            and (action.scope is Scope.APP or hasattr(target, f"action_{action.id}"))
        ]

    def _do(self, action: Action) -> partial[Coroutine[Any, Any, bool]]:
        prefix = "app" if action.scope is Scope.APP else "screen"
        return partial(self.app.run_action, f"{prefix}.{action.id}", self.screen)

    @staticmethod
    def _title(action: Action) -> str:
        keys = keys_text(action)
        return f"{action.label}  ({keys})" if keys else action.label

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for action in self._offered():
            yield DiscoveryHit(self._title(action), self._do(action), help=action.help)

    async def search(self, query: str) -> Hits:
        """Those whose label is like what was typed."""
        matcher = self.matcher(query)
        for action in self._offered():
            title = self._title(action)
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, matcher.highlight(title), self._do(action), help=action.help)
