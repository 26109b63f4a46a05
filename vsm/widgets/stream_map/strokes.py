"""Lines drawn with characters: which one a cell gets, the cells of a way, parts of a line."""

from __future__ import annotations

from itertools import pairwise

from vsm.text_width import clip, width_of
from vsm.widgets.stream_map.boxes import Pieces
from vsm.widgets.stream_map.routes import Box, Point

LEFT, RIGHT, UP, DOWN = 1, 2, 4, 8
LIGHT = {
    LEFT: "─", RIGHT: "─", LEFT | RIGHT: "─", UP: "│", DOWN: "│", UP | DOWN: "│",
    LEFT | UP: "┘", RIGHT | UP: "└", LEFT | DOWN: "┐", RIGHT | DOWN: "┌",
    LEFT | RIGHT | UP: "┴", LEFT | RIGHT | DOWN: "┬", LEFT | UP | DOWN: "┤",
    RIGHT | UP | DOWN: "├", LEFT | RIGHT | UP | DOWN: "┼",
}  # fmt: skip
HEAVY = dict(zip(LIGHT, "━━━┃┃┃┛┗┓┏┻┳┫┣╋", strict=True))
DASHED = LIGHT | {
    LEFT: "╌", RIGHT: "╌", LEFT | RIGHT: "╌", UP: "╎", DOWN: "╎", UP | DOWN: "╎",
}  # fmt: skip
DOUBLE = dict(zip(LIGHT, "═══║║║╝╚╗╔╩╦╣╠╬", strict=True))
"""The chosen edge, which is told from the main path without colour too."""
HEAVY_ASCII = dict(zip(LIGHT, "===|||+++++++++", strict=True))
DOUBLE_ASCII = dict.fromkeys(LIGHT, "#")
DOTTED_ASCII = dict.fromkeys((LEFT, RIGHT, LEFT | RIGHT), ".") | dict.fromkeys(
    (UP, DOWN, UP | DOWN), ":"
)


def side_of(box: Box, at: Point) -> int:
    """On which side of a cell a box is that it touches."""
    if at.y < box.y:
        return DOWN
    if at.y >= box.bottom:
        return UP
    return RIGHT if at.x < box.x else LEFT


def cells_of(points: tuple[Point, ...]) -> list[tuple[Point, int]]:
    """The cells of a way, each with the sides at which it goes on."""
    if len(points) == 1:
        return [(points[0], LEFT | RIGHT)]
    out: list[Point] = [points[0]]
    for a, b in pairwise(points):
        step_x, step_y = (b.x > a.x) - (b.x < a.x), (b.y > a.y) - (b.y < a.y)
        x, y = a
        while (x, y) != b:
            x, y = x + step_x, y + step_y
            out.append(Point(x, y))
    arms = [0] * len(out)
    for n, (a, b) in enumerate(pairwise(out)):
        if b.x > a.x:
            arms[n] |= RIGHT
            arms[n + 1] |= LEFT
        elif b.x < a.x:
            arms[n] |= LEFT
            arms[n + 1] |= RIGHT
        elif b.y > a.y:
            arms[n] |= DOWN
            arms[n + 1] |= UP
        else:
            arms[n] |= UP
            arms[n + 1] |= DOWN
    return list(zip(out, arms, strict=True))


def runs_of(chars: list[str], inks: list[str]) -> Pieces:
    """Cells as pieces of one ink each."""
    out: Pieces = []
    start = 0
    for n in range(1, len(chars) + 1):
        if n == len(chars) or inks[n] != inks[start]:
            out.append(("".join(chars[start:n]), inks[start]))
            start = n
    return out


def cut(pieces: Pieces, first: int, last: int) -> Pieces:
    """The part of a line of pieces between two columns; wide characters at an end give way."""
    out: Pieces = []
    x = 0
    for text, ink in pieces:
        size = width_of(text)
        if x + size <= first or x >= last:
            x += size
            continue
        if x >= first and x + size <= last:
            out.append((text, ink))
        else:
            kept, at = "", x
            for char in text:
                cells = width_of(char)
                if at >= first and at + cells <= last:
                    kept += char
                elif at < last and at + cells > first:
                    kept += " " * (min(last, at + cells) - max(first, at))
                at += cells
            out.append((kept, ink))
        x += size
    return out


def clipped(pieces: Pieces, width: int, ellipsis: str) -> Pieces:
    """A line of pieces in so many cells; what is cut off leaves an ellipsis."""
    out: Pieces = []
    used = 0
    for text, ink in pieces:
        size = width_of(text)
        if used + size > width:
            out.append((clip(text, width - used, ellipsis), ink))
            break
        out.append((text, ink))
        used += size
    return out
