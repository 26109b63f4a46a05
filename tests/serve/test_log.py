"""The server's own log: a flood of strangers does not fill it."""

from __future__ import annotations

import json
from pathlib import Path

from vsm.serve.log import REPEATED_A_SECOND, Event, Log


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
