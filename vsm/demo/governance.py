"""Governance in the demo: controls that advise for two months, evidence, a waiver."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zlib import crc32

from vsm.controls import shipped
from vsm.demo import acts as a
from vsm.demo.delivery import request_of
from vsm.demo.plan import CARDS
from vsm.model import command as c
from vsm.model.control.control import Mode
from vsm.model.governance_entities import CONTROL, MODE, WAIVER
from vsm.model.rules import to_micros
from vsm.model.standard_entities import ADOPTION, DEVIATION
from vsm.templates import source

SINCE_DAYS = 63
"""Days before today since which controls advise and pipelines record."""
PMO, ASKS = "anna.kern", "tom.ude"
"""Who decides on modes, and who asks for a waiver."""
CONTROLS = ("gdpr-design", "chg-authorised", "chg-approved", "chg-tested", "chg-separation")
PERSONAL = "personal-data"
"""Label of items that handle personal data."""
_ONE_IN = 3
"""One item in so many handles personal data."""


class Decision(NamedTuple):
    """A mode that is decided so many days before today, from a day relative to today on."""

    days_ago: int
    value: Mode
    control: str | None
    from_days: int
    reason: str


DECISIONS = (
    Decision(SINCE_DAYS, Mode.SUPPORTIVE, None, -SINCE_DAYS, "learn what the checks find first"),
    Decision(5, Mode.CONTROLLING, "chg-approved", 9, "the next audit asks for it"),
)


def _chance(piece: a.Piece, what: str) -> int:
    """A number below 100 that stays the same for an item and a purpose."""
    return crc32(f"{piece.key} {what}".encode()) % 100


def is_personal(piece: a.Piece) -> bool:
    """Whether an item handles personal data."""
    return crc32(piece.key.encode()) % _ONE_IN == 0


def evidence_of(act: a.Move, item: int, by: str, at: datetime) -> Iterator[c.Command]:
    """Evidence that pipelines and people record together with a move of an item."""
    piece = act.piece
    if act.line is not CARDS:
        return
    if act.to == "Ready" and is_personal(piece):
        labels = tuple(filter(None, (piece.label, PERSONAL)))
        yield c.EditItem(item, {"labels": labels})
        yield c.AddEvidence(item, "attestation", "privacy", details=_privacy(piece))
    elif act.to == "To review":
        yield from _built(piece, item, at)
    elif act.to == "Test":
        approver = piece.builder or by if _chance(piece, "self") < 12 else by
        review = "review/1" if _chance(piece, "again") else "review/2"
        yield c.AddEvidence(item, "approval", review, by=approver, details={"kind": "change"})


def _privacy(piece: a.Piece) -> dict[str, object]:
    """Answers on personal data; some forget how long it is kept."""
    answers: dict[str, object] = {
        "data.personal": True,
        "data.purpose": "card services",
        "data.lawful_basis": "contract",
        "data.minimised": True,
    }
    if _chance(piece, "kept") < 75:
        answers["data.retention_days"] = 3650
    return answers


def _built(piece: a.Piece, item: int, at: datetime) -> Iterator[c.Command]:
    """A pull request with its commits and the build of it."""
    author = piece.builder or piece.owner or "jonas.maas"
    request, sha = request_of(piece), f"{crc32(piece.key.encode()):08x}"
    for n in range(1 + _chance(piece, "commits") % 3):
        written = to_micros(at - timedelta(hours=3 * n + 1))
        commit = f"{sha}{n}"
        yield c.AddEvidence(item, "commit", commit, written, author, details={"pr": request})
    merged = {"merged_at": at.isoformat(), "merged_by": author, "sha": f"{sha}0"}
    yield c.AddEvidence(item, "pull_request", request, by=author, details=merged)
    status = "fail" if _chance(piece, "build") < 6 else "pass"
    built = {"sha": f"{sha}0"}
    yield c.AddEvidence(item, "build", f"ci/{sha}", by="", status=status, details=built)


def controls() -> list[c.Command]:
    """The commands that set the controls of the demo."""
    library = shipped()
    return [c.AddEntity(CONTROL, library[name]) for name in CONTROLS]


def days_of_decisions(today: date) -> list[tuple[date, Decision]]:
    """The decisions with their days, the earliest first."""
    return [(today - timedelta(days=one.days_ago), one) for one in DECISIONS]


def mode(decision: Decision, stream: int, today: date, on: date) -> c.Command:
    """The command of a decision on a mode, which is recorded on a day."""
    control = None if decision.control is None else CONTROLS.index(decision.control) + 1
    start = max(today + timedelta(days=decision.from_days), on).isoformat()
    values = {"only": stream, "value": decision.value, "start": start, "reason": decision.reason}
    return c.AddEntity(MODE, {**values, "control": control})


def standards(stream: int) -> list[c.Command]:
    """The commands with which a stream follows a standard, but for stages that were agreed on."""
    standard = {"standard": "kanban", "text": source("kanban"), "reason": "one way of working"}
    agreed = {
        "stage:Test": "the risk office tests apart from reviews",
        "stage:To release": "releases leave twice a week",
    }
    return [
        c.AddEntity(ADOPTION, {"only": stream, **standard}),
        *(
            c.AddEntity(DEVIATION, {"only": stream, "part": part, "reason": why})
            for part, why in agreed.items()
        ),
    ]


def waiver(stream: int, on: date) -> c.Command:
    """The command that asks for a waiver for items of a pilot, on a day."""
    values = {
        "control": CONTROLS.index("chg-approved") + 1,
        "only": stream,
        "label": "pilot",
        "start": on.isoformat(),
        "until": (on + timedelta(days=45)).isoformat(),
        "reason": "pilot with one developer until January",
    }
    return c.AddEntity(WAIVER, values)
