"""Decides whether changes of items show on the cards of others, which they are linked to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vsm.model.board import Card, Change
    from vsm.reader import Reader


def reach_others(
    cards: Mapping[int, Card], stream: int, reader: Reader, changes: Sequence[Change]
) -> bool:
    """Whether changes of items may show on the cards of others, which they are linked to.

    ``cards`` are those on the board, by item. Moves within this stream are the caller's affair;
    elsewhere those that finish or reopen.
    """
    linked = {card.id for card in cards.values() if card.waits_for or card.waited_by}
    for change in changes:
        if len(change.stages) != 2:
            if linked and (change.item in linked or change.item not in cards):
                return True
        elif change.stream is not None and change.stream != stream:
            there = reader.stream(change.stream)
            stages = there.by_id if there is not None else {}
            if any(s in stages and stages[s].category.ended for s in change.stages):
                return True
    return False
