"""An import asks whether work ends in a stage that items come to and hardly any leaves."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Vsm
from vsm.connect.files.final_stages import find_final_stages
from vsm.model.history import Entry, ItemHistory
from vsm.model.item import Quality
from vsm.model.stream import Category

if TYPE_CHECKING:
    from collections.abc import Sequence

CATEGORY = {"Ward": Category.ACTIVE, "Discharged": Category.ACTIVE, "Paid": Category.DONE}
STAGES = "Ward:active,Discharged:active,Paid:done"
COMMAND = "stage set Discharged --stream 'Ward 7' --behaviour work-ends"


def case(number: int, *statuses: str, quality: Quality = Quality.FULL) -> ItemHistory:
    entries = tuple(Entry(n, status) for n, status in enumerate(statuses))
    return ItemHistory(str(number), f"C-{number}", "case", entries, "", quality=quality)


def matches(cases: Sequence[ItemHistory], *settled: str) -> list[tuple[str, int, int]]:
    return [tuple(stage) for stage in find_final_stages(cases, CATEGORY, settled)]


def test_arrivals_and_departures_are_counted_by_stages() -> None:
    cases = [case(n, "Ward", "Discharged") for n in range(19)]
    assert matches(cases) == [("Discharged", 19, 0)]
    cases.append(case(19, "Ward", "Discharged", "Discharged", "Unknown"))  # no moves
    assert matches(cases) == [("Discharged", 20, 0)]
    assert matches(cases[:9]) == []
    left = case(20, "Ward", "Discharged", "Paid")
    assert matches([*cases, left]) == [("Discharged", 21, 1)]
    assert matches([*cases, left, case(21, "Discharged", "Ward")]) == []
    assert matches(cases, "Discharged") == []


def test_items_whose_moves_are_not_known_say_nothing() -> None:
    cases = [case(n, "Ward", quality=Quality.ENDPOINTS_ONLY) for n in range(30)]
    assert matches(cases) == []


@pytest.fixture
def log(tmp_path: Path) -> Path:
    lines = ["case,activity,time"]
    for n in range(1, 13):
        lines += [f"C-{n},Ward,2026-03-02T09:{n:02}Z", f"C-{n},Discharged,2026-03-03T10:{n:02}Z"]
    lines += ["C-13,Ward,2026-03-02T09:00Z", "C-13,Paid,2026-03-04T09:00Z"]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_an_import_asks_and_the_command_that_it_names_is_the_answer(
    log: Path, tmp_path: Path
) -> None:
    vsm = Vsm(tmp_path / "kept.db")
    call = ("import", "csv", str(log), "--stream", "Ward 7", "--stages", STAGES)
    for options in (["--dry-run"], []):
        text = vsm.ok(*call, *options)
        assert "Does work end here?" in text
        assert "  Discharged: 12 arrivals, 0 departures\n" in text
        assert f"    vsm {COMMAND}\n" in text
    expected = [{"stage": "Discharged", "arrivals": 12, "departures": 0}]
    assert vsm.json(*call)["work_may_end"] == expected
    vsm.ok(*shlex.split(COMMAND))
    assert "Does work end" not in vsm.ok(*call)
    assert vsm.json(*call)["work_may_end"] == []
    vsm.ok("undo")
    vsm.ok("stage", "set", "Discharged", "--behaviour", "worked")
    assert "Does work end" not in vsm.ok(*call)
