"""The description in the person's own editor: given, taken back, never lost."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from vsm.app import VsmApp
from vsm.model.command import EditItem
from vsm.screens.board.external_editor import editor, written

from .conftest import World
from .test_forms import stored


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A terminal that can be given away, and folders of one's own."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr(VsmApp, "suspend", lambda _app: nullcontext())
    return tmp_path


def use(place: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Have this Python program as the editor; ``path`` is the file."""
    script = place / "an editor.py"
    script.write_text(f"import sys\nfrom pathlib import Path\npath = Path(sys.argv[1])\n{body}\n")
    monkeypatch.setenv("EDITOR", f"{sys.executable} '{script}'")


async def test_what_the_editor_leaves_is_the_description(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.do(EditItem(1, {"description": "first\nsecond"}))
    use(
        place,
        monkeypatch,
        "before = path.read_text()\n"
        "name = f'{path.name} {path.stat().st_mode & 0o777:o}'\n"
        "path.write_text(f'{name}\\n{before}third\\n')",
    )
    async with filled.person() as anna:
        await anna.press("E")
        first, *rest = stored(anna, "PAY-1").description.split("\n")
        assert first.startswith("vsm-PAY-1-") and first.endswith(" 600")
        assert rest == ["first", "second", "third"], "the editor's last line break is not text"
        assert list((place / "tmp").iterdir()) == [], "the file is gone"
        await anna.press("z")
        assert stored(anna, "PAY-1").description == "first\nsecond"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "is as it was"),
        ("path.write_text('half'); sys.exit(3)", "ended with 3: nothing was changed"),
    ],
)
async def test_an_unchanged_text_or_an_editor_that_fails_changes_nothing(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch, body: str, message: str
) -> None:
    use(place, monkeypatch, body)
    async with filled.person() as anna:
        await anna.press("E")
        anna.sees(message)
        assert stored(anna, "PAY-1").version == 1
        assert list((place / "tmp").iterdir()) == []


LEFT_BEHIND = [
    # what the editor does with its file, what the board says
    ("path.unlink()", "removed its file: nothing was changed"),
    ("path.unlink(); os.mkfifo(path)", "left no plain file"),
    ("path.unlink(); path.mkdir()", "left no plain file"),
    ("path.unlink(); path.symlink_to(sys.argv[0])", "left no plain file"),
    ("path.unlink(); path.symlink_to(path)", "left no plain file"),
    ("path.unlink(); socket.socket(socket.AF_UNIX).bind(str(path))", "left no plain file"),
    ("path.chmod(0); os.kill(os.getpid(), 9)", "was ended by signal 9: nothing was changed"),
]


@pytest.mark.parametrize(("body", "says"), LEFT_BEHIND, ids=[body for body, _ in LEFT_BEHIND])
async def test_whatever_an_editor_leaves_in_place_of_its_file_changes_nothing(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch, body: str, says: str
) -> None:
    use(place, monkeypatch, f"import os, socket\n{body}")
    async with filled.person() as anna:
        await anna.press("E")
        anna.sees(says)
        assert stored(anna, "PAY-1").version == 1
        await anna.press("escape", "j")


