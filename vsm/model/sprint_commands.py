"""Commands about sprints beside planning and changing one, which are those of an entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vsm.model.sprint import GoalVerdict


@dataclass(frozen=True, slots=True)
class AddToSprint:
    """Make an item a member of a sprint; ``reason`` is asked for while that is active."""

    item: int
    sprint: int
    reason: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class RemoveFromSprint:
    """Take an item out of a sprint; ``reason`` is asked for while that is active."""

    item: int
    sprint: int
    reason: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class StartSprint:
    """Start a sprint with the items that it has; ``empty`` starts one that has none."""

    sprint: int
    empty: bool = False


@dataclass(frozen=True, slots=True)
class CloseSprint:
    """End a sprint: what is not done goes into the sprint ``to``, or into none.

    ``apart`` are items that go elsewhere, by id. ``cancel`` gives the sprint up, for a ``reason``.
    """

    sprint: int
    to: int | None = None
    apart: Mapping[int, int | None] = field(default_factory=dict)
    cancel: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class JudgeSprint:
    """Say whether the goal of a sprint was met; ``None`` takes the verdict back."""

    sprint: int
    verdict: GoalVerdict | None
    note: str = ""
