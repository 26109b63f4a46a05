"""At which moves a control applies: ``enter Review``, ``leave Build``, ``start``, ``finish``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vsm.model.field_types import InvalidValue
from vsm.model.item import Visit
from vsm.model.stream import Category, Stage, ValueStream


class Moment(StrEnum):
    """Which move of an item calls for a control."""

    ENTER = "enter"
    """It enters one of the named stages."""
    LEAVE = "leave"
    """It leaves one of the named stages for a later one or another stream, or skips it where the
    map has no way past it.
    """
    START = "start"
    """It passes the commitment point."""
    FINISH = "finish"
    """It enters a stage of finished items, from one of others."""
    REPORT = "report"
    """None: reports ask for it."""
    EMERGENCY = "emergency"
    """None: reports ask for it, about items that passed in an emergency."""


_NAMED = (Moment.ENTER, Moment.LEAVE)
_USE = "use: enter STAGE, leave STAGE, start, finish, report or emergency; stages with commas"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A moment, and the stages that it names, as people wrote them."""

    moment: Moment
    stages: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.moment} {', '.join(self.stages)}".strip()

    def applies(self, stream: ValueStream, source: Stage | None, target: Stage) -> bool:
        """Whether a move from a stage (``None``: a new item) into another calls for the control."""
        if self.moment is Moment.ENTER:
            return self.names(target)
        if self.moment is Moment.LEAVE:
            return any(self.names(stage) for stage in _left(stream, source, target))
        if self.moment is Moment.FINISH:
            was_done = source is not None and source.category is Category.DONE
            return target.category is Category.DONE and not was_done
        if self.moment is Moment.START:
            before = source is None or source.id not in _committed(stream)
            return before and target.id in _committed(stream)
        return False

    def leaves(self, source: Stage) -> bool:
        """Whether a move from a stage into another stream calls for the control."""
        return self.moment is Moment.LEAVE and self.names(source)

    def names(self, stage: Stage) -> bool:
        """Whether it names a stage, by its name of now or by the one that its standard has for it,
        where that is agreed.
        """
        named = {name.casefold() for name in self.stages}
        return stage.name.casefold() in named or stage.agreed_name.casefold() in named


def _dropped(stage: Stage) -> bool:
    return stage.category is Category.DROPPED


def _left(stream: ValueStream, source: Stage | None, target: Stage) -> Iterator[Stage]:
    """The stages that a move leaves for a later one: its source, and what it skips.

    Two moves, one back and one far ahead, else led past a gate. A new item leaves nothing.
    """
    if source is None or _dropped(target):
        return
    for stage in stream.order[stream.index[source.id] : stream.index[target.id]]:
        if stage is source or not (stage.retired or _leads_past(stream, source, target, stage)):
            yield stage


def _leads_past(stream: ValueStream, source: Stage, target: Stage, stage: Stage) -> bool:
    """Whether forward edges lead from one stage to another past a third one."""
    seen, todo = {stage.id}, [source.id]
    while todo:
        node = todo.pop()
        if node == target.id:
            return True
        seen.add(node)
        todo += (other for other in stream.following(node) if other not in seen)
    return False


def _committed(stream: ValueStream) -> frozenset[int]:
    """The stages in which an item is committed to, finished ones too."""
    return stream.starting | stream.finished


def origins(stream: ValueStream, visits: Sequence[Visit]) -> tuple[Stage | None, ...]:
    """The stages that the next move of an item is judged from, given its visits, oldest first.

    That is where it stands, or stood before it was dropped: else dropping and reopening would lead
    past gates. ``None`` is a new item. One that comes back from another stream is new, and has to
    leave the stage in which it was there last.
    """
    in_stream = [stream.by_id[visit.stage] for visit in visits if visit.stage in stream.by_id]
    last = next((stage for stage in reversed(in_stream) if not _dropped(stage)), None)
    comes_back = bool(in_stream) and visits[-1].stage not in stream.by_id
    return (None, last) if comes_back else (last,)


def read_trigger(text: str) -> Trigger:
    """Read what people write; raises :class:`~vsm.model.field_types.InvalidValue`."""
    word, _, rest = " ".join(text.split()).partition(" ")
    try:
        moment = Moment(word.casefold())
    except ValueError:
        raise InvalidValue(f"{text!r:.60} is no moment", _USE) from None
    stages = tuple(name.strip() for name in rest.split(",") if name.strip())
    if moment in _NAMED and not stages:
        raise InvalidValue(f"{moment} names no stage", f"such as: {moment} Review")
    if moment not in _NAMED and stages:
        raise InvalidValue(f"{moment} takes no stage: {rest!r:.60}", f"write {moment} alone")
    return Trigger(moment, stages)
