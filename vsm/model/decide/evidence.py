"""The rule on evidence: what may go on record about an item, and as whose."""

from __future__ import annotations

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.control.evidence import (
    REF_MAX,
    EvidenceKind,
    read_details,
    read_kind,
    read_sha256,
    read_status,
)
from vsm.model.control.facts import Part
from vsm.model.decide.base import RuleViolation, answer, live_item
from vsm.model.decide.roles import require
from vsm.model.errors import RefusalCode
from vsm.model.field_types import NAME_MAX, text_of
from vsm.model.role import Right
from vsm.model.rules import CLOCK_TOLERANCE
from vsm.model.view import View


@answer.register
def _(command: c.AddEvidence, view: View) -> list[e.Event]:
    item = live_item(view, command.item, None)
    kind = read_kind(command.kind)
    ref = " ".join(text_of("the reference", command.ref, REF_MAX).split())
    if not ref:
        raise RuleViolation(
            RefusalCode.INVALID, "the evidence has no reference", "name where it is: --ref URL"
        )
    happened = view.now if command.happened is None else command.happened
    if happened > view.now + CLOCK_TOLERANCE:
        raise RuleViolation(
            RefusalCode.INVALID, "the evidence is of the future", "give when it happened"
        )
    by = view.actor if command.by is None else text_of("the login", command.by.strip(), NAME_MAX)
    if by.casefold() != view.actor.casefold():
        _check_on_behalf(view, item.stream, kind)
    added = e.EvidenceAdded(
        item=item.id,
        stream=item.stream,
        evidence=view.next_id("evidence"),
        what=kind,
        ref=ref,
        happened=happened,
        by=by,
        status=read_status(kind, command.status),
        details=read_details(kind, command.details),
        sha256=read_sha256(command.sha256),
        origin=" ".join(text_of("the origin", command.origin, NAME_MAX).split()),
    )
    recorded = view.on_record(item.id, (Part.EVIDENCE,)).evidence
    same = (old for old in recorded if old.kind is kind and old.ref == ref)
    newest = max(same, key=lambda old: old.id, default=None)
    if newest is not None and _is_same(newest, added, command.happened is None):
        return []
    return [added]


def _check_on_behalf(view: View, stream: int, kind: EvidenceKind) -> None:
    """Approvals of others are recorded by those who may do much at once, and by pipelines."""
    if kind in (EvidenceKind.APPROVAL, EvidenceKind.REVIEW):
        require(view, Right.MANY, stream)


def _is_same(old: object, new: e.EvidenceAdded, any_moment: bool) -> bool:
    names = ("by", "status", "details", "sha256", "origin")
    if any(getattr(old, name) != getattr(new, name) for name in names):
        return False
    return any_moment or getattr(old, "at", None) == new.happened
