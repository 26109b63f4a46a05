"""The lines of reports on compliance, by what they open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vsm.features.compliance.results import VerdictRow
from vsm.model.control.control import Verdict
from vsm.report.document import Target

_ORDER = (
    *(Verdict.FAIL, Verdict.INDETERMINATE, Verdict.WAIVED),
    *(Verdict.PASS, Verdict.NOT_APPLICABLE),
)


@dataclass(frozen=True, slots=True)
class CountsTarget(Target):
    """The items behind the numbers of a line, by what each number counts."""

    counts: tuple[tuple[str, tuple[tuple[int, str], ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class FrameworkTarget(Target):
    """The line of a framework, by its id."""

    framework: str = ""


def count_target(control: str, verdicts: Iterable[VerdictRow]) -> CountsTarget:
    """The items that a control judged, by verdict; those without items are left out."""
    rows = [row for row in verdicts if row.control == control]
    counts = []
    for verdict in _ORDER:
        items = tuple((row.id, row.message) for row in rows if row.verdict is verdict)
        if items:
            counts.append((str(verdict).replace("_", " "), items))
    return CountsTarget(control, counts=tuple(counts))
