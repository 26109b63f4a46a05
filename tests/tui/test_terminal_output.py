"""Short output draws the same picture; input loses no key; the locale decides on symbols."""

from __future__ import annotations

import pyte
import pytest

from vsm.terminal_charset import shows_unicode
from vsm.terminal_input import ESCAPE, Escapes
from vsm.terminal_output import Picture, shorten

RED, BLUE, BOLD = "\x1b[38;2;200;0;0m", "\x1b[48;2;0;0;200m", "\x1b[1m"
END = "\x1b[0m"


def cells(*texts: str) -> list[list[tuple[object, ...]]]:
    """All that is seen of every cell after these texts; a space shows no colour of its own."""
    screen = pyte.Screen(30, 4)
    stream = pyte.Stream(screen)
    for text in texts:
        stream.feed(text)
    return [
        [
            (cell.data, cell.bg, cell.underscore, cell.reverse)
            + ((cell.fg, cell.bold) if cell.data != " " else ())
            for cell in (screen.buffer[y][x] for x in range(30))
        ]
        for y in range(4)
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"{RED}one{END}{RED}two{END}",
        f"{RED}{BOLD}one{END}{BLUE} {END}{RED}two{END} plain",
        "\x1b[1;38;5;9ma\x1b[0m\x1b[38;5;9mb\x1b[0m\x1b[48;5;9;4m  \x1b[0mc",
        "\x1b[31;44ma\x1b[39mb\x1b[49mc\x1b[m d\x1b[7m  \x1b[0m",
    ],
)
def test_fewer_styles_draw_the_same_cells(text: str) -> None:
    assert cells(shorten(text)) == cells(text)
    assert len(shorten(text)) < len(text)
    assert cells(shorten(text), "x") == cells(text, "x"), "the style is plain afterwards"


def test_a_picture_is_sent_once_and_then_only_what_changed() -> None:
    picture = Picture()
    rows = [f"\x1b[{y};1H{RED}{'row ' * 5}{y}{END}\n" for y in (1, 2, 3)]
    whole = "".join(rows)
    first = picture.changes(whole)
    assert cells(first) == cells(whole)
    assert picture.changes(whole) == ""
    rows[1] = f"\x1b[2;1H{BLUE}{'new ' * 5}2{END}\n"
    second = picture.changes("".join(rows))
    assert "new" in second and "row" not in second
    assert cells(first, second) == cells("".join(rows))
    # A stretch within a row is written over: the row as it was is sent again.
    inside = picture.changes("\x1b[3;5Hover")
    third = picture.changes("".join(rows))
    assert cells(first, second, inside, third) == cells("".join(rows))
    picture.forget()
    assert cells(picture.changes("".join(rows))) == cells("".join(rows))


def test_where_the_width_of_characters_is_in_doubt_everything_is_sent() -> None:
    picture = Picture()
    row = "\x1b[1;1H漢字 wide"
    assert picture.changes(row) == row
    assert picture.changes(row) == row


def test_moves_of_the_cursor_and_switches_are_always_sent() -> None:
    picture = Picture()
    for text in ("\x1b[?2026h", "\x1b[3;4H", "\x1b[?25l"):
        assert picture.changes(text) == text
        assert picture.changes(text) == text


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        (["\x1bj"], f"{ESCAPE}j"),
        (["\x1b/x"], f"{ESCAPE}/x"),
        (["\x1b1"], f"{ESCAPE}1"),
        (["\x1b\r"], f"{ESCAPE}\r"),
        (["\x1b\x1b"], f"{ESCAPE}{ESCAPE}"),
        (["\x1b\x1b[A"], f"{ESCAPE}\x1b[A"),
        (["j\x1b", "k"], f"j{ESCAPE}k"),
        (["\x1b[A\x1bOP\x1b[1;2C\x1b[<0;3;4M"], "\x1b[A\x1bOP\x1b[1;2C\x1b[<0;3;4M"),
        (["\x1b", "[A"], "\x1b[A"),
        (["\x1b[", "1;2", "C"], "\x1b[1;2C"),
        (["\x1bO"], f"{ESCAPE}O"),
        (["\x1b[200~a\x1bj\x1b[201~\x1bj"], f"\x1b[200~a\x1bj\x1b[201~{ESCAPE}j"),
        (["\x1b[2", "00~a\x1bj\x1b[20", "1~\x1bj"], f"\x1b[200~a\x1bj\x1b[201~{ESCAPE}j"),
        (["\x1b]11;rgb:1/2/3\x1b\\"], "\x1b]11;rgb:1/2/3\x1b\\"),
    ],
)
def test_an_escape_that_is_a_key_is_told_from_a_sequence(reads: list[str], expected: str) -> None:
    escapes = Escapes()
    assert "".join([*map(escapes.read, reads), escapes.flush()]) == expected


def test_keys_with_alt_that_are_wanted_stay_whole() -> None:
    escapes = Escapes(lambda character: character == "b")
    assert escapes.read("\x1bb\x1bc") == f"\x1bb{ESCAPE}c"


@pytest.mark.parametrize(
    ("environment", "unicode"),
    [
        ({}, True),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "de_DE.utf8@euro"}, True),
        ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, False),
        ({"LC_ALL": "POSIX"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LC_CTYPE": "de_DE.ISO-8859-1", "LANG": "de_DE.UTF-8"}, False),
        ({"LC_ALL": "C.UTF-8"}, True),
        ({"LC_CTYPE": "UTF-8"}, True),
        ({"LANG": "de_DE"}, False),
    ],
)
def test_a_locale_without_utf_8_shows_ascii(environment: dict[str, str], unicode: bool) -> None:
    assert shows_unicode(environment) is unicode
