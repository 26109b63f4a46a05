"""At which moves a control applies: ``enter Review``, ``leave Build``, ``start``, ``finish``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vsm.model.field_types import InvalidValue
from vsm.model.stream import Category, Stage, ValueStream


class Moment(StrEnum):
    """Which move of an item calls for a control."""

    ENTER = "enter"
    """It enters one of the named stages."""
    LEAVE = "leave"
    """It leaves one of the named stages for a later one."""
    START = "start"
    """It passes the commitment point."""
    FINISH = "finish"
    """It enters a stage of finished items."""
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
            return self._names(target)
        if self.moment is Moment.LEAVE:
            is_on = source is not None and stream.index[target.id] > stream.index[source.id]
            return source is not None and is_on and self._names(source) and not _dropped(target)
        if self.moment is Moment.FINISH:
            return target.category is Category.DONE
        if self.moment is Moment.START:
            before = source is None or source.id not in _committed(stream)
            return before and target.id in _committed(stream) and not _dropped(target)
        return False

    def _names(self, stage: Stage) -> bool:
        return stage.name.casefold() in {name.casefold() for name in self.stages}


def _dropped(stage: Stage) -> bool:
    return stage.category is Category.DROPPED


def _committed(stream: ValueStream) -> frozenset[int]:
    """The stages in which an item is committed to, finished ones too."""
    return frozenset(stream.starting) | {s.id for s in stream.stages if s.category.ended}


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
