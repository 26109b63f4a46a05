"""The error that ends a run: what is wrong, what to do, and what health it leaves."""

from __future__ import annotations

from vsm.model.errors import EnvironmentProblem
from vsm.model.source_health import Health


class SyncProblem(EnvironmentProblem):
    """A source cannot be read now; nothing of the run is imported."""

    def __init__(self, message: str, remedy: str = "", health: Health = Health.FAILING) -> None:
        super().__init__(message, remedy)
        self.health = health
