"""Matches stages of a stream with those of a standard, by name, agreed name and synonym."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from vsm.model.command import NewStage
from vsm.model.standard import Deviation, StageNames
from vsm.model.stream import Category, Stage, ValueStream
from vsm.templates.reading import Template

_LAST = {Category.DONE: 1, Category.DROPPED: 2}


class MatchedBy(StrEnum):
    """By which name a stage was recognised."""

    NAME = "name"
    ALIAS = "alias"
    """An agreed deviation says that it is called so."""
    SYNONYM = "synonym"


@dataclass(frozen=True, slots=True)
class Match:
    """A stage of a standard, with the stage of the stream that stands for it."""

    asked: NewStage
    names: StageNames
    stage: Stage
    by: MatchedBy

    @property
    def canonical(self) -> str:
        """The name that all streams share."""
        return self.names.canonical or self.asked.name


def names_of(standard: Template) -> tuple[StageNames, ...]:
    """The names of each stage of a standard."""
    return standard.names or (StageNames(),) * len(standard.stages)


def in_order(standard: Template) -> list[tuple[NewStage, StageNames]]:
    """The stages of a standard in the order of the flow, done and dropped ones last."""
    pairs = zip(standard.stages, names_of(standard), strict=True)
    return sorted(pairs, key=lambda pair: _LAST.get(pair[0].category, 0))


def match_stages(
    standard: Template, stream: ValueStream, agreed: Iterable[Deviation] = ()
) -> list[Match]:
    """The stages of a standard that the stream has, in the order of the standard.

    An agreed name goes before the name, that before synonyms: no stage is matched twice.
    """
    aliases = {
        names[0].casefold(): names[1].casefold()
        for one in agreed
        if one.only == stream.id and (names := one.renames) is not None
    }
    asked = in_order(standard)
    free = {stage.name.casefold(): stage for stage in stream.line}
    matched: dict[int, tuple[Stage, MatchedBy]] = {}

    def take(place: int, names: Iterable[str], by: MatchedBy) -> None:
        name = next((name for name in names if name in free), None)
        if place not in matched and name is not None:
            matched[place] = (free.pop(name), by)

    for place, (stage, _) in enumerate(asked):
        if stage.name.casefold() in aliases:
            take(place, [aliases[stage.name.casefold()]], MatchedBy.ALIAS)
    for place, (stage, _) in enumerate(asked):
        take(place, [stage.name.casefold()], MatchedBy.NAME)
    for place, (_, spoken) in enumerate(asked):
        take(place, [name.casefold() for name in spoken.synonyms], MatchedBy.SYNONYM)
    for place, (stage, spoken) in enumerate(asked):
        same = free.get(spoken.canonical.casefold())
        if same is not None and same.category is stage.category:
            take(place, [same.name.casefold()], MatchedBy.SYNONYM)
    return [
        Match(stage, spoken, *matched[place])
        for place, (stage, spoken) in enumerate(asked)
        if place in matched
    ]
