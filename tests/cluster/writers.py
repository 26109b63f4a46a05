"""Writers that go on whatever happens to their server, until somebody kills them."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import vsm.model.decide
import vsm.model.event
import vsm.store.server.log  # noqa: F401
from vsm.model.command import MoveItem
from vsm.model.errors import EnvironmentProblem, OutcomeUnknown, Refusal
from vsm.session import Session

SEEN = ("wip-hard", "state", "stale")
"""Refusals that are expected: rules that held."""


def move_on(db: str, acks: str, actor: str, items: int, seed: int) -> None:
    """Move random items to random stages; write down each move that was acknowledged."""
    chance = random.Random(seed)
    fd = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    session = Session(Path(db), actor=actor)
    while True:
        item, to = chance.randint(1, items), chance.randint(1, 4)
        try:
            answer = session.do(MoveItem(item, to))
        except OutcomeUnknown:
            os.write(fd, b'["unknown"]\n')
            continue
        except EnvironmentProblem:
            os.write(fd, b'["refused"]\n')
            continue
        if isinstance(answer, Refusal):
            assert answer.code in SEEN, str(answer)
            continue
        os.write(fd, (json.dumps([answer.grp, item, to]) + "\n").encode())