async def test_a_text_with_nul_characters_is_kept_in_a_file(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(place, monkeypatch, "path.write_bytes(b'a\\0b')")
    async with filled.person() as anna:
        await anna.press("E")
        anna.sees("NUL characters")
        assert stored(anna, "PAY-1").version == 1
    (kept,) = (place / "data" / "vsm" / "unsaved").iterdir()
    assert kept.read_bytes() == b"a\0b"


async def test_without_a_home_folder_the_text_stays_in_the_temporary_folder(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(place, monkeypatch, "path.write_bytes(b'\\xff')")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setattr("vsm.paths.home_folder", lambda: None)
    async with filled.person() as anna:
        await anna.press("E")
        anna.sees("not UTF-8", str(place / "tmp"))
    (kept,) = (place / "tmp").iterdir()
    assert kept.read_bytes() == b"\xff"


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, filled: World, description: str, clock: Callable[[], int]
) -> list[int]:
    """Have ben write the description while the editor has the terminal for the first time.

    Gives a list that gets an entry whenever the editor is opened.
    """
    opened: list[int] = []

    @contextmanager
    def suspend(_app: VsmApp) -> Iterator[None]:
        opened.append(1)
        yield
        if len(opened) == 1:
            filled.clock = clock
            filled.do(EditItem(1, {"description": description}), actor="ben")

    monkeypatch.setattr(VsmApp, "suspend", suspend)
    return opened


def at_noon() -> int:
    return 1_795_604_400_000_000


async def test_what_somebody_wrote_meanwhile_is_merged_by_line(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.do(EditItem(1, {"description": "why\n\nhow"}))
    use(place, monkeypatch, "path.write_text(path.read_text() + 'when\\n')")
    opened = meanwhile(monkeypatch, filled, "because\n\nhow", at_noon)
    async with filled.person(size=(160, 50), now=at_noon) as anna:
        await anna.press("E")
        assert stored(anna, "PAY-1").description == "because\n\nhow\nwhen"
        anna.sees("Saved PAY-1, merged with the description of ben 12:00")
    assert len(opened) == 1
    assert list((place / "tmp").iterdir()) == []


async def test_where_both_changed_a_line_the_editor_opens_again_with_both(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(
        place,
        monkeypatch,
        "text = path.read_text()\n"
        "assert not text or text.splitlines() == ['<<<<<<< mine', 'mine',"
        " '======= theirs: ben 12:00', 'theirs', '>>>>>>> end']\n"
        "path.write_text('mine and theirs' if text else 'mine')",
    )
    opened = meanwhile(monkeypatch, filled, "theirs", at_noon)
    async with filled.person(size=(160, 50), now=at_noon) as anna:
        await anna.press("E")
        assert stored(anna, "PAY-1").description == "mine and theirs"
    assert len(opened) == 2


async def test_a_text_with_markers_left_is_kept_in_a_file_that_is_named(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(place, monkeypatch, "path.write_text(path.read_text() or 'mine')")
    meanwhile(monkeypatch, filled, "theirs", at_noon)
    async with filled.person(size=(160, 50), now=at_noon) as anna:
        await anna.press("E")
        (kept,) = (place / "data" / "vsm" / "unsaved").iterdir()
        assert kept.read_text().splitlines()[1:4:2] == ["mine", "theirs"]
        anna.sees("PAY-1: ben 12:00 changed the same lines", "Your text is in")
        assert kept.name in anna.text.replace("\n", "").replace(" ", "")
        assert stored(anna, "PAY-1").description == "theirs"


async def test_a_text_that_was_kept_is_edited_on_and_saved(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(place, monkeypatch, "path.write_text(path.read_text() or 'mine')")
    meanwhile(monkeypatch, filled, "theirs\n\nend", at_noon)
    async with filled.person(size=(160, 50), now=at_noon) as anna:
        await anna.press("E")
        anna.sees("both versions stand there")
        await anna.press("E")
        anna.sees("for PAY-1", "<<<<<<< mine", "edit this text", "edit the description as it is")
        assert "both versions stand there" not in anna.text
        await anna.press("escape")
        anna.sees("The description of PAY-1 is as it was")
        use(place, monkeypatch, "path.write_text(path.read_text() + 'more')")
        await anna.press("E", "enter")
        anna.sees("PAY-1: both versions stand in the text still", "Your text is in")
        (kept,) = (place / "data" / "vsm" / "unsaved").iterdir()
        assert kept.read_text().endswith(">>>>>>> end\nmore")
        filled.do(EditItem(1, {"description": "theirs\n\nend\nlater"}), actor="ben")
        use(place, monkeypatch, "path.write_text('mine and theirs\\n\\nend')")
        await anna.press("E", "enter")
        assert stored(anna, "PAY-1").description == "mine and theirs\n\nend\nlater"
        anna.sees("Saved PAY-1, merged with the description of ben")
    assert list((place / "data" / "vsm" / "unsaved").iterdir()) == []
    assert list((place / "tmp").iterdir()) == []


async def test_a_kept_text_is_offered_to_its_writer_alone(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(place, monkeypatch, "path.write_text(path.read_text() or 'mine')")
    meanwhile(monkeypatch, filled, "theirs", at_noon)
    async with filled.person(size=(160, 50), now=at_noon) as anna:
        await anna.press("E")
    async with filled.person("ben", size=(160, 50), now=at_noon) as ben:
        await ben.press("E")
        ben.sees("The description of PAY-1 is as it was")


async def test_what_an_editor_had_saved_before_it_was_killed_is_kept_in_a_file(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(place, monkeypatch, "import os\npath.write_text('saved')\nos.kill(os.getpid(), 9)")
    async with filled.person(size=(160, 50)) as anna:
        await anna.press("E")
        anna.sees("was ended by signal 9", "Your text is in")
        assert stored(anna, "PAY-1").version == 1
    (kept,) = (place / "data" / "vsm" / "unsaved").iterdir()
    assert kept.read_text() == "saved"


@pytest.mark.parametrize("raw", ["b'\\xff\\xfe bad'", "b'nul \\x00'", "b'x' * 1_000_001"])
async def test_bytes_that_are_no_text_are_refused_and_kept(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch, raw: str
) -> None:
    use(place, monkeypatch, f"path.write_bytes({raw})")
    async with filled.person(size=(160, 50)) as anna:
        await anna.press("E")
        anna.sees("Your text is in")
        assert len(list((place / "data" / "vsm" / "unsaved").iterdir())) == 1
        assert stored(anna, "PAY-1").version == 1


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("", "Neither vi nor nano is installed"),
        ("no-such-editor-anywhere", "$EDITOR names no-such-editor-anywhere"),
        ("vi 'open", "$EDITOR cannot be read"),
    ],
)
async def test_without_a_usable_editor_it_says_so_and_how(
    filled: World, place: Path, monkeypatch: pytest.MonkeyPatch, command: str, message: str
) -> None:
    monkeypatch.setenv("EDITOR", command)
    monkeypatch.setenv("PATH", str(place))
    async with filled.person() as anna:
        await anna.press("E")
        anna.sees(message, "Esc closes this")
        assert list((place / "tmp").iterdir()) == []


async def test_a_terminal_that_cannot_be_given_away_is_told(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    async with filled.person() as anna:
        await anna.press("E")
        anna.sees("This terminal cannot be given to an editor", "in the form")


def programs(folder: Path, *names: str) -> str:
    """A folder with programs of these names, as ``PATH``."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_visual_goes_before_editor_and_words_are_split_as_in_a_shell(tmp_path: Path) -> None:
    path = programs(tmp_path / "bin", "nano", "code")
    named = {"EDITOR": "nano", "VISUAL": "code --wait 'a b'", "PATH": path}
    assert editor(named) == ["code", "--wait", "a b"]


def test_without_a_named_editor_that_is_there_it_is_vi_then_nano(tmp_path: Path) -> None:
    path = programs(tmp_path / "bin", "nano")
    assert editor({"PATH": path}) == ["nano"]
    assert editor({"PATH": path, "VISUAL": "gone", "EDITOR": "also-gone -x"}) == ["nano"]
    programs(tmp_path / "bin", "vi")
    assert editor({"PATH": path}) == ["vi"]
    assert editor({"PATH": path, "VISUAL": "gone", "EDITOR": "nano -w"}) == ["nano", "-w"]


def test_the_file_is_for_its_owner_alone_and_its_name_is_harmless() -> None:
    path = written("../../PAY 1\x1b[2J", "text")
    try:
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert path.name.startswith("vsm-______PAY_1__2J-")
    finally:
        path.unlink()
