"""Facts that events carry: of stages, edges, items and of a limit that was exceeded."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from vsm.model.declared import MOST_DAYS
from vsm.model.item import ClassOfService
from vsm.model.practice import StageBehaviour
from vsm.model.stream import Category, EdgeKind, LimitKind

DeclaredDays = Annotated[float, Field(ge=0, le=MOST_DAYS, allow_inf_nan=False)]
DeclaredShare = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class EventModel(BaseModel):
    """What all events and their parts share: frozen, and nothing beside what they name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StageFacts(EventModel):
    """All that is known of a stage."""

    id: int
    name: str
    category: Category
    position: int
    team: int | None = None
    limit: int | None = None
    limit_kind: LimitKind = LimitKind.NONE
    policy: str = ""
    class_limits: dict[ClassOfService, int] = {}
    retired: bool = False
    behaviour: StageBehaviour = StageBehaviour.AS_LOGGED
    process_days: DeclaredDays | None = None
    wait_days: DeclaredDays | None = None
    complete_accurate: DeclaredShare | None = None
    declared_note: str = ""
    note: str = ""
    exempt: tuple[ClassOfService, ...] = ()


class GroupLimitFacts(EventModel):
    """A WIP limit over several stages together."""

    stages: tuple[int, ...]
    limit: int
    kind: LimitKind = LimitKind.SOFT
    name: str = ""


class EdgeFacts(EventModel):
    """One edge of a stream, by stage ids."""

    source: int
    target: int
    kind: EdgeKind = EdgeKind.FORWARD
    note: str = ""


class ItemFields(EventModel):
    """The fields of an item that people edit."""

    title: str
    description: str = ""
    type: str = "feature"
    service: ClassOfService = ClassOfService.STANDARD
    owner: str | None = None
    team: int | None = None
    estimate: float | None = None
    due: str | None = None
    labels: tuple[str, ...] = ()
    parent: str | None = None


class Override(EventModel):
    """A WIP limit that was exceeded knowingly: the limit, the WIP after, the reason given.

    ``service`` names the class of service where the limit is that class's own, ``group`` the
    stages where it is of several together.
    """

    limit: int
    wip: int
    reason: str
    service: ClassOfService | None = None
    group: str = ""
