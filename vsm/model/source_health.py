"""Health of the reading of a source, and its words for the header of a board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_MINUTE = 60_000_000


class Health(StrEnum):
    """How the reading of a source goes."""

    OK = "ok"
    LATE = "late"
    """The last good run is longer ago than two intervals."""
    FAILING = "failing"
    AUTH = "auth"
    """The token is missing, expired, or allows too little."""
    PARTIAL = "partial"
    """The run was recorded, but something was held back."""
    NEVER = "never"
    """It has not been read yet."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """How the reading of a source goes; moments are UTC microseconds of this computer.

    It has been in its ``health`` ``since``. ``last_good`` is the end of the last run that was
    recorded, ``last_run`` that of the last one at all; ``message`` says what is wrong. ``stream``
    and ``every`` are those of the source, so that boards need nothing but this.
    """

    health: Health
    since: int
    last_good: int | None = None
    last_run: int | None = None
    message: str = ""
    remedy: str = ""
    run: str = ""
    stream: int = 0
    every: int | None = None


def health_now(state: SourceState | None, every: int | None, now: int) -> SourceState:
    """The state as of ``now``: a source that nobody has read for two intervals is late."""
    if state is None:
        return SourceState(Health.NEVER, now)
    if state.health is not Health.OK or every is None or state.last_good is None:
        return state
    due = state.last_good + 2 * every * _MINUTE
    if now <= due:
        return state
    return SourceState(
        Health.LATE,
        due,
        state.last_good,
        state.last_run,
        f"no run for {age_text(now - state.last_good)}",
        "start vsm sync watch, or vsm sync run",
        state.run,
    )


def age_text(micros: int) -> str:
    """A time that has passed in one unit: ``42 min``."""
    minutes = max(0, micros) // _MINUTE
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def warnings(
    states: Mapping[str, SourceState], stream: int, now: int
) -> tuple[tuple[str, str], ...]:
    """Of a stream's sources that are not read as they should be: name, and since when or why."""
    out = []
    for name, kept in states.items():
        state = health_now(kept, kept.every, now)
        if kept.stream != stream or state.health is Health.OK:
            continue
        if state.health is Health.PARTIAL:
            out.append((name, "partial"))
            continue
        why = "token refused, " if state.health is Health.AUTH else ""
        good = state.last_good
        out.append((name, f"{why}{'never read' if good is None else age_text(now - good)}"))
    return tuple(out)
