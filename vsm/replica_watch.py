"""Keeps an eye on the replica that a board reads: followed, how old it is, news of its server."""

from __future__ import annotations

import time
from pathlib import Path

from vsm.model.errors import Refusal, RefusalCode
from vsm.reader import Reader
from vsm.store.replica_state import ReplicaState

ASK_SECONDS = 20.0
"""How often it is asked for a follower while all is well, in seconds."""
SOON_SECONDS = 2.0
"""And where nobody seems to follow."""
_BACK = "The journal server is back: changes are saved again"


class ReplicaWatch:
    """Looks at the replica of one board; ``may_start`` says whether it may start a follower."""

    def __init__(self, *, may_start: bool) -> None:
        self._may_start = may_start
        self._asked = -ASK_SECONDS
        self._before: Refusal | None = None
        self._news: Refusal | str | None = None

    @staticmethod
    def is_one(reader: Reader | None) -> bool:
        """Whether the board reads a replica."""
        return reader is not None and reader.replica_state() is not None

    def freshness(self, reader: Reader | None) -> tuple[bool, str]:
        """Whether its server is away, and from what time of day all is where that is not now."""
        taken = reader.copied_at if reader is not None else None
        seconds = None if taken is None else taken / 1_000_000
        state = self.look(reader)
        if state is not None and not state.is_fresh:
            seconds = state.as_of
        clock = "" if seconds is None else time.strftime("%H:%M", time.localtime(seconds))
        return state is not None and state.is_away, clock

    def look(self, reader: Reader | None) -> ReplicaState | None:
        """How the replica stands; ``None`` where the board reads a database of its own."""
        state = reader.replica_state() if reader is not None else None
        if reader is None or state is None:
            return None
        now = time.monotonic()
        if self._may_start and now - self._asked > (
            ASK_SECONDS if state.trouble is not None or state.is_fresh else SOON_SECONDS
        ):
            self._asked = now
            keep_followed(reader.path)
        self._note(state)
        return state

    def take_news(self) -> Refusal | str | None:
        """That the server has gone, or is back: given once."""
        news, self._news = self._news, None
        return news

    def _note(self, state: ReplicaState) -> None:
        trouble = state.trouble
        refusal = None
        if trouble is not None:
            refusal = Refusal(RefusalCode.READ_ONLY, trouble.message, trouble.remedy)
        if refusal != self._before:
            self._news = _BACK if refusal is None else refusal
            self._before = refusal


def keep_followed(path: Path) -> None:
    """Say that somebody reads this replica; a follower is started where there is none."""
    from vsm.store.server.follower import ask_for_follower

    ask_for_follower(path)
