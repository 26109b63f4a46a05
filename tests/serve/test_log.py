"""The server's own log: a flood of strangers does not fill it, and no text gets into it."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import NoReturn

import pytest

from vsm.model.errors import EnvironmentProblem
from vsm.serve import child
from vsm.serve.listener import Listener
from vsm.serve.log import REPEATED_A_SECOND, Event, Log
from vsm.serve.settings import Settings


def test_a_flood_is_cut_and_counted(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    for n in range(1_000):
        log.write(Event.CONNECT, peer=f"10.0.0.{n}")
    log.write(Event.AUTH_OK, member="anna")
    log.close()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert len(lines) <= 3 * REPEATED_A_SECOND
    assert lines[-1]["event"] == "auth_ok"
    assert sum(line.get("left_out", 0) for line in lines) == 1_000 - len(lines) + 1


def test_facts_that_are_not_known_are_left_out(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    log.write(Event.AUTH_OK, member="anna", user=None, reason="")
    log.close()
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert set(json.loads(line)) == {"at", "event", "member"}


# -- no texts ------------------------------------------------------------------------------------

TITLE = "a title that nobody else may read"


def go_wrong(*_: object) -> NoReturn:
    """A fault whose messages quote a title."""
    try:
        raise KeyError(TITLE)
    except KeyError as error:
        raise ValueError(f"no such item: {TITLE}") from error


def table_is_damaged() -> NoReturn:
    """A problem that vsm says in words of its own."""
    raise EnvironmentProblem("the file of keys is damaged", "")


def test_a_fault_of_a_session_names_types_and_places_and_quotes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("_take_terminal", "_keep_to_account", "_limit"):
        monkeypatch.setattr(child, name, lambda *_: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(child, "_run_board", go_wrong)
    reading, writing = os.pipe()
    monkeypatch.setattr(child, "ERRORS", writing)
    order = child.Order(actor="anna", session="7", environment={})
    assert child.become_session(order, 0, child.Shared(tmp_path / "x.db", read_only=False)) == 70
    os.close(writing)
    with open(reading, encoding="utf-8") as lines:
        text = lines.read()
    assert TITLE not in text and TITLE not in capfd.readouterr().out
    fault = json.loads(text)
    assert (fault["event"], fault["session"]) == ("fault", "7")
    stack = fault["stack"].splitlines()
    assert stack[0] == "ValueError" and "after KeyError" in stack
    assert f"{__file__}:{go_wrong.__code__.co_firstlineno + 5} in go_wrong" in fault["stack"]


async def test_a_fault_of_the_server_quotes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    listener = Listener(Settings(database=tmp_path / "x.db", host_key=tmp_path / "key", log=log))
    try:
        go_wrong()
    except ValueError as error:
        for _ in range(3):
            listener._unexpected(None, {"message": f"in <call({TITLE!r})>", "exception": error})
    listener._unexpected(None, {"message": "Unclosed transport"})
    monkeypatch.setattr("vsm.serve.listener.LOOK_EVERY", 0)
    task = asyncio.current_task()
    assert task is not None
    looks = iter((go_wrong, table_is_damaged, task.cancel))

    async def look() -> None:
        next(looks)()

    monkeypatch.setattr(listener, "_look_at_keys", look)
    with pytest.raises(asyncio.CancelledError):
        await listener._watch()
    listener._log.close()
    text = log.read_text()
    assert TITLE not in text
    reasons = [json.loads(line)["reason"] for line in text.splitlines()]
    assert [reason.splitlines()[0] for reason in reasons] == [
        "ValueError",
        "Unclosed transport",
        "ValueError",
        "the file of keys is damaged",
    ]
