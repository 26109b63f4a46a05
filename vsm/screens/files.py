"""Ask for a file: its path is completed while it is typed, and one that is not there is told."""

from __future__ import annotations

import os
from pathlib import Path

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Input, Static

from vsm.model.sanitise import inert_line
from vsm.screens.dialogs import Dialog
from vsm.screens.serial_executor import run_aside


def fault_of(typed: str) -> str:
    """What is wrong with a path to read from, in words; empty where a file is there."""
    if not typed:
        return "Give the path of a file."
    path = os.path.expanduser(typed)
    if os.path.isdir(path):
        return f"{typed} is a folder: give a file in it."
    if not os.path.lexists(path):
        folder = os.path.dirname(path)
        if folder and not os.path.isdir(folder):
            return f"There is no folder {folder}."
        return f"There is no file {typed}."
    return "" if os.access(path, os.R_OK) else f"{typed} cannot be read: see its permissions."


def completed(typed: str) -> str | None:
    """``typed`` with the rest of the first name that begins with it; folders end in a slash."""
    head, slash, start = typed.rpartition("/")
    folder = os.path.expanduser(head + slash) or "."
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name + ("/" if entry.is_dir() else "")
                for entry in entries
                if start or not entry.name.startswith(".")
            )
    except (OSError, ValueError):
        # No such folder (yet): there is nothing to suggest.
        return None
    found = next((name for name in names if name.startswith(start)), None)
    return f"{head}{slash}{found}" if found else None


class _Paths(Suggester):
    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The rest of a path."""
        return await run_aside(lambda: completed(value)) if value else None


class FileDialog(Dialog[Path]):
    """Gives back the path of a file that is there and can be read."""

    def __init__(self, title: str, question: str, typed: str = "") -> None:
        super().__init__(title)
        self._question = question
        self._typed = typed

    def compose(self) -> ComposeResult:
        """Question, input, what is wrong, keys."""
        with self.box():
            yield Static(Content(inert_line(self._question)), classes="line")
            yield Input(self._typed, suggester=_Paths())
            yield Static("", classes="fault", markup=False)
            keys = "Tab: complete   Enter: go on   Esc: leave it"
            yield Static(Content(keys), classes="quiet")

    def on_key(self, event: events.Key) -> None:
        """Tab takes the completion over."""
        if event.key == "tab":
            event.stop()
            self.query_one(Input).action_cursor_right()

    @on(Input.Changed)
    def _changed(self) -> None:
        self.fault("")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        typed = self.query_one(Input).value.strip()
        fault = fault_of(typed)
        if fault:
            self.fault(fault)
        else:
            self.dismiss(Path(os.path.expanduser(typed)))
