"""Dialogs of the screen of governance for auditors: items behind numbers, audit samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from vsm.features.compliance.sample import YEAR_DAYS
from vsm.features.compliance.targets import CountsTarget
from vsm.model.control.audit import Counting
from vsm.model.dates import WORDS, read_day
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.rules import local
from vsm.report.wording import count
from vsm.screens.dialogs import PickDialog
from vsm.screens.forms import Form, Values
from vsm.screens.governance_pages import SampleQuestion
from vsm.widgets.date_text import long_day
from vsm.widgets.field import FieldSpec
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.screens.report_screen import ReportScreen

CHANGES = "deployed, else finished"
"""The usual population: what was deployed, or what was finished where nothing was."""
ALL = "all streams"


async def list_counts(screen: ReportScreen, target: CountsTarget) -> None:
    """Choose a number of a line, where there are several, and list the items behind it."""
    from vsm.screens.items_list import listed

    by_name = dict(target.counts)
    chosen: str | None = next(iter(by_name), None)
    if chosen is None:
        screen.say(f"{target.title}: no item is behind this", "warn")
        return
    if len(by_name) > 1:
        rows = [Row(name, name, "", count(len(items), "item")) for name, items in target.counts]

        def find(text: str) -> Sequence[Row]:
            return [row for row in rows if text.strip().casefold() in row.name]

        keys = "{list_up} {list_down}: choose · {confirm}: items · {cancel}: close"
        dialog = PickDialog(
            f"{target.title}: verdicts",
            find,
            placeholder="part of a verdict",
            keys=keys,
            tall=False,
        )
        chosen = await screen.app.push_screen_wait(dialog)
    if chosen:
        what = "part of a key or a title"
        await listed(screen, f"{target.title}, {chosen}", what, by_name[chosen])


async def ask_sample(
    screen: ReportScreen, before: SampleQuestion | None, show: Callable[[SampleQuestion], None]
) -> None:
    """Ask what a sample is drawn from and by, at first as before, and show it."""
    today = local(screen.as_of, screen.stream.zone).date()
    first = today - timedelta(days=YEAR_DAYS - 1)
    if before is None:
        before = SampleQuestion(token_hex(8), first, today)
    names = {CHANGES: None, **{str(way): way for way in Counting}}
    shown = next(name for name, way in names.items() if way is before.counting)
    own = screen.stream.name
    fields = [
        FieldSpec("counting", "Items", shown, choices=tuple(names)),
        FieldSpec("streams", "Of", ALL if before.is_of_all else own, choices=(own, ALL)),
        FieldSpec("first", "From", before.first.isoformat(), WORDS, read=_reads(today)),
        FieldSpec("last", "To", before.last.isoformat(), WORDS, read=_reads(today)),
        FieldSpec("size", "Size", str(before.size or ""), "a usual number", read=_read_size),
        FieldSpec("seed", "Seed", before.seed, "any text; the same one draws the same sample"),
    ]

    async def draw(values: Values) -> Refusal | None:
        if not values["seed"]:
            return Refusal(RefusalCode.INVALID, "the seed is empty", "give a text")
        if values["last"] < values["first"]:
            return Refusal(RefusalCode.INVALID, "the window ends before it begins", "mend To")
        question = SampleQuestion(
            values["seed"],
            values["first"],
            values["last"],
            values["size"],
            names[values["counting"]],
            values["streams"] == ALL,
        )
        show(question)
        return None

    about = "Items are taken in the order of the SHA-256 of seed and key: anybody can draw them."
    keys = "{confirm}: draw · {next_field}: next field · {cancel}: cancel"
    form = Form("Audit sample", fields, draw, keys=keys, about=about, whole=True)
    await screen.app.push_screen_wait(form)


def _reads(today: date) -> Callable[[str], tuple[Any, str]]:
    def read(text: str) -> tuple[Any, str]:
        day = read_day(text, today)
        return day, f"= {long_day(day)}"

    return read


def _read_size(text: str) -> tuple[Any, str]:
    """A number of items; empty is the usual one."""
    typed = text.strip().replace(",", "")
    if not typed:
        return None, ""
    if not typed.isdigit() or not 0 < int(typed) < 10**7:
        raise ValueError("give a whole number from 1 on, or nothing")
    return int(typed), ""
