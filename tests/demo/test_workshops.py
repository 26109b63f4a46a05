"""Declared values and notes of the demo stand on its maps, near and far from the log."""

from __future__ import annotations

from datetime import date

from tests.demo.conftest import TODAY, Bank
from vsm.features.map.reading import read_map
from vsm.features.map.results import ValueStreamMap
from vsm.model.rules import day_start


def map_of(bank: Bank, name: str, today: date = TODAY) -> ValueStreamMap:
    stream = bank.stream(name)
    return read_map(bank.reader, stream, as_of=day_start(today, stream.zone), present=True)


def test_some_values_are_near_what_is_measured_and_some_far_off(bank: Bank) -> None:
    for name in ("Card issuing", "Mobile app"):
        stages = map_of(bank, name).stages
        declared = [s.process for s in stages if s.process.declared is not None]
        assert {measure.differs for measure in declared} == {True, False}
        assert all(measure.n for measure in declared)


def test_notes_stand_on_a_stage_and_an_edge(bank: Bank) -> None:
    result = map_of(bank, "Card issuing")
    assert [s.name for s in result.stages if s.note] == ["Review"]
    noted = [(e.source_name, e.target_name) for e in result.edges if e.note]
    assert noted == [("Review", "Build")]
