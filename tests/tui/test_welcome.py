"""An empty database: three choices that work from the keyboard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vsm.reader import Reader
from vsm.screens.files import completed, fault_of

from .conftest import Person, World

Size = tuple[int, int]


async def _type_over(person: Person, text: str) -> None:
    """Type over what an input is filled with."""
    await person.press("end", "ctrl+u")
    await person.paste(text)


async def _replace(person: Person, text: str) -> None:
    """Type over what an input is filled with, and go on."""
    await _type_over(person, text)
    await person.press("enter")


async def test_an_empty_database_greets_with_three_choices(world: World, size: Size) -> None:
    async with world.person(size=size) as anna:
        anna.sees("Welcome to vsm", "Try the demo", "Start from a template", "Import a file")
        await anna.press("?")
        anna.sees("Keys")
        await anna.press("escape")
        anna.sees("Welcome to vsm")


async def test_a_template_makes_a_board_to_work_on(world: World, size: Size) -> None:
    async with world.person(size=size) as anna:
        await anna.press("down", "enter")
        anna.sees("Kanban", "Scrum", "Waterfall", "Incident handling", "Discovery and delivery")
        anna.sees("Backlog → Ready (5) → Build (4) → Review (3) → Done → Dropped")
        await anna.press("enter", "enter")
        anna.sees("A value stream needs a name.")
        await anna.type("Card issuing")
        anna.sees("CI-1, CI-2")
        await anna.press("tab")
        await _type_over(anna, "pay")
        anna.sees("PAY-1, PAY-2")
        await anna.press("tab")
        await _type_over(anna, "Europe/Berlin")
        await anna.press("enter")
        anna.sees("Card issuing", "Backlog", "No items yet")
        await anna.press("n")
        await anna.type("First")
        await anna.press("enter")
        assert anna.card.key == "PAY-1"
    reader = Reader(world.path)
    assert reader.stream_named(None).zone == "Europe/Berlin"
    reader.close()


async def test_a_template_is_found_by_typing_and_keys_typed_ahead_reach_the_form(
    world: World,
) -> None:
    async with world.person() as anna:
        await anna.burst("2", *"incid", "enter", *"Ops desk", "enter")
        anna.sees("Ops desk", "Reported", "Triage", "Restore")
    reader = Reader(world.path)
    stream = reader.stream_named("Ops desk")
    reader.close()
    assert (stream.prefix, stream.workdays) == ("OD", (1, 2, 3, 4, 5, 6, 7))
    assert stream.word("items") == "incidents"


async def test_ones_own_templates_are_offered_and_broken_ones_say_why(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, size: Size
) -> None:
    folder = tmp_path / "config" / "vsm" / "templates"
    folder.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    stages = '[[stage]]\nname = "Do"\ncategory = "active"\n[[stage]]\nname = "End"\n'
    (folder / "ours.toml").write_text(f'title = "Ours"\n{stages}category = "done"\n')
    (folder / "wrong.toml").write_text(stages)
    async with world.person(size=size) as anna:
        await anna.press("2")
        anna.sees("Kanban", "Ours", "yours", "broken")
        await anna.type("wrong")
        anna.sees("line 4, stage 2: category is missing")
        await anna.press("enter")
        anna.sees("broken")
        await anna.press("escape", "2")
        await anna.type("ours")
        await anna.press("enter")
        await anna.type("Mine")
        await anna.press("enter")
        anna.sees("Mine", "Do", "End")


async def test_esc_leaves_the_welcome_as_it_was(world: World) -> None:
    async with world.person() as anna:
        await anna.press("2", "escape")
        anna.sees("Welcome to vsm")
        await anna.press("3", "escape")
        anna.sees("Welcome to vsm")


async def test_a_wrong_time_zone_is_refused_in_words_and_a_city_finds_its_zone(
    world: World,
) -> None:
    async with world.person() as anna:
        await anna.press("2", "enter")
        await anna.type("Cards")
        await anna.press("tab", "tab")
        await _type_over(anna, "Mars/Base")
        await anna.press("enter")
        anna.sees("There is no time zone Mars/Base")
        await _type_over(anna, "tokyo")
        anna.sees("Asia/Tokyo")
        await anna.press("down", "enter", "enter")
        anna.sees("Cards", "Backlog")
    reader = Reader(world.path)
    assert reader.stream_named(None).zone == "Asia/Tokyo"
    reader.close()


def _issues(path: Path) -> Path:
    def issue(n: int, status: str) -> dict[str, object]:
        return {
            "id": str(10_000 + n),
            "key": f"CARD-{n}",
            "fields": {
                "summary": f"Issue {n} [/x]",
                "created": f"2026-01-{n:02}T10:00:00.000+0000",
                "issuetype": {"name": "Bug"},
                "status": {"id": "1", "name": status},
            },
            "changelog": {
                "total": 1,
                "histories": [
                    {
                        "id": str(n),
                        "created": f"2026-02-{n:02}T10:00:00.000+0000",
                        "items": [{"field": "status", "fromString": "Open", "toString": status}],
                    }
                ],
            },
        }

    issues = [issue(n, "Closed" if n % 2 else "In Progress") for n in range(1, 7)]
    path.write_text(json.dumps({"issues": issues}))
    return path


async def test_an_import_shows_what_it_would_do_and_then_does_it(
    world: World, tmp_path: Path, size: Size
) -> None:
    file = _issues(tmp_path / "cards.json")
    async with world.person(size=size) as anna:
        await anna.press("3")
        await anna.paste(str(file))
        await anna.press("enter")
        anna.sees("Import cards.json", "It is Jira issues as JSON.", "Value stream", "cards")
        await anna.press("tab")
        await _replace(anna, "UTC")
        anna.sees("Import 6 items into cards?", "In Progress")
        await anna.press("y")
        anna.sees("cards", "In Progress", "CARD-2")
        anna.sees("6 Feb 2026")


async def test_a_file_is_recognised_by_a_look_at_it(
    world: World, tmp_path: Path, size: Size
) -> None:
    file = tmp_path / "claims.csv"
    rows = ["NA,New,2026-01-05", "NA,In progress,2026-01-06", "7,New,2026-01-07"]
    file.write_text("case,activity,time\n" + "\n".join(rows))
    async with world.person(size=size) as anna:
        await anna.press("3")
        await anna.paste(str(file))
        await anna.press("enter", "tab")
        await _replace(anna, "UTC")
        anna.sees("Import 2 items into claims?", "claims.csv (csv): 2 cases, 3 events")
        await anna.press("y")
        anna.sees("claims", "In progress", "NA")


async def test_an_import_can_be_called_off_after_the_report(world: World, tmp_path: Path) -> None:
    file = _issues(tmp_path / "cards.json")
    async with world.person() as anna:
        await anna.press("3")
        await anna.paste(str(file))
        await anna.press("enter", "enter", "escape")
        anna.sees("Welcome to vsm")
    assert not world.path.exists()


async def test_a_path_without_a_file_is_told_in_its_field_and_completed(
    world: World, tmp_path: Path, size: Size
) -> None:
    file = _issues(tmp_path / "cards.json")
    async with world.person(size=size) as anna:
        await anna.press("3", "enter")
        anna.sees("Give the path of a file.")
        await anna.paste(f"{tmp_path}/nowhere.json")
        await anna.press("enter")
        anna.sees("There is no file", "Which file?")
        await anna.press("end", "ctrl+u")
        assert "There is no file" not in anna.text
        await anna.paste(str(tmp_path))
        await anna.press("enter")
        anna.sees("folder")
        await anna.press("end", "ctrl+u")
        await anna.paste(str(file)[:-4])
        await anna.press("tab", "enter")
        anna.sees("Import cards.json", "cards")


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("{}/no/x.json", "There is no folder {}/no."),
        ("{}", "{} is a folder: give a file in it."),
        ("x\0y", "There is no file x\0y."),
        ("~nobody-of-this-name/x", "There is no folder ~nobody-of-this-name."),
        ("{}/cards.json", ""),
    ],
)
def test_what_is_wrong_with_a_path(tmp_path: Path, typed: str, fault: str) -> None:
    _issues(tmp_path / "cards.json")
    assert fault_of(typed.format(tmp_path)) == fault.format(tmp_path)


def test_a_path_is_completed_by_the_first_name_that_fits(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / ".hidden").touch()
    _issues(tmp_path / "data" / "cards.json")
    assert completed(f"{tmp_path}/") == f"{tmp_path}/data/"
    assert completed(f"{tmp_path}/data/c") == f"{tmp_path}/data/cards.json"
    assert completed(f"{tmp_path}/.h") == f"{tmp_path}/.hidden"
    assert completed(f"{tmp_path}/x") is None
    assert completed(f"{tmp_path}/nowhere/") is None


async def test_a_file_that_cannot_be_imported_says_why(world: World, tmp_path: Path) -> None:
    file = tmp_path / "cards.json"
    file.write_text("no json at all")
    async with world.person() as anna:
        await anna.press("3")
        await anna.paste(str(file))
        await anna.press("enter")
        anna.sees("cards.json", "Esc closes this")
        await anna.press("escape")
        assert "Esc closes this" not in anna.text


async def test_the_demo_opens_in_a_file_of_its_own(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    async with world.person() as anna:
        await anna.press("1")
        assert not world.path.exists()
        assert anna.app.path != world.path
        anna.sees("WIP", "done in 14 d")
        assert anna.board.columns
