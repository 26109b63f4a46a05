"""Future states on the map screen: list, edit, compare with the map as it is, make real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from vsm.features.map.future_reading import (
    drafts_of,
    make_command,
    read_conflicts,
    read_judgements,
    rehomed_items,
    work_out_draft,
)
from vsm.model.command import EditDraft, OpenDraft, RemoveEntity
from vsm.model.decide.draft_conflicts import Side
from vsm.model.draft_edits import FIELDS, FORMS, edit_lines
from vsm.model.entities import DRAFT
from vsm.model.errors import BadInput, Refusal, RefusalCode
from vsm.model.plural import count
from vsm.screens.dialogs import ConfirmDialog, PickDialog, TextDialog
from vsm.screens.forms import Form, Values
from vsm.screens.retire_stage import with_reason
from vsm.screens.serial_executor import run_aside
from vsm.widgets.date_text import day
from vsm.widgets.field import FieldSpec
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.features.map.future_reading import WorkedOut
    from vsm.features.map.future_results import Compared
    from vsm.model.decide.draft_conflicts import Conflict
    from vsm.model.draft import Draft
    from vsm.reader import Reader
    from vsm.screens.map import MapScreen

KEYS = "{cursor_down} {cursor_up}: scroll · {cancel}: close"
LINES, WIDEST = 8, 94
"""Lines of the field for edits, and the most cells of a comparison."""


async def future_states(screen: MapScreen) -> None:
    """List the future states; one is edited and compared, a name that is new begins one."""
    drafts = await _drafts(screen)
    can_begin = screen.host.view.at is None and screen.host.changes_refused is None
    chosen = await _pick(screen, drafts, "Future states", free=can_begin)
    if chosen is None:
        return
    draft = next((one for one in drafts if str(one.id) == chosen), None)
    if draft is not None and not draft.is_open:
        await _show_judgement(screen, draft)
        return
    if not can_begin:
        if draft is not None:
            await _compare(screen, draft)
        return
    number = await _edit(screen, draft, chosen)
    if number is not None:
        edited = next((one for one in await _drafts(screen) if one.id == number), None)
        if edited is not None:
            await _compare(screen, edited)


async def compare_future(screen: MapScreen) -> None:
    """Show a future state beside the map as it is."""
    draft = await _which(screen, "Compare a future state with the map")
    if draft is not None:
        await _compare(screen, draft)


async def make_future(screen: MapScreen) -> None:
    """Make a future state real, after showing what changes, conflicts and items re-homed."""
    draft = await _which(screen, "Make a future state real")
    if draft is None:
        return
    now = screen.host.now()
    try:
        conflicts = await screen.host.reading.call(lambda reader: read_conflicts(reader, draft))
        sides = await _sides(screen, conflicts)
        if sides is None:
            return
        worked, rehomed = await screen.host.reading.call(
            lambda reader: _outcome(reader, draft, sides, now)
        )
    except BadInput as error:
        screen.say(str(error), "warn")
        return
    compared, steps = worked.result, worked.drafted.steps
    text = [compared.text, *compared.left_out, "", *(step.text for step in steps)]
    text += ["", "Items go on:", *rehomed] if rehomed else []
    text += ["", "One undo takes it all back."]
    # Where no edit is left the rules say so.
    if steps and not await screen.app.push_screen_wait(
        ConfirmDialog(f"Make {draft.name} real?", _lines(text))
    ):
        return
    command = make_command(draft, compared, sides)
    refused = await screen.apply(command)
    if refused is not None and refused.code is RefusalCode.WIP_SOFT:
        refused = await with_reason(
            screen.app,
            refused,
            "the items that go on",
            lambda reason: screen.apply(make_command(draft, compared, sides, reason)),
        )
    if refused is not None:
        screen.hold(refused.sentences, "warn")


def _outcome(
    reader: Reader, draft: Draft, sides: Mapping[int, str], now: int
) -> tuple[WorkedOut, list[str]]:
    """What the edits that stand would do, and a line on the items of each stage that goes."""
    worked = work_out_draft(reader, draft, as_of=now, present=True, sides=sides)
    rehomed = rehomed_items(reader, worked.drafted, now)
    return worked, [f"{gone} → {to}: {', '.join(keys) or 'no items'}" for gone, to, keys in rehomed]


async def drop_future(screen: MapScreen) -> None:
    """Drop an open future state; undo brings it back."""
    draft = await _which(screen, "Drop a future state")
    if draft is None:
        return
    refused = await screen.apply(RemoveEntity(DRAFT, draft.id))
    if refused is not None:
        screen.hold(refused.sentences, "warn")


# -- choosing ----------------------------------------------------------------------------


async def _drafts(screen: MapScreen) -> list[Draft]:
    stream = screen.stream
    return await screen.host.reading.call(lambda reader: drafts_of(reader, stream))


async def _pick(
    screen: MapScreen, drafts: Sequence[Draft], title: str, *, free: bool = False
) -> str | None:
    """A draft by its id as text, or the name of a new one where that is ``free``."""
    zone = screen.stream.zone

    def find(text: str) -> list[Row]:
        words = text.casefold().split()
        return [
            Row(
                str(draft.id),
                draft.name,
                "; ".join(draft.edits),
                count(len(draft.edits), "edit")
                if draft.made_at is None
                else f"made real {day(draft.made_at, zone)}",
                faint=not draft.is_open,
            )
            for draft in drafts
            if all(word in draft.name.casefold() for word in words)
        ]

    return await screen.app.push_screen_wait(
        PickDialog(
            title,
            find,
            placeholder="a name; a new one begins a future state" if free else "parts of a name",
            free=free,
            empty="None of that name: Enter begins it" if free else "No match",
        )
    )


async def _which(screen: MapScreen, title: str) -> Draft | None:
    """The only open draft, or the one that is chosen."""
    drafts = [draft for draft in await _drafts(screen) if draft.is_open]
    if not drafts:
        screen.say(screen.keys("No future state is open: {future_states} begins one"), "warn")
        return None
    if len(drafts) == 1:
        return drafts[0]
    chosen = await _pick(screen, drafts, title)
    return next((draft for draft in drafts if str(draft.id) == chosen), None)


async def _sides(screen: MapScreen, conflicts: Sequence[Conflict]) -> dict[int, str] | None:
    """Whose version of each stage stands that has changed since; ``None``: neither."""
    sides: dict[int, str] = {}
    for conflict in conflicts:
        rows = [
            Row(Side.OURS, "the draft", "its edits of this stage are made"),
            Row(Side.THEIRS, "the map", "it stays as it is; those edits are left out"),
            *(Row("", "", str(difference)) for difference in conflict.differences),
        ]

        def find(text: str, rows: Sequence[Row] = tuple(rows)) -> Sequence[Row]:
            return rows

        side = await screen.app.push_screen_wait(
            PickDialog(f"{conflict.name} has changed since: which stands?", find, tall=False)
        )
        if not side:
            return None
        sides[conflict.stage] = side
    return sides


# -- editing and showing -----------------------------------------------------------------


async def _edit(screen: MapScreen, draft: Draft | None, name: str) -> int | None:
    """Ask for the edits of a draft, new or old; gives back its id once they are saved."""
    stream, saved = screen.stream, []

    async def save(values: Values) -> Refusal | None:
        edits = edit_lines(str(values["edits"]))
        if draft is None:
            command: OpenDraft | EditDraft = OpenDraft(stream.id, name, edits)
        elif edits == draft.edits:
            saved.append(draft.id)
            return None
        else:
            command = EditDraft(draft.id, edits, expected=draft.edits)
        refused = await screen.apply(command)
        if refused is None:
            saved.append(draft.id if draft is not None else 0)
        return refused

    form = Form(
        draft.name if draft is not None else f"New future state: {name}",
        [
            FieldSpec(
                "edits",
                "Edits",
                "\n".join(draft.edits) if draft is not None else "",
                "one edit a line",
                lines=LINES,
            )
        ],
        save,
        about=f"{' · '.join(FORMS.values())} · set: {', '.join(FIELDS)}",
        whole=True,
        keys="{save}: save and compare · {cancel}: cancel",
    )
    if not await screen.app.push_screen_wait(form) or not saved:
        return None
    if draft is not None:
        return draft.id
    return max((one.id for one in await _drafts(screen)), default=None)


class ComparisonDialog(TextDialog[str]):
    """A future state beside the map: the formula as soon as it is known, then the simulation.

    Its answer is an error, where there is one.
    """

    def __init__(self, screen: MapScreen, draft: Draft) -> None:
        super().__init__(draft.name, "Comparing …", KEYS)
        self._map, self._draft = screen, draft

    def on_mount(self) -> None:
        self.run_worker(self._compare(), group="compare", exclusive=True)

    async def _compare(self) -> None:
        screen, draft = self._map, self._draft
        as_of, present = screen.as_of, screen.host.view.at is None
        try:
            worked = await screen.host.reading.call(
                lambda reader: work_out_draft(reader, draft, as_of=as_of, present=present)
            )
        except BadInput as error:
            self.dismiss(str(error))
            return
        self._show(replace(worked.result, cannot="the simulation is under way"))
        self._show(await run_aside(worked.simulated))

    def _show(self, result: Compared) -> None:
        from vsm.features.map.future_report import report
        from vsm.report.terminal import draw_lines

        lines = draw_lines(report(result), min(self._map.size.width - 10, WIDEST))
        self.replace_text("\n".join("".join(t for t, _ in line.left).rstrip() for line in lines))


async def _compare(screen: MapScreen, draft: Draft) -> None:
    error = await screen.app.push_screen_wait(ComparisonDialog(screen, draft))
    if error is not None:
        screen.say(error, "warn")


async def _show_judgement(screen: MapScreen, draft: Draft) -> None:
    stream, as_of, present = screen.stream, screen.as_of, screen.host.view.at is None
    judged = await screen.host.reading.call(
        lambda reader: read_judgements(reader, stream, as_of, present=present)
    )
    texts = [one.text for one in judged if one.name == draft.name]
    await _read(screen, draft.name, _lines([*draft.edits, "", *texts]))


async def _read(screen: MapScreen, title: str, text: str) -> None:
    await screen.app.push_screen_wait(TextDialog(title, text, KEYS))


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(texts)
