"""The limit of the flow is worked out once for all boards of an account."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from vsm.model.stream import ValueStream
from vsm.screens import analyses

STREAM = cast("ValueStream", SimpleNamespace(name="Cards"))


class Runs:
    """Counts how often a process would have been started, and how many at a time."""

    def __init__(self) -> None:
        self.count = self.most = self.now = 0

    async def __call__(self, path: Path, stream: ValueStream, *verb: str) -> dict[str, Any]:
        """Answer with the number of the run."""
        self.count += 1
        self.now += 1
        self.most = max(self.most, self.now)
        turn = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.05, turn.set_result, None)
        await turn
        self.now -= 1
        return {"run": self.count, "verb": list(verb)}


@pytest.fixture
def runs(own_places: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    counted = Runs()
    monkeypatch.setattr(analyses, "_run", counted)
    monkeypatch.setattr(analyses, "TURN", 0.01)
    return counted


async def test_many_boards_that_ask_at_once_start_one_process(runs: Runs, tmp_path: Path) -> None:
    ask = [analyses.analysis(tmp_path / "a.db", STREAM, "bottlenecks", seen=7) for _ in range(20)]
    answers = await asyncio.gather(*ask)
    assert runs.count == 1
    assert answers == [{"run": 1, "verb": ["bottlenecks"]}] * 20


async def test_different_questions_wait_for_each_other(runs: Runs, tmp_path: Path) -> None:
    verbs = ["bottlenecks", "forecast", "bottlenecks", "forecast"]
    ask = [analyses.analysis(tmp_path / "a.db", STREAM, verb, seen=7) for verb in verbs]
    answers = await asyncio.gather(*ask)
    assert (runs.count, runs.most) == (2, 1)
    assert [answer and answer["verb"] for answer in answers] == [[verb] for verb in verbs]


async def test_a_change_is_answered_anew_unless_the_answer_is_young_enough(
    runs: Runs, tmp_path: Path
) -> None:
    path = tmp_path / "a.db"
    await analyses.analysis(path, STREAM, "bottlenecks", seen=7)
    await analyses.analysis(path, STREAM, "bottlenecks", seen=8, fresh_for=900)
    assert runs.count == 1
    await analyses.analysis(path, STREAM, "bottlenecks", seen=8)
    assert runs.count == 2


async def test_another_database_and_another_stream_have_answers_of_their_own(
    runs: Runs, tmp_path: Path
) -> None:
    other = cast("ValueStream", SimpleNamespace(name="Loans"))
    await analyses.analysis(tmp_path / "a.db", STREAM, "bottlenecks", seen=7)
    await analyses.analysis(tmp_path / "a.db", other, "bottlenecks", seen=7)
    await analyses.analysis(tmp_path / "b.db", STREAM, "bottlenecks", seen=7)
    assert runs.count == 3


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b'{"at": "x", "day": 3}', b"\x00" * 100])
async def test_a_broken_answer_is_worked_out_anew(
    runs: Runs, tmp_path: Path, rubbish: bytes
) -> None:
    path = tmp_path / "a.db"
    await analyses.analysis(path, STREAM, "bottlenecks", seen=7)
    state = analyses.state_folder()
    assert state is not None
    (kept,) = (state / "analyses").rglob("*.json")
    assert json.loads(kept.read_text())["seen"] == 7
    assert os.stat(kept).st_mode & 0o077 == 0
    kept.write_bytes(rubbish)
    assert await analyses.analysis(path, STREAM, "bottlenecks", seen=7) == {
        "run": 2,
        "verb": ["bottlenecks"],
    }


async def test_without_a_place_to_keep_it_every_board_asks(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder would be")
    for folder in (None, blocked):
        monkeypatch.setattr(analyses, "state_folder", lambda folder=folder: folder)
        for _ in range(2):
            assert await analyses.analysis(tmp_path / "a.db", STREAM, "bottlenecks", seen=7)
    assert runs.count == 4
