"""Links between items of all streams, and filters that are kept under a name."""

from __future__ import annotations

from vsm import keymap
from vsm.model.command import (
    AddEntity,
    AddItem,
    CreateStream,
    LinkItems,
    MoveItem,
    NewStage,
    ReopenItem,
)
from vsm.model.entities import VIEW
from vsm.model.item import LinkKind
from vsm.model.query_completion import filter_goes_on
from vsm.model.stream import Category
from vsm.screens.board.links import LinkDialog

from .conftest import World

Size = tuple[int, int]


def ledger(world: World) -> int:
    """Another stream, with one item of another team: LED-1; gives its done stage."""
    stages = (NewStage("Inbox", Category.ACTIVE, team="risk"), NewStage("Done", Category.DONE))
    stream = world.do(CreateStream("Ledger", stages, prefix="LED")).changes[0].stream
    assert stream is not None
    world.do(AddItem(stream, "Booking rules", fields={"team": 2}))
    return max(world.stages.values()) + 2


async def test_an_item_is_linked_across_streams_and_the_card_counts_it(
    filled: World, size: Size
) -> None:
    done = ledger(filled)
    async with filled.person(size=size, stream="Card issuing") as anna:
        await anna.press("d")
        anna.sees("Links of PAY-1", "waits for", "No links yet")
        await anna.type("booking")
        anna.sees("LED-1", "Booking rules")
        await anna.press("enter")
        assert anna.card.waits_for == 1 and anna.card.waits_on == ("risk",)
        anna.sees("↧1")
        await anna.press("z")
        assert anna.card.waits_for == 0
        await anna.press("Z", "enter")
        filled.do(MoveItem(9, done), actor="ben")
        await anna.watch()
        assert anna.card.waits_for == 0, "what is finished elsewhere holds nobody up"
        filled.do(ReopenItem(9), actor="ben")
        await anna.watch()
        anna.sees("It waits on risk.")
        await anna.press("ctrl+d")
        anna.sees("waits for LED-1 Booking rules [Inbox]")


async def test_a_card_with_room_says_on_which_team_it_waits(filled: World) -> None:
    ledger(filled)
    filled.do(LinkItems(9, 1, LinkKind.BLOCKS))
    async with filled.person(size=(200, 40), stream="Card issuing") as anna:
        anna.sees("↧1 risk")
        other = filled.do(LinkItems(1, 2, LinkKind.BLOCKS), actor="ben")
        assert other.changes
        await anna.watch()
        anna.sees("↥1")


async def test_links_are_listed_and_taken_away(filled: World, size: Size) -> None:
    filled.do(LinkItems(1, 2, LinkKind.BLOCKS), LinkItems(1, 6, LinkKind.RELATES))
    async with filled.person(size=size) as anna:
        assert anna.card.waited_by == 1
        await anna.press("d")
        anna.sees("Existing links", "blocks PAY-2", "relates to PAY-6", "Build")
        await anna.press("delete")
        anna.sees("Choose a link in the list first")
        await anna.press("down", "delete")
        assert anna.card.waited_by == 0
        await anna.press("z")
        assert anna.card.waited_by == 1


async def test_a_circle_is_refused_and_named_whole(filled: World, size: Size) -> None:
    filled.do(LinkItems(1, 2, LinkKind.BLOCKS), LinkItems(2, 3, LinkKind.BLOCKS))
    async with filled.person(size=size) as anna:
        await anna.press("d")
        await anna.type("PAY-3")
        await anna.press("enter")
        anna.sees("circle", "PAY-3", "PAY-1 → PAY-2 → PAY-3", "ake a link away first")
        assert anna.card.waits_for == 0


