"""The protocol of services that take changes back, and the texts of comments that are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from vsm.connect.sync.run_folder import Listed
from vsm.connect.sync.tracker import Record
from vsm.model.source import Direction, LocalChange


class Writer(Protocol):
    """A service, as changes are written into it.

    It ``is_repeatable`` where moving an item again into the status that it is in changes nothing.
    """

    is_repeatable: bool

    def lacking(self, items: Sequence[Listed], direction: Direction) -> str:
        """The permissions that the token lacks for it, empty where it seems to have them."""

    def way_into(self, item: Listed, record: Record, statuses: Sequence[str]) -> Callable[[], None]:
        """What puts an item (``record`` is how it is now) into one of these statuses, best first.

        Nothing is written before it is called. Raises :class:`Declined` where there is no way.
        """

    def comment(self, item: Listed, text: str) -> str:
        """Add a comment; its id."""

    def find_comment(self, item: Listed, mark: str) -> str:
        """The id of the comment that has this mark, empty where there is none."""


def mark_of(change: LocalChange) -> str:
    """What tells a comment that was sent from all others: its journal entry."""
    return f"vsm {change.seq}-{change.digest}"


def comment_text(change: LocalChange) -> str:
    """The text of a comment, with whose it is: upstream it is the token's account that writes."""
    return f"{change.text.strip()}\n\n— {change.by}, {mark_of(change)}"
