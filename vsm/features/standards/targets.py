"""The lines of reports on standards, by what they open."""

from __future__ import annotations

from dataclasses import dataclass

from vsm.report.document import Target


@dataclass(frozen=True, slots=True)
class StandardTarget(Target):
    """The line of a standard, by its name."""

    standard: str = ""


@dataclass(frozen=True, slots=True)
class DeviationTarget(Target):
    """The line of a difference, by its part; it may have items, a stage or policies behind it."""

    part: str = ""
    policies: str = ""


@dataclass(frozen=True, slots=True)
class TextTarget(Target):
    """A line to which a text to begin with belongs, by its name."""

    text: str = ""
