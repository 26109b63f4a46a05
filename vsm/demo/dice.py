"""Random draws from shuffled decks, so that shares and means come out exactly."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from statistics import NormalDist
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Deck(Generic[_T]):
    """Cards drawn without replacement, shuffled anew when none is left."""

    def __init__(self, dice: random.Random, cards: Iterable[_T]) -> None:
        self._dice = dice
        self._cards = list(cards)
        self._left: list[_T] = []

    def draw(self) -> _T:
        """The next card."""
        if not self._left:
            self._left = self._cards[:]
            self._dice.shuffle(self._left)
        return self._left.pop()


def shares(dice: random.Random, share: float, cards: int = 25) -> Deck[bool]:
    """A deck in which this share of the cards is true (to the next whole card)."""
    yes = round(share * cards)
    return Deck(dice, [n < yes for n in range(cards)])


def sizes(dice: random.Random, spread: float = 0.42, cards: int = 20) -> Deck[float]:
    """Sizes of work around 1, log-normally spread; their mean is exactly 1."""
    normal = NormalDist()
    raw = [math.exp(spread * normal.inv_cdf((n + 0.5) / cards)) for n in range(cards)]
    mean = sum(raw) / cards
    return Deck(dice, [round(value / mean, 6) for value in raw])


def weighted(dice: random.Random, choices: Sequence[tuple[_T, int]]) -> Deck[_T]:
    """A deck with each choice as often as its weight."""
    return Deck(dice, [choice for choice, times in choices for _ in range(times)])
