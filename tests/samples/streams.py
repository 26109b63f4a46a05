"""Streams that tests begin with."""

from __future__ import annotations

from vsm.model.command import CreateStream, NewStage
from vsm.model.stream import Category, LimitKind


def kanban(name: str, zone: str = "UTC", prefix: str = "") -> CreateStream:
    """A Kanban stream: two buffers, two working stages, soft limits, a place for dropped work."""
    soft = LimitKind.SOFT
    return CreateStream(
        name=name,
        zone=zone,
        prefix=prefix,
        commitment="Ready",
        stages=(
            NewStage("Backlog", Category.BACKLOG, policy="Ideas; nothing here is promised."),
            NewStage(
                "Ready", Category.QUEUE, 5, soft, policy="Committed: small enough, understood."
            ),
            NewStage("Build", Category.ACTIVE, 4, soft, policy="Somebody works on it now."),
            NewStage(
                "Review", Category.ACTIVE, 3, soft, policy="A second pair of eyes before release."
            ),
            NewStage("Done", Category.DONE, policy="In the hands of its users."),
            NewStage("Dropped", Category.DROPPED, policy="Left undelivered, with a reason."),
        ),
    )
