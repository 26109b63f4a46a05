"""Forms of the screen of governance: modes, waivers and controls that come with vsm."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from vsm.model.command import AddEntity, ChangeEntity, Command
from vsm.model.control.control import WAIVED_DAYS, Control, Disposition, Mode, Waiver, WaiverState
from vsm.model.dates import WORDS
from vsm.model.governance_entities import CONTROL, MODE, WAIVER
from vsm.screens.change_form import ask, reads_day, today_of
from vsm.screens.dialogs import PickDialog
from vsm.screens.forms import Values
from vsm.widgets.field import FieldSpec
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.screens.report_screen import ReportScreen

STREAM = "the whole stream"


async def _controls(screen: ReportScreen) -> list[Control]:
    return await screen.host.reading.call(lambda reader: reader.entities(CONTROL))


async def set_mode(screen: ReportScreen, number: int | None) -> None:
    """Ask for a mode, of what (at first a control), from when on and why."""
    controls, today = await _controls(screen), today_of(screen)
    names = {control.name: control.id for control in controls}
    chosen = next((c.name for c in controls if c.id == number), STREAM)
    fields = [
        FieldSpec("value", "Mode", Mode.SUPPORTIVE, choices=tuple(Mode)),
        FieldSpec("of", "Of", chosen, choices=(STREAM, *names)),
        FieldSpec("start", "From", "today", WORDS, read=reads_day(today)),
        FieldSpec("until", "Until", "", f"open; {WORDS}", read=reads_day(today)),
        FieldSpec("reason", "Reason", "", "recorded and shown: agreed with the teams"),
        FieldSpec("lead", "Lead", "", "directive alone: login of who leads"),
    ]

    def command(values: Values) -> Command:
        return AddEntity(
            MODE,
            {
                "only": screen.stream.id,
                "control": names.get(values["of"]),
                "value": values["value"],
                "start": values["start"] or today.isoformat(),
                "until": values["until"] or None,
                "reason": values["reason"],
                "lead": values["lead"] or None,
            },
        )

    about = "Supportive advises; controlling refuses what does not pass; directive also ranks."
    await ask(screen, f"Mode in {screen.stream.name}", fields, command, about)


def _refused_item(screen: ReportScreen, control: int) -> str:
    """The key of the item whose move this control refused last on this board; empty: none."""
    refusal = screen.below.writer.refused_by_gate
    if refusal is None or refusal.gate is None or refusal.gate.stream != screen.stream.id:
        return ""
    stopped = [r.control for r in refusal.gate.results if r.disposition is Disposition.ENFORCED]
    return refusal.items[0] if refusal.items and control in stopped else ""


async def ask_waiver(screen: ReportScreen, number: int) -> None:
    """Ask for what a control is to be waived, why, and until when."""
    control = next((c for c in await _controls(screen) if c.id == number), None)
    if control is None:
        screen.say("The control was removed", "warn")
        return
    today = today_of(screen)
    until = (today + timedelta(days=WAIVED_DAYS)).isoformat()
    fields = [
        FieldSpec(
            "key",
            "Item",
            _refused_item(screen, number),
            "a key; or a label below; or neither: the whole stream",
        ),
        FieldSpec("label", "Label", "", "items with this label"),
        FieldSpec("reason", "Reason", "", "recorded and shown"),
        FieldSpec("until", "Until", until, f"at most 90 days; {WORDS}", read=reads_day(today)),
    ]

    def command(values: Values) -> Command:
        return AddEntity(
            WAIVER,
            {
                "control": number,
                "only": screen.stream.id,
                "key": values["key"],
                "label": values["label"],
                "reason": values["reason"],
                "start": today.isoformat(),
                "until": values["until"] or until,
            },
        )

    await ask(
        screen,
        f"Ask for a waiver of {control.name}",
        fields,
        command,
        "Somebody else who leads has to grant it.",
    )


_ANSWERS = {
    WaiverState.GRANTED: "grant it",
    WaiverState.REFUSED: "refuse it",
    WaiverState.WITHDRAWN: "withdraw it",
}


async def answer_waiver(screen: ReportScreen, number: int) -> None:
    """Ask for the answer to a waiver, and record it."""
    waivers = await screen.host.reading.call(lambda reader: reader.entities(WAIVER))
    waiver: Waiver | None = next((w for w in waivers if w.id == number), None)
    if waiver is None:
        screen.say("There is no such waiver any more", "warn")
        return
    rows = [Row(str(state), words, "") for state, words in _ANSWERS.items()]
    chosen = await screen.app.push_screen_wait(
        PickDialog(
            f"Waiver {waiver.number} for {waiver.scope}: {waiver.reason}",
            lambda text: [row for row in rows if text.strip().casefold() in row.name],
            placeholder="part of an answer",
            keys="{list_up} {list_down}: choose · {confirm}: answer · {cancel}: cancel",
            tall=False,
        )
    )
    if chosen:
        await screen.change(
            lambda session: session.do(ChangeEntity(WAIVER, number, {"state": chosen}))
        )


async def add_control(screen: ReportScreen) -> None:
    """Choose a control that comes with vsm, and set it."""
    from vsm.controls import shipped

    known = {control.name for control in await _controls(screen)}
    library = {name: values for name, values in shipped().items() if name not in known}
    if not library:
        screen.say("All controls that come with vsm are set", "warn")
        return
    rows = [Row(name, name, values["title"]) for name, values in library.items()]
    chosen = await screen.app.push_screen_wait(
        PickDialog(
            "Set a control",
            lambda text: [row for row in rows if text.strip().casefold() in row.name + row.text],
            placeholder="part of a name or of what it demands",
            keys="{list_up} {list_down}: choose · {confirm}: set · {cancel}: cancel",
            empty="No match",
        )
    )
    if chosen in library:
        command = AddEntity(CONTROL, library[chosen])
        await screen.change(lambda session: session.do(command))
