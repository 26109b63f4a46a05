"""Draw one card as a few strips: a pure function of card, width, shape and skin."""

from __future__ import annotations

from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from vsm.model.board import Card
from vsm.model.dates import near_day
from vsm.model.item import BlockerKind, ClassOfService
from vsm.model.sanitise import inert_line
from vsm.model.team import initials
from vsm.text_width import clip, fit, width_of, wrap
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.styles import Inks, Styles

Piece = tuple[str, Style]
_LEAST = 6
"""Cells that are left to whom an item belongs before times give way."""


class Shape(NamedTuple):
    """How tall cards are: lines for title and blocker together, blank lines after each."""

    body: int
    gap: int

    @property
    def height(self) -> int:
        """Lines of one card, the gap with it."""
        return 2 + self.body + self.gap


def shape_for(height: int, compact: bool = False) -> Shape:
    """The shape of cards in a column of ``height`` lines, heads not counted."""
    if height < 26 or compact:
        return Shape(1, 0)
    return Shape(2, 0) if height < 32 else Shape(2, 1)


def draw(
    card: Card,
    width: int,
    shape: Shape,
    selected: bool,
    skin: Styles,
    glyphs: Glyphs,
    ended: bool = False,
    marked: bool = False,
) -> list[Strip]:
    """The strips of a card, ``width`` cells each; ``ended`` shows cycle time in place of age.

    A ``marked`` card has the mark at its left edge.
    """
    inks = skin.cursor if selected else skin.plain
    # On plain ground even under the cursor: reversed, a full block would be a hole.
    edge = Segment(glyphs.cursor_bar if selected else glyphs.bar, _edge(card, skin.edge))
    room = width - 1
    body = [(line, inks.text) for line in _title(card, room, shape, glyphs)]
    if card.blocked and shape.body > 1:
        body.append((_blocker(card, room, glyphs), inks.bad))
    lines = [
        _spread(_name(card, inks, glyphs), _flow(card, inks, glyphs, ended), room, inks, glyphs)
    ]
    lines += [[Segment(fit(text, room, glyphs.ellipsis), style)] for text, style in body]
    people = _people(card, inks, glyphs, shape)
    # Where the line of the blocker names the team already, there is no room for it here.
    names_team = shape.body > 1 and _waits_on_a_team(card)
    left_over = 0 if names_team else room - sum(width_of(text) for text, _ in people) - 1
    right = [*_links(card, inks, glyphs, left_over), *_times(card, inks, ended)]
    while len(right) > 1 and sum(width_of(text) for text, _ in right) > room - _LEAST:
        right.pop()  # days in stage are the first to go, then the due date
    lines.append(_spread(people, right, room, inks, glyphs))
    blank = Segment(" " * room, inks.text)
    if marked:
        edge = Segment(edge.text, skin.edge.accent)
    strips = [Strip([edge, *line], width) for line in lines]
    if marked:
        strips[0] = Strip([Segment(glyphs.mark, skin.edge.accent), *lines[0]], width)
    while len(strips) < shape.height - shape.gap:
        strips.append(Strip([edge, blank], width))
    strips += [Strip.blank(width, skin.plain.text)] * shape.gap
    return strips


def _edge(card: Card, inks: Inks) -> Style:
    if card.blocked:
        return inks.bad
    if card.service is ClassOfService.EXPEDITE:
        return inks.accent
    if card.service is ClassOfService.FIXED_DATE:
        return inks.warn
    return inks.faint if card.service is ClassOfService.INTANGIBLE else inks.blue


def _name(card: Card, inks: Inks, glyphs: Glyphs) -> list[Piece]:
    """Key, class of service, whose cursors are on it; the last go first where they do not fit."""
    pieces: list[Piece] = [(f"{card.key} ", inks.strong)]
    if card.service is ClassOfService.EXPEDITE:
        pieces += [(glyphs.expedite, inks.accent), ("expedite", inks.accent)]
    elif card.service is ClassOfService.FIXED_DATE:
        pieces += [(glyphs.fixed_date, inks.warn), ("date", inks.warn)]
    elif card.service is ClassOfService.INTANGIBLE:
        pieces += [(glyphs.intangible, inks.faint)]
    if card.people:
        if len(pieces) == 1:  # from the third piece on they are left out rather than cut
            pieces = [(card.key, inks.strong)]
        more = f"+{len(card.people) - 2}" if len(card.people) > 2 else ""
        names = " ".join(f"{glyphs.dot}{who}" for who in card.people[:2])
        pieces += [(" ", inks.text), (f"{names}{more}", inks.accent)]
    return pieces


