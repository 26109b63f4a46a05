"""``vsm map draft make``: a future state becomes the map, as one change."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.map_draft import draft_name
from vsm.cli.options import json_option
from vsm.cli.output import emit, say, show
from vsm.cli.report_change import report
from vsm.model.decide.draft_conflicts import Conflict, standing_steps
from vsm.model.draft import Draft
from vsm.model.entities import DRAFT
from vsm.model.errors import BadInput, Refusal, RefusalCode, Refused
from vsm.model.sanitise import inert_line


@click.command(
    cls=Verb,
    examples="""
vsm map draft make 'Two reviewers' --dry-run
vsm map draft make 'Two reviewers'
vsm map draft make 'Two reviewers' --keep Review=ours --theirs
""",
)
@draft_name
@click.option("--ours", is_flag=True, help="Where the map has changed since: the draft wins.")
@click.option("--theirs", is_flag=True, help="Where it has: the map stands, not those edits.")
@click.option(
    "--keep",
    "kept",
    metavar="STAGE=SIDE",
    multiple=True,
    help="For one stage: ours or theirs; may be repeated.",
)
@click.option("--reason", metavar="TEXT", help="Reason for exceeding a soft WIP limit.")
@click.option("--dry-run", "dry", is_flag=True, help="Say what would happen; change nothing.")
@json_option
@pass_context
def make_draft(
    work: CliContext,
    name: str,
    ours: bool,
    theirs: bool,
    kept: tuple[str, ...],
    reason: str | None,
    dry: bool,
    as_json: bool,
) -> None:
    """Make it real: all its edits, as one change.

    Refused as a whole where an edit is refused, or where the map has changed since in a stage that
    the draft touches: choose whose version stands. One vsm undo takes it all back.
    """
    from vsm.features.map.future_reading import (
        draft_map,
        draft_on,
        make_command,
        read_compared,
        read_conflicts,
        rehomed_items,
        stream_of_draft,
    )

    one = work.find(DRAFT, name)
    stream = stream_of_draft(work.reader, one)
    if not one.is_open:
        raise Refused(Refusal(RefusalCode.STATE, f"{one.name} was made real already"))
    conflicts = read_conflicts(work.reader, one)
    sides = _sides(conflicts, ours, theirs, kept)
    drafted, refused = draft_on(work.reader, one, stream, sides)
    rehomed = rehomed_items(work.reader, drafted, work.now)
    if not as_json:
        show(map(inert_line, _rehomed_lines(rehomed)))
    if dry:
        kept_edits = {n for n, _ in standing_steps(draft_map(work.reader, one), sides)}
        _show_dry_run(one, kept_edits, refused, conflicts, sides, rehomed, as_json)
        return
    result = read_compared(work.reader, one, as_of=work.now, present=True, play=False, sides=sides)
    done = work.do([make_command(one, result, sides, reason)])
    moved = [{"from": a, "to": b, "items": list(keys)} for a, b, keys in rehomed]
    report(work, done, as_json, rehomed=moved, prediction=result.text)
    if not as_json:
        show(map(inert_line, result.left_out))
        say(f"{result.text}. What came of it is shown 90 days from now: vsm map draft show")


def _rehomed_lines(rehomed: Sequence[tuple[str, str, Sequence[str]]]) -> list[str]:
    return [
        f"{gone} → {to}: {', '.join(keys)}" if keys else f"{gone} → {to}: no items"
        for gone, to, keys in rehomed
    ]


def _show_dry_run(
    one: Draft,
    kept: Collection[int],
    refused: Sequence[str],
    conflicts: Sequence[Conflict],
    sides: dict[int, str],
    rehomed: Sequence[tuple[str, str, Sequence[str]]],
    as_json: bool,
) -> None:
    edits = list(enumerate(one.edits, 1))
    if as_json:
        emit(
            {
                "draft": one.name,
                "edits": [text for number, text in edits if number in kept],
                "refused": list(refused),
                "conflicts": [
                    {
                        "stage": conflict.name,
                        "side": sides.get(conflict.stage),
                        "differences": [
                            {"field": d.field, "base": d.base, "now": d.now, "draft": d.draft}
                            for d in conflict.differences
                        ],
                    }
                    for conflict in conflicts
                ],
                "rehomed": [{"from": a, "to": b, "items": list(keys)} for a, b, keys in rehomed],
            }
        )
        return
    lines = [
        f"{number:>3}  {text}{'' if number in kept else ' [left out]'}" for number, text in edits
    ]
    lines += [f"cannot be made: {text}" for text in refused]
    for conflict in conflicts:
        side = sides.get(conflict.stage)
        chosen = f" [{side}]" if side else " [choose: --ours, --theirs or --keep STAGE=ours]"
        lines.append(f"changed since: {conflict}{chosen}")
    show(map(inert_line, [*lines, "nothing was changed"]))


def _sides(
    conflicts: Sequence[Conflict], ours: bool, theirs: bool, kept: Sequence[str]
) -> dict[int, str]:
    """By stage whose version stands, for the stages that have changed since."""
    if ours and theirs:
        raise BadInput("--ours and --theirs exclude each other", "give one, and --keep STAGE=SIDE")
    common = "ours" if ours else "theirs" if theirs else None
    sides = {conflict.stage: common for conflict in conflicts if common is not None}
    by_name = {conflict.name.casefold(): conflict for conflict in conflicts}
    for text in kept:
        stage, sign, side = text.rpartition("=")
        if not sign or side not in ("ours", "theirs"):
            raise BadInput(f"--keep {text!r:.60} is not understood", "write --keep Review=ours")
        conflict = by_name.get(" ".join(stage.split()).casefold())
        if conflict is None:
            changed = ", ".join(one.name for one in conflicts) or "none"
            raise BadInput(
                f"{stage!r:.60} is no stage that changed since the draft was begun",
                f"these did: {changed}",
            )
        sides[conflict.stage] = side
    return sides
