"""Keys are a person's own: presets, a file by action id, and what is wrong with it by line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from vsm.actions import ACTIONS, BY_ID, Scope, key_name
from vsm.keymap import PRESETS, Keymap, Problem, examine, load, preset, read
from vsm.model.command import CreateStream, NewStage
from vsm.model.errors import BadInput
from vsm.model.stream import Category

from .conftest import World

Size = tuple[int, int]


def errors(text: str) -> list[Problem]:
    """What keeps a keymap file from being used."""
    return [entry for entry in read(text, "keys.toml")[1] if not entry.note]


def keymap(text: str) -> Keymap:
    """The keymap of a file that is right."""
    assert errors(text) == []
    return read(text, "keys.toml")[0]


# -- presets ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(PRESETS))
def test_no_key_of_a_preset_has_two_meanings(name: str) -> None:
    for scope in Scope:
        keys = (preset(name).of(action.id) for action in ACTIONS if scope in action.scopes)
        counts = Counter(key for entry in keys for key in entry)
        assert [key for key, count in counts.items() if count > 1] == []


def test_one_key_may_mean_two_things_in_two_places_and_not_in_one() -> None:
    assert errors('[keys]\nwip_limit = "u"\nwindow = "u"\n') == []
    (wrong,) = errors('[keys]\ncursor_left = "u"\nwindow = "u"\n')
    assert "u is given to window and, in line 2, to cursor_left" in str(wrong)
    keymap, notes = read('[keys]\nwindow = "l"\n', "keys.toml")
    assert keymap.of("cursor_right") == ("right",)
    assert notes and all("l goes to window" in note.message for note in notes)


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_names_only_actions_and_keys_that_there_are(name: str) -> None:
    table = "\n".join(f'{action} = "{keys}"' for action, keys in PRESETS[name].items())
    assert errors(f"[keys]\n{table}\n") == []


def test_both_presets_leave_no_action_of_the_other_without_a_key() -> None:
    vim, standard = preset("vim"), preset("standard")
    assert {a.id for a in ACTIONS if vim.of(a.id)} == {a.id for a in ACTIONS if standard.of(a.id)}


def test_the_standard_preset_has_no_bare_hjkl() -> None:
    keys = {key for keys in preset("standard").keys.values() for key in keys}
    assert not keys & set("hjklHJKL")


# -- the file -----------------------------------------------------------------------------


def test_without_a_file_the_keys_are_those_of_the_registry(tmp_path: Path) -> None:
    result = load(tmp_path / "keys.toml")
    assert result.changed() == {}
    assert result.of("undo") == ("z", "u")


def test_a_file_gives_actions_other_keys_by_their_ids() -> None:
    result = keymap('[keys]\nundo = "u backspace"\ndrop = ""\n"help" = "F1 ?"\n')
    assert result.of("undo") == ("u", "backspace")
    assert result.of("drop") == ()
    assert result.of("help") == ("f1", "?")
    assert result.of("redo") == BY_ID["redo"].keys
    assert set(result.changed()) == {"undo", "drop", "help"}


def test_a_preset_and_keys_of_ones_own_go_together() -> None:
    result = keymap('preset = "standard"\n\n[keys]\nundo = "u"\n')
    assert result.of("move_right") == ("shift+right",)
    assert result.of("undo") == ("u",)


def test_a_key_that_a_file_takes_from_another_action_is_noted_not_refused() -> None:
    result, problems = read('[keys]\nundo = "j"\n', "keys.toml")
    assert result.of("cursor_down") == ("down",)
    assert [(p.line, p.note) for p in problems] == [(2, True)]
    assert problems[0].message == "j goes to undo, so cursor_down keeps ↓"
    result, problems = read('[keys]\nundo = "n"\n', "keys.toml")
    assert result.of("new_item") == ()
    assert "new_item has no key left" in problems[0].message


def test_two_actions_may_swap_their_keys() -> None:
    result = keymap('[keys]\nblock = "x"\ndrop = "b"\n')
    assert (result.of("block"), result.of("drop")) == (("x",), ("b",))


@pytest.mark.parametrize(
    ("text", "line", "message", "remedy"),
    [
        ('\n[keys]\nundoo = "u"\n', 3, "there is no action 'undoo'", "did you mean 'undo'?"),
        ('[keys]\nundo = "ctrl+foo"\n', 2, "there is no key 'ctrl+foo'", "ctrl+f"),
        ('[keys]\nundo = "pagdown"\n', 2, "there is no key 'pagdown'", "mean 'pagedown'"),
        ('[keys]\nundo = "hyper+x"\n', 2, "there is no key 'hyper+x'", "shift+right"),
        ('[keys]\nundo = "shift+u"\n', 2, "no key of its own", "write 'U'"),
        ('[keys]\nundo = "ctrl+i"\n', 2, "terminals send tab", "use 'tab'"),
        ("[keys]\nundo = 7\n", 2, "the keys of undo are no text", 'undo = "x ctrl+x"'),
        ('preset = "emacs"\n', 1, "there is no preset 'emacs'", "use vim or standard"),
        ('\nundo = "u"\n', 2, "there is no setting 'undo'", "put it below [keys]"),
        ("colour = 1\n", 1, "there is no setting 'colour'", "preset and [keys]"),
        ("keys = 1\n", 1, "keys is no table", "[keys]"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    text: str, line: int, message: str, remedy: str
) -> None:
    (problem,) = errors(text)
    assert problem.line == line
    assert message in problem.message
    assert remedy in problem.remedy


def test_a_dialog_keeps_a_key_that_works_where_text_is_typed() -> None:
    (wrong,) = errors('[keys]\nundo = "u"\ncancel = "c space"\n')
    assert wrong.line == 3
    assert wrong.message == "cancel has no key that works where text is typed"
    (wrong,) = errors('[keys]\nlist_up = "enter"\n')
    assert "confirm has no key" in wrong.message
    assert errors('[keys]\ncancel = "f10"\nanswer_no = "x"\n') == []


def test_two_actions_of_one_dialog_cannot_share_a_key() -> None:
    (wrong,) = errors('[keys]\nsave = "f2"\nnext_field = "f2"\n')
    assert "F2 is given to next_field and, in line 2, to save" in str(wrong)
    assert errors('[keys]\nsave = "f2"\nundo = "f2"\nedit_policy = "f2"\n') == []


def test_one_key_for_two_actions_names_both_and_their_lines() -> None:
    (problem,) = errors('[keys]\nblock = "u"\n\nundo = "u z"\n')
    assert problem == Problem(
        4, "u is given to undo and, in line 2, to block", "give one of them another key"
    )


def test_a_file_that_cannot_be_used_is_refused_with_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('[keys]\nundoo = "u"\nredo = "hyper+x"\n')
    with pytest.raises(BadInput, match=r"keys.toml, line 2: there is no action") as refused:
        load(path)
    assert "1 more: vsm keys --check" in refused.value.remedy
    path.write_text("[keys\n")
    with pytest.raises(BadInput, match="line 1"):
        load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="line 1: not UTF-8"):
        examine(path)


def test_keys_are_called_as_people_call_them() -> None:
    names = ("pagedown", "ctrl+p", "shift+right", "f1", "delete", "L", "+", "alt+ctrl+x")
    report = ["PgDn", "Ctrl+P", "Shift+→", "F1", "Del", "L", "+", "Alt+Ctrl+X"]
    assert [key_name(name) for name in names] == report
    assert key_name("shift+right", ascii_only=True) == "Shift+Right"


# -- at the board -------------------------------------------------------------------------


async def test_the_standard_preset_drives_a_day(filled: World, size: Size) -> None:
    async with filled.person(size=size, keymap=preset("standard")) as anna:
        anna.sees("Shift+→ move")
        await anna.press("down", "shift+right")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-2")
        await anna.press("ctrl+z")
        assert "PAY-2" in anna.column("Backlog")
        await anna.press("ctrl+y")
        assert "PAY-2" in anna.column("Ready")
        before = anna.card.key
        await anna.press("h", "j", "k", "l", "H", "L", "z", "x")
        assert anna.card.key == before
        await anna.press("delete")
        anna.sees("Drop PAY-2")
        await anna.press("escape", "ctrl+f")
        assert anna.screen.parts.filter.bar is not None
        await anna.press("escape", "f1")
        anna.sees("Keys and symbols", "Shift+→")
        await anna.press("escape", "insert")
        anna.sees("New item")


async def test_keys_of_ones_own_do_what_they_are_given_to(filled: World) -> None:
    own = keymap('[keys]\nundo = "u"\nblock = "x"\ndrop = "b"\nswitch_theme = ", ctrl+t"\n')
    async with filled.person(keymap=own) as anna:
        await anna.press("L")
        await anna.press("z")
        assert "PAY-1" in anna.column("Ready")
        await anna.press("u")
        assert "PAY-1" in anna.column("Backlog")
        await anna.press("x")
        anna.sees("Block PAY-1")
        await anna.press("escape", "b")
        anna.sees("Drop PAY-1")
        await anna.press("escape", ",")
        anna.sees("Themes")
        await anna.press("escape", "ctrl+t")
        anna.sees("Themes")


async def test_the_screen_names_the_keys_that_one_has(world: World, size: Size) -> None:
    stages = (NewStage("To do", Category.BACKLOG), NewStage("Done", Category.DONE))
    world.do(CreateStream("Web", stages, "UTC", "WEB"))
    own = keymap('[keys]\nnew_item = "+"\ndrop = ""\nhelp = "f1"\nfold_column = "F"\n')
    async with world.person(size=size, keymap=own) as anna:
        anna.sees("No items yet", "Press +", "+ new", "F1 help")
        await anna.press("+")
        await anna.type("The first")
        await anna.press("enter", "L", "L")
        anna.sees("Done is the last stage")
        await anna.press("h", "F", "L")
        anna.sees("To do is folded: F opens it")
        await anna.press("f1")
        await anna.type("cut off")
        anna.sees("Enter shows it whole")
        await anna.press("escape", ":")
        await anna.type("new item")
        anna.sees("+")


async def test_keys_of_dialogs_are_ones_own_too(filled: World, size: Size) -> None:
    own = keymap(
        '[keys]\ncancel = "f10"\nconfirm = "f2"\nsave = "f3"\nnext_field = "f4"\n'
        'list_down = "ctrl+n"\nanswer_yes = "+"\ncomplete = "f5"\n'
    )
    async with filled.person(size=size, keymap=own) as anna:
        await anna.press("b")
        anna.sees("F2: block", "F10: cancel")
        await anna.press("ctrl+n")
        await anna.type("no decision")
        await anna.press("enter", "tab")
        anna.sees("Block PAY-1")
        await anna.press("f2")
        assert anna.card.blocked == "decision"
        await anna.press("e")
        anna.sees("F3: save (F2 too, but in Description)", "F4: next")
        await anna.press("f4", "escape")
        await anna.type("bug")
        await anna.press("f10")
        anna.sees("Discard changes?", "+ or F2: discard")
        await anna.press("+", "/")
        await anna.type("bloc")
        await anna.press("f5", "f2")
        assert anna.screen.query_text == "blocked"


async def test_without_a_key_a_message_points_to_the_palette(filled: World) -> None:
    own = keymap('[keys]\ndrop = ""\n')
    async with filled.person(keymap=own) as anna:
        await anna.press("'", "5")
        filled.add("Done", "Shipped")
        await anna.watch()
        await anna.press("L")
        anna.sees("Done is the last stage: the palette drops an item")
        await anna.press("?")
        await anna.type("drop")
        anna.sees("palette", "Drop the item")


async def test_the_welcome_names_the_keys_that_one_has(world: World) -> None:
    async with world.person(keymap=preset("standard")) as anna:
        anna.sees("F1: help", "Ctrl+Q: quit")


async def test_in_the_stream_chooser_letters_type_where_they_move_no_cursor(
    filled: World,
) -> None:
    filled.do(CreateStream("Journeys", (NewStage("Done", Category.DONE),), "UTC", "J"))
    async with filled.person(stream="Card issuing", keymap=preset("standard")) as anna:
        await anna.press("s")
        assert "j k," not in anna.text
        await anna.press("j")
        await anna.press("enter")
        assert anna.screen.stream.name == "Journeys"
