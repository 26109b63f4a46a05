"""JSON and its schema come from one declaration: the annotations of a frozen result."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, NamedTuple

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from vsm.report.publish import (
    FIRST,
    HIDDEN,
    ITEM,
    MOMENT,
    OPTIONAL,
    PAIRS,
    Inline,
    KeyedBy,
    Name,
    Only,
    follows,
    publish,
)
from vsm.report.schema import model_of, schema_of


class Colour(StrEnum):
    RED = "red"


class Pair(NamedTuple):
    """Two numbers."""

    source: Annotated[int, Name("from")]
    inner: Annotated[int, HIDDEN]


@dataclass(frozen=True)
class Stage:
    """A stage."""

    name: str
    days: Annotated[float, 2] | None
    late: Annotated[int, OPTIONAL] = 0


@dataclass(frozen=True)
class Result:
    """A result."""

    SCHEMA: ClassVar[str] = "test/1"

    at: Annotated[int, MOMENT]
    day: date | None
    first: Annotated[Stage, Inline("days")]
    second: Annotated[Stage, Only("late", "name")]
    stages: Annotated[tuple[Stage, ...], KeyedBy("name")]
    counts: Annotated[tuple[tuple[str, int], ...], PAIRS]
    pairs: tuple[Pair, ...]
    items: tuple[Annotated[int, ITEM], ...]
    cut: tuple[Annotated[int, ITEM], Annotated[int, ITEM]]
    colour: Annotated[Colour, FIRST]
    keys: Annotated[tuple[tuple[int, str], ...], HIDDEN]

    @property
    @follows("day")
    def weekday(self) -> Annotated[str | None, Name("day_of_week")]:
        return None if self.day is None else f"{self.day:%a}"


STAGE = Stage("Build", 2.0 / 3)
RESULT = Result(
    at=0,
    day=date(2026, 3, 31),
    first=STAGE,
    second=STAGE,
    stages=(STAGE, Stage("Test", None, 2)),
    counts=(("a", 1),),
    pairs=(Pair(1, 2),),
    items=(7, 9, 8),
    cut=(7, 8),
    colour=Colour.RED,
    keys=((7, "WEB-7"), (8, "WEB-8")),
)


def test_annotations_say_how_json_shows_a_field() -> None:
    assert json.dumps(publish(RESULT)) == json.dumps(
        {
            "schema": "test/1",
            "colour": "red",
            "at": "1970-01-01T00:00:00Z",
            "day": "2026-03-31",
            "day_of_week": "Tue",
            "days": 0.67,
            "second": {"late": 0, "name": "Build"},
            "stages": {"Build": {"days": 0.67, "late": 0}, "Test": {"days": None, "late": 2}},
            "counts": {"a": 1},
            "pairs": [{"from": 1}],
            "items": ["WEB-7", "WEB-8"],
            "cut": ["WEB-7", "WEB-8"],
        }
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_published_as_null(value: float) -> None:
    published = publish(replace(RESULT, first=Stage("Build", value)))
    assert published["days"] is None
    json.dumps(published, allow_nan=False)


def test_the_schema_describes_what_is_published_and_nothing_else() -> None:
    validator = Draft202012Validator(schema_of(Result))
    published = publish(RESULT)
    validator.validate(published)
    for name in published:
        assert not validator.is_valid({k: v for k, v in published.items() if k != name}), name
    assert not validator.is_valid(published | {"more": 1})
    assert schema_of(Result)["description"] == "A result."


def test_the_model_reads_it_back_also_from_files_that_lack_an_optional_field() -> None:
    published = publish(RESULT)
    assert (
        model_of(Result).model_validate(published).model_dump(mode="json", by_alias=True)
        == published
    )
    del published["stages"]["Test"]["late"]
    model_of(Result).model_validate(published)
    del published["stages"]["Test"]["days"]
    with pytest.raises(ValidationError):
        model_of(Result).model_validate(published)
