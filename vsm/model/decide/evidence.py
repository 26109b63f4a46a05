"""The rule on evidence: what may go on record about an item, and as whose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.control.evidence import (
    DERIVED,
    REF_MAX,
    Evidence,
    EvidenceKind,
    is_moment,
    read_details,
    read_kind,
    read_moment,
    read_sha256,
    read_status,
)
from vsm.model.control.facts import Part, latest
from vsm.model.decide.base import RuleViolation, answer, live_item
from vsm.model.decide.controls import person
from vsm.model.decide.roles import require
from vsm.model.errors import RefusalCode
from vsm.model.field_types import NAME_MAX, text_of
from vsm.model.role import Right
from vsm.model.rules import CLOCK_TOLERANCE
from vsm.model.view import View


@answer.register
def _(command: c.AddEvidence, view: View) -> list[e.Event]:
    return evidence_events(view, command)


def evidence_events(view: View, command: c.AddEvidence, before: int = 0) -> list[e.Event]:
    """The event that puts a piece on record; none where it is there. ``before`` come in its group.

    Raises :class:`RuleViolation` and :class:`InvalidValue`.
    """
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
    details = read_details(kind, command.details)
    if kind is EvidenceKind.ATTESTATION:
        _check_statement(view, item.id, ref, details)
    _check_moments(view, details)
    added = e.EvidenceAdded(
        item=item.id,
        stream=item.stream,
        evidence=view.next_id("evidence") + before,
        what=kind,
        ref=ref,
        happened=happened,
        by=by,
        status=read_status(kind, command.status),
        details=details,
        sha256=read_sha256(command.sha256),
        origin=" ".join(text_of("the origin", command.origin, NAME_MAX).split()),
    )
    newest = _last_of_same(view, added)
    if newest is not None and _is_same(newest, added, command.happened is None):
        return []
    _check_on_behalf(view, added, newest)
    return [added]


def _check_moments(view: View, details: Mapping[str, Any]) -> None:
    """Refuse moments that are to come: whatever is stated has happened."""
    for path, value in details.items():
        if is_moment(path) and read_moment(path, value) > view.now + CLOCK_TOLERANCE:
            raise RuleViolation(
                RefusalCode.INVALID,
                f"{path.removeprefix('change.')} is in the future: {value}",
                "state it when it has happened",
            )


def _check_statement(view: View, item: int, ref: str, details: Mapping[str, Any]) -> None:
    """Refuse to state what follows from other facts, and a report from before awareness."""
    for path in details:
        if path in DERIVED:
            name = path.removeprefix("change.")
            raise RuleViolation(
                RefusalCode.INVALID, f"{name} follows from what else is on record", DERIVED[path]
            )
    values = dict(details)
    for one in reversed(latest(view.on_record(item, (Part.EVIDENCE,)).evidence, view.now)):
        if one.kind is EvidenceKind.ATTESTATION and one.ref != ref:
            values = {**one.details, **values}
    aware, reported = (
        values.get(f"change.incident.{name}") for name in ("aware_at", "reported_at")
    )
    if aware and reported and read_moment("", reported) < read_moment("", aware):
        raise RuleViolation(
            RefusalCode.INVALID,
            f"the report ({reported}) is from before awareness ({aware})",
            "state both anew: --set incident.aware_at=… --set incident.reported_at=…",
        )


def _last_of_same(view: View, added: e.EvidenceAdded) -> Evidence | None:
    """What was recorded last of the same piece of evidence."""
    piece = Evidence(0, added.item, added.what, added.ref, added.happened, added.by).identity
    recorded = view.on_record(added.item, (Part.EVIDENCE,)).evidence
    same = (old for old in recorded if old.identity == piece)
    return max(same, key=lambda old: old.id, default=None)


def _check_on_behalf(view: View, new: e.EvidenceAdded, old: Evidence | None) -> None:
    """Refuse what others did, and what replaces records of others, without the right to do much.

    Pipelines have it: they record what many people do.
    """
    actor = person(view, view.actor)
    if old is not None and person(view, old.recorded_by) != actor:
        what = f"replace the {new.what} {new.ref} that {old.recorded_by} recorded"
    elif person(view, new.by) != actor:
        what = f"record the {new.what} of {new.by or 'somebody unknown'}"
    else:
        return
    try:
        require(view, Right.MANY, new.stream)
    except RuleViolation as refused:
        code, remedy = refused.refusal.code, refused.refusal.remedy
        raise RuleViolation(code, f"{view.actor} may not {what}", remedy) from None


def _is_same(old: Evidence, new: e.EvidenceAdded, any_moment: bool) -> bool:
    names = ("by", "status", "details", "sha256", "origin")
    if any(getattr(old, name) != getattr(new, name) for name in names):
        return False
    return any_moment or old.at == new.happened
