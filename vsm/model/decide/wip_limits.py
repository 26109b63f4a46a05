"""The rule of WIP limits: whether one more item may go into a stage, and what to do if not."""

from __future__ import annotations

from vsm.model import event as e
from vsm.model.decide.base import RuleViolation
from vsm.model.errors import LimitReached, RefusalCode
from vsm.model.field_types import text_of
from vsm.model.item import ClassOfService
from vsm.model.stream import LimitKind, Stage
from vsm.model.view import View


def check_wip_limit(
    view: View,
    stage: Stage,
    reason: str | None,
    service: ClassOfService,
    *,
    beside: int = 0,
    alike: int = 0,
    late: bool = False,
) -> e.Override | None:
    """The override to record, ``None`` where there is room; refuses by the stage's limits.

    Limits do not refuse what is entered ``late``: it has happened.

    The limit of the item's class of service is asked after the stage's own. ``beside`` counts
    items that go there in the same decision, ``alike`` those of the same class among them.
    """
    over = _over(view, stage, service, beside, alike)
    if over is None:
        return None
    if stage.limit_kind is LimitKind.HARD and not late:
        first = tuple(view.finishable(stage.id, 3, over.service))
        remedy = (
            f"finish one of these first: {', '.join(first)}"
            if first
            else "every item there is blocked: unblock one first"
        )
        message = f"{stage.name} is full: {over}"
        raise RuleViolation(RefusalCode.WIP_HARD, message, remedy, first, over)
    text = (reason or "").strip()
    if not text:
        raise RuleViolation(
            RefusalCode.WIP_SOFT,
            f"{stage.name} already holds {over}",
            "say why it should take one more",
            data=over,
        )
    return e.Override(
        limit=over.limit,
        wip=over.wip + 1,
        reason=text_of("the reason", text),
        service=over.service,
    )


def _over(
    view: View, stage: Stage, service: ClassOfService, beside: int, alike: int
) -> LimitReached | None:
    """The limit that one more item would exceed, if any."""
    if stage.limited and stage.limit is not None:
        wip = view.wip(stage.id) + beside
        if wip >= stage.limit:
            return LimitReached(stage.id, wip, stage.limit)
    limit = stage.class_limit(service)
    if limit is not None:
        wip = view.wip(stage.id, service) + alike
        if wip >= limit:
            return LimitReached(stage.id, wip, limit, service)
    return None
