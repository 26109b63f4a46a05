"""Makes the work items of a stream: titles, types, sizes, parents."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from vsm.demo.acts import Piece
from vsm.demo.dice import Deck, weighted
from vsm.demo.plan import Line
from vsm.demo.texts import DESCRIPTIONS, INITIATIVES, phrases
from vsm.demo.titles_app import APP
from vsm.demo.titles_cards import CARDS
from vsm.demo.titles_platform import CHANGES, INCIDENTS

_TITLES: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]] = {
    "cards": {"card": CARDS},
    "app": {"story": APP},
    "platform": {"incident": {"incident": INCIDENTS}, "change": CHANGES},
}
"""Stream → route → type of work → patterns of titles."""

POINTS = ((0.55, 1.0), (0.8, 2.0), (1.1, 3.0), (1.6, 5.0), (9.0, 8.0))
"""(largest size of work, its estimate in points), ascending."""


class Backlog:
    """Makes the work items of one stream; no title comes twice."""

    def __init__(self, dice: random.Random, line: Line) -> None:
        self.dice, self.line = dice, line
        self.initiatives: dict[str, Piece] = {}
        self._number = 0
        self._titles = {route: self._shuffled(route) for route in line.routes}
        self._service = weighted(dice, (("standard", 21), ("fixed-date", 3), ("intangible", 2)))
        self._descriptions = {kind: Deck(dice, texts) for kind, texts in DESCRIPTIONS.items()}

    def _shuffled(self, route: str) -> list[tuple[str, str, str]]:
        """``(type, title, label)`` in reverse order of creation.

        Titles of one pattern are kept apart: every pattern has its turn before any has its second.
        """
        rounds: list[list[tuple[str, str, str]]] = []
        for kind, patterns in _TITLES[self.line.code][route].items():
            for pattern in patterns:
                phrasings = [(kind, title, label) for title, label in phrases(pattern)]
                self.dice.shuffle(phrasings)
                for n, phrasing in enumerate(phrasings):
                    while len(rounds) <= n:
                        rounds.append([])
                    rounds[n].append(phrasing)
        for phrasings in rounds:
            self.dice.shuffle(phrasings)
        return [phrasing for phrasings in rounds for phrasing in phrasings][::-1]

    def left(self, route: str) -> int:
        """The number of titles that are not used yet."""
        return len(self._titles[route])

    def make(self, route: str, day: int) -> Piece:
        """The next piece of work of a route."""
        kind, title, label = self._titles[route].pop()
        piece = self.named(route, kind, title, day)
        piece.label = label
        piece.parent = self.initiatives.get(label)
        if kind != "incident":
            piece.service = self._service.draw()
        elif self.dice.random() < 0.08:
            piece.service = "expedite"
        return piece

    def named(self, route: str, kind: str, title: str, day: int) -> Piece:
        """A piece of work with a title of its own."""
        self._number += 1
        line = self.line
        piece = Piece(line, line.routes[route], f"{line.prefix}-{self._number}", title, kind)
        piece.created, piece.place = day, line.routes[route].stages[0]
        piece.home = piece.team = self.dice.choice(line.teams)
        if kind == "incident":
            piece.team = "Operations"
        if kind in self._descriptions and self.dice.random() < (0.9 if kind == "request" else 0.35):
            piece.description = self._descriptions[kind].draw()
        return piece

    def plan_initiatives(self) -> list[Piece]:
        """The initiatives of the stream; they stay in its backlog while their children flow."""
        route = list(self.line.routes)[-1]
        for label, (code, title) in INITIATIVES.items():
            if code == self.line.code:
                piece = self.named(route, "initiative", title, 0)
                piece.label, piece.team = label, self.line.teams[0]
                self.initiatives[label] = piece
        return list(self.initiatives.values())


def fields_of(piece: Piece, today: date) -> dict[str, Any]:
    """The fields of a piece when it is created, on ``today``."""
    fields: dict[str, Any] = {"type": piece.type, "service": piece.service}
    if piece.service == "fixed-date" and piece.due is None:
        piece.due = (today + timedelta(days=30 + len(piece.title) % 25)).isoformat()
    for name, value in (
        ("team", piece.team),
        ("label", piece.label),
        ("description", piece.description),
        ("due", piece.due),
        ("parent", piece.parent),
    ):
        if value:
            fields[name] = value
    if "label" in fields:
        fields["labels"] = (fields.pop("label"),)
    return fields


def points(size: float) -> float:
    """The estimate for a size of work around 1."""
    return next(value for upto, value in POINTS if size <= upto)
