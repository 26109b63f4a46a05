"""Rules on keys: what the log keeps of one that is added or revoked."""

from __future__ import annotations

from dataclasses import asdict

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import answer
from vsm.model.view import View


@answer.register
def _(command: c.AddKey, view: View) -> list[e.Event]:
    return [e.KeyAdded(**asdict(command))]


@answer.register
def _(command: c.RevokeKey, view: View) -> list[e.Event]:
    return [e.KeyRevoked(**asdict(command))]
