"""All rules on what people may do, and nothing else: command → events or a refusal.

``decide`` asks a read-only :class:`~vsm.model.view.View` and answers. Keyboard, drag, bulk
edit and command line obey the same rules because they live only here. What is allotted (ids,
ranks, keys, defaults) is allotted here and stands in the event.
"""

from __future__ import annotations

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide import entities, items, links, retiring, stages, streams, transfer
from vsm.model.decide.base import GAP, RuleViolation, answer
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.field_types import InvalidValue
from vsm.model.view import View

__all__ = [
    "GAP",
    "decide",
    "entities",
    "items",
    "links",
    "retiring",
    "stages",
    "streams",
    "transfer",
]


def decide(view: View, command: c.Command) -> list[e.Event] | Refusal:
    """Answer a command with the events that it leads to, or with a refusal."""
    try:
        return answer(command, view)
    except RuleViolation as refused:
        return refused.refusal
    except InvalidValue as error:
        return Refusal(RefusalCode.INVALID, error.message, error.remedy)
