"""Health of the reading of a source, and its words for the header of a board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from vsm.model.source import Source

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
    recorded, ``last_run`` that of the last one at all; ``message`` says what is wrong.
    """

    health: Health
    since: int
    last_good: int | None = None
    last_run: int | None = None
    message: str = ""
    remedy: str = ""
    run: str = ""


def health_now(source: Source, state: SourceState | None, now: int) -> SourceState:
    """The state as of ``now``: a source that nobody has read for two intervals is late."""
    if state is None:
        return SourceState(Health.NEVER, now)
    if state.health is not Health.OK or source.every is None or state.last_good is None:
        return state
    due = state.last_good + 2 * source.every * _MINUTE
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
    sources: Iterable[Source], states: Mapping[str, SourceState], now: int
) -> tuple[tuple[str, str], ...]:
    """Of sources that are not read as they should be: name, and how old what is shown is."""
    out = []
    for source in sources:
        state = health_now(source, states.get(source.name), now)
        if state.health in (Health.OK, Health.NEVER):
            continue
        good = state.last_good
        age = age_text(now - good) if good is not None else "never read"
        kind = "" if state.health in (Health.LATE, Health.FAILING) else f" {state.health}"
        out.append((source.name, f"{age}{kind}"))
    return tuple(out)
