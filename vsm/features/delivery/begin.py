"""Three ways to begin where no deployment is on record, with their commands."""

from __future__ import annotations

from vsm.report.document import Section, Sentence
from vsm.report.wording import Hint

FIRST = (
    "vsm service add NAME --team TEAM names what is deployed",
    "First name what is deployed: vsm service add NAME --team TEAM",
)
WAYS = (
    "From any pipeline, one line at its end: vsm deploy record --service NAME --env production"
    " --status success --sha SHA --item KEY",
    "By hand, for mobile releases and the like: vsm deploy record --service NAME --env production"
    " --status success --ref v1.2 --at 2026-11-03T14:00",
    "From GitHub or GitLab: vsm sync add",
)


def begin_section(hint: Hint) -> Section:
    """The ways to begin, one line each."""
    first = Sentence(hint(*FIRST), "faint")
    return Section("Three ways to begin", (first, *(
        Sentence(way, lead=f"{number}.") for number, way in enumerate(WAYS, 1)
    )))  # fmt: skip
