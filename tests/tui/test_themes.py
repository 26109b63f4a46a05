"""Themes: each can be read on every ground, and is chosen by name, by file or while looking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.color import Color
from rich.style import Style
from textual.filter import dim_color

from vsm.app import VsmApp
from vsm.config import THEMES as CONFIGURED
from vsm.model.command import BlockItem
from vsm.model.item import BlockerKind
from vsm.widgets.styles import ANSI, CONTRAST, DARK, LIGHT, MONO, NAMES, THEMES, Inks, skin

from .conftest import Person, World


def luminance(colour: Color) -> float:
    """Relative luminance by WCAG 2.2."""
    triplet = colour.get_truecolor()

    def channel(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(value) for value in triplet)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """Contrast ratio by WCAG 2.2, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


AA, AAA = 4.5, 7.0
LEVELS = [(DARK, AA), (LIGHT, AA), (CONTRAST, AAA)]


@pytest.mark.parametrize(("name", "least"), LEVELS)
def test_every_ink_can_be_read_on_every_ground(name: str, least: float) -> None:
    looks = skin(name)
    for ground in ("plain", "cursor", "bar", "panel"):
        for name_of_ink in Inks._fields:
            style: Style = getattr(getattr(looks, ground), name_of_ink)
            assert style.color
            assert style.bgcolor
            ratio = contrast(style.color, style.bgcolor)
            assert ratio >= least, f"{name}: {name_of_ink} on {ground} has {ratio:.2f}"


@pytest.mark.parametrize(("name", "least"), LEVELS)
def test_every_text_of_dialogs_and_details_can_be_read(name: str, least: float) -> None:
    theme = next(t for t in THEMES if t.name == name)
    inks = (theme.foreground, theme.error, theme.primary, theme.variables["faint"])
    for ground in (theme.background, theme.surface, theme.panel):
        assert ground
        below = Color.parse(ground)
        for ink in inks:
            assert ink
            assert contrast(Color.parse(ink), below) >= least, (name, ink, ground)
        dimmed = dim_color(below, Color.parse(theme.foreground or ""))
        assert contrast(dimmed, below) >= least, (name, "dim", ground)


@pytest.mark.parametrize(("name", "least"), LEVELS)
def test_the_cursor_stands_out_from_the_board(name: str, least: float) -> None:
    looks = skin(name)
    bar, ground = looks.edge.blue.color, looks.plain.text.bgcolor
    assert bar
    assert ground
    assert contrast(bar, ground) >= 3.0
    if name == CONTRAST:
        cursor = looks.cursor.text.bgcolor
        assert cursor
        assert contrast(cursor, ground) >= least


def test_a_configuration_can_name_every_theme() -> None:
    assert CONFIGURED == tuple(theme.name for theme in THEMES) == tuple(NAMES)


# -- sixteen colours and none -------------------------------------------------------------


PALETTES = {
    "VGA": {"black": "#000000", "red": "#aa0000", "yellow": "#aa5500", "bright_white": "#ffffff"},
    "xterm": {"black": "#000000", "red": "#cd0000", "yellow": "#cdcd00", "bright_white": "#ffffff"},
    "Windows console": {
        "black": "#0c0c0c",
        "red": "#c50f1f",
        "yellow": "#c19c00",
        "bright_white": "#f2f2f2",
    },
    "Solarized": {
        "black": "#073642",
        "red": "#dc322f",
        "yellow": "#b58900",
        "bright_white": "#fdf6e3",
    },
}
"""Some of the colours of terminals that people have."""


@pytest.mark.parametrize("palette", list(PALETTES))
def test_warnings_in_sixteen_colours_can_be_read_in_usual_palettes(palette: str) -> None:
    colours = PALETTES[palette]
    looks = skin(ANSI)
    for inks in (looks.plain, looks.bar, looks.cursor):
        for style in (inks.warn, inks.bad):
            assert style.color
            assert style.bgcolor
            ink, ground = (Color.parse(colours[c.name]) for c in (style.color, style.bgcolor))
            assert contrast(ink, ground) >= 3.0, style


def drawn(person: Person) -> Iterator[Style]:
    """The styles of every cell on the screen, as they go to the terminal."""
    screen = person.app.screen
    for strip in screen._compositor.render_strips():
        for segment in strip:
            if segment.style is not None and segment.text:
                yield segment.style


SIXTEEN = range(16)
SCREENS = ["", "?", "s", "g", "n", "b", "x", ":", "enter", "/"]


@pytest.mark.parametrize("key", SCREENS)
async def test_the_ansi_theme_uses_only_the_colours_of_the_terminal(
    filled: World, key: str
) -> None:
    filled.do(BlockItem(4, BlockerKind.EXTERNAL, "gone quiet"))
    filled.add("Build", "Fraud rules", "Fraud report", due="2026-01-01")
    async with filled.person(size=(100, 30), theme="ansi") as anna:
        await anna.press(*([key] if key else []))
        for style in drawn(anna):
            for colour in (style.color, style.bgcolor):
                assert colour is None or colour.is_default or colour.number in SIXTEEN, style
                assert colour is None or colour.triplet is None, style


@pytest.mark.parametrize("key", SCREENS)
async def test_the_mono_theme_uses_no_colour_at_all(filled: World, key: str) -> None:
    filled.do(BlockItem(4, BlockerKind.EXTERNAL, "gone quiet"))
    async with filled.person(size=(100, 30), theme="mono") as anna:
        await anna.press(*([key] if key else []))
        for style in drawn(anna):
            for colour in (style.color, style.bgcolor):
                assert colour is None or colour.is_default, style


@pytest.mark.parametrize("theme", list(NAMES))
async def test_no_color_holds_in_every_theme(
    filled: World, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with filled.person(size=(100, 30), theme=theme) as anna:
        anna.app.set_look(theme)
        await anna.settle()
        for style in drawn(anna):
            for colour in (style.color, style.bgcolor):
                assert colour is None or colour.is_default, style


# -- choosing -----------------------------------------------------------------------------


async def choose(person: Person) -> None:
    """Open the list of themes."""
    await person.press(":")
    await person.type("theme")
    await person.press("enter")


async def test_a_theme_is_shown_while_it_is_looked_at(filled: World) -> None:
    async with filled.person() as anna:
        await choose(anna)
        anna.sees("dark on light", "white on black")
        for name in ("light", "contrast", "ansi", "mono"):
            await anna.press("down")
            assert anna.app.theme == name
            assert anna.board.column._skin == skin(name)
        await anna.press("up", "enter")
        assert anna.app.theme == "ansi"
        await choose(anna)
        assert anna.app.theme == "ansi"


async def test_esc_brings_the_old_theme_back(filled: World) -> None:
    async with filled.person(theme="light") as anna:
        await choose(anna)
        anna.sees("light on dark", "dark on light", "Backlog", "PAY-1")
        await anna.press("down", "down", "down", "escape")
        assert anna.app.theme == "light"
        assert anna.board.column._skin == skin("light")
        assert any(style.color and style.color.triplet for style in drawn(anna))


async def test_a_theme_holds_on_the_board_of_another_stream(filled: World) -> None:
    async with filled.person() as anna:
        anna.app.set_look(MONO)
        anna.app.open_board()
        await anna.settle()
        assert anna.board.column._skin == skin(MONO)


async def test_an_unknown_theme_is_the_dark_one(filled: World) -> None:
    app = VsmApp(filled.path, actor="anna", theme="pink")
    assert app.theme == DARK
