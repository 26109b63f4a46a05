"""Three ways to begin where no deployment is on record, with their commands."""

from __future__ import annotations

from shlex import quote

from vsm.report.document import Section, Sentence

FIRST = "First name what is deployed: vsm service add NAME"
WAYS = (
    "One line at the end of any pipeline: vsm deploy record --service {} --status success"
    " --sha SHA --item KEY --id RUN",
    "From GitHub, with the repositories that are synced: vsm service set {} --repositories"
    " OWNER/NAME; vsm sync set SOURCE --evidence yes",
    "By hand, as for a mobile app: vsm deploy record --service {} --status success --ref v2"
    " --finished 2026-11-03T14:00+01:00",
)


def begin_section(service: str = "") -> Section:
    """The ways to begin, for a service if there is one already."""
    name = quote(service) if service else "NAME"
    first = () if service else (Sentence(FIRST),)
    ways = (Sentence(way.format(name), lead=f"{n}.") for n, way in enumerate(WAYS, 1))
    return Section("Three ways to begin", (*first, *ways))
