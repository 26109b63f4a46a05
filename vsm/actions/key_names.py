"""Names keys as people call them, and as a binding takes them."""

from __future__ import annotations

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

UNBOUND = "unbound"
"""A key that no terminal sends, for an action that only the palette calls."""


def key_name(key: str, ascii_only: bool = False) -> str:
    """The name of a key: ``pagedown`` is ``PgDn``, ``ctrl+p`` is ``Ctrl+P``."""
    if len(key) == 1:
        return key
    *modifiers, last = key.split("+")
    name = _KEY_NAMES.get(last) or (last.upper() if modifiers or len(last) < 4 else last)
    if ascii_only:
        name = _KEY_NAMES_ASCII.get(last, name)
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])


def bound(keys: tuple[str, ...]) -> str:
    """Keys in the form of a binding: one text, with commas between them."""
    return ",".join("comma" if key == "," else key for key in keys) or UNBOUND
