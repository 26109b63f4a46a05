"""Keeps an eye on the replica that a board reads: followed, how old it is, news of its server."""

from __future__ import annotations

import time
from enum import Enum

from vsm.model.errors import Refusal, RefusalCode
from vsm.reader import Reader
from vsm.store.replica_state import ReplicaState

ASK_SECONDS = 20.0
"""How often it is asked for a follower while all is well, in seconds."""
SOON_SECONDS = 2.0
"""And where nobody seems to follow: at first, then ever less often."""
_BACK = "The journal server is back: changes are saved again"


class Staleness(Enum):
    """Why a replica may not have what its server has: it does not answer, or nobody follows."""

    AWAY = "server away"
    BEHIND = "behind"


class ReplicaWatch:
    """Looks at the replica of one board; ``may_start`` says whether it may start a follower."""

    def __init__(self, *, may_start: bool) -> None:
        self._may_start = may_start
        self._asked = -ASK_SECONDS
        self._pause = SOON_SECONDS
        self._before: Refusal | None = None
        self._news: Refusal | str | None = None

    @staticmethod
    def is_one(reader: Reader | None) -> bool:
        """Whether the board reads a replica."""
        return reader is not None and reader.replica_state() is not None

    def freshness(self, reader: Reader | None) -> tuple[Staleness | None, str]:
        """Why what is shown may not be what the server has, and from when it is in that case."""
        taken = reader.copied_at if reader is not None else None
        seconds = None if taken is None else taken / 1_000_000
        state = self.look(reader)
        if state is not None and not state.is_fresh:
            seconds = state.as_of
        clock = "" if seconds is None else _clock(seconds)
        if state is None or state.is_fresh:
            return None, clock
        return Staleness.AWAY if state.is_away else Staleness.BEHIND, clock

    def look(self, reader: Reader | None) -> ReplicaState | None:
        """How the replica stands; ``None`` where the board reads a database of its own."""
        state = reader.replica_state() if reader is not None else None
        if reader is None or state is None:
            return None
        now = time.monotonic()
        is_followed = state.trouble is not None or state.is_fresh
        if is_followed:
            self._pause = SOON_SECONDS
        if self._may_start and now - self._asked > (ASK_SECONDS if is_followed else self._pause):
            self._asked = now
            self._pause = min(2 * self._pause, 2 * ASK_SECONDS)
            reader.keep_followed()
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


def _clock(seconds: float) -> str:
    """A moment as the clock of this machine shows it, with the day where it is not today."""
    moment, today = time.localtime(seconds), time.localtime()
    is_today = moment[:3] == today[:3]
    return time.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M", moment)
