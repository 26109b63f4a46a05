"""Controls, modes and waivers as they were on record at a moment."""

from __future__ import annotations

from dataclasses import replace

from vsm.model.control.control import Control, ModeSetting, Waiver, WaiverState
from vsm.model.governance_entities import MODE, WAIVER
from vsm.reader import Reader


def controls_at(reader: Reader, now: int) -> list[Control]:
    """The controls that were set at a moment, with the text of then, by name."""
    by_number: dict[int, Control] = {}
    for text in reader.control_texts():
        if text.since <= now and (text.until is None or now < text.until):
            by_number[text.control.id] = text.control
    return sorted(by_number.values(), key=lambda control: control.name.casefold())


def modes_at(reader: Reader, now: int) -> list[ModeSetting]:
    """The modes that were decided up to a moment, those to come then among them."""
    return [mode for mode in reader.entities(MODE) if mode.decided_at <= now]


def waivers_at(reader: Reader, now: int) -> list[Waiver]:
    """The waivers that were asked for up to a moment; one that was answered later waits."""
    waivers = []
    for waiver in reader.entities(WAIVER):
        if waiver.asked_at > now:
            continue
        if waiver.answered_at is not None and waiver.answered_at > now:
            asked = WaiverState.ASKED.value
            waiver = replace(waiver, state=asked, answered_by=None, answered_at=None)
        waivers.append(waiver)
    return waivers
