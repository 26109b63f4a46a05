"""The board reopens where it was left; a configuration decides on what it begins with."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

from vsm import config
from vsm.actions import ACTIONS
from vsm.cli.context import CliContext
from vsm.date_form import choose_form, write_day
from vsm.last_place import Place, place_file, read_place, save_place
from vsm.model.command import CreateStream
from vsm.model.errors import BadInput
from vsm.screens.flow import FlowScreen
from vsm.screens.vsm_screen import VsmScreen

from .conftest import STAGES, World


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of state of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


async def test_the_board_reopens_with_stream_filter_item_and_screen(filled: World) -> None:
    filled.do(CreateStream("Another", STAGES, "Europe/Berlin", "ANO"))
    async with filled.person(stream="Card issuing", remembers=True) as anna:
        await anna.press("l", "j", "/")
        await anna.type("webhooks")
        await anna.press("enter", "3")
        anna.app.exit()  # as a terminal that is closed; q goes back to the board first
    place = read_place(filled.path, "anna")
    assert place == Place(filled.stream, "webhooks", 5, "flow")
    async with filled.person(place=place, remembers=True) as anna:
        assert isinstance(anna.app.screen, FlowScreen)
        assert anna.app.screen.query_text == "webhooks"
        await anna.press("1")
        assert anna.screen.stream.name == "Card issuing"
        assert anna.card.key == "PAY-5"
        anna.sees("webhooks")
        await anna.press("escape", "q")
    assert read_place(filled.path, "anna") == Place(filled.stream, "", 5, "")


async def test_a_place_that_is_no_more_opens_the_board_as_ever(filled: World) -> None:
    async with filled.person(place=Place(99, "no:such", 77, "flow")) as anna:
        assert anna.card.key == "PAY-1"
    async with filled.person(place=Place(filled.stream, "", 77, "nonsense")) as anna:
        assert anna.card.key == "PAY-1"


async def test_what_is_not_asked_to_remember_writes_nothing(filled: World, state: Path) -> None:
    async with filled.person() as anna:
        await anna.press("q")
    assert not state.exists()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"stream=x", b"filter=a\n", b"stream=1\nitem=q\n", b"[" * 50_000]
)
def test_a_broken_state_file_is_as_none(tmp_path: Path, content: bytes) -> None:
    path = place_file(tmp_path / "vsm.db", "anna")
    assert path is not None
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert read_place(tmp_path / "vsm.db", "anna") is None


def test_a_state_file_that_cannot_be_written_or_read_changes_nothing(
    tmp_path: Path, state: Path
) -> None:
    state.write_text("a file where the folder should be")
    save_place(tmp_path / "vsm.db", "anna", Place(1))
    assert read_place(tmp_path / "vsm.db", "anna") is None
    state.unlink()
    path = place_file(tmp_path / "vsm.db", "anna")
    assert path is not None
    os.makedirs(path)
    save_place(tmp_path / "vsm.db", "anna", Place(1))
    assert read_place(tmp_path / "vsm.db", "anna") is None


def test_each_database_has_a_place_of_its_own(tmp_path: Path) -> None:
    save_place(tmp_path / "one.db", "anna", Place(1, "owner:me", 4, "waits"))
    save_place(tmp_path / "two.db", "anna", Place(2))
    assert read_place(tmp_path / "one.db", "anna") == Place(1, "owner:me", 4, "waits")
    assert read_place(tmp_path / "two.db", "anna") == Place(2)
    (tmp_path / "link.db").symlink_to(tmp_path / "one.db")
    assert read_place(tmp_path / "link.db", "anna") == Place(1, "owner:me", 4, "waits")


def test_each_person_has_a_place_of_its_own_though_they_share_an_account(tmp_path: Path) -> None:
    db = tmp_path / "vsm.db"
    save_place(db, "anna", Place(1))
    assert read_place(db, "ben") is None
    save_place(db, "ben", Place(2))
    assert (read_place(db, "anna"), read_place(db, "ben")) == (Place(1), Place(2))
    path = place_file(db, "anna")
    assert path is not None and "anna" not in path.name
    assert path.stat().st_mode & 0o777 == 0o600


# -- the configuration ----------------------------------------------------------------------


def test_all_settings_are_read() -> None:
    text = (
        'user = "anna"\ndates = "iso"\nwindow = "all"\nscreen = "flow"\ncards = "compact"\n'
        'theme = "light"\nascii = false\n'
    )
    expected = config.Config("light", False, "anna", "iso", None, "flow", "compact")
    assert config.read(text, "c.toml") == expected
    assert config.read("window = 30\n", "c.toml").window == 30


def test_every_screen_with_a_tab_may_be_the_first() -> None:
    tabs = {action.id for action in ACTIONS if action.tab} - {"organisation"}
    assert {action or "board" for action in config.SCREENS.values()} == tabs


@pytest.mark.parametrize("name", ["map", "teams"])
async def test_the_configured_screen_opens_first_and_is_kept(filled: World, name: str) -> None:
    place = Place(filled.stream, "", None, config.SCREENS[name])
    async with filled.person(place=place, remembers=True) as anna:
        screen = anna.app.screen
        assert isinstance(screen, VsmScreen)
        assert name == screen.ACTION
        anna.app.exit()
    left = read_place(filled.path, "anna")
    assert left is not None and left.screen == name


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ('\nuser = ""', "line 2: user is ''", "a name of 1 to 60 characters"),
        ('user = "an na"', "user is 'an na'", "without spaces"),
        ("user = 3", "user is 3", "in quotes"),
        ('dates = "us"', "dates is 'us'", "use month or iso"),
        ("window = 31", "window is 31", 'use 14, 30, 90, 180 (days) or "all"'),
        ("window = true", "window is True", "or"),
        ('screen = "maps"', "screen is 'maps'", "board, overview, map, flow, bottlenecks"),
        ('cards = "tiny"', "cards is 'tiny'", "use roomy or compact"),
        ("card = 1", "there is no setting 'card'", "theme, dates, screen, cards, ascii, user"),
        ("cards = []", "cards is a list", "roomy"),
        ('quiet = "late"', "quiet is 'late'", 'as in "18:00-08:00"'),
        ("quiet = 8", "quiet is 8", "use true, false or hours of the day"),
        ('quiet = "18:00-24:00"', "quiet is '18:00-24:00'", "hours of the day"),
        ('presence = "no"', "presence is 'no'", "use true or false"),
    ],
)
def test_a_wrong_value_is_refused_with_line_and_what_is_right(
    text: str, message: str, remedy: str
) -> None:
    with pytest.raises(BadInput) as caught:
        config.read(text, "c.toml")
    assert message in caught.value.message
    assert remedy in caught.value.remedy


def test_a_configured_user_acts_and_dates_have_the_chosen_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "config" / "vsm"
    folder.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder.parent))
    (folder / "config.toml").write_text('user = "anna"\ndates = "iso"\n')
    try:
        assert CliContext(str(tmp_path / "vsm.db")).me() == "anna"
        assert write_day(date(2026, 11, 28)) == "2026-11-28"
    finally:
        choose_form("month")
    assert write_day(date(2026, 11, 28)) == "28 Nov 2026"


@pytest.mark.parametrize(
    ("quiet", "minutes", "expected"),
    [
        (False, (0, 600, 1439), (False, False, False)),
        (True, (0, 600, 1439), (True, True, True)),
        ("09:00-10:30", (539, 540, 629, 630), (False, True, True, False)),
        ("18:00-08:00", (1079, 1080, 0, 479, 480), (False, True, True, True, False)),
        ("08:00-08:00", (0, 480), (False, False)),
    ],
)
def test_quiet_hours(
    quiet: bool | str, minutes: tuple[int, ...], expected: tuple[bool, ...]
) -> None:
    assert tuple(config.is_quiet(quiet, minute) for minute in minutes) == expected
    assert config.read(f"quiet = {json.dumps(quiet)}", "c.toml").quiet == quiet


async def test_compact_cards_show_more_of_a_column(filled: World) -> None:
    filled.add("Backlog", *(f"Card {n}" for n in range(20)))
    async with filled.person(size=(120, 50)) as anna:
        before = sum(line.startswith((" ", "▌", "█")) and "PAY-" in line for line in anna.lines)
    app = filled.person(size=(120, 50))
    async with app as anna:
        anna.app.view.compact = True
        anna.app.open_board()
        await anna.settle()
        after = sum(line.startswith((" ", "▌", "█")) and "PAY-" in line for line in anna.lines)
    assert after > before
