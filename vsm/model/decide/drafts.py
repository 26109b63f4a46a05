"""Rules on drafts of a map: beginning one, editing it, and making it real as one group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide import roles
from vsm.model.decide.base import RuleViolation, answer, stream_of
from vsm.model.decide.draft_conflicts import find_conflicts, standing_steps
from vsm.model.decide.draft_map import DraftMap, Step, apply_edits, commands
from vsm.model.draft import Draft, DraftState, pack_map
from vsm.model.draft_edits import MOST_EDITS
from vsm.model.entities import DRAFT, TEAM
from vsm.model.errors import BadInput, Refusal, RefusalCode
from vsm.model.field_types import name_of
from vsm.model.plural import count
from vsm.model.view import View

Decision = tuple[c.Command, list[e.Event] | Refusal]
_Decide = Callable[[View, c.Command], list[e.Event] | Refusal]


@answer.register
def _(command: c.OpenDraft, view: View) -> list[e.Event]:
    stream = stream_of(view, command.stream)
    name = name_of("the name of the future state", command.name)
    known = view.find(DRAFT, name)
    if known is not None:
        message, remedy = DRAFT.exists
        raise RuleViolation(RefusalCode.STATE, message.format(known.name), remedy)
    values = {"name": name, "only": stream.id, "base": pack_map(stream), "opened_at": view.now}
    draft = Draft(0, **values, edits=command.edits)  # type: ignore[arg-type]
    _check_edits(draft, view)
    return [e.added(DRAFT, view.next_id(DRAFT.name), **values, edits=command.edits)]


@answer.register
def _(command: c.EditDraft, view: View) -> list[e.Event]:
    draft = _open_draft(view, command.draft)
    if command.expected is not None and draft.edits != command.expected:
        raise RuleViolation(
            RefusalCode.STALE,
            f"the edits of {draft.name} have changed since you looked",
            f"look again: vsm map draft show {draft.name!r}",
        )
    _check_edits(replace(draft, edits=command.edits), view)
    if draft.edits == command.edits:
        return []
    return [e.changed(DRAFT, draft.id, {"edits": (draft.edits, command.edits)})]


def _open_draft(view: View, number: int) -> Draft:
    draft = view.get(DRAFT, number)
    if draft is None:
        raise RuleViolation(
            RefusalCode.UNKNOWN, f"there is no future state {number}", "vsm map draft list"
        )
    if not draft.is_open:
        raise RuleViolation(
            RefusalCode.STATE, f"{draft.name} was made real", "begin another: vsm map draft new"
        )
    return draft


def _check_edits(draft: Draft, view: View) -> DraftMap:
    if len(draft.edits) > MOST_EDITS:
        raise RuleViolation(
            RefusalCode.INVALID, f"{len(draft.edits)} edits are too many", f"at most {MOST_EDITS}"
        )
    try:
        return apply_edits(draft.base_map, draft.edits, view.all(TEAM))
    except BadInput as error:
        raise RuleViolation(RefusalCode.INVALID, error.message, error.remedy) from None


def check_dropped(view: View, events: Iterable[e.Event]) -> None:
    """Refuse to drop a draft that was made real: what it predicted is still to be judged."""
    for event in events:
        if isinstance(event, e.EntityRemoved) and event.entity is DRAFT:
            draft = view.get(DRAFT, event.id)
            if draft is not None and not draft.is_open:
                raise RuleViolation(
                    RefusalCode.STATE,
                    f"{draft.name} was made real, and its prediction is to be judged",
                    "it stays",
                )


# -- making it real ------------------------------------------------------------------------


def make_real(view: View, command: c.MakeDraft, decide: _Decide) -> Iterator[Decision]:
    """Decide on the ordinary commands that a draft is, one after the other.

    Lazy: each decision is to be recorded before the next is asked for. Where edits are refused all
    that are follow as one refusal, and nothing may stay.
    """
    try:
        roles.check(view, command)
        draft = _open_draft(view, command.draft)
        steps = _standing(view, draft, command)
    except RuleViolation as refused:
        yield command, refused.refusal
        return
    made = {
        "state": (draft.state, DraftState.MADE.value),
        "made_at": (draft.made_at, view.now),
        "before_days": (draft.before_days, command.before_days),
        "predicted_days": (draft.predicted_days, command.predicted_days),
        "measured_days": (draft.measured_days, command.measured_days),
    }
    changes = {name: (was, value) for name, (was, value) in made.items() if was != value}
    yield command, [e.changed(DRAFT, draft.id, changes)]
    refused_steps: list[tuple[int, Step, Refusal]] = []
    real: dict[int, int] = {}
    for number, step in steps:
        stages = tuple(real.get(stage, stage) for stage in step.stages)
        for decision in _decide_step(view, step, stages, draft.only, command.reason, decide):
            events = decision[1]
            if isinstance(events, Refusal):
                refused_steps.append((number, step, events))
                break
            yield decision
            new = next((x.stage.id for x in events if isinstance(x, e.StageAdded)), None)
            if step.new is not None and new is not None:
                real[step.new] = new
    if refused_steps:
        yield command, _all_refused(refused_steps, len(steps))


def _decide_step(
    view: View,
    step: Step,
    stages: tuple[int, ...],
    stream: int,
    reason: str | None,
    decide: _Decide,
) -> Iterator[Decision]:
    try:
        for part in commands(step, stages, stream, view, reason):
            yield part, decide(view, part)
    except RuleViolation as refused:
        yield c.MakeDraft(0), refused.refusal


def _standing(view: View, draft: Draft, command: c.MakeDraft) -> list[tuple[int, Step]]:
    """The edits that are made, with their numbers: without those of stages where the map stands."""
    stream = view.stream(draft.only)
    if stream is None:
        raise RuleViolation(
            RefusalCode.UNKNOWN,
            f"the stream of {draft.name} was removed",
            f"take the draft away with vsm map draft show {draft.name!r} --json",
        )
    if not draft.edits:
        raise RuleViolation(
            RefusalCode.STATE, f"{draft.name} changes nothing", "edit it: vsm map draft edit"
        )
    drafted = _check_edits(draft, view)
    conflicts = find_conflicts(drafted, stream, {team.id: team.name for team in view.all(TEAM)})
    open_ones = [one for one in conflicts if one.stage not in command.sides]
    if open_ones:
        raise RuleViolation(
            RefusalCode.STALE,
            f"the map has changed since {draft.name} was begun: {' | '.join(map(str, open_ones))}",
            "choose: --ours (the draft), --theirs (the map), or --keep STAGE=ours for one stage",
        )
    steps = standing_steps(drafted, command.sides)
    if not steps:
        raise RuleViolation(
            RefusalCode.STATE,
            f"no edit of {draft.name} is left where the map stands",
            "let the draft stand for a stage (--keep STAGE=ours), or drop it: vsm map draft drop",
        )
    return steps


def _all_refused(refused: list[tuple[int, Step, Refusal]], steps: int) -> Refusal:
    first = refused[0][2]
    lines = [f"{number} ({step.text}): {refusal.message}" for number, step, refusal in refused]
    what = f"{count(len(refused), 'edit')} of {steps} cannot be made" if steps > 1 else "edit"
    return replace(
        first,
        message=f"{what}: {'; '.join(lines)}" if steps > 1 else f"edit {lines[0]}",
        remedy=first.remedy,
    )
