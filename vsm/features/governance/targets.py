"""The lines of reports on governance, by what they are about."""

from __future__ import annotations

from dataclasses import dataclass

from vsm.report.document import Target


@dataclass(frozen=True, slots=True)
class ControlTarget(Target):
    """The line of a control, by its id."""

    control: int = 0


@dataclass(frozen=True, slots=True)
class WaiverTarget(Target):
    """The line of a waiver, by its id."""

    waiver: int = 0
