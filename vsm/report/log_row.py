"""The published form of an entry of the log: ``vsm log --json`` prints a list of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vsm.model.actor import ActorKind
from vsm.report.publish import About


@dataclass(frozen=True, slots=True)
class LogRow:
    """An entry of the journal (vsm.log/1). Moments are ISO 8601 in UTC."""

    seq: Annotated[int, About("Its position in the journal.", ge=1)]
    group: Annotated[int, About("The first entry of all that were made at once.", ge=1)]
    at: Annotated[str, About("When it was recorded.")]
    happened_at: Annotated[str | None, About("When it happened, where it was entered late.")]
    actor: Annotated[str, About("Who made it; former-N where the name was taken out.")]
    actor_kind: ActorKind
    item: Annotated[str | None, About("The key of the item.")]
    text: Annotated[str, About("What it says, in words.")]
    stream: str | None
    kind: Annotated[str, About("The kind of the event.")]
    source: Annotated[str, About("The door: tui, cli, serve …")]
    session: Annotated[str, About("The session in which it was made.")]
    undoes: Annotated[int | None, About("The group that it undoes.")]
    hash: Annotated[str, About("Covers it and all entries before it.", pattern=r"^[0-9a-f]{64}$")]
    grp: Annotated[int, About("The same as group.", ge=1)]
    recorded_at: Annotated[str, About("The same as at.")]
    words: Annotated[str, About("The same as text.")]
