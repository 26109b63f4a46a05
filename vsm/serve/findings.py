"""Findings of the check of a set-up that serves a board."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Result of a check."""

    OK = "ok"
    FIX = "fix"
    NOTE = "note"
    """Worth knowing; nothing is unsafe."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, and the command that mends what is wrong."""

    check: str
    status: Status
    text: str
    command: str = ""
