"""A report as data: sections of sentences, tables and charts, written once and drawn many ways.

A feature builds its ``Document`` from its results; the terminal, plain text, Markdown and HTML
draw it. Parts carry a target: what the screen opens behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from vsm.report.charts import Chart  # most reports on screens have none

Tone = Literal["text", "strong", "faint", "good", "warn", "bad", "accent"]
"""How a text is meant; screens have an ink for each."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a part opens: items by id with a remark on each, a stage's items, its policies, what
    comes of a change, or a text.

    ``stage`` and ``policy`` are ids of stages; ``definition`` is a key of the definitions;
    ``change`` is what is changed and at which constraint, ``text`` what is read in a dialog.
    """

    title: str = ""
    items: tuple[tuple[int, str], ...] = ()
    stage: int | None = None
    policy: int | None = None
    definition: str | None = None
    change: tuple[str, str | None] | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A paragraph. With a ``lead`` (a number, a bullet, a word) it is an item of a list; one with
    ``more`` goes on with the item before it. Files list what is ``behind`` it, which HTML folds
    under ``behind_title``; screens open its target.
    """

    text: str
    tone: Tone = "text"
    target: Target | None = None
    lead: str = ""
    lead_tone: Tone = "faint"
    more: bool = False
    behind: tuple[str, ...] = ()
    behind_title: str = "evidence"


@dataclass(frozen=True, slots=True)
class Cell:
    """A text in a table; ``bar`` is the share of a bar that is drawn beside it."""

    text: str
    tone: Tone = "text"
    bar: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Terminals narrower than ``wide`` cells leave it out, and where a line is too long ``short``
    stands for the head, then one that ``shrinks`` is cut. Cells of a ``bar`` column have bars.
    """

    head: str
    right: bool = False
    shrinks: bool = False
    wide: int = 0
    bar: bool = False
    short: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table, with a cell for each column."""

    cells: tuple[Cell, ...]
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads. Where the first column has a head, it stands for the section's title."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


Part: TypeAlias = "Sentence | Table | Chart"


@dataclass(frozen=True, slots=True)
class Section:
    """Parts under a title, which may be empty."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report; ``foot`` is its last line.

    Screens, which have headers of their own, leave out title, ``about`` and ``foot``.
    """

    title: str
    about: tuple[str, ...]
    sections: tuple[Section, ...]
    foot: str = ""

    @property
    def targets(self) -> tuple[Target, ...]:
        """What can be opened, in the order in which it stands there; parts may share a target."""
        return tuple({id(target): target for target in self._targets()}.values())

    def _targets(self) -> Iterator[Target]:
        for section in self.sections:
            for part in section.parts:
                if isinstance(part, Table):
                    yield from (line.target for line in part.rows if line.target is not None)
                elif not isinstance(part, Sentence):
                    yield from part.targets
                elif part.target is not None:
                    yield part.target


def row(*cells: Cell | str, target: Target | None = None) -> Row:
    """A row of cells, or of texts in the usual tone."""
    return Row(tuple(c if isinstance(c, Cell) else Cell(c) for c in cells), target)


def place_of(before: Sequence[Target], at: int, after: Sequence[Target]) -> int | None:
    """Where what was number ``at`` among these stands in those; ``None`` where it is gone.

    Items behind it may have come and gone meanwhile.
    """
    bare = [[replace(target, items=()) for target in targets] for targets in (before, after)]
    one = bare[0][at]
    matches = [n for n, target in enumerate(bare[1]) if target == one]
    times = bare[0][:at].count(one)
    return matches[min(times, len(matches) - 1)] if matches else None
