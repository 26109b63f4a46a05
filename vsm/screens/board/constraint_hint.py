"""Asks processes of their own for constraint, forecast and risks, to show them later.

The figures behind it load much that a board does not need; a board stays as light as it is.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from vsm.model.rules import NEXT_ITEMS, NEXT_PERCENT

if TYPE_CHECKING:
    from vsm.features.bottlenecks.results import Verdict
    from vsm.model.stream import ValueStream

AFTER = 3.0
"""Seconds after the first paint at which it is asked."""
AGAIN = 900.0
"""Seconds after which it is asked again, where something was written."""
SLOWLY = 10
"""How much the process steps back behind others."""


class Advice(NamedTuple):
    """The stages that limit the flow by name, and what they are called in a few words; the day by
    which the next :data:`~vsm.model.rules.NEXT_ITEMS` items are finished with 85% odds; the keys of
    items that are late, or likelier late than in time.
    """

    stages: tuple[str, ...] = ()
    words: str = ""
    until: date | None = None
    at_risk: frozenset[str] = frozenset()

    @classmethod
    def of(cls, verdict: Verdict) -> Advice:
        """What a verdict comes to on the board: what is named at least probably."""
        return cls._of(list(verdict.stages), verdict.team, verdict.kind.value, verdict.confidence)

    @classmethod
    def from_json(cls, report: dict[str, Any]) -> Advice:
        """What ``vsm bottlenecks --json`` prints comes to."""
        limit, kind = report["constraint"], report["finding"]["kind"]
        if limit is None:
            return cls()
        return cls._of(limit["stages"], limit["team"], kind, limit["confidence"])

    @classmethod
    def _of(cls, stages: list[str], team: str | None, kind: str, confidence: float) -> Advice:
        if not stages or confidence < ENOUGH:
            return cls()
        words = team if kind == "team" and team else " and ".join(stages)
        return cls(tuple(stages), words)


ENOUGH = 0.6
"""The confidence from which on a stage is marked on the board."""


async def ask(path: Path, stream: ValueStream) -> Advice | None:
    """Ask what limits a stream, when its next items are finished and which are likely late.

    ``None``: no answer.
    """
    limits = await run_verb(path, stream, "bottlenecks")
    if limits is None:
        return None
    forecast = await run_verb(path, stream, "forecast", "throughput", "--items", str(NEXT_ITEMS))
    days = (
        [until[f"p{NEXT_PERCENT}"] for until in forecast["until"]] if forecast is not None else []
    )
    until = date.fromisoformat(days[0]) if days and days[0] is not None else None
    risks = await run_verb(path, stream, "forecast", "risks") or {}
    at_risk = frozenset(one["key"] for name in ("flags", "late") for one in risks.get(name, ()))
    return Advice.from_json(limits)._replace(until=until, at_risk=at_risk)


async def run_verb(path: Path, stream: ValueStream, *verb: str) -> dict[str, Any] | None:
    """What a verb prints about a stream, run in a process of its own."""
    # -P: what lies in the folder that somebody stands in is none of our modules.
    command = [sys.executable, "-P", "-m", "vsm", "--db", str(path), *verb, "--json"]
    process = await asyncio.create_subprocess_exec(
        *command,
        "--stream",
        stream.name,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        with suppress(OSError):  # it may be over already
            os.setpriority(os.PRIO_PROCESS, process.pid, SLOWLY)
        out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        return None
    report: dict[str, Any] = json.loads(out)
    return report
