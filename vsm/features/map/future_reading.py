"""Future states of a stream's map, from what a reader knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vsm.features.map.future_results import Compared, Judgement, Pair
from vsm.features.map.wording import days_change
from vsm.model.command import MakeDraft, Sides
from vsm.model.decide.draft_conflicts import Conflict, find_conflicts, standing_steps
from vsm.model.decide.draft_map import DraftMap, apply_edits, on_map
from vsm.model.draft import JUDGED_AFTER_DAYS, Draft
from vsm.model.entities import DRAFT, TEAM
from vsm.model.errors import BadInput
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, local
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.report.wording import count, day

if TYPE_CHECKING:
    from vsm.features.bottlenecks.results import Practice
    from vsm.features.map.future_compare import Sides as States
    from vsm.features.map.future_figures import MeasuredFlow
    from vsm.features.map.future_results import Played
    from vsm.features.map.results import ValueStreamMap


MOST_KEYS = 1000
"""So many items that are re-homed are named at most."""
CLOSE = 0.05
"""A lead time that is off by less is as predicted."""


def drafts_of(reader: Reader, stream: ValueStream | None = None) -> list[Draft]:
    """The drafts of a stream, or all: open ones first, then by name."""
    drafts = [d for d in reader.entities(DRAFT) if stream is None or d.only == stream.id]
    return sorted(drafts, key=lambda draft: (not draft.is_open, draft.name.casefold()))


def stream_of_draft(reader: Reader, draft: Draft) -> ValueStream:
    """The stream of a draft; raises :class:`~vsm.model.errors.BadInput` where it was removed."""
    stream = reader.stream(draft.only)
    if stream is None:
        raise BadInput(
            f"the stream of {draft.name} was removed: its map was that of {draft.base_map.name}",
            f"export what there is: vsm map draft show {draft.name!r} --json",
        )
    return stream


def draft_map(reader: Reader, draft: Draft) -> DraftMap:
    """What the edits of a draft make of the map that it began with."""
    return apply_edits(draft.base_map, draft.edits, reader.entities(TEAM))


def draft_on(
    reader: Reader, draft: Draft, stream: ValueStream, sides: Sides | None = None
) -> tuple[DraftMap, tuple[str, ...]]:
    """What edits of a draft make of a stream by now, and in words those that it does not allow.

    Where the map stands for a stage (``sides``) edits of it are left out.
    """
    steps = standing_steps(draft_map(reader, draft), sides or {})
    return on_map((step for _, step in steps), stream, reader.entities(TEAM))


def read_conflicts(reader: Reader, draft: Draft) -> tuple[Conflict, ...]:
    """The stages that an open draft touches and that the map has changed since, three-way."""
    if not draft.is_open:
        return ()
    teams = {team.id: team.name for team in reader.entities(TEAM)}
    return find_conflicts(draft_map(reader, draft), stream_of_draft(reader, draft), teams)


def rehomed_items(
    reader: Reader, drafted: DraftMap, now: int
) -> list[tuple[str, str, tuple[str, ...]]]:
    """The items that stages which go would hand on: stage, where to, keys (:data:`MOST_KEYS`)."""
    from vsm.model.draft_edits import Merge, Retire

    out = []
    for step in drafted.steps:
        if not isinstance(step.edit, Merge | Retire) or len(step.stages) < 2:
            continue
        gone, to = step.stages
        if gone > 0:
            names = [drafted.stream.by_id[stage].name for stage in (gone, to)]
            cards = reader.cards(drafted.base, gone, 0, MOST_KEYS, Query(), now)
            out.append((names[0], names[1], tuple(card.key for card in cards)))
    return out


def read_compared(
    reader: Reader,
    draft: Draft,
    *,
    as_of: int,
    present: bool = False,
    play: bool = True,
    seed: int = 0,
    sides: Sides | None = None,
) -> Compared:
    """A draft beside the map as it is, by the load model and the simulator; loads numpy.

    Parameters are those of :func:`work_out_draft`.
    """
    compared = work_out_draft(reader, draft, as_of=as_of, present=present, sides=sides)
    return compared.simulated(seed) if play else compared.result


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A draft beside the map as it is by the load model, and what the simulator needs of it."""

    result: Compared
    sides: States
    figures: ValueStreamMap
    drafted: DraftMap
    practice: Practice

    def map(self) -> ValueStreamMap:
        """The map that the draft describes."""
        from vsm.features.map.future_map import future_map

        return future_map(self.figures, self.result, self.sides, self.drafted.stream)

    def simulated(self, seed: int = 0) -> Compared:
        """The same with the simulation, which takes much longer than the formula."""
        in_batches = self.practice.intake_days is not None
        played, cannot = _play(self.sides, self.drafted, seed, in_batches=in_batches)
        return replace(self.result, played=played, cannot=cannot)


