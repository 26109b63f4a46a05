"""Rules on access: what the log keeps of keys, and of reviews of roles and keys."""

from __future__ import annotations

from dataclasses import asdict

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import RuleViolation, answer
from vsm.model.entities import GRANT
from vsm.model.errors import RefusalCode
from vsm.model.field_types import text_of
from vsm.model.rules import from_micros
from vsm.model.view import View


@answer.register
def _(command: c.AddKey, view: View) -> list[e.Event]:
    return [e.KeyAdded(**asdict(command))]


@answer.register
def _(command: c.RevokeKey, view: View) -> list[e.Event]:
    return [e.KeyRevoked(**asdict(command))]


@answer.register
def _(command: c.ReviewAccess, view: View) -> list[e.Event]:
    note = " ".join(text_of("the note", command.note).split())
    if not note:
        raise RuleViolation(
            RefusalCode.INVALID, "a review says what came of it", "write it: --note TEXT"
        )
    today = from_micros(view.now).date().isoformat()
    roles = [one for one in view.all(GRANT) if one.until is None or today <= one.until]
    if not roles:
        raise RuleViolation(
            RefusalCode.STATE,
            "there is nothing to review: without roles everybody may do everything",
            "grant roles first: vsm role grant LOGIN ROLE",
        )
    return [e.AccessReviewed(roles=len(roles), keys=command.keys, note=note)]
