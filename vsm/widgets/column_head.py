"""The head of a column in words and marks, as one line or down the narrow strip of a folded one."""

from __future__ import annotations

from rich.segment import Segment

from vsm.model.board import Column
from vsm.model.stream import Category
from vsm.text_width import clip, fit, graphemes, width_of
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.styles import Inks

_NAME = 12
"""Cells of a stage's name that are worth more than words about its count."""
_NAME_FILTERED = 7
"""The same while a filter is on: then how many of how many is what was asked."""


def against_limit(head: Column, glyphs: Glyphs) -> tuple[str, str]:
    """The mark of a column at or over its limits, and the name of its ink."""
    if head.over or head.classes_over:
        return glyphs.over, "bad"
    full = head.stage.limited and head.counted == head.stage.limit
    return (glyphs.full, "warn") if full else ("", "text")


def head_line(
    head: Column,
    width: int,
    number: str,
    inks: Inks,
    glyphs: Glyphs,
    aimed: bool,
    limits: bool = False,
    gates: int = 0,
) -> list[Segment]:
    """Name, count and limit in ``width`` cells; ``number`` is the stage's where it is asked for.

    ``aimed`` says that a dragged card would go here, ``limits`` that the stage limits the flow.
    ``gates`` are controls that moves into it call for.
    """
    stage = head.stage
    count = f"{head.wip}"
    if stage.limited and not stage.category.ended:
        beside = f" +{head.exempt}" if head.exempt else ""
        count = f"{head.counted}/{stage.limit}{beside}"
    mark, meaning = against_limit(head, glyphs)
    count, ink = f"{count} {mark}".rstrip(), getattr(inks, meaning)
    number = f"{number} " if number else ""
    # What a filter leaves, and of what: the limit holds for all of them.
    some = f"{head.shown} of " if head.shown != head.wip else ""
    span = " in 14 d" if stage.category.ended else ""
    over = "".join(f"{c.service} {c.wip}/{c.limit}  " for c in head.classes_over)
    wordings: tuple[str, ...] = (f"{over}{some}{count}{span}", f"{some}{count}", count)
    if some and not stage.category.ended:
        wordings = (*wordings[:2], f"{some}{head.wip} {mark}".rstrip(), count)
    if stage.category.ended:
        wordings = (*wordings[:2], f"{head.shown}/{count}" if some else count)
    name = min(width_of(stage.name), _NAME_FILTERED if some else _NAME)
    space = width - 4 - len(number) - name
    count = next((words for words in wordings if len(words) <= space), wordings[-1])
    gate = f"{glyphs.gate}{gates} " if gates else ""
    if len(gate) + len(count) <= space:
        count = f"{gate}{count}"
    count = clip(f" {count} ", max(0, width - 1 - len(number)), glyphs.ellipsis)
    room = max(0, width - 1 - len(number) - width_of(count))
    first = Segment(glyphs.limits, inks.bad) if limits else Segment(" ", inks.text)
    out = [
        Segment(glyphs.right, inks.accent) if aimed else first,
        Segment(number, inks.accent),
        Segment(fit(stage.name, room, glyphs.ellipsis), inks.strong),
        Segment(count, ink),
    ]
    return [segment for segment in out if segment.text]


def folded_line(
    head: Column,
    y: int,
    lines: int,
    room: int,
    number: str,
    inks: Inks,
    glyphs: Glyphs,
    limits: bool = False,
) -> Segment:
    """Line ``y`` of the narrow strip: the count (at -1), the mark of the limit (at 0), the name.

    The name runs downwards over ``lines`` lines.
    """
    mark, meaning = against_limit(head, glyphs)
    if y < 0 and number:
        text, ink = f"{number:>{room}}", inks.accent
    elif y < 0:
        text, ink = f"{short(head.wip):>{room}}", getattr(inks, meaning)
    elif y == 0:
        text = f"{glyphs.limits if limits else ' '}{mark}"
        ink = inks.bad if limits else getattr(inks, meaning)
    else:
        text, ink = f" {_letter(head.stage.name, y - 1, lines, glyphs)}", inks.strong
    return Segment(fit(text, room, glyphs.ellipsis), ink)


def _letter(name: str, at: int, lines: int, glyphs: Glyphs) -> str:
    """The letter of a name on a line of its own, of ``lines``."""
    letters = graphemes(name)
    if len(letters) > lines:
        letters = [*letters[: max(0, lines - 1)], glyphs.ellipsis]
    return letters[at] if at < len(letters) else ""


def empty_words(category: Category, filtered: bool, first: str = "") -> str:
    """What an empty column says: what is missing; ``first`` is for an empty board."""
    if filtered:
        return "nothing fits the filter"
    if first:
        return first
    return "none in 14 days" if category.ended else "empty"


def short(count: int) -> str:
    """A count in at most three cells."""
    if count < 1000:
        return f"{count}"
    return f"{count // 1000}k" if count < 100_000 else "99k"