def work_out_draft(
    reader: Reader,
    draft: Draft,
    *,
    as_of: int,
    present: bool = False,
    sides: Sides | None = None,
) -> WorkedOut:
    """A draft beside the map as it is, by the load model alone; loads numpy.

    Its edits are applied to the map of ``as_of``, with all that has changed since the draft was
    begun; without those of stages for which the map stands (``sides``). Raises
    :class:`~vsm.model.errors.BadInput` where the draft had been made real by then.
    """
    from vsm.features.bottlenecks.reading import read_bottlenecks
    from vsm.features.map import future_compare as compare
    from vsm.features.map.future_inputs import base_network
    from vsm.features.map.reading import read_map

    stream = stream_of_draft(reader, draft)
    _check_not_made(draft, stream, as_of)
    then = stream if present else reader.configured(stream, as_of)
    drafted, refused = draft_on(reader, draft, then, sides)
    figures = read_map(reader, stream, as_of=as_of, present=present)
    diagnosis = read_bottlenecks(reader, stream, as_of=as_of, present=present)
    measured, teams = _measure(reader, stream, as_of, present)
    feeds = {stage.id: stage.feeds for stage in figures.stages if stage.feeds is not None}
    shown = {stage.id: stage.process.best for stage in figures.stages if stage.process.best}
    base = base_network(then, measured, diagnosis, feeds=feeds, shown=shown, teams=teams)
    states = compare.compare_states(base, drafted)
    result = Compared(
        name=draft.name,
        stream=stream.name,
        zone=stream.zone,
        as_of=as_of,
        window=figures.window,
        time=figures.time_text,
        state=draft.state,
        edits=draft.edits,
        text=compare.headline(states),
        lead_days=compare.days_pair(states.before.lead_days, states.after.lead_days),
        process_days=compare.days_pair(states.before.process_days, states.after.process_days),
        wip=compare.days_pair(states.before.wip, states.after.wip),
        rolled_ca=compare.rolled_ca(figures, drafted),
        constraint_before=compare.constraint_name(states.before),
        constraint_after=compare.constraint_name(states.after),
        utilisation=compare.highest_utilisation(states),
        growing=compare.growing(states),
        stages=compare.future_stages(states, drafted),
        items=measured.items,
        measured_lead=measured.lead_mean,
        median_lead=measured.lead_median,
        conflicts=tuple(map(str, read_conflicts(reader, draft))),
        left_out=(
            *(f"Left out, as the map does not allow it: {text}." for text in refused),
            *states.after.network.left_out,
        ),
        notes=compare.notes_of(states, drafted, measured.lead_mean),
    )
    return WorkedOut(result, states, figures, drafted, diagnosis.board_practice)


def _check_not_made(draft: Draft, stream: ValueStream, as_of: int) -> None:
    """Refuse to compare a draft with a map that has its edits already."""
    if draft.made_at is None or as_of < draft.made_at:
        return
    made = local(draft.made_at, stream.zone).date()
    before = made - timedelta(days=1)
    raise BadInput(
        f"{draft.name} was made real on {day(made)}: its edits are in the map",
        f"see what came of it: vsm map draft show; compare it as of a day before: --as-of {before}",
    )


def make_command(
    draft: Draft, result: Compared, sides: Sides | None = None, reason: str | None = None
) -> MakeDraft:
    """The command that makes a draft real, with the lead times that are to be judged later."""
    return MakeDraft(
        draft.id,
        sides or {},
        reason,
        before_days=result.lead_days.before,
        predicted_days=result.lead_days.after,
        measured_days=result.measured_lead,
    )


