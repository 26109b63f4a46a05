"""Errors that a person can act on: what is wrong, where, and what to do.

Each carries the exit code of the command line: 1 refused by a rule, 2 wrong usage or bad
input, 3 environment (locked, full, unreadable).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from vsm.model.control.control import Result
    from vsm.model.item import ClassOfService


class VsmError(Exception):
    """Base of all errors that are shown to people as one line; ``code`` is the exit code."""

    code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}. {self.remedy}" if self.remedy else self.message


class BadInput(VsmError):
    """Wrong usage or unreadable input; says where."""

    code = 2


class EnvironmentProblem(VsmError):
    """The machine is in the way: locked, full, unreadable, damaged."""

    code = 3


class OutcomeUnknown(EnvironmentProblem):
    """Nobody can say yet whether a change was saved: to be looked at before it is done again."""


class SavedElsewhere(EnvironmentProblem):
    """A change was saved by the server of the journal, and this machine could not take it over."""


class TooOld(EnvironmentProblem):
    """Only a newer vsm may go on with this journal."""


class Unreachable(EnvironmentProblem):
    """The server of the journal gives no answer: until it does, nothing can be changed."""


class OlderDatabase(EnvironmentProblem):
    """The database was written by an older vsm: whoever may write it brings it up to date."""


class RefusalCode(StrEnum):
    """What kind of refusal it is; whoever has to act on one decides by this, never by its text."""

    STALE = "stale"
    """The item has changed since it was read."""
    WIP_SOFT = "wip-soft"
    """A limit that a reason lets pass; ``data`` is a :class:`LimitReached`."""
    WIP_HARD = "wip-hard"
    """A limit that nothing passes; ``data`` is a :class:`LimitReached`."""
    GATE = "gate"
    """A control that binds does not pass; ``gate`` is a :class:`GateRefused`."""
    CYCLE = "cycle"
    STRUCTURE = "structure"
    """The stream would not work."""
    REHOME = "rehome"
    """The items of a stage need another stage."""
    UNKNOWN = "unknown"
    INVALID = "invalid"
    STATE = "state"
    """As things stand it makes no sense."""
    IN_USE = "in-use"
    """Other things refer to what is to be removed."""
    UNCHANGED = "unchanged"
    """Everything is already as it would be."""
    REASON = "reason"
    """The scope of an active sprint changes only for a reason."""
    EMPTY = "empty"
    """A sprint without items starts only if that is meant."""
    CROWDED = "crowded"
    """As many initiatives are under way as should be; who means it starts one more."""
    UNDO = "undo"
    EARLIER = "earlier"
    """There is something to undo, but of an earlier session: ask first."""
    ROLE = "role"
    """Whoever acts may not do it."""
    READ_ONLY = "read-only"
    PAST = "past"
    BUSY = "busy"
    NOT_HERE = "not-here"
    """The key has nothing to act on under the cursor."""
    ENVIRONMENT = "environment"
    """The machine is in the way, as in :class:`EnvironmentProblem`."""


class LimitReached(NamedTuple):
    """Which WIP limit one more item would exceed: of a stage, or of one class of service in it.

    ``group`` names the stages where it is a limit of several together.
    """

    stage: int
    wip: int
    limit: int
    service: ClassOfService | None = None
    group: str = ""

    def __str__(self) -> str:
        of = f" {self.service} items" if self.service is not None else ""
        return f"{self.wip} of {self.limit}{of}{' together' if self.group else ''}"


class GateRefused(NamedTuple):
    """A move that controls refused: of which item, from where to where, and all verdicts.

    ``item`` is 0 where it was to be made there.
    """

    item: int
    stream: int
    source: int
    target: int
    results: tuple[Result, ...]


class Overtaken(NamedTuple):
    """An item that others changed since it was read: who did what and when, oldest first."""

    item: int
    version: int
    """The version that it has now."""
    changes: tuple[tuple[str, str, int], ...]
    """``(actor, text, at)`` of each change."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule said no: which one, what and why, what to do, and the keys of items that matter."""

    code: RefusalCode
    message: str
    remedy: str = ""
    items: tuple[str, ...] = ()
    data: LimitReached | None = None
    overtaken: Overtaken | None = None
    """What others did, where the item has changed since it was read."""
    gate: GateRefused | None = None
    """The move that controls refused, where they did."""
    others: tuple[Refusal, ...] = ()
    """Refusals of other moves that were asked for at once, where controls refused several."""
    by_key: str = ""
    """The remedy for whoever sits at a screen, keys as ``{action}``; empty: it names no verb."""

    def __str__(self) -> str:
        return f"{self.message}. {self.remedy}" if self.remedy else self.message

    @property
    def sentences(self) -> str:
        """The same in whole sentences, for people."""
        remedy = f" {sentence(self.remedy)}" if self.remedy.strip() else ""
        return sentence(self.message, names=True) + remedy


READ_ONLY = Refusal(
    RefusalCode.READ_ONLY, "This board is read-only", "open it without --read-only to change it"
)
"""What every change meets where ``--read-only`` was given."""

UNCHANGED = Refusal(RefusalCode.UNCHANGED, "everything is like that already", "nothing was changed")
"""What a change meets that would change nothing."""


_OURS = frozenset(
    [
        "a",
        "all",
        "an",
        "every",
        "it",
        "no",
        "nobody",
        "none",
        "nothing",
        "only",
        "several",
        "some",
        "that",
        "the",
        "there",
        "these",
        "this",
        "two",
        "what",
        "which",
    ]
)
"""Words that messages of ours begin with; any other may be somebody's name, which is kept."""


def sentence(text: str, names: bool = False) -> str:
    """A text as a sentence of its own; a key or a command keeps its letter.

    With ``names`` it may begin with a name of somebody's own, whose letter is kept too.
    """
    text = text.strip()
    first = text.split(" ")[0].rstrip(":,")
    if first in _OURS or (not names and first != "vsm" and len(first) > 1 and first.isalpha()):
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


class Refused(VsmError):
    """A refusal as an exception; what was asked for was bad input (2) or against a rule (1)."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message, refusal.remedy)
        self.refusal = refusal
        is_bad_input = refusal.code in (RefusalCode.INVALID, RefusalCode.UNKNOWN)
        self.code = 2 if is_bad_input else 1


def not_saved(error: VsmError) -> Refusal:
    """The refusal of a change that the machine was in the way of."""
    known = "" if isinstance(error, OutcomeUnknown | SavedElsewhere) else "Not saved: "
    return Refusal(RefusalCode.ENVIRONMENT, f"{known}{error.message}", error.remedy)
