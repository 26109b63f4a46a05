"""Asks for a file: completes its path while it is typed, and says where there is none."""

from __future__ import annotations

import os
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Input, Static

from vsm.actions import Scope
from vsm.model.sanitise import inert_line
from vsm.screens.dialog import Dialog
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
    match = next((name for name in names if name.startswith(start)), None)
    return f"{head}{slash}{match}" if match else None


class _Paths(Suggester):
    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The rest of a path."""
        return await run_aside(lambda: completed(value)) if value else None


class FileDialog(Dialog[Path]):
    """Gives back the path of a file that is there and can be read."""

    SCOPE = Scope.FILE

    def __init__(self, title: str, question: str, typed: str = "") -> None:
        super().__init__(title)
        self._question = question
        self._typed = typed

    def compose(self) -> ComposeResult:
        with self.box():
            yield Static(Content(inert_line(self._question)), classes="line")
            yield Input(self._typed, suggester=_Paths())
            yield Static("", classes="fault", markup=False)
            yield self.keys("{complete}: complete · {confirm}: confirm · {cancel}: cancel")

    def action_complete(self) -> None:
        self.query_one(Input).action_cursor_right()

    @on(Input.Changed)
    def _changed(self) -> None:
        self.fault("")

    def action_confirm(self) -> None:
        typed = self.query_one(Input).value.strip()
        fault = fault_of(typed)
        if fault:
            self.fault(fault)
        else:
            self.dismiss(Path(os.path.expanduser(typed)))
