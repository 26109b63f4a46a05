"""Imports a file: which one, how it is read, what it would record; then it is done.

The form has every option of the command line; it stays open while the file cannot be read as it
says, and names the field that mends it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from vsm.model.errors import Refusal, RefusalCode, VsmError
from vsm.model.history import ImportResult
from vsm.model.plural import count
from vsm.model.sanitise import inert_line
from vsm.screens.completion import among
from vsm.screens.dialogs import ConfirmDialog
from vsm.screens.files import FileDialog
from vsm.screens.forms import Form, Values
from vsm.screens.new_stream import local_zone
from vsm.screens.organisation_fields import needed, zone_field, zones
from vsm.screens.serial_executor import run_aside
from vsm.widgets.field import FieldSpec

if TYPE_CHECKING:
    from vsm.connect.files.file_head import Head
    from vsm.connect.files.planned_import import Plan
    from vsm.connect.files.registry import Format
    from vsm.screens.host import Host
    from vsm.screens.vsm_screen import VsmScreen
    from vsm.session import Session

_LABELS = {
    "--tz": "Time zone",
    "--timezone": "File zone",
    "--stream": "Value stream",
    "--commit": "Clock starts",
    "--mapping": "Mapping file",
    "--not-delivered": "Undelivered",
    "--join-lifecycle": "Lifecycle",
    "--ignore-statuses": "Ignore rest",
}
"""Labels of fields that are not the words of their option."""

Tell = Callable[[str], object]
"""Shows what is going on, in a few words; called from any thread."""
NO, YES = "no", "yes"
NO_COLUMN = "none"
"""What one types where a table has no column of a kind."""


class Rehearsed(NamedTuple):
    """What an import would record, and the report of that."""

    plan: Plan
    result: ImportResult
    report: str


async def import_file(screen: VsmScreen) -> None:
    """Import a file from the screen of a stream, by default into that stream; shows its board."""
    stream = screen.stream
    try:
        show, tell = screen.app.push_screen_wait, partial(screen.app.call_later, screen.say)
        done = await Importing(screen.host, show, tell).run(stream.name, stream.zone)
    except VsmError as error:
        screen.say("")
        screen.trouble(error)
        return
    if done is None:
        screen.say("")
        return
    screen.host.view.greeting = f"Imported {count(done.items, 'item')} into {done.stream}"
    screen.host.open_board(screen.reader.stream_named(done.stream))


class Importing:
    """Asks for a file and how to read it, shows what it would record, and imports it.

    ``show`` shows a dialog and waits for its answer.
    """

    def __init__(self, host: Host, show: Callable[[Any], Any], tell: Tell) -> None:
        self._host = host
        self._show = show
        self._tell = tell
        self.path: Path | None = None
        """The file that was named last: who mends it need not type it again."""

    async def run(self, stream: str = "", zone: str = "") -> ImportResult | None:
        """What was imported; ``None`` where somebody thought better of it.

        ``stream`` is the name to begin with, else that of the file. Raises :class:`VsmError`.
        """
        from vsm.connect.files.detect import look_at
        from vsm.connect.files.registry import READABLE

        path = await self._show(
            FileDialog(
                "Import a file", f"Which file? {READABLE}; gzip is fine.", str(self.path or "")
            )
        )
        if path is None:
            return None
        self.path = path
        known, head = await run_aside(lambda: look_at(path))
        rehearsed: list[Rehearsed] = []

        async def save(values: Values) -> Refusal | None:
            try:
                rehearsed[:] = [await self._rehearse(known, path, values)]
            except VsmError as error:
                message, remedy = in_words(error.message), in_words(error.remedy)
                return Refusal(RefusalCode.INVALID, message, remedy)
            return None

        fields = form_fields(
            known,
            head,
            stream or path.name.split(".")[0],
            zone or local_zone(),
            await run_aside(zones),
        )
        form = Form(
            f"Import {path.name}",
            fields,
            save,
            keys="{confirm} or {save}: preview · {next_field}: next field · {cancel}: cancel",
            about=about_of(known),
            whole=True,
        )
        if not await self._show(form):
            return None
        plan, result, report = rehearsed[0]
        agreed = await self._show(
            ConfirmDialog(
                f"Import {count(result.items, 'item')} into {result.stream}?",
                report,
                keys="{answer_yes} or {confirm}: import · {cancel}: cancel",
            )
        )
        if not agreed:
            return None
        done: ImportResult = await self._host.writing.call(
            lambda session: session.import_histories(plan, progress=self._progress)
        )
        return done

    async def _rehearse(self, known: Format, path: Path, values: Values) -> Rehearsed:
        self._tell(f"Reading {path.name}…")
        name = values["stream"]
        mapped = None
        if self._host.reader is not None:
            mapped = await self._host.reading.call(lambda reader: reader.import_target(name))

        key = self._host.keymap.fill("{organisation}", self._host.ascii_only)

        def try_it(session: Session) -> Rehearsed:
            from vsm.connect.files.import_report import report_of, report_text
            from vsm.connect.files.plan_import import check_unmapped, plan_import

            existing, mapping = mapped or (None, None)
            arguments = settings(known, values)
            if existing is not None:
                arguments["zone"] = None  # it has one
            plan = plan_import(known.name, path, existing=existing, known=mapping, **arguments)
            check_unmapped(plan)
            result = session.import_histories(plan, dry_run=True)
            text = report_text(report_of(result, plan), organisation_key=key)
            return Rehearsed(plan, result, in_words(text))

        rehearsed: Rehearsed = await self._host.writing.call(try_it, optional=True)
        return rehearsed

    def _progress(self, done: int, total: int) -> None:
        # Without waiting for it to be shown: on the way out the app waits for this thread. What
        # is half done then ends here, and is taken back.
        self._host.writing.check()
        self._tell(f"Importing: {done} of {total} items")


def about_of(known: Format) -> str:
    """What the file is, and how to name columns."""
    columns = f" Where a column is wrong, type another or {NO_COLUMN}." if known.table else ""
    return f"It is {known.files}.{columns}"


def form_fields(
    known: Format, head: Head, stream: str, zone: str, all_zones: Sequence[str]
) -> list[FieldSpec]:
    """The fields of a format: what every import has, the columns of a table, its own options."""
    fields = [
        FieldSpec("stream", "Value stream", stream, "made where there is none", needed("A stream")),
        zone_field(zone, all_zones),
        FieldSpec("commit", "Clock starts", "", "a stage; blank: the first one of work"),
        FieldSpec("stages", "Stages", "", "such as: Open:backlog,Doing:active,Done:done"),
        FieldSpec("mapping", "Mapping file", "", "stages from a TOML file"),
        FieldSpec("add_stages", label("--add-stages"), NO, "for new statuses", choices=(NO, YES)),
        FieldSpec(
            "ignore_statuses",
            label("--ignore-statuses"),
            NO,
            "leave out those without a stage",
            choices=(NO, YES),
        ),
    ]
    from vsm.connect.files.columns import recognise
    from vsm.connect.files.reader_options import COLUMN

    header = [(name, name) for name in head.header if name]
    roles = known.load().ROLES if known.table else ()
    columns = {
        role: inert_line(head.header[place])
        for role, place in recognise(head.header, roles).items()
    }
    fields += [
        FieldSpec(
            f"{COLUMN}{role.name}",
            role.name.capitalize(),
            "",
            f"{columns.get(role.name, '–')}  ({role.what})",
            complete=among(header),
        )
        for role in roles
    ]
    for option in known.options:
        choices = () if option.metavar else (NO, YES)
        text = NO if choices else ""
        hint = option.help.rstrip(".")
        fields.append(FieldSpec(option.name, label(option.flag), text, hint, choices=choices))
    return fields


def settings(known: Format, values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of ``plan_import`` that the fields mean."""
    from vsm.connect.files.reader_options import COLUMN, reader_options

    options: dict[str, Any] = {}
    for name, value in values.items():
        if name.startswith(COLUMN) and value == NO_COLUMN:
            options[name] = ""
        else:
            options[name] = value == YES if value in (NO, YES) else value or None
    everywhere = ("stream", "zone", "commit", "stages", "add_stages", "ignore_statuses")
    common: dict[str, Any] = {name: options[name] for name in everywhere}
    mapping = options["mapping"]
    common["mapping"] = Path(mapping).expanduser() if mapping else None
    return common | reader_options(known, options)


def label(flag: str) -> str:
    """The label of the field for an option: ``--date-format`` is *Date format*."""
    return _LABELS.get(flag) or flag.strip("-").replace("-", " ").capitalize()


def in_words(text: str) -> str:
    """A text that names fields where the command line has options, with what they take."""
    return re.sub(r"(--[a-z][a-z-]*)( [A-Z]+\b)?", lambda option: f"'{label(option[1])}'", text)
