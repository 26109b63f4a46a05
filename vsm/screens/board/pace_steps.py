"""Holds the ages on cards against the pace of the stream."""

from __future__ import annotations

from collections.abc import Sequence

from vsm.model.board import Card


def against(cards: Sequence[Card], levels: tuple[int, ...] | None) -> Sequence[Card]:
    """The cards with the steps that their ages have against these levels of the pace."""
    if not levels:
        return cards
    return [
        card._replace(step=sum(card.age > level for level in levels)) if card.age else card
        for card in cards
    ]
