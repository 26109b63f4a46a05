"""Finding things: filter, keys, streams, details, help and palette."""

from __future__ import annotations

from importlib import import_module

import pytest

from vsm.actions import ACTIONS, TABS, Scope
from vsm.model.command import AddItem, ArchiveItem, CreateStream, LinkItems
from vsm.model.item import LinkKind
from vsm.widgets.pick_list import PickList

from .conftest import STAGES, World

Size = tuple[int, int]


async def test_the_filter_works_while_it_is_typed_and_esc_clears_it(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("/")
        await anna.type("ledger")
        anna.sees("1 of 8", "Ledger split")
        assert anna.column("Ready") == []
        assert anna.card.key == "PAY-2"
        await anna.press("enter")
        await anna.press("L")
        assert (anna.stage, anna.card.key) == ("Ready", "PAY-2")
        await anna.press("escape")
        assert len(anna.column("Ready")) == 3
        assert "1 of 8" not in anna.text
        assert anna.card.key == "PAY-2"


async def test_owner_me_means_me(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("/")
        await anna.type("owner:me")
        anna.sees("1 of 8", "3DS challenge")


async def test_a_filter_that_cannot_be_read_says_where_and_changes_nothing(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("/")
        await anna.type("ledger size:9")
        anna.sees("column 8", "there is no field 'size'")
        await anna.type('"')
        await anna.press("enter")
        anna.sees("wrong at column")
        assert anna.screen.parts.filter.bar is not None and anna.screen.parts.filter.bar.editing
        await anna.press("escape")
        assert len(anna.column("Backlog")) == 3


async def test_the_cursor_goes_to_the_nearest_column_with_items_that_fit(filled: World) -> None:
    async with filled.person(size=(80, 24)) as anna:
        await anna.press("/")
        await anna.type("sepa")
        assert (anna.stage, anna.card.key) == ("Build", "PAY-6")
        anna.sees("1 of 8")
        await anna.press("escape", "h", "h", "/")
        await anna.type("-sepa")
        assert anna.stage == "Backlog"


async def test_items_that_fit_beside_the_visible_columns_are_counted(filled: World) -> None:
    async with filled.person(size=(62, 24)) as anna:
        await anna.press("/")
        await anna.type("t")
        anna.sees("off the screen")


async def test_a_filter_that_nothing_fits_says_so(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("/")
        await anna.type("zebra")
        anna.sees("0 of 8", "nothing fits")
        await anna.press("enter", "j", "L", "pagedown", "end", "enter")
        anna.sees("No item under the cursor")


async def test_a_board_can_be_opened_with_a_filter(filled: World) -> None:
    async with filled.person(query="class:expedite") as anna:
        anna.sees("1 of 8", "Refund webhooks")
        assert anna.card.key == "PAY-5"


async def test_a_wrong_filter_at_the_start_opens_the_whole_board_and_says_so(
    filled: World,
) -> None:
    async with filled.person(query="size:9") as anna:
        anna.sees("there is no field", "Token vault")


async def test_going_to_a_key_completes_it(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("g")
        await anna.type("pay-6")
        anna.sees("SEPA batch")
        await anna.press("enter")
        assert (anna.stage, anna.card.key) == ("Build", "PAY-6")
        await anna.press("g")
        await anna.type("nowhere")
        await anna.press("enter")
        anna.sees("There is no item nowhere")


async def test_going_to_an_item_that_the_filter_hides_offers_to_clear_it(
    filled: World,
) -> None:
    async with filled.person(query="ledger") as anna:
        await anna.press("g")
        await anna.type("PAY-6")
        await anna.press("enter")
        anna.sees("The filter hides PAY-6")
        await anna.press("y")
        assert anna.card.key == "PAY-6"


async def test_going_to_an_item_of_another_stream_offers_to_open_it(filled: World) -> None:
    filled.do(CreateStream("Onboarding", STAGES, "UTC", "ONB"))
    filled.do(AddItem(2, "First"), AddItem(2, "Second"))
    async with filled.person(stream="Card issuing") as anna:
        await anna.press("g")
        await anna.type("ONB-2")
        await anna.press("enter")
        anna.sees("ONB-2 is in Onboarding")
        await anna.press("enter")
        assert anna.screen.stream.name == "Onboarding"
        assert anna.card.key == "ONB-2"


async def test_going_to_an_archived_item_shows_its_details(filled: World) -> None:
    filled.do(ArchiveItem(2))
    async with filled.person() as anna:
        await anna.press("g")
        await anna.type("PAY-2")
        await anna.press("enter")
        anna.sees("is archived", "Ledger split")


async def test_the_stream_picker_lists_and_opens(filled: World, size: Size) -> None:
    filled.do(CreateStream("Onboarding", STAGES, "UTC", "ONB"))
    filled.do(AddItem(2, "Welcome letter"))
    async with filled.person(size=size, stream="Card issuing") as anna:
        await anna.press("s")
        anna.sees("Value streams", "8 items", "1 item", "(open now)")
        await anna.type("onb")
        await anna.press("enter")
        anna.sees("Onboarding", "Welcome letter")


async def test_details_show_fields_links_history_and_follow_the_cursor(
    filled: World, size: Size
) -> None:
    filled.do(LinkItems(1, 2, LinkKind.BLOCKS))
    async with filled.person(size=size) as anna:
        anna.sees("↥1")
        await anna.press("L", "enter")
        anna.sees("Stage       Ready", "Owner       unassigned")
        await anna.press("ctrl+d", "ctrl+d", "ctrl+d")
        anna.sees("blocks", "PAY-2", "moved")
        await anna.press("ctrl+u", "ctrl+u", "ctrl+u", "k")
        anna.sees("Owner       anna")
        await anna.press("escape")
        assert "Owner       anna" not in anna.text


async def test_details_stand_beside_a_wide_board_and_below_a_narrow_one(filled: World) -> None:
    async with filled.person(size=(80, 24)) as anna:
        await anna.press("enter")
        panel = anna.screen.parts.details.panel
        assert panel is not None
        assert panel.region.y > anna.board.region.y
        await anna.pilot.resize_terminal(140, 40)
        await anna.settle()
        assert panel.region.y == anna.board.region.y
        assert panel.region.x >= anna.board.region.right


async def test_help_lists_every_key_and_is_searched(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("?")
        anna.sees("Move around", "Go one column left")
        await anna.type("undo")
        anna.sees("z", "Undo")
        assert "Go one column left" not in anna.text
        await anna.press("escape")
        anna.sees("Backlog")


async def test_help_does_the_chosen_action(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("?")
        await anna.type("to the last item")
        await anna.press("enter")
        assert anna.card.key == "PAY-3"


@pytest.mark.parametrize("key", [":", "ctrl+p"])
async def test_the_palette_offers_the_registry(filled: World, key: str) -> None:
    async with filled.person() as anna:
        await anna.press(key)
        await anna.type("mvright")
        anna.sees("Palette", "Move the item right", "L")
        await anna.press("enter")
        assert "PAY-1" in anna.column("Ready")


def test_the_palette_ranks_labels_before_their_help() -> None:
    from vsm.screens.palette import ranked

    result = [action.id for action in ranked("filter", ACTIONS)]
    assert result[0] == "filter" and len(result) > 1
    assert ranked("undo", ACTIONS)[0].id == "undo"
    assert ranked("qqq", ACTIONS) == []


PLACES: dict[Scope, tuple[str, ...]] = {
    Scope.BOARD: ("board.screen:BoardScreen",),
    Scope.FLOW: ("flow:FlowScreen",),
    Scope.REPORT: ("bottlenecks:BottlenecksScreen",),
    Scope.DEPENDENCIES: ("dependencies:DependenciesScreen",),
    Scope.WELCOME: ("welcome:WelcomeScreen",),
    Scope.LINE: ("dialogs:AskDialog",),
    Scope.FILE: ("files:FileDialog",),
    Scope.CONFIRM: ("dialogs:ConfirmDialog",),
    Scope.LIST: ("dialogs:PickDialog", "dialogs:BlockDialog"),
    Scope.VIEWS: ("board.views:ViewDialog",),
    Scope.LINKS: ("board.links:LinkDialog",),
    Scope.STREAMS: ("streams:StreamDialog",),
    Scope.TEXT: ("dialogs:TextDialog", "board.refused_items:RefusedDialog"),
    Scope.ITEM: ("items_list:ItemDialog",),
    Scope.ITEMS: ("items_list:ItemsDialog", "board.find_item:GoDialog"),
    Scope.POLICIES: ("policies:PoliciesDialog",),
}
"""By place what takes its keys, below vsm.screens."""


@pytest.mark.parametrize("scope", Scope)
def test_every_action_is_there_and_no_key_has_two_meanings(scope: Scope) -> None:
    from vsm.app import VsmApp
    from vsm.widgets.choice import Choice
    from vsm.widgets.field import Field
    from vsm.widgets.filter_bar import FilterBar

    current = [action for action in ACTIONS if scope in action.scopes]
    keys = [key for action in current for key in action.keys]
    assert len(keys) == len(set(keys))
    names = [f"vsm.screens.{name}" for name in PLACES.get(scope, ())]
    takers = [loaded(name) for name in names]
    if scope in (Scope.FORM, Scope.CHOICE):
        takers = [Choice, Field, loaded("vsm.screens.forms:Form")]
    elif scope is Scope.FILTER:
        takers = [FilterBar]
    for action in current if takers else ():
        if action.runs:
            assert callable(loaded(action.runs)), action.id
        else:
            assert any(hasattr(at, f"action_{action.id}") for at in (*takers, VsmApp)), action.id


def loaded(name: str) -> object:
    """What a ``module:name`` names, an argument after it left out."""
    module, attribute, *_ = name.split(":")
    return getattr(import_module(module), attribute)


def test_a_tab_is_a_screen_that_says_which_one_it_is() -> None:
    for tab in TABS:
        if tab.runs:
            assert getattr(loaded(tab.runs), "ACTION", tab.id) == tab.id


async def test_a_list_says_how_much_follows_beyond_its_last_line(filled: World) -> None:
    for n in range(40):
        filled.do(AddItem(filled.stream, f"Extra {n}"))
    async with filled.person(size=(80, 24)) as anna:
        await anna.press("g")
        await anna.type("pay")
        rows = anna.app.screen.query_one(PickList)
        below = len(rows.rows) - rows.size.height
        assert below > 0
        anna.sees(f"↓ {below} more")
        await anna.press(*["down"] * len(rows.rows))
        anna.sees(f"↑ {below}")
        assert f"↓ {below} more" not in anna.text
