"""Moves the cursor of a map: to the next box in a direction, the first or the last one."""

from __future__ import annotations

from collections.abc import Mapping

from vsm.widgets.stream_map.grid import Place
from vsm.widgets.stream_map.routes import Box


def next_box(boxes: Mapping[int, Box], stage: int, right: int, down: int) -> int | None:
    """The nearest stage in a direction (1, -1, or 0 each); ``None`` where there is none."""
    current = boxes[stage].place
    options = [
        (_distance(current, box.place, right, down), box.y, box.x, other)
        for other, box in boxes.items()
        if _is_ahead(current, box.place, right, down)
    ]
    return min(options)[-1] if options else None


def end_box(boxes: Mapping[int, Box], last: bool) -> int | None:
    """The stage of the first row in the first column, or in the last; those apart do not count."""
    together = {s: b for s, b in boxes.items() if not b.place.apart} or boxes
    sign = -1 if last else 1
    return min(
        together,
        key=lambda s: (sign * together[s].place.column, together[s].y, s),
        default=None,
    )


def box_near(boxes: Mapping[int, Box], stage: int, column: int) -> int:
    """The stage that stands nearest to a column, in the row of another one where there is one."""
    row = boxes[stage].place.row
    return min(
        boxes,
        key=lambda s: (abs(boxes[s].place.column - column), abs(boxes[s].place.row - row), s),
    )


def _is_ahead(one: Place, other: Place, right: int, down: int) -> bool:
    """Whether a place lies in a direction from another one."""
    if right:
        return (other.column - one.column) * right > 0
    return (other.row - one.row) * down > 0


def _distance(one: Place, other: Place, right: int, down: int) -> int:
    """How far a place is, counting what leads away from the direction more."""
    columns, rows = abs(other.column - one.column), abs(other.row - one.row)
    return columns + 3 * rows if right else 3 * rows + columns
