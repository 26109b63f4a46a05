"""Groups of changes: one that was recorded, and the last one that can be undone."""

from __future__ import annotations

from dataclasses import dataclass

from vsm.model.board import Change
from vsm.model.command import Command
from vsm.model.errors import Refusal


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """A group of changes that was recorded: its number, its label in words, the changes.

    ``refused`` are the commands of :meth:`Session.do_each` that a rule said no to, and why.
    """

    grp: int
    label: str
    changes: tuple[Change, ...]
    refused: tuple[tuple[Command, Refusal], ...] = ()


@dataclass(frozen=True, slots=True)
class LastGroup:
    """A group that can be undone: its number, its label in words, when it was recorded."""

    grp: int
    label: str
    at: int
