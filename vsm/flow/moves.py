"""What moves tell: rework between stages, and how much work leaves a stage for good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vsm.flow.history import Ints, Mask
from vsm.flow.known import Known
from vsm.flow.results import CompleteAccurate, Rework, StageQuality
from vsm.flow.window import Window
from vsm.model.stream import Direction, ValueStream


def _directions(stream: ValueStream, wanted: Direction) -> NDArray[np.bool_]:
    """For each pair of places whether a move between them has this direction."""
    return np.array(
        [
            [a is not b and stream.direction(a.id, b.id) is wanted for b in stream.order]
            for a in stream.order
        ],
        dtype=np.bool_,
    )


def rework(known: Known, span: Window, finished: int) -> Rework:
    """Rework moves in the window, whatever became of the item, by pair of stages.

    ``finished`` is how many items finished in the window: where none did there is no ratio.
    """
    order = known.stream.order
    moves = known.moves
    moves = moves[span.holds(known.entered[moves])]
    source, target = known.place[moves - 1], known.place[moves]
    back = _directions(known.stream, Direction.REWORK)[source, target]
    pairs, owner = source[back] * len(order) + target[back], known.owner[moves[back]]
    kinds, counts = np.unique(pairs, return_counts=True)
    told = []
    for pair, count in zip(kinds.tolist(), counts.tolist(), strict=True):
        ids = known.history.item[np.unique(owner[pairs == pair])]
        names = order[pair // len(order)].name, order[pair % len(order)].name
        told.append((*names, count, tuple(ids.tolist())))
    told.sort(key=lambda each: (-each[2], each[0], each[1]))
    total = int(counts.sum())
    return Rework(total, total / finished if finished else None, tuple(told))


@dataclass(frozen=True, slots=True)
class _Leaves:
    """The first forward leave of each stage by each item: owner, place, moment, came back."""

    owner: Ints
    place: Ints
    at: Ints
    back: Mask


def _first_leaves(known: Known) -> _Leaves:
    moves, places = known.moves, len(known.stream.order)
    source, target = known.place[moves - 1], known.place[moves]
    ahead = _directions(known.stream, Direction.FORWARD)[source, target]
    moves, source = moves[ahead], source[ahead]
    owner = known.owner[moves]
    _, first = np.unique(owner * places + source, return_index=True)
    moves, source, owner = moves[first], source[first], owner[first]
    # The lowest place from each visit on, item by item: owners ascend, so that going backwards
    # each item's numbers are all below those of the items seen before.
    shifted = known.place + known.owner * places
    lowest = np.minimum.accumulate(shifted[::-1])[::-1] - known.owner * places
    return _Leaves(owner, source, known.entered[moves], lowest[moves] <= source)


def complete_accurate(known: Known, span: Window) -> CompleteAccurate:
    """Of the items whose first forward leave of a stage lies in the window, the share not seen
    by as-of to enter it or an earlier stage again; rolled along the main path.
    """
    order = known.stream.order
    leaves = _first_leaves(known)
    inside = span.holds(leaves.at)
    n = np.bincount(leaves.place[inside], minlength=len(order))
    again = np.bincount(leaves.place[inside & leaves.back], minlength=len(order))
    shares = [1 - b / a if a else None for a, b in zip(n.tolist(), again.tolist(), strict=True)]
    by_stage = []
    for place, stage in enumerate(order):
        share = shares[place]
        if share is not None and not stage.category.ended:
            back = known.history.item[leaves.owner[inside & leaves.back & (leaves.place == place)]]
            by_stage.append(StageQuality(stage.name, int(n[place]), share, tuple(back.tolist())))
    path = main_path(known)
    known_shares = [s for p in path if (s := shares[p]) is not None]
    rolled = float(np.prod(known_shares)) if known_shares else None
    return CompleteAccurate(tuple(by_stage), rolled, tuple(order[p].name for p in path))


def main_path(known: Known) -> list[int]:
    """Places along the path that most work takes: from the stage in which most items started,
    always the most travelled forward move, until done. Ties go to the earlier stage.
    """
    order, places = known.stream.order, len(known.stream.order)
    started = np.flatnonzero(known.flow.started)
    at_start = known.entered == known.flow.start[known.owner]
    working = np.array([s.id in known.stream.starting for s in order], dtype=np.bool_)
    first = known.place[at_start & working[known.place]]
    if not started.size or not first.size:
        return []
    here = int(np.argmax(np.bincount(first, minlength=places)))
    moves = known.moves
    pairs = known.place[moves - 1] * places + known.place[moves]
    travelled = np.bincount(pairs, minlength=places * places).reshape(places, places)
    travelled = travelled * _directions(known.stream, Direction.FORWARD)
    path: list[int] = []
    while not order[here].category.ended and here not in path:
        path.append(here)
        if not travelled[here].any():
            break
        here = int(np.argmax(travelled[here]))
    return path