def _flow(card: Card, inks: Inks, glyphs: Glyphs, ended: bool) -> list[Piece]:
    """Marks (blocker, delay risk, gate ahead) and age, or the days that a finished item took.

    Where a clock was wrong the age is a guess, and the days are not known: a word says so.
    """
    if ended and card.clock_off and card.cycle is None:
        return [(f"{glyphs.done}", inks.good), ("clock?", inks.warn)]
    if ended:
        if card.cycle is None:
            return []
        return [(f"{glyphs.done}", inks.good), (f"{card.cycle}d", inks.text)]
    pieces: list[Piece] = []
    if card.blocked:
        pieces.append((f"{glyphs.blocked} ", inks.bad))
    if card.is_at_risk:
        pieces.append((f"{glyphs.at_risk} ", inks.bad))
    if card.times_carried > 1:
        pieces.append((f"{glyphs.carried}{card.times_carried} ", inks.warn))
    if card.is_stopped:
        pieces.append((f"{glyphs.no_pass} ", inks.warn))
    if card.age is not None:
        ink = (inks.text, inks.text, inks.text, inks.warn, inks.bad)[card.step]
        pieces.append((f"{card.age}d{glyphs.pace[card.step]}", ink))
    if card.clock_off:
        pieces.append((" clock?" if card.age is not None else "clock?", inks.warn))
    return pieces


def _title(card: Card, room: int, shape: Shape, glyphs: Glyphs) -> list[str]:
    lines = shape.body - 1 if card.blocked and shape.body > 1 else shape.body
    return wrap(card.title, room, lines, glyphs.ellipsis)


def _waits_on_a_team(card: Card) -> bool:
    """Whether the name of the awaited team says more than the kind of blocker."""
    return card.blocked is BlockerKind.DEPENDENCY and bool(card.waits_on)


def _blocker(card: Card, room: int, glyphs: Glyphs) -> str:
    words = f"{glyphs.blocked} {card.blocked}"
    if _waits_on_a_team(card):
        words = f"{glyphs.blocked} waits on {', '.join(card.waits_on)}"
    if card.blocked_reason:
        words += f": {card.blocked_reason}"
    return clip(words, room, glyphs.ellipsis)


def _people(card: Card, inks: Inks, glyphs: Glyphs, shape: Shape) -> list[Piece]:
    who = (card.initials or initials(card.owner)) if card.owner else glyphs.dash
    words = f"{card.team} {glyphs.dot} {who}" if card.team else who
    if card.blocked and shape.body == 1 and not _waits_on_a_team(card):
        return [(f"{card.blocked} ", inks.bad), (words, inks.faint)]
    return [(words, inks.faint)]


def _links(card: Card, inks: Inks, glyphs: Glyphs, room: int) -> list[Piece]:
    """How many items it waits for and how many wait for it; on which teams, where there is room."""
    pieces: list[Piece] = []
    if card.waits_for:
        pieces.append((f"{glyphs.waits}{card.waits_for}", inks.warn))
    if card.waited_by:
        pieces.append((f"{glyphs.blocks}{card.waited_by}", inks.text))
    teams = f" {inert_line(', '.join(card.waits_on))} "
    if card.waits_on and sum(width_of(text) for text, _ in pieces) + width_of(teams) <= room:
        pieces.insert(1, (teams.rstrip() if len(pieces) == 1 else teams, inks.warn))
    return pieces


def _times(card: Card, inks: Inks, ended: bool) -> list[Piece]:
    """Due date, with a sign where it has passed, and days in stage where they are not the age."""
    pieces: list[Piece] = []
    if ended:
        return pieces
    if card.due is not None and card.due_in is not None:
        near = near_day(card.due, card.due_in)
        sign, ink = (" !due ", inks.bad) if card.overdue else (" due ", inks.faint)
        pieces.append((f"{sign}{near}", inks.warn if card.due_in in (0, 1) else ink))
    if card.idle is not None and card.idle != card.age:
        pieces.append((f" {card.idle}d here", inks.faint))
    return pieces


def _spread(
    left: list[Piece], right: list[Piece], room: int, inks: Inks, glyphs: Glyphs
) -> list[Segment]:
    """Left and right pieces in ``room`` cells; the right ones stay whole, the left ones give."""
    end = sum(width_of(text) for text, _ in right)
    if end > room:
        right, end = [], 0
    space = room - end - (1 if right else 0)
    out: list[Segment] = []
    used = 0
    for at, (text, style) in enumerate(left):
        left_over = space - used
        if at > 1 and width_of(text) > left_over:
            break
        line = clip(text, left_over, glyphs.ellipsis)
        if not line:
            break
        used += width_of(line)
        out.append(Segment(line, style))
    blank = " " * (room - used - end)
    last = out[-1] if out else None
    # One piece with the text before it: each change of style costs some 40 bytes on the wire.
    if last is not None and last.style and last.style.bgcolor == inks.text.bgcolor:
        out[-1] = Segment(last.text + blank, last.style)
    else:
        out.append(Segment(blank, inks.text))
    out += [Segment(text, style) for text, style in right]
    return [segment for segment in out if segment.text]
