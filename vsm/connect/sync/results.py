"""The results of a run and of the list of sources, as JSON (``vsm.sync/1``) has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

from vsm.model.history import Skipped
from vsm.model.source import WriteOutcome
from vsm.model.source_health import Health
from vsm.report.publish import MOMENT, About, Name

SCHEMA = "vsm.sync/1"


class Gap(NamedTuple):
    """A time within which moves of an item are missing, and why."""

    key: str
    after: Annotated[int, MOMENT]
    until: Annotated[int, MOMENT]
    why: str


class UnknownStatus(NamedTuple):
    """A status that belongs to no stage, and how many items were held back for it."""

    status: str
    items: int


class Write(NamedTuple):
    """A change of an item that was, or is to be, written upstream."""

    key: str
    what: Annotated[str, About("The stages of a move, or comment.")]
    by: str
    at: Annotated[int, MOMENT]
    outcome: WriteOutcome
    why: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one run read and recorded."""

    version: Annotated[str, Name("schema")]
    source: str
    stream: str
    run: Annotated[str, About("Name of the run: vsm sync raw shows its pages.")]
    dry_run: bool
    full: Annotated[bool, About("Whether all ids of the scope were listed.")]
    listed: int
    fetched: Annotated[int, About("Items that were new or had another stamp.")]
    new: int
    changed: int
    unchanged: int
    kept: Annotated[
        tuple[str, ...], About("Changed upstream and by people here: left as people made them.")
    ]
    evidence: Annotated[int, About("Pieces of evidence that were new or had changed.")]
    delivery: Annotated[
        int, About("Changes and deployments of services that were new or had changed.")
    ]
    written: Annotated[
        tuple[Write, ...], About("Changes of people here, and what became of them upstream.")
    ]
    gone: Annotated[tuple[str, ...], About("No longer shown by the source.")]
    back: tuple[str, ...]
    truncated: tuple[Gap, ...]
    observed: Annotated[int, About("Moves that no log has: vsm saw them.")]
    unknown_statuses: tuple[UnknownStatus, ...]
    unmapped_people: Annotated[
        tuple[str, ...], About("Names that are no members: vsm member alias LOGIN NAME@SOURCE.")
    ]
    skipped: tuple[Skipped, ...]
    notes: tuple[Skipped, ...]
    proxy: Annotated[str, About("Host and port of the proxy, empty without one.")]
    questions: Annotated[int, About("Requests to the service.")]
    waited_seconds: Annotated[float, 1]
    health: Health
    next: Annotated[int | None, MOMENT]


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source and how its reading goes."""

    source: str
    kind: str
    base: str
    scope: str
    stream: str
    auth: Annotated[str, About("Where the token is; never the token.")]
    direction: str
    every_minutes: int | None
    health: Health
    since: Annotated[int | None, MOMENT]
    last_good: Annotated[int | None, MOMENT]
    last_run: Annotated[int | None, MOMENT]
    cursor: Annotated[int | None, MOMENT, About("Last change upstream that was read.")]
    message: str
    remedy: str
    run: str
    gone: Annotated[tuple[str, ...], About("Items that the source no longer shows.")]
    unsent: Annotated[tuple[Write, ...], About("Changes that are still to be written upstream.")]
    refused: Annotated[
        tuple[Write, ...], About("Moves of the last 7 days that were refused as stale.")
    ]


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """All sources."""

    version: Annotated[str, Name("schema")]
    sources: tuple[SourceStatus, ...]
