"""Proposes stages for statuses that an existing stream has none for, and where they go."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from vsm.connect.files.infer_mapping import Stages, normalise_name
from vsm.model.history import AddedStage
from vsm.model.stream import Category, ValueStream

_IN_PROGRESS = (Category.QUEUE, Category.ACTIVE)


def propose(
    guessed: Stages, statuses: Collection[str], assigned: Mapping[str, str], existing: ValueStream
) -> tuple[AddedStage, ...]:
    """Stages for these statuses, in the order in which they have to be added.

    ``guessed`` are stages for all statuses of the source in the order of the flow, ``assigned``
    leads from statuses to stages that are there. A new stage goes behind the one that comes before
    it in that order.
    """
    known = {normalise_name(status): stage for status, stage in assigned.items()}
    new = {normalise_name(status) for status in statuses}
    placed = [(s.name, s.category) for s in existing.order]
    out: list[AddedStage] = []
    before: str | None = None
    for name, category in guessed:
        folded = normalise_name(name)
        if folded in new:
            stage = AddedStage(name, category, _place(before, category, placed))
            at = [n for n, _ in placed].index(stage.after) + 1 if stage.after else 0
            placed.insert(at if stage.after is not None else len(placed), (name, category))
            out.append(stage)
            before = name
        elif folded in known:
            before = known[folded]
    return tuple(out)


def place_chosen(chosen: Stages, existing: ValueStream) -> tuple[AddedStage, ...]:
    """Stages that the user named and the stream lacks."""
    theirs = {normalise_name(s.name): s.name for s in existing.order}
    missing = [name for name, _ in chosen if normalise_name(name) not in theirs]
    return propose(chosen, missing, theirs, existing)


def _place(
    before: str | None, category: Category, placed: list[tuple[str, Category]]
) -> str | None:
    """The stage behind which one of this category goes: ``""`` for none, ``None`` for the end."""
    kinds = dict(placed)
    if category in (Category.DONE, Category.DROPPED):
        ends = before is not None and kinds[before] is category
        return before if ends else None
    backlog = [name for name, kind in placed if kind is Category.BACKLOG]
    last_backlog = backlog[-1] if backlog else ""
    if category is Category.BACKLOG:
        if before is None:
            return ""
        return before if before in backlog else last_backlog
    if before is None:
        return last_backlog
    return before if kinds[before] in (*_IN_PROGRESS, Category.BACKLOG) else None
