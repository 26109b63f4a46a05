"""Names of actors by number: each stands in one place, so that it can be removed.

An entry names who made it by kind and number (``person:3``); the first with a number adds the
name (``person:3=anna``). Entries of older versions hold the name itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vsm.model.actor import Actor, ActorKind, kind_of

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

_COLUMN = re.compile(rf"({'|'.join(ActorKind)}):([1-9][0-9]{{0,14}})(?:=(.+))?", re.DOTALL)


class People:
    """Names by their numbers: those that the table holds, and those that entries bring."""

    def __init__(self, conn: sqlite3.Connection | None = None) -> None:
        known = () if conn is None else conn.execute("SELECT number, name FROM person")
        self._names: dict[int, str] = dict(known)
        self._read: dict[str, Actor] = {}

    def read(self, column: str) -> Actor:
        """Who made an entry with this in its column."""
        actor = self._read.get(column)
        if actor is None:
            actor = self._read[column] = self._make(column)
        return actor

    def _make(self, column: str) -> Actor:
        match = _COLUMN.fullmatch(column)
        if match is None:
            return Actor(column, kind_of(column))
        kind, number, name = ActorKind(match[1]), int(match[2]), match[3]
        if name is not None:
            self._names[number] = name
        return Actor(self._names.get(number, f"no. {number}"), kind, number, name is not None)

    def find(self, name: str, kind: ActorKind) -> Actor:
        """Who acts under a name; whoever is new gets the next number."""
        for number, known in self._names.items():
            if known == name:
                return Actor(name, kind, number)
        return Actor(name, kind, max(self._names, default=0) + 1, is_new=True)

    def number_of(self, name: str) -> int:
        """The number of a name, letter case ignored where none is exactly it.

        The next one that is free where it has none.
        """
        exact = [number for number, known in self._names.items() if known == name]
        alike = [n for n, known in self._names.items() if known.casefold() == name.casefold()]
        return next(iter(exact + alike), max(self._names, default=0) + 1)
