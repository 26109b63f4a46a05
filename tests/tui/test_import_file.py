"""Importing a file from a board, with the options of the command line as fields."""

from __future__ import annotations

from pathlib import Path

from vsm.connect.files.registry import FORMATS

from .conftest import World


def _items(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


async def test_a_file_is_imported_from_the_board_into_its_stream(
    filled: World, tmp_path: Path
) -> None:
    text = "Key,Status,Created,Started\nNEW-1,Build,2026-03-02T09:00Z,2026-03-03T09:00Z\n"
    file = _items(tmp_path / "more.csv", text)
    async with filled.person() as anna:
        await anna.press("I")
        await anna.paste(str(file))
        await anna.press("enter")
        anna.sees(
            "Import more.csv", "It is CSV with one item per row", "Card issuing", "Undelivered"
        )
        anna.sees("Status  (state)", "–  (resolution)")
        await anna.press("ctrl+s")
        anna.sees("Import 1 item into Card issuing?", "state = Status")
        await anna.press("y")
        anna.sees("Imported 1 item into Card issuing", "NEW-1")
        await anna.press("I", "escape")
        anna.sees("NEW-1")


async def test_a_file_for_another_stream_opens_its_board(filled: World, tmp_path: Path) -> None:
    file = _items(tmp_path / "log.csv", "case,activity,time\nL-1,Open,2026-03-02\n")
    async with filled.person() as anna:
        await anna.press("I")
        await anna.paste(str(file))
        await anna.press("enter", "end", "ctrl+u")
        await anna.paste("Claims")
        await anna.press("enter")
        anna.sees("Nothing was changed yet", "give them in the form:", "Open:backlog")
        assert "--" not in anna.text  # options are fields here, and Enter imports
        await anna.press("y")
        anna.sees("Claims", "L-1")


async def test_the_preview_asks_whether_work_ends_in_a_stage(filled: World, tmp_path: Path) -> None:
    days = {"Seen": "2026-03-02", "Archived": "2026-03-03"}
    rows = [f"L-{n},{stage},{day}" for stage, day in days.items() for n in range(10)]
    file = _items(tmp_path / "log.csv", "case,activity,time\n" + "\n".join(rows) + "\n")
    async with filled.person() as anna:
        await anna.press("I")
        await anna.paste(str(file))
        await anna.press("enter", "end", "ctrl+u")
        await anna.paste("Claims")
        await anna.press("tab", "tab", "tab")
        await anna.paste("Seen:active,Archived:queue,Paid:done")
        await anna.press("enter")
        anna.sees("Does work end here?", "Archived: 10 arrivals, 0 departures")
        anna.sees("open the organisation (o) and edit the stage")
        assert "--" not in anna.text


async def test_what_cannot_be_read_names_the_field_that_mends_it(
    filled: World, tmp_path: Path
) -> None:
    file = _items(tmp_path / "ends.csv", "id,start,finish\nN-1,5/6/2026,7/8/2026\n")
    async with filled.person() as anna:
        await anna.press("I")
        await anna.paste(str(file))
        await anna.press("enter")
        await anna.press("ctrl+s")
        anna.sees("ends.csv line 2", "is ambiguous", "Date format")
        assert "--date-format" not in anna.text


async def test_every_option_of_the_command_line_has_a_field() -> None:
    from vsm.connect.files.file_head import Head
    from vsm.screens.import_file import form_fields, settings

    for known in FORMATS.values():
        fields = form_fields(known, Head(b"", ("id", "state")), "Web", "UTC", ("UTC",))
        names = {field.name for field in fields}
        assert {"stream", "zone", "commit", "stages", "mapping"} <= names
        assert {option.name for option in known.options} <= names
        if known.table:
            assert {f"column_{role.name}" for role in known.load().ROLES} <= names
        values = {field.name: field.text for field in fields}
        assert settings(known, values)["stream"] == "Web"
    values["column_state"] = "none"
    assert settings(known, values)["columns"]["state"] == ""
