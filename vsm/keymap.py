"""Gives actions their keys: presets over the registry, and a person's own keys.toml.

A keymap file gives actions, by id, the keys that they have in place of the preset's::

    preset = "standard"

    [keys]
    undo = "U backspace"
    drop = ""

What a file gives goes before what the preset gives: an action whose key is taken away by the
file keeps its other keys, and can always be called from the palette. Two actions of a file with
one key in one place are an error, and so is an action of dialogs that is left with characters
only: where text is typed they are text. A key is a character as typed (``L``, ``?``) or a named
key (``left``, ``f2``, ``shift+right``, ``ctrl+f``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from vsm.actions import ACTIONS, BY_ID, Action, Scope, key_name
from vsm.model.errors import BadInput

if TYPE_CHECKING:
    from vsm.toml_files import TomlTable

PRESETS: dict[str, dict[str, str]] = {
    "vim": {},
    "standard": {
        "cursor_left": "left",
        "cursor_down": "down",
        "cursor_up": "up",
        "cursor_right": "right",
        "move_right": "shift+right",
        "move_left": "shift+left",
        "next_in_walk": "n space right down",
        "back_in_walk": "p left up",
        "reorder_down": "shift+down",
        "reorder_up": "shift+up",
        "lower_initiative": "shift+down",
        "raise_initiative": "shift+up",
        "mark_earlier": "shift+left",
        "mark_later": "shift+right",
        "details_down": "ctrl+down ctrl+pagedown",
        "details_up": "ctrl+up ctrl+pageup",
        "new_item": "insert n",
        "drop": "delete",
        "list_standards": "T",
        "adopt_standard": "Y",
        "link_incident": "c",
        "mark_unplanned": "u",
        "older_report": "left",
        "newer_report": "right",
        "filter": "ctrl+f /",
        "go": "ctrl+g g",
        "undo": "ctrl+z",
        "suspend_process": "f12",
        "redo": "ctrl+y",
        "help": "f1 ?",
        "quit": "ctrl+q",
    },
}
"""By preset what differs from the keys of the registry."""

DEFAULT = "vim"

_NAMED = (
    *("left", "right", "up", "down", "home", "end", "pageup", "pagedown"),
    *("enter", "escape", "tab", "space", "backspace", "delete", "insert"),
    *(f"f{n}" for n in range(1, 25)),
)
PROBLEMS_MAX = 100
"""Problems of one file that are looked for: each costs a search for a similar name."""
_ALIASES = {
    "esc": "escape",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "return": "enter",
}
_MODIFIERS = ("alt", "ctrl", "shift")
_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+[": "escape"}
"""What terminals send for these: they cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys of each action; an action without any is left to the palette."""

    keys: Mapping[str, tuple[str, ...]]
    preset: str = DEFAULT
    _places: dict[Scope, dict[str, str]] = field(default_factory=dict, compare=False, repr=False)

    def of(self, action: str) -> tuple[str, ...]:
        """The keys of an action, by its id."""
        return self.keys.get(action, ())

    def action_at(self, scope: Scope, key: str, character: str | None = None) -> str:
        """The action that a key runs in a place; empty where it runs none."""
        place = self._places.get(scope)
        if place is None:
            ids = (action.id for action in ACTIONS if scope in action.scopes)
            place = {key: action for action in ids for key in self.of(action)}
            self._places[scope] = place
        return place.get(character or "") or place.get(key, "")

    def text(self, action: str, ascii_only: bool = False) -> str:
        """The keys of an action as help shows them: ``h ←``; empty where it has none."""
        return " ".join(key_name(key, ascii_only) for key in self.of(action))

    def name(self, action: str, ascii_only: bool = False) -> str:
        """What a message calls the key of an action: its first, else the palette."""
        keys = self.of(action)
        return key_name(keys[0], ascii_only) if keys else "the palette"

    def fill(self, text: str, ascii_only: bool = False) -> str:
        """``text`` with the key of an action in place of its id in braces: ``{undo}``.

        Other words in braces stay: they may be somebody's own.
        """

        def key(match: re.Match[str]) -> str:
            return self.name(match[1], ascii_only) if match[1] in BY_ID else match[0]

        return re.sub(r"\{(\w+)\}", key, text)

    def matching(self, text: str) -> tuple[Action, ...]:
        """The actions whose key, label, help or group holds every word of ``text``."""
        words = text.casefold().split()
        return tuple(
            action
            for action in ACTIONS
            if all(
                word in f"{action.label} {action.help} {action.group} {action.scope}".casefold()
                or text.strip() in (*self.of(action.id), self.text(action.id))
                for word in words
            )
        )

    def changed(self) -> dict[str, tuple[str, ...]]:
        """What differs from the registry, by action id."""
        return {a.id: self.of(a.id) for a in ACTIONS if self.of(a.id) != a.keys}


class Problem(NamedTuple):
    """Something about a keymap file: where, what, what to do.

    Where it is only worth knowing (``note``) the file is used all the same.
    """

    line: int
    message: str
    remedy: str
    note: bool = False


@dataclass
class _File:
    """A keymap file that is being read."""

    table: TomlTable
    preset: str = DEFAULT
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, name: str, message: str, remedy: str) -> None:
        """Note what is wrong with a line."""
        self.problems.append(Problem(self.line(name), message, remedy))

    def line(self, name: str) -> int:
        """The line, from 1, of a setting, an action or a table of this name."""
        places = (("keys", 0, name), ("", 0, name), (name, 0, ""))
        return next((self.table.lines[at] for at in places if at in self.table.lines), 1)


def preset(name: str) -> Keymap:
    """One of the presets, by name."""
    own = PRESETS[name]
    keys = {a.id: tuple(own[a.id].split()) if a.id in own else a.keys for a in ACTIONS}
    return Keymap(keys, name)


def load(path: Path | None) -> Keymap:
    """Read a keymap file; one that is not there, or has no place, means the default preset.

    Raises :class:`BadInput` with file, line and what would be right; where there is more than
    one thing wrong, it says how to see all of them.
    """
    if path is None:
        return preset(DEFAULT)
    keymap, problems = examine(path)
    errors = [problem for problem in problems if not problem.note]
    if errors:
        first = errors[0]
        more = f" ({len(errors) - 1} more: vsm keys --check)" if len(errors) > 1 else ""
        raise BadInput(f"{path}, line {first.line}: {first.message}", f"{first.remedy}{more}")
    return keymap


def examine(path: Path) -> tuple[Keymap, list[Problem]]:
    """Read a keymap file and say all that is wrong with it, or worth knowing.

    Raises :class:`BadInput` where it cannot be read at all.
    """
    if not os.path.lexists(path):
        return preset(DEFAULT), []  # most people have none: nothing is loaded to read it
    from vsm.toml_files import read_settings

    text = read_settings(path)
    return (preset(DEFAULT), []) if text is None else read(text, str(path))


def read(text: str, where: str) -> tuple[Keymap, list[Problem]]:
    """Read the text of a keymap; ``where`` names it where it is no TOML (``BadInput``)."""
    from vsm.toml_files import parse_table

    table = parse_table(text, where, 'a line of keys.toml reads: undo = "u"')
    file = _File(table)
    for name, value in table.values.items():
        if name == "preset":
            _read_preset(file, value)
        elif name == "keys" and isinstance(value, dict):
            _read_keys(file, value)
        elif name == "keys":
            file.wrong(name, "keys is no table", 'write [keys] and below it: undo = "u"')
        else:
            hint = "put it below [keys]" if name in BY_ID else "there are preset and [keys]"
            file.wrong(name, f"there is no setting {name[:60]!r}", hint)
    _find_conflicts(file)
    keymap = _over(preset(file.preset), file)
    return keymap, sorted(file.problems, key=lambda problem: problem.line)


def _read_preset(file: _File, value: Any) -> None:
    if isinstance(value, str) and value in PRESETS:
        file.preset = value
    else:
        from vsm.toml_files import describe_value

        file.wrong(
            "preset", f"there is no preset {describe_value(value)}", f"use {' or '.join(PRESETS)}"
        )


def _read_keys(file: _File, table: dict[str, Any]) -> None:
    for action, value in table.items():
        if len(file.problems) >= PROBLEMS_MAX:
            return
        if action not in BY_ID:
            file.wrong(action, f"there is no action {action[:60]!r}", _close(action, BY_ID))
        elif not isinstance(value, str):
            file.wrong(action, f"the keys of {action} are no text", f'write: {action} = "x ctrl+x"')
        else:
            keys = [_key(file, action, key) for key in value.split()]
            file.keys[action] = tuple(dict.fromkeys(key for key in keys if key))


def _close(name: str, names: Mapping[str, object]) -> str:
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    known = "vsm keys --json lists the ids of all actions"
    return f"did you mean {close[0]!r}? {known}" if close else known


def _key(file: _File, action: str, written: str) -> str:
    """A key as terminals call it; empty, with a problem noted, where there is no such key."""
    if len(written) == 1 and written.isprintable():
        return written
    written = written[:60]
    *modifiers, last = (written if written != "+" else "plus").split("+")
    modifiers = sorted(modifier.casefold() for modifier in modifiers)
    name = _ALIASES.get(last.casefold(), last.casefold())
    unknown = [modifier for modifier in modifiers if modifier not in _MODIFIERS]
    key = "+".join([*modifiers, name])
    if unknown or (name not in _NAMED and not (modifiers and len(last) == 1)):
        near = get_close_matches(name, _NAMED, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]!r}? " if near and not unknown else ""
        file.wrong(
            action,
            f"there is no key {written!r}",
            f"{hint}A key is a character (L, ?) or a name: left, pagedown, f2, delete, ctrl+f,"
            " shift+right",
        )
        return ""
    if "shift" in modifiers and len(last) == 1:
        file.wrong(action, f"{written!r} is no key of its own", f"write {last.upper()!r}")
        return ""
    if key in _SAME:
        file.wrong(
            action,
            f"terminals send {_SAME[key]} for {written!r}",
            f"use {_SAME[key]!r} if you mean that, else another key",
        )
        return ""
    return key


def _find_conflicts(file: _File) -> None:
    """Two actions that can be called in one place cannot have one key."""
    taken: dict[tuple[str, Scope], str] = {}
    for action, keys in file.keys.items():
        for key in keys:
            others = [taken.setdefault((key, at), action) for at in sorted(BY_ID[action].scopes)]
            for other in sorted({other for other in others if other != action}):
                file.wrong(
                    action,
                    f"{key_name(key)} is given to {action} and, in line {file.line(other)},"
                    f" to {other}",
                    "give one of them another key",
                )


def _over(base: Keymap, file: _File) -> Keymap:
    """The preset with the file's keys over it; notes which keys the file takes away."""
    taken = {
        (key, place): action
        for action, keys in file.keys.items()
        for key in keys
        for place in BY_ID[action].scopes
    }
    keys = dict(base.keys)
    for action, usual in base.keys.items():
        if action in file.keys:
            keys[action] = file.keys[action]
            continue
        gone = {
            key: taken[key, place]
            for key in usual
            for place in BY_ID[action].scopes
            if (key, place) in taken
        }
        keys[action] = tuple(key for key in usual if key not in gone)
        for key in usual:
            if key in gone:
                left = f"keeps {Keymap(keys).text(action)}" if keys[action] else "has no key left"
                file.problems.append(
                    Problem(
                        file.line(gone[key]),
                        f"{key_name(key)} goes to {gone[key]}, so {action} {left}",
                        f'to give it another: {action} = "KEY"',
                        note=True,
                    )
                )
    _find_lost(file, keys)
    return Keymap(keys, base.preset)


def _find_lost(file: _File, keys: Mapping[str, tuple[str, ...]]) -> None:
    """A dialog that no key closes, or that only text would, cannot be left again."""
    for action in ACTIONS:
        named = any(len(key) > 1 and key != "space" for key in keys[action.id])
        if action.types_text and action.scope is not Scope.APP and not named:
            file.wrong(
                action.id if action.id in file.keys else "keys",
                f"{action.id} has no key that works where text is typed",
                f'give it a key with a name: {action.id} = "f2"',
            )