def _measure(
    reader: Reader,
    stream: ValueStream,
    as_of: int,
    present: bool,
    days: tuple[date | None, date | None] = (None, None),
) -> tuple[MeasuredFlow, Mapping[int, str]]:
    """What the load model needs of the items that finished in a window, and the names of teams."""
    from vsm.features.map.future_figures import measure_flow
    from vsm.flow.window import window

    known, facts = reader.flow(stream, Query(), as_of, present=present)
    span = window(*days, stream.zone, as_of)
    blocks = facts.blocks.up_to(known.history, span.as_of)
    return measure_flow(known, blocks, span), facts.teams


def _play(
    sides: States, drafted: DraftMap, seed: int, *, in_batches: bool
) -> tuple[Played | None, str | None]:
    from vsm.features.map import future_compare as compare
    from vsm.features.map.future_play import play_state

    def plays(before: ValueStream, after: ValueStream) -> compare.Plays | None:
        changed = play_state(sides.after, after, seed)
        return None if changed is None else (play_state(sides.before, before, seed), changed)

    if not sides.before.network.rate:
        return None, "nothing started in the window, so there is nothing to play"
    streams = drafted.base, drafted.stream
    played = plays(*streams)
    if played is None:
        return None, "a queue only grows, so there is no lead time to play"
    free = None
    if any(compare.has_limits(one, sides.after.network) for one in streams):
        free = plays(*map(_without_limits, streams))
    return compare.held_against(sides, played, free, in_batches=in_batches), None


def _without_limits(stream: ValueStream) -> ValueStream:
    return replace(stream, stages=tuple(replace(s, limit=None) for s in stream.stages))


# -- what came of it -----------------------------------------------------------------------


def read_judgements(
    reader: Reader, stream: ValueStream, as_of: int, *, present: bool = False
) -> tuple[Judgement, ...]:
    """The drafts of a stream that were made real by a moment, the latest first, each with its
    prediction and what came; loads numpy where there are any.
    """
    made = [d for d in drafts_of(reader, stream) if d.made_at is not None and d.made_at <= as_of]
    made.sort(key=lambda draft: -(draft.made_at or 0))
    return tuple(_judged(reader, stream, draft, as_of, present) for draft in made)


def _judged(
    reader: Reader, stream: ValueStream, draft: Draft, as_of: int, present: bool
) -> Judgement:
    assert draft.made_at is not None
    made = local(draft.made_at, stream.zone).date()
    due = made + timedelta(days=JUDGED_AFTER_DAYS)
    is_over = as_of >= draft.made_at + JUDGED_AFTER_DAYS * DAY
    actual, items = None, 0
    if is_over:
        days = made, due - timedelta(days=1)
        measured, _ = _measure(reader, stream, as_of, present, days)
        actual, items = measured.lead_mean, measured.items
    judgement = Judgement(
        name=draft.name,
        stream=stream.name,
        made_at=draft.made_at,
        due=due,
        is_over=is_over,
        before_days=draft.before_days,
        predicted_days=draft.predicted_days,
        measured_days=draft.measured_days,
        actual_days=actual,
        items=items,
        text="",
    )
    return replace(judgement, text=_judgement_text(judgement, made))


def _judgement_text(judgement: Judgement, made: date) -> str:
    what = f"{judgement.name}, made real on {day(made)}"
    predicted = judgement.predicted_days
    if predicted is None:
        return f"{what}: no lead time was predicted."
    text = f"{what}: predicted LT {days_change(Pair(judgement.before_days, predicted))}"
    if not judgement.is_over:
        return f"{text}; to be judged on {day(judgement.due)}."
    if judgement.actual_days is None:
        return f"{text}; nothing finished in the {JUDGED_AFTER_DAYS} days after."
    actual = days_change(Pair(judgement.measured_days, judgement.actual_days))
    off = judgement.actual_days / predicted - 1 if predicted else 0.0
    verdict = f"{abs(off):.0%} {'more' if off > 0 else 'less'} than predicted"
    if abs(off) < CLOSE:
        verdict = "as predicted"
    return (
        f"{text}, actual {actual} ({verdict}; {count(judgement.items, 'item')} finished in the"
        f" {JUDGED_AFTER_DAYS} days after)."
    )