async def test_a_wrong_key_is_told_in_the_dialog_and_can_be_mended(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("d", "enter")
        anna.sees("Type the key of the other item")
        await anna.type("NONE-7")
        await anna.press("enter")
        anna.sees("There is no item NONE-7.")
        assert isinstance(anna.app.screen, LinkDialog)


async def test_what_is_typed_counts_and_not_what_the_list_showed_before(filled: World) -> None:
    async with filled.person() as anna:
        await anna.burst("d", *"PAY-4", "enter", "j")
        assert anna.card.key == "PAY-2"
        reader = anna.screen.reader
        item = reader.find_key("PAY-1")
        assert item is not None
        detail = reader.detail(item.id, anna.app.now())
        assert detail is not None
        assert [(link.label, link.key) for link in detail.links] == [("waits for", "PAY-4")]


async def test_the_relation_is_chosen_and_all_marked_are_linked(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("space", "space", "d")
        anna.sees("Links of 2 items")
        await anna.press("shift+tab", "b", "tab")
        await anna.type("PAY-6")
        await anna.press("enter")
        assert [card.waited_by for card in anna.board.columns[0].cards] == [1, 1, 0]
        await anna.press("escape", "z")
        assert [card.waited_by for card in anna.board.columns[0].cards] == [0, 0, 0]


async def test_going_to_an_item_offers_what_is_linked_first(filled: World) -> None:
    filled.do(LinkItems(6, 1, LinkKind.BLOCKS))
    async with filled.person() as anna:
        await anna.press("g")
        anna.sees("Linked to PAY-1", "waits for PAY-6", "SEPA batch")
        await anna.press("enter")
        assert anna.card.key == "PAY-6"


# -- views --------------------------------------------------------------------------------


async def test_a_view_is_saved_from_the_filter_line_and_opened_by_name_tomorrow(
    filled: World, size: Size
) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("/")
        await anna.type("card -blocked")
        await anna.press("ctrl+s")
        anna.sees("Saved views", "a name to save the filter under")
        await anna.type("Cards")
        anna.sees("Save as Cards", "in Card issuing", "for all streams")
        await anna.press("enter")
        anna.sees("saved the view Cards")
    async with filled.person("ben", size=size) as ben:
        await ben.press("V")
        ben.sees("Cards", "card -blocked")
        await ben.press("enter")
        assert ben.screen.query_text == "card -blocked"
        assert ben.column("Review") == ["PAY-7"] and ben.column("Backlog") == []
        ben.sees("1 of 8")
        await ben.press("escape", "escape")
        assert not ben.screen.parts.data.filter


async def test_a_view_is_taken_away_and_undo_brings_it_back(filled: World) -> None:
    filled.do(AddEntity(VIEW, {"name": "Mine", "filter": "owner:me"}))
    async with filled.person() as anna:
        await anna.press("V", "delete")
        assert anna.screen.reader.views() == []
        await anna.press("z", "V")
        anna.sees("Mine", "owner:me", "all streams")


async def test_without_views_the_list_says_how_to_save_one(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("V")
        anna.sees("no views yet: filter with / first")


async def test_ages_and_due_dates_filter_the_board_as_one_types(filled: World) -> None:
    filled.do(AddItem(filled.stream, "Soon", fields={"due": "2000-01-01"}))
    async with filled.person() as anna:
        await anna.press("/")
        await anna.type("due<=fri")
        await anna.press("enter")
        assert anna.column("Backlog") == ["PAY-9"]
        await anna.press("/", *["backspace"] * 8)
        await anna.type("age>=1")
        await anna.press("enter")
        assert anna.column("Backlog") == [] and "PAY-4" in anna.column("Ready")


async def test_tab_completes_fields_and_values_of_the_filter(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("/")
        await anna.type("ow")
        await anna.press("tab")
        await anna.type("an")
        await anna.press("tab", "enter")
        assert anna.screen.query_text == "owner:anna"
        assert anna.column("Ready") == ["PAY-4"]


def test_a_filter_goes_on_with_the_last_word_whatever_stands_before_it() -> None:
    values = {"team": ["Card core", "risk"], "label": ['odd"one', "q4"], "owner": ["me", "Anna"]}
    values |= {"is": ["open"]}

    def goes_on(text: str) -> str | None:
        return filter_goes_on(text, values)

    assert goes_on("te") == "team:"
    assert goes_on("-blo") == "-blocked"
    assert goes_on("words ag") == "words age>"
    assert goes_on("team:ri") == "team:risk"
    assert goes_on("team:ca") == "team:Card", "a value matches by its beginning"
    assert goes_on('team:"ca') == 'team:"Card core"'
    assert goes_on('team:"Card core",ri') == 'team:"Card core",risk'
    assert goes_on("-owner:an") == "-owner:Anna"
    assert goes_on("label:odd") is None and goes_on("label:q4") is None
    assert goes_on("") is None and goes_on("team:") is None and goes_on("none:x") is None
    assert goes_on('"te') is None
    assert goes_on("(sta") == "(stage:" and goes_on("a or stal") == "a or stale"
    assert goes_on("not is:op") == "not is:open" and goes_on("-(bl") == "-(blocked"
    assert goes_on("age>p8") == "age>p85" and goes_on("due<=tod") == "due<=today"


async def test_a_view_is_opened_by_its_number_and_named_beside_the_filter(
    filled: World, size: Size
) -> None:
    filled.do(AddEntity(VIEW, {"name": "Zebra", "filter": "blocked or stale"}))
    filled.do(AddEntity(VIEW, {"name": "Anna's", "filter": "owner:anna"}))
    async with filled.person(size=size) as anna:
        await anna.press('"')
        anna.sees("1 Zebra  2 Anna's  0 all items")
        await anna.press("2")
        assert anna.screen.query_text == "owner:anna"
        anna.sees("Anna's / owner:anna")
        await anna.press('"', "1")
        anna.sees("Zebra / blocked or stale")
        await anna.press('"', "9")
        anna.sees("There is no view 9")
        await anna.press('"', "0")
        assert anna.screen.query_text == "" and not anna.screen.parts.data.filter
        await anna.press('"', "x", "V")
        anna.sees("1 Zebra", "2 Anna's")


async def test_views_by_number_are_actions_with_keys_of_ones_own(filled: World) -> None:
    filled.do(AddEntity(VIEW, {"name": "Blocked", "filter": "blocked"}))
    filled.do(AddEntity(VIEW, {"name": "Anna's", "filter": "owner:anna"}))
    own = keymap.read('[keys]\nview_2 = "f2"\nview_3 = "f3"\n', "keys.toml")[0]
    async with filled.person(keymap=own) as anna:
        await anna.press("f2")
        assert anna.screen.query_text == "owner:anna"
        await anna.press("f3")
        anna.sees("There is no view 3: they go from 1 to 2")
        await anna.press(":")
        await anna.type("open view 1")
        await anna.press("enter")
        assert anna.screen.query_text == "blocked"
        await anna.press('"', "2")
        assert anna.screen.query_text == "owner:anna"


async def test_a_filter_line_says_which_part_is_not_understood(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("/")
        await anna.type("xyz>3")
        anna.sees("wrong at column 1", "xyz cannot be compared")
        # what was being read for the text before must not take the words away when it comes
        anna.screen.parts.data.on_shown()
        anna.sees("wrong at column 1", "xyz cannot be compared")
        await anna.press("backspace", "backspace")
        assert "wrong at column" not in anna.text
