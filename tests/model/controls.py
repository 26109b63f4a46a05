"""Controls and facts that tests of governance share."""

from __future__ import annotations

import json
from typing import Any

from vsm.model import command as c
from vsm.model.governance_entities import CONTROL, MODE

APPROVED = (
    "change.approvals.exists(a, change.pull_requests.all(p,"
    " p.commits.all(c, c.author != a.by && c.at < a.at)))"
)


def example(expect: str, change: dict[str, Any], why: str = "") -> str:
    """An example as a control keeps it."""
    return json.dumps({"expect": expect, "why": why, "facts": {"change": change}})


def commits(*of: tuple[str, str]) -> list[dict[str, Any]]:
    """One pull request with commits: author and time of day."""
    return [{"commits": [{"author": who, "at": moment(at)} for who, at in of]}]


def moment(time: str) -> str:
    """A time of 2 March 2026, in UTC."""
    return f"2026-03-02T{time}:00Z"


OWNED = {
    "name": "owned",
    "title": "somebody owns it",
    "applies": "enter Build",
    "rule": "has(change.owner)",
    "remedy": "name an owner",
    "examples": (
        example("pass", {"owner": "anna"}),
        example("fail", {"key": "A-1"}, "nobody owns it"),
    ),
}


def add_control(**changes: Any) -> c.AddEntity:
    """The command that sets the control ``owned``, or another like it."""
    return c.AddEntity(CONTROL, {**OWNED, **changes})


def set_mode(value: str, start: str, **more: Any) -> c.AddEntity:
    """The command that sets a mode of the first stream."""
    values = {"only": 1, "value": value, "start": start, "reason": "agreed", **more}
    return c.AddEntity(MODE, values)
