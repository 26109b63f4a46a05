"""Says where somebody is and what there is, which decides what actions are available."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen

from vsm.actions import Needs, Situation

if TYPE_CHECKING:
    from vsm.screens.host import Host


def situation(screen: Screen[Any]) -> Situation:
    """Where somebody is who looks at a screen, and what there is."""
    host = cast("Host", screen.app)
    nodes = (screen.focused or screen).ancestors_with_self
    has = Needs.NOTHING
    if hasattr(screen, "stream"):
        has |= Needs.STREAM
    if getattr(screen, "has_item", True):
        has |= Needs.ITEM
    if not getattr(screen, "NO_FILTER", ""):
        has |= Needs.FILTER
    if host.view.at is None:
        has |= Needs.PRESENT
    if host.changes_refused is None:
        has |= Needs.WRITABLE
    machine = host.machine
    has |= Needs.EDITOR if machine.editor else Needs.NOTHING
    has |= Needs.FILES if machine.files else Needs.NOTHING
    has |= Needs.CLIPBOARD if machine.clipboard else Needs.NOTHING
    has |= Needs.EXPORT if machine.files or machine.clipboard else Needs.NOTHING
    has |= Needs.SUSPEND if machine.suspend else Needs.NOTHING
    scopes = tuple(node.SCOPE for node in nodes if hasattr(node, "SCOPE"))
    return Situation(scopes, has, getattr(screen, "ACTION", ""))
