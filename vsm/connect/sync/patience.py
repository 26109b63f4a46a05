"""Waits between questions: backoff with jitter, what a service asks for, the end of a run."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from vsm.connect.sync.problem import SyncProblem
from vsm.model.source_health import Health

RUN_SECONDS = 15 * 60
"""Most seconds of a whole run."""
_FIRST = 1.0
_MOST = 60.0


def pause(seconds: float) -> None:
    """Wait; tests put something quicker in its place."""
    time.sleep(seconds)


@dataclass(slots=True)
class Patience:
    """The time of one run; ``waited`` are the seconds spent waiting."""

    seconds: float = RUN_SECONDS
    clock: Callable[[], float] = time.monotonic
    report: Callable[[str], None] = lambda text: None
    waited: float = 0.0
    begun: float = field(default=-1.0)

    def __post_init__(self) -> None:
        if self.begun < 0:
            self.begun = self.clock()

    def left(self) -> float:
        """Seconds that are left of the run."""
        return self.begun + self.seconds - self.clock()

    def check(self) -> None:
        """Raise :class:`SyncProblem` where the run has taken too long."""
        if self.left() <= 0:
            raise SyncProblem(
                f"the run took more than {self.seconds / 60:.0f} min",
                "nothing was imported; pages that are complete are used by the next run",
                Health.LATE,
            )

    def wait(self, attempt: int, asked_for: float | None, why: str) -> None:
        """Wait before the next try: what was asked for, else twice as long each time."""
        backoff = min(_MOST, _FIRST * 2 ** (attempt - 1))
        # The jitter keeps several sources from asking again at one moment.
        jitter = random.uniform(0.5, 1.0)
        seconds = backoff * jitter if asked_for is None else asked_for + jitter - 0.5
        if seconds > self.left():
            raise SyncProblem(
                f"{why}, and asks to wait {seconds / 60:.0f} min: longer than the run may take",
                "nothing was imported; the next run goes on with the pages that are complete",
                Health.LATE,
            )
        self.report(f"{why}; again in {seconds:.0f} s")
        pause(seconds)
        self.waited += seconds


def wait_asked_for(status: int, headers: Mapping[str, str]) -> float | None:
    """Seconds that a refusal asks to wait; ``None`` where it asks for nothing.

    Dates are compared with the service's own clock, which may differ from ours.
    """
    if status not in (403, 429, 503):
        return None
    asked = headers.get("retry-after", "").strip()
    if asked.isdigit():
        return float(asked)
    if asked:
        then, now = _moment(asked), _moment(headers.get("date", ""))
        if then is not None and now is not None:
            return max(0.0, then - now)
    names = ("x-ratelimit", "ratelimit")
    for name in names:
        reset = headers.get(f"{name}-reset", "")
        if headers.get(f"{name}-remaining") == "0" and reset.isdigit():
            now = _moment(headers.get("date", ""))
            return max(0.0, float(reset) - (time.time() if now is None else now))
    return None


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return None
